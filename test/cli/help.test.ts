import { describe, expect, it } from "vitest";
import { commands, parseCommandLine } from "../../src/cli/program.js";
import { packageVersion } from "../../src/cli/version.js";

function print(...argv: string[]): { readonly result: ReturnType<typeof parseCommandLine>; readonly text: string } {
  let text = "";
  const write = (part: string): void => {
    text += part;
  };
  return { result: parseCommandLine(argv, { out: write, err: write }), text };
}

/** Words of a command line, single quotes taken off. */
const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => (match[1] as string | undefined) ?? match[2]);

describe("help", () => {
  it.each(commands.map(({ name }) => name))("%s has --json and an example that parses", (name) => {
    const { result, text } = print(...name.split(" "), "--help");
    expect(result).toBe(0);
    expect(text).toContain("--json");
    const examples = [...text.matchAll(/^ +\$ eigennas (.*)$/gm)].map((match) => match[1]);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect(example.startsWith(name)).toBe(true);
      expect(typeof print(...words(example)).result).toBe("function");
    }
  });

  it("lists every command", () => {
    const { text } = print("--help");
    for (const { name } of commands) expect(text).toMatch(new RegExp(`^  ${name.split(" ")[0]} `, "m"));
  });

  it("prints the version of package.json", () => {
    expect(print("--version")).toEqual({ result: 0, text: `${packageVersion()}\n` });
  });

  it("has --seed wherever something is drawn", () => {
    const seeded = commands.filter(({ flags }) => flags.some(({ syntax }) => syntax.startsWith("--seed")));
    expect(seeded.map(({ name }) => name)).toEqual([
      "search",
      "score",
      "compare",
      "bounds",
      "width",
      "train",
      "supernet",
      "export",
      "bench",
      "explain",
      "study tables",
      "demo",
    ]);
  });
});
