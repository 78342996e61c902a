import { describe, expect, it } from "vitest";
import { judge } from "../../src/bench/judge.js";
import type { ScoreColumn } from "../../src/bench/score-column.js";
import { thinned, type BenchPoint } from "../../src/report/figures/bench.js";
import { renderBenchPage, type BenchStudy } from "../../src/report/index.js";
import { rng } from "../../src/rng.js";
import { all, parse, textOf } from "./page.js";

const size = 3000;
const generator = rng(1, "bench page");
const accuracy = Float64Array.from({ length: size }, () => 80 + 14 * generator.uniform());
const score = accuracy.map((value) => value + 4 * generator.normal());
const column: ScoreColumn = {
  name: "made",
  label: "a <made> score",
  kind: "measured",
  direction: "larger",
  values: score,
  seeds: [score, accuracy],
  failures: new Map(),
  secondsPerCell: 0.25,
  card: "How it was made.",
};
const judgement = judge(column, accuracy, {
  clusters: Int32Array.from({ length: size }, (_, i) => i),
  sizes: { flops: score.map((_, i) => i), params: score.map((_, i) => -i) },
  bootstrap: 10,
  seed: 0,
})!;

const order = (values: Float64Array) => {
  const ranks = new Int32Array(size);
  [...values.keys()].sort((a, b) => values[b] - values[a]).forEach((index, k) => (ranks[index] = k + 1));
  return ranks;
};
const [rank, accuracyRank] = [order(score), order(accuracy)];
const points = Array.from({ length: size }, (_, index): BenchPoint => ({
  ...{ index, arch: `cell ${index}`, score: score[index], rank: rank[index] },
  ...{ accuracy: accuracy[index], accuracyRank: accuracyRank[index], cost: index % 17 },
}));

const study: BenchStudy = {
  version: "1.2.3",
  command: "eigennas bench --table t.csv",
  protocol: [["space", "topology"]],
  sets: [
    {
      ...{ name: "CIFAR-10", column: "c10_test", cells: size, search: "Eigen-NAS." },
      scores: [{ name: "made", judgement, secondsPerCell: 0.25 }],
      searches: [
        {
          name: "made, k = 1",
          outcome: { mean: 93.456, std: 0.3, trained: 0, scoringSeconds: 250, trainingSeconds: 0 },
          random: { mean: 90.123, std: 1 },
        },
        { name: "published", outcome: { mean: 93.46, std: NaN } },
      ],
    },
  ],
  main: { name: "made", label: "a <made> score" },
  costLabel: "parameters in millions",
  points,
  fronts: { chosen: points.slice(0, 3), best: points.slice(3, 6) },
  cards: ["How it was made."],
};

describe("renderBenchPage", () => {
  const page = parse(renderBenchPage(study));

  it("has the judgement, the searches and the protocol as text", () => {
    expect(textOf(page, "#set-0 table tbody tr")).toContain(judgement.tau.toFixed(3));
    const [, searches] = all(page, "#set-0 table");
    const cells = all(searches, "tbody tr").map((row) => all(row, "th, td").map((cell) => cell.textContent.trim()));
    expect(cells).toEqual([
      ["made, k = 1", "93.46", "0.30", "0", "4 min 10 s", "0", "90.12"],
      ["published", "93.46", "–", "–", "–", "–", "–"],
    ]);
    expect(textOf(page, "#protocol")).toContain("How it was made.");
  });

  it("draws figures that say in words what they show, and escapes what it is given", () => {
    const drawn = all(page, "figure svg[role=img]").map((svg) => svg.getAttribute("aria-label")!);
    expect(drawn).toHaveLength(4);
    expect(drawn[0]).toContain(`made with ${judgement.tau.toFixed(3)}`);
    const first = points.find((point) => point.rank === 1)!;
    expect(drawn.find((text) => text.startsWith("Rank"))).toContain(`number ${first.accuracyRank} by accuracy`);
    expect(all(page, "made")).toHaveLength(0);
    expect(textOf(page, "#networks")).toContain("a <made> score");
  });

  it("thins many networks evenly, and keeps the best hundred", () => {
    const kept = thinned(points).map((point) => point.rank);
    expect(kept).toHaveLength(2500);
    expect(kept.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, k) => k + 1));
    expect(kept.at(-1)).toBe(size);
    expect(Math.max(...kept.slice(1).map((value, k) => value - kept[k]))).toBeLessThanOrEqual(2);
  });

  it("leaves out figures of nothing", () => {
    const empty = parse(renderBenchPage({ ...study, points: [], fronts: { chosen: [], best: [] } }));
    expect(all(empty, "#networks figure")).toHaveLength(0);
  });
});
