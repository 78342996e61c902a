import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cellNetwork, type CellOperation } from "../../../src/arch/cells.js";
import { nativeKernels } from "../../../src/kernels/finite/engine/native.js";
import { wasmEngine } from "../../../src/kernels/finite/engine/wasm.js";
import { gradientGroups } from "../../../src/score/measures/gradient-measures.js";
import type { MeasureContext } from "../../../src/score/measures/measure.js";
import { synflowGroup } from "../../../src/score/measures/synflow.js";
import { netImages, netLabels, netParameters } from "../../support/cell-golden.js";

interface Case {
  readonly ops: CellOperation[];
  readonly scores: Record<string, number>;
}

/** Made by test/golden/measures_gradient.py: PyTorch, float64. */
const golden = JSON.parse(readFileSync(new URL("../../golden/measures_gradient.json", import.meta.url), "utf8")) as {
  side: number;
  cases: Case[];
  deep: (Case & { channels: number; cells: number })[];
};

const images = netImages("measures", 50, golden.side);
const classes = netLabels(50);

function contextOf(operations: readonly CellOperation[], given: Partial<MeasureContext> = {}): MeasureContext {
  const { side } = golden;
  return {
    architecture: cellNetwork(operations, { channels: 4, cells: 1, imageSize: side }),
    operations,
    shape: [3, side, side],
    classes: 10,
    batch(asked) {
      const n = asked === 50 ? 50 : asked / 4;
      return { n, inputs: images.slice(0, n * 3 * side * side), labels: classes.slice(0, n) };
    },
    seed: 1,
    draw: 0,
    threads: 1,
    ...given,
  };
}

const scoresOf = (context: MeasureContext): Record<string, number> =>
  Object.assign({}, ...gradientGroups.map((group) => group.compute(context))) as Record<string, number>;

// Relative. GraSP is a difference of gradients; the condition number loses what its size says; ZiCo divides by deviations
// that may be near zero, KNAS subtracts what is nearly equal.
const engines = [
  { name: "float64 reference", engine: undefined, tolerance: 1e-8, special: { grasp: 1e-7 } },
  ...[nativeKernels().engines?.[0] ?? wasmEngine].map((engine) => ({
    name: engine.name,
    engine,
    tolerance: 1e-4,
    special: { grasp: 1e-3, hnas_kappa: 1e-3, zico: 1e-3, knas_code: 1e-3 },
  })),
];

describe.each(engines)("measures from gradients on $name against PyTorch float64", ({ engine, tolerance, special }) => {
  it.each(golden.cases.map((item) => [item.ops.join(" "), item] as const))("%s", (_, { ops, scores }) => {
    const found = scoresOf(contextOf(ops, { parameters: netParameters, ...(engine && { engine }) }));
    expect(Object.keys(found).sort()).toEqual(Object.keys(scores).sort());
    for (const [name, expected] of Object.entries(scores)) {
      const allowed = (special as Record<string, number>)[name] ?? tolerance;
      expect(Math.abs(found[name] - expected) / Math.abs(expected), `${name} ${found[name]} ${expected}`).toBeLessThan(
        allowed,
      );
    }
  });
});

describe("measures from gradients", () => {
  const none = Array<CellOperation>(6).fill("none");

  it("have defined values where the output does not depend on the image", () => {
    for (const engine of [undefined, wasmEngine]) {
      const found = scoresOf(contextOf(none, engine && { engine }));
      for (const [name, value] of Object.entries(found)) expect(Number.isFinite(value), `${name} ${value}`).toBe(true);
      for (const name of ["grad_norm", "snip", "plain", "grasp", "log_synflow", "zico"]) {
        expect(Math.abs(found[name]), name).toBe(0);
      }
      expect(found).toMatchObject({ nasi_trace: 0, hnas_kappa: 1e5, synflow: Math.log(Number.MIN_VALUE) });
    }
  });

  it.each(golden.deep.map((item) => [item.ops.join(" "), item] as const))(
    "synflow of 15 cells, which overflows float32 by itself: %s",
    (_, { ops, channels, cells, scores }) => {
      const architecture = cellNetwork(ops, { channels, cells, imageSize: golden.side });
      const given = { architecture, parameters: netParameters, engine: wasmEngine };
      const found = synflowGroup.compute(contextOf(ops, given));
      expect(Math.abs(found.synflow - scores.synflow)).toBeLessThan(1e-4);
      expect(Math.abs(found.log_synflow / scores.log_synflow - 1)).toBeLessThan(1e-5);
      expect(Math.exp(scores.synflow)).toBeGreaterThan(3.5e38);
    },
  );

  it("name every value that they compute, with direction and card", () => {
    const found = scoresOf(contextOf(none, { engine: wasmEngine }));
    const measures = gradientGroups.flatMap((group) => group.measures);
    expect(measures.map(({ name }) => name).sort()).toEqual(Object.keys(found).sort());
    for (const { card } of measures) expect(card).toMatch(/\d{4}/);
  });
});
