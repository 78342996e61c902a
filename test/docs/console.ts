import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Outcome, Workshop } from "../cli/support.js";

/** A command of a page with what the page says that it prints. */
export interface Step {
  readonly command: string;
  readonly words: readonly string[];
  readonly printed: string;
}

/** The commands of a page's console blocks, in order. */
export function consoleSteps(page: string): readonly Step[] {
  return [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const [command, ...lines] = text.split("\n");
        const words = command.match(/'[^']*'|\S+/g)!.map((word) => word.replace(/^'(.*)'$/, "$1"));
        return { command, words, printed: lines.join("\n") };
      }),
  );
}

/** Files that a page shows: its name in a line of its own, then a block. */
export const shownFiles = (page: string): readonly (readonly [string, string])[] =>
  [...page.matchAll(/^`([\w.-]+\.\w+)`:\n\n```\w+\n([\s\S]*?)^```$/gm)].map(([, name, text]) => [name, text] as const);

/**
 * Runs `npx eigennas ...` and `npm run demo` in the workshop, with the clock of the machine, so that the seconds shown are true;
 * `python3 ...` as a process.
 */
export async function runStep({ words }: Step, workshop: Workshop): Promise<Outcome> {
  workshop.clock = Date.now;
  if (words[0] !== "python3") return workshop.run(...words.slice(2));
  const { stdout, stderr } = await promisify(execFile)("/usr/bin/python3", words.slice(1), { cwd: workshop.folder });
  return { code: 0, out: stdout, err: stderr };
}

/** The page with what a command prints now; nothing where a line `...` stands, which is renewed by hand. */
export function renewed(
  page: string,
  { command, printed }: Step,
  out: string,
  { folder }: Workshop,
): string | undefined {
  if (/^\.\.\.$/m.test(printed)) return undefined;
  const shown = out.replaceAll(`${folder}/`, "").trimEnd();
  return page.replace(`$ ${command}\n${printed}`, () => `$ ${command}\n${shown}\n`);
}

/** What differs from run to run and from machine to machine: the run's name, seconds, folders, versions, cores, kernels. */
export const masked = (text: string, { folder }: Workshop): string =>
  text
    .replaceAll(`${folder}/`, "")
    .replace(/\d{4}-\d\d-\d\d-\d{4}-[0-9a-f]{6}/g, "2026-01-31-1200-abcdef")
    .replace(/\b\d+(?:\.\d+)? (?:ms|s)\b/g, "1.0 s")
    .replace(/\b\d+\.\d+\.\d+\b/g, "1.2.3")
    .replace(/(cores +)\d+/, "$11")
    .replace(/(finite width +).* kernels: .*/, "$1wasm kernels: no addon")
    .replace(/\b(?:native-\w+|wasm) in float32/g, "wasm in float32")
    .replace(/ +/g, " ")
    .trimEnd();

/** A pattern for a text in which a line `...` stands for any lines. */
export function pattern(text: string): RegExp {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replace(/^\\\.\\\.\\\.$/gm, String.raw`[\s\S]*?`)}$`);
}
