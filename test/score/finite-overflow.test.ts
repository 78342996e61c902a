import { describe, expect, it } from "vitest";
import type { GraphArchitecture, GraphNode } from "../../src/arch/graph.js";
import { AppError } from "../../src/errors.js";
import { nativeKernels } from "../../src/kernels/finite/engine/native.js";
import { wasmEngine } from "../../src/kernels/finite/engine/wasm.js";
import { compareFinite } from "../../src/score/compare.js";
import { finiteScore } from "../../src/score/finite.js";
import { spherePoints } from "../support/matrices.js";

const batch = { ...spherePoints(5, 4, "overflow"), labels: Int32Array.of(0, 1, 0, 1, 1) };

/** Two dense layers around scales by these factors, one after the other. */
function scaled(...factors: readonly number[]): GraphArchitecture {
  const between = factors.map((factor, k): GraphNode => ({
    id: `s${k}`,
    op: "scale",
    from: [k === 0 ? "a" : `s${k - 1}`],
    factor,
  }));
  return {
    kind: "graph",
    input: [4],
    nodes: [
      { id: "g", op: "dense", from: ["input"], units: 24 },
      { id: "a", op: "activation", from: ["g"], activation: "relu" },
      ...between,
      { id: "out", op: "dense", from: [`s${factors.length - 1}`], units: 2 },
    ],
    output: "out",
  };
}

const options = { draws: 2, seed: 1, output: "sum" } as const;
const engines = [wasmEngine, ...(nativeKernels().engines ?? [])];
const overflows = /float32 overflows in this network; computed by the reference in float64/;

describe.each(engines.map((engine) => [engine.name, engine] as const))("networks that overflow %s", (name, engine) => {
  it.each([
    ["a value, though the outputs are of order one", scaled(1e30, 1e30, 1e-60)],
    ["the outputs", scaled(1e30, 1e30)],
    ["a Gram matrix alone", scaled(1e25)],
  ])("by %s are computed by the float64 reference, and say so", (_, network) => {
    const reference = finiteScore(network, batch, options);
    const score = finiteScore(network, batch, options, { engine });
    expect(score.lambdaMin.mean).toBeGreaterThan(0);
    expect(score).toEqual({ ...reference, notes: score.notes });
    expect(score.notes).toEqual([expect.stringMatching(overflows)]);
    expect(reference).toMatchObject({ engine: "reference", precision: "float64", notes: [] });
  });

  it("are named with their layer when float64 overflows too", () => {
    const beyond = (): unknown => finiteScore(scaled(1e200, 1e200), batch, options, { engine });
    expect(beyond).toThrow(AppError);
    expect(beyond).toThrow(/Node "s1" \(scale\) overflows/);
  });

  it("are compared by the reference when one of them overflows, and by the engine when none does", () => {
    const [calm, wild] = [scaled(1), scaled(1e30, 1e30, 2e-60)];
    const compared = compareFinite(calm, wild, batch, { ...options, draws: 3, score: "lambda_min" }, { engine });
    expect(compared.b.mean).toBeCloseTo(4 * compared.a.mean, 4);
    expect(finiteScore(calm, batch, options, { engine })).toMatchObject({
      engine: name,
      precision: "float32",
      notes: [],
    });
  });

  it("the full kernel is computed by the engine, and by the reference where it overflows", () => {
    const full = { ...options, output: "full" } as const;
    const [reference, score] = [finiteScore(scaled(1), batch, full), finiteScore(scaled(1), batch, full, { engine })];
    expect(score).toMatchObject({ engine: name, precision: "float32" });
    expect(score.lambdaMin.mean / reference.lambdaMin.mean).toBeCloseTo(1, 5);
    expect(score.certificate).toBeNull();
    expect(finiteScore(scaled(1e30, 1e30), batch, full, { engine }).notes[0]).toMatch(overflows);
  });
});
