import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import * as api from "../src/index.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What running a source file loads: all modules that it reaches, types left out. Files relative to the root, packages by name. */
function moduleGraph(entry: string): { readonly files: Set<string>; readonly packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const { outputText } = ts.transpileModule(readFileSync(join(root, file), "utf8"), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        isolatedModules: true,
      },
    });
    for (const { fileName } of ts.preProcessFile(outputText).importedFiles) {
      if (fileName.startsWith(".")) visit(join(dirname(file), fileName.replace(/\.js$/, ".ts")));
      else packages.add(fileName);
    }
  };
  visit(entry);
  return { files, packages };
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, string | { types: string; default: string }>;
};

describe("public API", () => {
  it("the main entry loads nothing of Node, and no package but zod", () => {
    const { files, packages } = moduleGraph("src/index.ts");
    expect(files.size).toBeGreaterThan(50);
    expect([...packages]).toEqual(["zod"]);
  });

  it("the graph sees what the other entries load", () => {
    expect(moduleGraph("src/queue/index.ts").packages).toContain("piscina");
    expect(moduleGraph("src/store/index.ts").packages).toContain("libsql");
    expect(moduleGraph("src/report/index.ts").packages).toContain("@observablehq/plot");
    expect(moduleGraph("src/data/index.ts").packages).toContain("node:fs/promises");
    expect([...moduleGraph("src/queue/index.ts").packages]).not.toContain("libsql");
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
