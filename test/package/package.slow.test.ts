import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, unknown>;
  dependencies: Record<string, string>;
};
const subPaths = Object.keys(manifest.exports).filter((path) => path !== "./package.json");

/** An empty project that has the packed package and nothing else of this checkout. */
let project: string;
let tarball: string;
const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
  if (!existsSync(join(root, "dist/index.js"))) execFileSync("npm", ["run", "build"], { cwd: root });
  project = mkdtempSync(join(tmpdir(), "eigennas-package-"));
  const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", project], {
    cwd: root,
  });
  const [{ filename }] = JSON.parse(packed.toString()) as [{ filename: string }];
  tarball = join(project, filename);
  mkdirSync(join(project, "node_modules/eigennas"), { recursive: true });
  run("tar", "-xzf", tarball, "--strip-components=1", "-C", "node_modules/eigennas");
  for (const name of [...Object.keys(manifest.dependencies), "@types/node", "undici-types"]) {
    const target = join(root, "node_modules", name);
    const link = join(project, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    if (existsSync(target)) symlinkSync(target, link);
  }
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", type: "module", private: true }));
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("the packed package", () => {
  it("publint finds nothing", async () => {
    const { messages } = await publint({
      pkgDir: join(project, "node_modules/eigennas"),
      level: "warning",
      pack: false,
    });
    expect(messages).toEqual([]);
  });

  it("every entry has types for ESM, by Node's resolution and by bundlers'", async () => {
    const result = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
    if (result.types === false) throw new Error("no types");
    // An ESM-only package on purpose: require() of it, and the resolution of before 2020, are not offered.
    const offered = result.problems.filter(
      (problem) => !("resolutionKind" in problem) || ["node16-esm", "bundler"].includes(problem.resolutionKind),
    );
    expect(offered.filter(({ kind }) => kind !== "CJSResolvesToESM")).toEqual([]);
  });

  it("an ESM program imports every entry", () => {
    const lines = subPaths.map((path) => `import * as m${subPaths.indexOf(path)} from "${join("eigennas", path)}";`);
    const program = `${lines.join("\n")}
import { bounds, lambdaMin, ntk, search, spaces } from "eigennas";
const rows = [[1, 0], [0.6, 0.8], [0, 1]];
const theta = ntk("relu+tanh", rows);
const { LB, UBpair } = bounds("relu+tanh", rows).numbers;
const { value } = lambdaMin(theta);
console.log(LB <= value && value <= UBpair, typeof search, spaces.fcn({ depth: 3, activations: ["relu"] }).size, ${subPaths.map((_, i) => `Object.keys(m${i}).length > 0`).join(" && ")});`;
    writeFileSync(join(project, "program.mjs"), program);
    expect(run(process.execPath, "program.mjs")).toBe("true function 2n true\n");
  });

  it.each(["node16", "bundler"])("a strict TypeScript program compiles against its types (%s)", (resolution) => {
    const imports = subPaths.map((path, i) => `import type * as m${i} from "${join("eigennas", path)}";`);
    const program = `${imports.join("\n")}
import { lambdaMin, ntk, type KernelMatrix } from "eigennas";
const theta: KernelMatrix = ntk("relu", [[1, 0], [0, 1]]);
export const value: number = lambdaMin(theta).value;
// @ts-expect-error a genotype or an architecture
ntk(3, []);
export type All = [${subPaths.map((_, i) => `keyof typeof m${i}`).join(", ")}];\n`;
    writeFileSync(join(project, "program.ts"), program);
    const module = resolution === "bundler" ? "esnext" : "node16";
    run(
      process.execPath,
      join(root, "node_modules/typescript/bin/tsc"),
      ...["--noEmit", "--strict", "--target", "es2022", "--module", module, "--moduleResolution", resolution],
      ...["--types", "node", "--skipLibCheck", "program.ts"],
    );
  });

  it("the command of the package runs", () => {
    const bin = "node_modules/eigennas/dist/cli/main.js";
    expect(run(process.execPath, bin, "--version").trim()).toMatch(/^\d+\.\d+\.\d+$/);
    const scored = run(process.execPath, bin, "score", "relu+tanh", "--data", "sphere:n=16,d=4", "--json");
    const { lambdaMin, bounds } = JSON.parse(scored) as { lambdaMin: number; bounds: { LB: number; UBpair: number } };
    expect(lambdaMin).toBeGreaterThanOrEqual(bounds.LB);
    expect(lambdaMin).toBeLessThanOrEqual(bounds.UBpair);
  });

  it("carries its sources of kernels and documents, and no test", () => {
    const files = run("tar", "-tzf", tarball).split("\n");
    for (const wanted of ["native/addon.cc", "scripts/build-addon.mjs", "docs/theory.md", "README.md", "LICENSE"])
      expect(files, wanted).toContain(`package/${wanted}`);
    expect(files.filter((file) => /^package\/(test|benchmarks|src)\//.test(file))).toEqual([]);
  });
});
