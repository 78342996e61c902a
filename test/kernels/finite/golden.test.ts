import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { GraphArchitecture } from "../../../src/arch/graph.js";
import { sizeOf, type Parameter } from "../../../src/kernels/finite/ir.js";
import { finiteNtk, type FiniteOptions } from "../../../src/kernels/finite/ntk.js";

type Mode = "instance" | "frozen" | "coupled" | "eval";
type Kernels = Record<"outputs" | "sum" | "sumAll" | "sumStandard" | "label" | "full", number[]>;
interface Golden {
  readonly samples: number;
  readonly classes: number;
  readonly cases: readonly {
    readonly name: string;
    readonly graph: GraphArchitecture;
    readonly labels: number[];
    readonly inputs: number[];
    readonly kernels: Record<Mode, Kernels>;
  }[];
}

const golden = JSON.parse(readFileSync(new URL("../../golden/finite.json", import.meta.url), "utf8")) as Golden;

/** The sine weights of finite.py. */
function parameters({ name, kind, shape, fanIn }: Parameter): Float64Array {
  const offset = Array.from(name).reduce((sum, character) => sum + character.charCodeAt(0), 0);
  const [base, scale] = kind === "weight" ? [0, Math.sqrt(2 / fanIn)] : kind === "gain" ? [1, 0.3] : [0, 0.2];
  return Float64Array.from({ length: sizeOf(shape) }, (_, k) => base + scale * Math.sin(0.7 * k + offset));
}

function relativeError(values: ArrayLike<number>, reference: readonly number[]): number {
  const scale = Math.max(...reference.map(Math.abs), 1e-300);
  return reference.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(values[i] - value) / scale),
    values.length === reference.length ? 0 : Infinity,
  );
}

// Instance statistics need more than one pixel; the MLPs have no norm and take every mode.
describe.each(golden.cases.map((item) => [item.name, item] as const))("%s against PyTorch float64", (_, item) => {
  const batch = { n: golden.samples, inputs: Float64Array.from(item.inputs), labels: Int32Array.from(item.labels) };
  it.each(["instance", "frozen", "coupled", "eval"] as const)("bn %s: outputs and every functional to 1e-10", (bn) => {
    const reference = item.kernels[bn];
    const kernel = (options: FiniteOptions) => finiteNtk(item.graph, batch, { bn, parameters, ...options });
    const sum = kernel({ output: "sum" });
    expect(relativeError(sum.outputs, reference.outputs)).toBeLessThan(1e-12);
    expect(relativeError(sum.kernels[0], reference.sum)).toBeLessThan(1e-10);
    expect(relativeError(kernel({ output: "sum", params: "all" }).kernels[0], reference.sumAll)).toBeLessThan(1e-10);
    expect(
      relativeError(kernel({ output: "sum", parameterisation: "standard" }).kernels[0], reference.sumStandard),
    ).toBeLessThan(1e-10);
    expect(relativeError(kernel({ output: "label" }).kernels[0], reference.label)).toBeLessThan(1e-10);
    const full = kernel({ output: "full" });
    expect(relativeError(full.kernels[0], reference.full)).toBeLessThan(1e-10);

    const size = golden.samples * golden.classes;
    const block = (c: number): number[] =>
      Array.from({ length: golden.samples ** 2 }, (__, at) => {
        const [i, j] = [Math.floor(at / golden.samples), at % golden.samples];
        return reference.full[(c * golden.samples + i) * size + c * golden.samples + j];
      });
    const each = kernel({ output: "each" });
    each.kernels.forEach((values, c) => expect(relativeError(values, block(c))).toBeLessThan(1e-10));
    const mean = block(0).map((_value, at) => (block(0)[at] + block(1)[at] + block(2)[at]) / 3);
    expect(relativeError(kernel({ output: "trace" }).kernels[0], mean)).toBeLessThan(1e-10);

    const parts = sum.parts.reduce(
      (total, part) => total.map((value, at) => value + part.kernel[at]),
      new Float64Array(sum.kernels[0].length),
    );
    expect(relativeError(parts, reference.sum)).toBeLessThan(1e-10);
  });
});
