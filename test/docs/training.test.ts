import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../src/cli/program.js";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/training.md", root), "utf8");

describe("docs/training.md", () => {
  it("shows commands that parse", () => {
    const lines = [...text.matchAll(/^\$ eigennas (.*)$/gm)].map(([, line]) => line);
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      let err = "";
      const work = parseCommandLine(line.split(" "), { out: () => undefined, err: (part) => (err += part) });
      expect(typeof work, `${line}\n${err}`).toBe("function");
    }
  });

  it("names files that exist, and entries of the package", () => {
    const files = [...text.matchAll(/`?((?:benchmarks|test)\/[\w./-]+\.ts)/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect(existsSync(new URL(file, root)), file).toBe(true);
    const { exports } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { exports: object };
    for (const [, entry] of text.matchAll(/from "eigennas(\/\w+)"/g))
      expect(Object.keys(exports)).toContain(`.${entry}`);
  });

  it("has a row for every data set and score, and no gaps", () => {
    expect(text).not.toMatch(/@@|NaN|undefined/);
    expect([...text.matchAll(/^\| (MNIST|Ionosphere|Pima|digits) \| `/gm)]).toHaveLength(20);
  });
});
