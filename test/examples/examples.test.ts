import { readdirSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeBatch, openDataset } from "../../src/data/index.js";
import {
  evaluator,
  exhaustive,
  fcnSpace,
  modelPresets,
  rng,
  search,
  spaces,
  type ScoredRow,
  type SearchResult,
} from "../../src/index.js";
import { evaluateOn, inlineBackend } from "../../src/queue/index.js";

afterEach(() => vi.restoreAllMocks());

/** Runs an example in this process and returns the lines that it prints. */
async function linesOf(name: string): Promise<string[]> {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((...parts: unknown[]) => void lines.push(parts.map(String).join(" ")));
  await import(`../../examples/${name}.ts`);
  return lines;
}

const numbersOf = (line: string): number[] =>
  [...line.matchAll(/\d+\.\d+(?:e[-+]\d+)?/g)].map(([text]) => Number(text));

describe("examples", () => {
  it("each has a test here", () => {
    const names = readdirSync(new URL("../../examples", import.meta.url)).filter((name) => name.endsWith(".ts"));
    expect(names.sort()).toEqual([
      "bounds-ladder.ts",
      "exact-search.ts",
      "kernel-regression.ts",
      "own-activation.ts",
      "own-score.ts",
      "own-space.ts",
      "own-strategy.ts",
      "quickstart.ts",
      "score-architecture.ts",
    ]);
  });

  it("score-architecture: LB <= lambda_min <= UBpair, skips above none above sigmoid", async () => {
    const lines = await linesOf("score-architecture");
    const least = lines.map((line) => {
      const [LB, lambdaMin, UBpair, accuracy] = numbersOf(line.slice(24));
      expect(LB).toBeLessThanOrEqual(lambdaMin);
      expect(lambdaMin).toBeLessThanOrEqual(UBpair);
      expect(accuracy).toBeGreaterThan(0.5);
      return lambdaMin;
    });
    expect(least).toHaveLength(3);
    expect(least).toEqual([...least].sort((a, b) => b - a));
  });

  it("exact-search: the ten of scoring all 5,000", { timeout: 120_000 }, async () => {
    const lines = await linesOf("exact-search");
    const space = fcnSpace({ depth: 5, activations: ["relu", "leaky_relu(0.2)", "sigmoid", "tanh", "silu"] });
    const batch = makeBatch(await openDataset("sphere:n=64,d=32"));
    const backend = inlineBackend({ batch, model: modelPresets.he, metric: "lambda_min", space: space.spec });
    const options = { top: 10, better: "higher", rng: rng(0), batchSize: 512 } as const;
    let result: SearchResult<ScoredRow> | undefined;
    for await (const event of search(space, evaluateOn(backend), exhaustive(), options)) {
      if (event.type === "done") result = event.result;
    }
    const expected = result?.top.map(({ genotype, lambdaMin }, i) => `${i + 1}. ${lambdaMin.toFixed(6)} ${genotype}`);
    expect(lines.slice(0, 10)).toEqual(expected);
    const [solved, skipped] = lines[10].match(/\d+/g)!.map(Number);
    expect(solved + skipped).toBe(5000);
    expect(solved).toBeLessThan(500);
    expect(lines[11]).toBe("exact top-10: true");
  });

  it("own-activation: moments of hard_tanh in closed form", { timeout: 120_000 }, async () => {
    const lines = await linesOf("own-activation");
    // P(|z| < 1) = erf(1/sqrt 2) and E min(z^2, 1) = P(|z| < 1) - 2 phi(1) + P(|z| > 1), tables of the normal law
    const inside = 0.682689492137;
    const [second, derivativeSecond] = numbersOf(lines[0]);
    expect(derivativeSecond).toBeCloseTo(inside, 9);
    expect(second).toBeCloseTo(1 - 2 * 0.241970724519, 9);
    expect(lines.slice(1).every((line) => numbersOf(line)[0] > 0)).toBe(true);
    expect(lines).toHaveLength(4);
  });

  it("kernel-regression: ReLU networks learn two spirals, a linear network cannot", async () => {
    const accuracies = (await linesOf("kernel-regression")).map((line) => numbersOf(line)[0]);
    expect(accuracies).toHaveLength(3);
    expect(Math.min(accuracies[0], accuracies[1])).toBeGreaterThan(0.95);
    expect(accuracies[2]).toBeLessThan(0.75);
  });

  it("bounds-ladder: the golden row of docs/theory.md 5, lower bounds below lambda_min, upper ones above", async () => {
    const lines = await linesOf("bounds-ladder");
    const value = (name: string): number => numbersOf(lines.find((line) => line.startsWith(`${name} `))!.slice(20))[0];
    expect(value("lambda_min")).toBe(0.375340552);
    expect(value("LB")).toBe(0.108658992);
    expect(value("LBmat")).toBe(0.156293659);
    expect(value("UBpair")).toBe(0.912073009);
    const middle = lines.findIndex((line) => line.startsWith("lambda_min"));
    expect(lines.slice(0, middle).every((line) => line.includes("lower bound"))).toBe(true);
    expect(lines.slice(middle + 1).every((line) => line.includes("upper bound"))).toBe(true);
  });

  it("quickstart: bounds around lambda_min, and the best of scoring all", async () => {
    const lines = await linesOf("quickstart");
    const [LB, lambdaMin, UBpair] = numbersOf(lines[0]);
    expect(LB).toBeLessThan(lambdaMin);
    expect(lambdaMin).toBeLessThan(UBpair);
    const count = 3 + 3 * 6 + 3 * 6 * 6;
    expect(lines[1]).toBe(`best of ${count} networks:`);
    const best = lines.slice(2).map((line) => numbersOf(line)[0]);
    expect(best).toEqual([...best].sort((a, b) => b - a));
    expect(best[0]).toBeGreaterThan(lambdaMin);
  });

  it("own-score: a linear kernel is aligned as its inputs are, y'XX'y / (n |y|^2)", async () => {
    const lines = await linesOf("own-score");
    const angles = Array.from({ length: 24 }, (_, i) => i * 0.26);
    const y = angles.map((angle) => Math.sign(Math.cos(angle)));
    const along = (f: (angle: number) => number): number => angles.reduce((sum, angle, i) => sum + y[i] * f(angle), 0);
    const expected = (along(Math.cos) ** 2 + along(Math.sin) ** 2) / 24 ** 2;
    const linear = lines.find((line) => line.startsWith("linear-linear "))!;
    expect(numbersOf(linear)[0]).toBeCloseTo(expected, 6);
    expect(lines).toHaveLength(5);
  });

  it("own-space: the described networks only, and the best subset of numbers", async () => {
    const [layered, subset] = await linesOf("own-space");
    for (const genotype of layered.split(" "))
      expect(genotype).toMatch(/^(gelu|silu)[-+](relu|tanh)([-+](relu|tanh))?$/);
    expect(subset).toBe("10101010 14");
  });

  it("own-strategy: ends at the best of all or where no neighbour is better, having looked at a part", async () => {
    const [line] = await linesOf("own-strategy");
    const [, genotype, evaluated, size] = /^(\S+) \S+ after (\d+) of (\d+)$/.exec(line)!;
    expect(Number(evaluated)).toBeLessThan(Number(size) / 4);
    const rows = Array.from({ length: 12 }, (_, i) => [Math.cos(i * 0.25), Math.sin(i * 0.25)]);
    const space = spaces.fcn({ depth: [2, 5], activations: ["relu", "tanh", "gelu", "sin"] });
    const [own, ...others] = await evaluator(rows)([genotype, ...space.neighbours(genotype)]);
    for (const { score } of others) expect(own.score).toBeGreaterThanOrEqual(score);
  });
});
