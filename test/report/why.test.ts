import { describe, expect, it } from "vitest";
import type { Explanation } from "../../src/explain/types.js";
import { renderComparison, renderExplanation, renderReport } from "../../src/report/index.js";
import type { Run } from "../../src/store/types.js";
import { explanation } from "./explanation.js";
import { makeProtocol, makeRun } from "./fixture.js";
import { all, parse, textOf } from "./page.js";

const run = makeRun();
const artifacts = run.artifacts!;
const best = artifacts.top[0];
const layers = best.genotype.split(/[-+]/);
const picture = { height: 2, width: 2, channels: 1, values: [0, 255, 17, 0] };

const page = (changes: Partial<Explanation> = {}) =>
  parse(renderReport({ ...run, artifacts: { ...artifacts, explanation: { ...explanation, ...changes } } }));

describe("why, in a report", () => {
  it("stands behind the headline: three sentences and their figures", () => {
    const root = page();
    expect(
      all(root, "main > section")
        .map((part) => part.getAttribute("id"))
        .slice(0, 3),
    ).toEqual(["headline", "why", "ranking"]);
    const sentences = all(root, ".why p").map((part) => part.textContent);
    expect(sentences).toHaveLength(3);
    expect(sentences[0]).toContain(`40 % comes from the weights of layer 1 (${layers[0]})`);
    expect(sentences[0]).toContain("rows 12 and 45 (correlation 0.9877, 98 % of the least eigenvector)");
    expect(sentences[1]).toContain("1 of 4 single changes would improve");
    expect(sentences[2]).toMatch(/^Over the whole space/);
    expect(all(root, "#figure-terms .scroll > svg [aria-label='bar'] rect")).toHaveLength(4);
    expect(all(root, "#figure-neighbours svg circle").length).toBeGreaterThanOrEqual(4);
    expect(all(root, "#figure-neighbours details tbody tr")).toHaveLength(4);
    expect(textOf(root, "#figure-neighbours figcaption")).toContain("3 were not scored");
    for (const image of all(root, '#why svg[role="img"]'))
      expect(image.getAttribute("aria-label")?.length).toBeGreaterThan(20);
  });

  it("shows pairs as pictures, or by the columns in which they differ", () => {
    const [pair] = explanation.inputs.pairs;
    const pictured = { ...explanation.inputs, pairs: [{ ...pair, pictures: [picture, picture] as const }] };
    const root = page({ inputs: pictured });
    expect(all(root, "svg.pictures path")).toHaveLength(2 * 3); // black, white, one grey
    expect(root.querySelector("svg.pictures")?.getAttribute("aria-label")).toContain("row 12, target 7");
    const name = `<script>alert("x")</script> & 'y'`;
    const rows = { ...explanation.inputs, pairs: [{ ...pair, differences: [{ name, values: [1.5, 2] as const }] }] };
    const table = page({ inputs: rows });
    expect(textOf(table, "#figure-inputs small")).toBe(`${name}: 1.500 and 2`);
    expect(all(table, "main script")).toHaveLength(0);
  });

  it("of a singular network, without pairs and neighbours, is short", () => {
    const root = page({
      lambdaMin: 0,
      terms: explanation.terms.map((term) => ({ ...term, share: null })),
      inputs: { n: 1, participation: 1, entries: [], pairs: [] },
      neighbours: [],
    });
    expect(all(root, "#why figure").map((figure) => figure.getAttribute("id"))).toEqual(["figure-inputs"]);
    expect(textOf(root, ".why p")).toBe("Its λmin is zero to rounding.");
  });

  it("where all neighbours failed or are equal stays drawable", () => {
    const failed = explanation.neighbours.map((item) => ({ ...item, score: null, better: null }));
    expect(page({ neighbours: failed }).querySelector("#figure-neighbours")).toBeNull();
    const equal = explanation.neighbours.map((item) => ({ ...item, score: best.lambdaMin, better: false }));
    const { outerHTML } = page({ neighbours: equal }).querySelector("#figure-neighbours")!;
    expect(outerHTML).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("is a page of its own, too", () => {
    const root = parse(renderExplanation({ explanation, rows: [], sample: "chosen", version: "1" }));
    expect(textOf(root, "h1")).toBe(best.genotype);
    expect(all(root, ".why p")).toHaveLength(2);
  });
});

describe("what the choices do, in a report", () => {
  it("draws every network, the best on top, and every mean", () => {
    const root = parse(renderReport(run));
    const lines = all(root, "svg.parallel .networks path");
    expect(lines).toHaveLength(240);
    const last = lines[lines.length - 1];
    expect(textOf(last, "title").startsWith(best.genotype)).toBe(true);
    expect(last.getAttribute("stroke")).toBe("var(--accent)");
    const [activations, skips, layersWith] = all(root, "#figure-effects .scroll > svg");
    expect(all(activations, '[aria-label="dot"] :is(path, circle)')).toHaveLength(3 * 5);
    expect(all(skips, '[aria-label="dot"] circle')).toHaveLength(3);
    expect(all(layersWith, '[aria-label="dot"] :is(path, circle)')).toHaveLength(2 * 2);
    expect(all(root, "#figure-effects tbody tr")).toHaveLength(15 + 4 + 3);
    expect(textOf(root, "#figure-effects figcaption")).toContain("Every architecture of the space was evaluated");
  });

  it("warns where the architectures are no random sample", () => {
    const strategy = { ...run.protocol.strategy, name: "evolution" };
    const root = parse(renderReport({ ...run, exactTopK: false, protocol: makeProtocol({ strategy }) }));
    expect(textOf(root, "#figure-effects figcaption")).toContain("no random sample");
  });

  it("of one network draws one line and no means", () => {
    const root = parse(renderReport({ ...run, rows: run.rows.slice(0, 1), artifacts: null }));
    expect(all(root, "svg.parallel .networks path")).toHaveLength(1);
    expect(root.querySelector("#figure-effects")).toBeNull();
    expect(root.querySelector("#choices")!.outerHTML).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("follows a score that is negative, lower better, over several depths", () => {
    const score = { name: "loo_log_loss", better: "lower", usesLabels: true } as const;
    const rows = ["relu", "relu-tanh", "tanh+tanh", "relu+relu"].map((genotype, i) => ({
      ...run.rows[0],
      genotype,
      score: i - 2,
    }));
    const root = parse(renderReport({ ...run, rows, artifacts: null, protocol: makeProtocol({ score }) }));
    const lines = all(root, "svg.parallel .networks path");
    expect(textOf(lines[3], "title")).toContain("relu");
    expect(lines[3].getAttribute("stroke")).toBe("var(--accent)");
    expect(all(root, "#figure-effects .scroll > svg")).toHaveLength(4);
    expect(root.querySelector("#choices")!.outerHTML).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe("baselines beside the winner", () => {
  it("list plain ReLU at each depth, a random choice, and parameters as a score", () => {
    const baselines = artifacts.baselines.map((point, i) => ({ ...point, score: i }));
    const randomChoice = {
      ...artifacts.randomChoice!,
      score: [1, 2, 3, 4, 5] as const,
      mean: { lambdaMin: 0.123, score: 3.21 },
    };
    const root = parse(renderReport({ ...run, artifacts: { ...artifacts, baselines, randomChoice } }));
    const names = all(root, "#simple-rules tbody th").map((cell) => cell.textContent.trim());
    expect(names.slice(0, 3)).toEqual(["the winner", "relu", "relu-relu"]);
    expect(names.filter((name) => name.startsWith("relu"))).toHaveLength(5 + 4); // depth 2 has no skip to choose
    expect(names.filter((name) => name.startsWith("random choice"))).toHaveLength(6);
    expect(textOf(root, "#baselines .note")).toContain("all networks of depth 4 have the same number");
    const score = { name: "loo_error", better: "lower", usesLabels: true } as const;
    const other = parse(
      renderReport({ ...run, protocol: makeProtocol({ score }), artifacts: { ...artifacts, baselines, randomChoice } }),
    );
    expect(all(other, "#simple-rules thead th")).toHaveLength(5);
    expect(textOf(other, "#headline .tiles .main dt")).toBe("LOO error");
    expect(textOf(other, "#headline")).toContain("a random choice in the median 3.");
  });

  it("shows the cross-validated figure with its interval", () => {
    const crossValidation = {
      ...({ measure: "accuracy", value: 0.9533, interval: [0.9, 0.98] } as const),
      ...{ folds: 5, rows: 149, candidates: 10 },
    };
    const root = parse(renderReport({ ...run, artifacts: { ...artifacts, crossValidation } }));
    expect(textOf(root, "#cross-validation")).toContain("Cross-validated accuracy 0.95395 %: 0.900 to 0.980.");
  });
});

describe("a comparison of runs", () => {
  it("takes runs without a result, and other scores", () => {
    const none: Run = { ...run, id: "none", rows: [], artifacts: null, status: "failed", exactTopK: false };
    const score = { name: "loo_error", better: "lower", usesLabels: true } as const;
    const other: Run = { ...run, id: `<b>"c"</b>`, protocol: makeProtocol({ score }) };
    const html = renderComparison([run, none, other], { version: "1" });
    expect(html.match(/\b(undefined|NaN|\[object)/)).toBeNull();
    const root = parse(html);
    expect(all(root, "main > section").map((part) => part.getAttribute("id"))).toEqual([
      ...["headline", "best", "differences", "pair-B", "pair-C"],
    ]);
    expect(textOf(root, "#headline")).toContain("Same inputs in all runs");
    expect(textOf(root, "#best")).toContain("no network was scored");
    expect(textOf(root, "#pair-B")).toContain("no architecture in common");
    expect(textOf(root, "#pair-C figcaption")).toContain("LOO error of 500 common architectures");
    expect(textOf(root, "#headline")).toContain(`<b>"c"</b>`);
  });
});
