import { describe, expect, it } from "vitest";
import { modelPresets } from "../../src/arch/architecture.js";
import { layeredGraph, type GraphArchitecture } from "../../src/arch/graph.js";
import { finiteNtk } from "../../src/kernels/finite/ntk.js";
import { compareFinite, comparisonScoreNames } from "../../src/score/compare.js";
import { readLayers } from "../../src/score/measures/layer-reading.js";
import { parseGenotype } from "../../src/spaces/index.js";
import { lambdaMin } from "../../src/spectrum/spectrum.js";
import { spherePoints } from "../support/matrices.js";

const rows = spherePoints(8, 6, "finite");
const network = (genotype: string, width: number): GraphArchitecture =>
  layeredGraph(parseGenotype(genotype), modelPresets.he, rows.d, width);

/** The same function times four: its gradients, and nothing else of it, are larger. */
const scaled = (graph: GraphArchitecture): GraphArchitecture => ({
  ...graph,
  nodes: [...graph.nodes, { id: "times", op: "scale", from: [graph.output], factor: 4 }],
  output: "times",
});

describe("comparison of two networks", () => {
  it("stops when it is decided, and is undecided between a network and itself", () => {
    const options = { seed: 5, draws: 12, score: "lambda_min" } as const;
    const clear = compareFinite(network("relu+relu+relu", 64), network("sigmoid-sigmoid", 64), rows, options);
    expect(clear.decided).toBe(true);
    expect(clear.probability).toBeGreaterThan(0.99);
    expect(clear.a.values.length).toBeLessThan(12);
    const same = compareFinite(network("relu-tanh", 32), network("relu-tanh", 32), rows, { seed: 5, draws: 4 });
    expect(same.probability).toBe(0.5);
    expect(same.decided).toBe(false);
  });

  it("does not see the scale of gradients by default, as lambda_min does", () => {
    const [plain, larger] = [network("relu-tanh", 32), scaled(network("relu-tanh", 32))];
    const by = (score?: (typeof comparisonScoreNames)[number]) =>
      compareFinite(larger, plain, rows, { seed: 5, draws: 3, ...(score && { score }) });
    expect(by()).toMatchObject({ score: "ntk_layer_logdet", probability: 0.5 });
    expect(by("ntk_layer_lmin").probability).toBe(0.5);
    expect(by("lambda_min_normalized").probability).toBe(0.5);
    expect(by("lambda_min").probability).toBeGreaterThan(0.99);
  });

  it("reads each score off the kernels of the draws, whose rows both networks share", () => {
    const others = [rows, spherePoints(8, 6, "second"), spherePoints(8, 6, "third")];
    const [a, b] = [network("relu+tanh", 24), network("gelu-gelu", 24)];
    const kernels = others.map((batch, draw) => finiteNtk(a, batch, { seed: 3, draw }));
    const wanted = {
      ntk_layer_logdet: kernels.map(
        ({ parts }) =>
          readLayers(
            parts.map(({ kernel }) => kernel),
            8,
          ).logDetMean,
      ),
      ntk_layer_lmin: kernels.map(
        ({ parts }) =>
          readLayers(
            parts.map(({ kernel }) => kernel),
            8,
          ).lambdaMinSum,
      ),
      lambda_min: kernels.map((found) => lambdaMin(found.kernels[0], 8).value),
      lambda_min_normalized: kernels.map(({ kernels: [kernel] }) => {
        const trace = Array.from({ length: 8 }, (_, i) => kernel[9 * i]).reduce((sum, value) => sum + value, 0);
        return (8 * lambdaMin(kernel, 8).value) / trace;
      }),
    };
    for (const score of comparisonScoreNames) {
      const found = compareFinite(a, b, (draw) => others[draw], { seed: 3, draws: 3, confidence: 0.9999999, score });
      found.a.values.forEach((value, k) => expect(value / wanted[score][k]).toBeCloseTo(1, 9));
      found.difference.values.forEach((value, k) => expect(value).toBe(found.a.values[k] - found.b.values[k]));
    }
  });
});
