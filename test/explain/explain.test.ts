import { describe, expect, it } from "vitest";
import { modelPresets } from "../../src/arch/architecture.js";
import { makeBatch, openDataset, sourceOf } from "../../src/data/index.js";
import { effectsOf } from "../../src/explain/effects.js";
import { explain, whyOf, type Explanation } from "../../src/explain/index.js";
import { Scorer, type ScoringContext } from "../../src/score/scorer.js";
import { fcnSpace } from "../../src/spaces/index.js";

const source = await openDataset("sphere:n=24,d=4");
const batch = makeBatch(source);
const space = fcnSpace({ depth: 4, activations: ["relu", "tanh", "sin"] });

async function explained(
  genotype: string,
  changes: Partial<ScoringContext> = {},
  limit?: number,
): Promise<Explanation> {
  const context: ScoringContext = { batch, model: modelPresets.he, metric: "lambda_min", ...changes };
  const scorer = new Scorer(context);
  const evaluate = (genotypes: readonly string[]) => Promise.resolve(genotypes.map((text) => scorer.row(text).row));
  return explain({ genotype, batch, context, space, evaluate, source, ...(limit === undefined ? {} : { limit }) });
}

describe("an explanation", () => {
  it("has terms that sum to lambda_min, and all neighbours, sorted", async () => {
    const { lambdaMin, terms, neighbours, neighboursLeftOut, score } = await explained("relu-tanh+relu");
    expect(terms.map(({ layer, activation, skip }) => [layer, activation, skip])).toEqual([
      [1, "relu", false],
      [2, "tanh", false],
      [3, "relu", true],
      [null, null, false],
    ]);
    expect(terms.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(lambdaMin, 10);
    expect(terms.reduce((sum, { share }) => sum + share!, 0)).toBeCloseTo(1, 9);
    expect(terms.reduce((sum, { traceShare }) => sum + traceShare, 0)).toBeCloseTo(1, 12);
    expect(score).toMatchObject({ name: "lambda_min", value: lambdaMin });
    // two other activations on each of three layers, and the two skips
    expect(neighbours).toHaveLength(3 * 2 + 2);
    expect(neighboursLeftOut).toBe(0);
    const scores = neighbours.map((item) => item.score!);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(neighbours.map(({ change }) => change)).toContain("layer 3: without its skip");
    const scorer = new Scorer({ batch, model: modelPresets.he, metric: "lambda_min" });
    for (const item of neighbours) {
      expect(item.lambdaMin).toBeCloseTo(scorer.row(item.genotype).row.lambdaMin, 12);
      expect(item.better).toBe(item.score! > lambdaMin);
    }
  });

  it("sorts by the score of the search, lower first where lower is better", async () => {
    const { neighbours, score } = await explained("relu-tanh+relu", { metric: "condition_number" });
    const scores = neighbours.map((item) => item.score!);
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    for (const item of neighbours) expect(item.better).toBe(item.score! < score.value!);
  });

  it("says how many neighbours were left out, and has none outside the space", async () => {
    const few = await explained("relu-tanh+relu", {}, 3);
    expect([few.neighbours.length, few.neighboursLeftOut]).toEqual([3, 5]);
    expect((await explained("gelu")).neighbours).toEqual([]);
  });

  it("finds two inputs that nearly coincide, which alone bound lambda_min", async () => {
    const d = 3;
    const inputs = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1e-3, 0, -1, 1, 1, 1, 1, -1);
    const near = sourceOf({
      spec: "made",
      n: 6,
      d,
      inputs,
      labels: Int32Array.of(0, 1, 0, 1, 0, 1),
      classNames: ["a", "<b>"],
      hash: "0",
      notes: [],
    });
    const made = makeBatch(near);
    const context: ScoringContext = { batch: made, model: modelPresets.he, metric: "lambda_min" };
    const scorer = new Scorer(context);
    const evaluate = (genotypes: readonly string[]) => Promise.resolve(genotypes.map((text) => scorer.row(text).row));
    const found = await explain({ genotype: "relu-relu-relu", batch: made, context, space, evaluate, source: near });
    const [pair] = found.inputs.pairs;
    expect(pair.inputs.map(({ row, target }) => [row, target])).toEqual([
      [0, "a"],
      [3, "<b>"],
    ]);
    expect(pair.correlation).toBeCloseTo(1 / Math.sqrt(1 + 1e-6), 12);
    expect(pair.weight).toBeGreaterThan(0.99);
    expect(pair.bound).toBeGreaterThanOrEqual(found.lambdaMin);
    expect(pair.bound).toBeLessThan(1.01 * found.lambdaMin);
    expect(found.inputs.participation).toBeCloseTo(2, 1);
    const sentences = whyOf(found, null, {
      number: (value) => value.toExponential(2),
      score: "lambda_min",
      lambdaMin: "lambda_min",
      sample: "all",
    });
    expect(sentences).toHaveLength(2);
    expect(sentences[0]).toContain("one pair of inputs, rows 0 and 3 (correlation 1.0000, 100 % of the least");
  });

  it("shows the rows of a table in the file's units, and images as pictures", async () => {
    const spirals = await openDataset("spirals:n=20");
    const image = sourceOf({
      spec: "image",
      n: 3,
      d: 4,
      inputs: Float64Array.of(0, 1, 2, 4, 0, 1, 2, 3, 5, 5, 0, 0),
      imageShape: { height: 2, width: 2, channels: 1 },
      hash: "0",
      notes: [],
    });
    const pictures = await explainedOn(image);
    expect(pictures.inputs.pairs[0].pictures!.map(({ values }) => values)).toEqual([
      [0, 64, 128, 255],
      [0, 85, 170, 255],
    ]);
    const table = sourceOf({
      spec: "table",
      n: 3,
      d: 2,
      inputs: Float64Array.of(1, 0, 1, 0.5, -2, 0),
      hash: "0",
      notes: [],
      preprocessing: {
        version: 1,
        header: true,
        width: 2,
        features: [],
        inputNames: ["age", "height"],
        mean: [40, 170],
        scale: [10, 8],
        missing: "impute",
        dropped: [],
      },
    });
    const rows = await explainedOn(table);
    expect(rows.inputs.pairs[0].differences).toEqual([{ name: "height", values: [170, 174] }]);
    expect((await explainedOn(spirals)).inputs.pairs[0]).not.toHaveProperty("differences");
  });
});

async function explainedOn(from: Parameters<typeof makeBatch>[0]): Promise<Explanation> {
  const made = makeBatch(from);
  const context: ScoringContext = { batch: made, model: modelPresets.he, metric: "lambda_min" };
  return explain({
    genotype: "relu-relu",
    batch: made,
    context,
    space,
    evaluate: () => Promise.resolve([]),
    source: from,
  });
}

describe("why, in sentences", () => {
  it("are made of the figures", async () => {
    const scorer = new Scorer({ batch, model: modelPresets.he, metric: "lambda_min" });
    const rows = [...space.enumerate()].map((genotype) => scorer.row(genotype).row);
    const best = rows.reduce((a, b) => (b.score > a.score ? b : a));
    const explanation = await explained(best.genotype);
    const effects = effectsOf(rows)!;
    const number = (value: number): string => value.toPrecision(3);
    const wording = { number, score: "lambda_min", lambdaMin: "lambda_min", sample: "all" } as const;
    const sentences = whyOf(explanation, effects, wording);
    expect(sentences).toHaveLength(3);
    const largest = [...explanation.terms].sort((a, b) => b.value - a.value)[0];
    expect(sentences[0]).toContain(
      `Of its lambda_min ${number(best.score)}, ${(100 * largest.share!).toFixed(0)} % comes from`,
    );
    expect(sentences[1]).toContain(`No single change improves its lambda_min ${number(best.score)}: the best of 8`);
    expect(sentences[1]).toContain(number(explanation.neighbours[0].score!));
    expect(sentences[2]).toMatch(/^Over the whole space, its activation is the best on average at [0-3] of 3 layers/);
    const worst = rows.reduce((a, b) => (b.score < a.score ? b : a));
    const [, changed] = whyOf(await explained(worst.genotype), effects, wording);
    expect(changed).toContain("8 of 8 single changes would improve");
    const chosen = whyOf(explanation, effects, { ...wording, sample: "chosen" });
    expect(chosen[2]).toContain("no random sample");
  });
});
