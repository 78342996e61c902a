import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import * as api from "../src/index.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What running a source file loads: all modules that it reaches, types left out. Files relative to the root, packages by name. */
async function moduleGraph(
  entry: string,
): Promise<{ readonly files: readonly string[]; readonly packages: ReadonlySet<string> }> {
  const options = { bundle: true, write: false, packages: "external", platform: "node", format: "esm" } as const;
  const { metafile } = await build({ ...options, absWorkingDir: root, entryPoints: [entry], metafile: true });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  return {
    files: Object.keys(metafile.inputs),
    packages: new Set(imports.filter(({ external }) => external).map(({ path }) => path)),
  };
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, string | { types: string; default: string }>;
};

describe("public API", () => {
  it("the main entry loads nothing of Node, and no package but zod", async () => {
    const { files, packages } = await moduleGraph("src/index.ts");
    expect(files.length).toBeGreaterThan(50);
    expect([...packages]).toEqual(["zod"]);
  });

  it("the graph sees what the other entries load", async () => {
    const packagesOf = async (entry: string): Promise<string[]> => [...(await moduleGraph(entry)).packages];
    const queue = await packagesOf("src/queue/index.ts");
    expect(queue).toContain("piscina");
    expect(queue).not.toContain("libsql");
    expect(await packagesOf("src/store/index.ts")).toContain("libsql");
    expect(await packagesOf("src/report/index.ts")).toContain("@observablehq/plot");
    expect(await packagesOf("src/data/index.ts")).toContain("node:fs/promises");
  });

  it("every entry of package.json has its source", () => {
    const entries = Object.values(manifest.exports).filter((entry) => typeof entry !== "string");
    expect(entries.length).toBeGreaterThanOrEqual(7);
    for (const { types, default: code } of entries) {
      expect(types).toBe(code.replace(/\.js$/, ".d.ts"));
      expect(existsSync(join(root, code.replace("./dist/", "src/").replace(/\.js$/, ".ts"))), code).toBe(true);
    }
  });

  it("one call from genotype to certified lambda_min: linear networks have Theta = L X X' (docs/theory.md 2)", () => {
    const rows = { n: 2, d: 2, inputs: Float64Array.of(1, 0, 0.6, 0.8) };
    const theta = api.infiniteKernel(api.parseGenotype("linear-linear-linear"), rows, api.modelPresets.lecun);
    expect([...theta.data].map((value) => Number(value.toFixed(12)))).toEqual([4, 2.4, 2.4, 4]);
    expect(api.lambdaMin(theta.data, 2)).toMatchObject({ certified: true });
    expect(api.lambdaMin(theta.data, 2).value).toBeCloseTo(1.6, 12);
  });
});
