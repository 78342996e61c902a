import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { fivePoints, Workshop } from "../cli/support.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const theory = readFileSync(join(root, "docs/theory.md"), "utf8");
const workshop = new Workshop();
afterAll(() => workshop.close());

/** Rows of the tables of section 5: the variance c and the cells of each. */
function goldenRows(): { readonly c: string; readonly genotype: string; readonly cells: readonly string[] }[] {
  let c = "";
  return theory
    .slice(theory.indexOf("## 5. Golden numbers"))
    .split("\n")
    .flatMap((line) => {
      c = /^`--c1 1 --c (\d)`:/.exec(line)?.[1] ?? c;
      const [first, , ...cells] = line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
      return line.startsWith("| `") ? [{ c, genotype: first.replaceAll("`", ""), cells }] : [];
    });
}

interface Scored {
  readonly lambdaMin: number;
  readonly kernel: readonly (readonly number[])[];
  readonly bounds: Readonly<Record<"LB" | "LBmat" | "UBpair", number>>;
}

describe("docs/theory.md", () => {
  workshop.write("points.csv", fivePoints);

  it("has its golden rows", () => expect(goldenRows()).toHaveLength(14));

  it.each(goldenRows())("section 5, c = $c, $genotype: score prints every digit", async ({ c, genotype, cells }) => {
    const flags = ["--data", "csv:points.csv", "--c1", "1", "--c", c, "--kernel"];
    const { lambdaMin, kernel, bounds } = (await workshop.json("score", genotype, ...flags)) as Scored;
    const got = [kernel[0][0], kernel[0][1], lambdaMin, bounds.LB, bounds.LBmat, bounds.UBpair];
    expect(got.map((value) => Math.abs(value).toFixed(9))).toEqual(cells.map((cell) => Number(cell).toFixed(9)));
  });

  it("has every section that code and tests refer to", () => {
    const headings = new Set([...theory.matchAll(/^##+ (\d(?:\.\d)?)\.? /gm)].map(([, number]) => number));
    const wanted = "1 1.1 1.2 2 3 3.1 3.2 3.3 3.4 3.5 3.6 4 4.1 4.2 4.3 4.4 4.5 5";
    expect([...headings].join(" ")).toBe(wanted);
    const referred = ["src", "test", "benchmarks"]
      .flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((f) => join(folder, f)),
      )
      .filter((file) => /\.(ts|py)$/.test(file))
      .flatMap((file) =>
        [
          ...readFileSync(join(root, file), "utf8").matchAll(/docs\/theory\.md ((?:\d(?:\.\d)?(?:, | and )?)+)/g),
        ].flatMap(([, numbers]) => (numbers.match(/\d(?:\.\d)?/g) ?? []).map((number) => ({ file, number }))),
      );
    expect(referred.length).toBeGreaterThan(40);
    for (const { file, number } of referred)
      expect(headings.has(number), `${file} refers to section ${number}`).toBe(true);
  });
});
