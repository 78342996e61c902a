import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const text = readFileSync(`${root}docs/extending.md`, "utf8");
const squeezed = (code: string): string => code.replace(/\s+/g, " ").trim();

describe("docs/extending.md", () => {
  it("names files that exist", () => {
    const paths = [...text.matchAll(/(?:\]\(\.\.\/|`(?=src\/))([^)`]+)[)`]/g)].map(([, path]) => path);
    expect(paths.length).toBeGreaterThan(6);
    for (const path of paths) expect(existsSync(root + path), path).toBe(true);
  });

  it("shows code that stands in the examples, which are run by their tests", () => {
    const sections = text.split(/^## /m).slice(1);
    const shown = sections.flatMap((section) => {
      const blocks = [...section.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
      const [, example] = /\]\(\.\.\/(examples\/[^)]+)\)/.exec(section)!;
      return blocks.map((code) => ({ code, example }));
    });
    expect(shown.length).toBeGreaterThanOrEqual(2);
    for (const { code, example } of shown) {
      const program = squeezed(readFileSync(root + example, "utf8"));
      for (const statement of code.split(/(?<=;)\n|…/)) {
        const part = squeezed(statement.replace(/^for await .*$/m, ""));
        if (part.length > 2) expect(program).toContain(part);
      }
    }
  });
});
