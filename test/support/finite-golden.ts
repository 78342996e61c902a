import { readFileSync } from "node:fs";
import type { GraphArchitecture } from "../../src/arch/graph.js";
import { sizeOf, type Parameter } from "../../src/kernels/finite/ir.js";

type Mode = "instance" | "frozen" | "coupled" | "eval";
export type GoldenKernels = Record<"outputs" | "sum" | "sumAll" | "sumStandard" | "label" | "full", number[]>;

interface Golden {
  readonly samples: number;
  readonly classes: number;
  readonly cases: readonly GoldenCase[];
  /** Of operators that no compiled program runs. */
  readonly referenceCases: readonly GoldenCase[];
}

export interface GoldenCase {
  readonly name: string;
  readonly graph: GraphArchitecture;
  readonly labels: number[];
  readonly inputs: number[];
  readonly kernels: Record<Mode, GoldenKernels>;
}

/** Kernels by PyTorch in float64, made by test/golden/finite.py. */
export const golden = JSON.parse(readFileSync(new URL("../golden/finite.json", import.meta.url), "utf8")) as Golden;

export const batchOf = (item: GoldenCase) => ({
  n: golden.samples,
  inputs: Float64Array.from(item.inputs),
  labels: Int32Array.from(item.labels),
});

/** The sine weights of finite.py. */
export function goldenParameters({ name, kind, shape, fanIn }: Parameter): Float64Array {
  const offset = Array.from(name).reduce((sum, character) => sum + character.charCodeAt(0), 0);
  const [base, scale] = kind === "weight" ? [0, Math.sqrt(2 / fanIn)] : kind === "gain" ? [1, 0.3] : [0, 0.2];
  return Float64Array.from({ length: sizeOf(shape) }, (_, k) => base + scale * Math.sin(0.7 * k + offset));
}

/** Largest difference relative to the largest reference value; Infinity when the lengths differ. */
export function relativeError(values: ArrayLike<number>, reference: readonly number[]): number {
  const scale = Math.max(...reference.map(Math.abs), 1e-300);
  return reference.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(values[i] - value) / scale),
    values.length === reference.length ? 0 : Infinity,
  );
}

/** The kernel of class c within the full one. */
export function classBlock(full: readonly number[], c: number): number[] {
  const { samples, classes } = golden;
  return Array.from({ length: samples ** 2 }, (_, at) => {
    const [i, j] = [Math.floor(at / samples), at % samples];
    return full[(c * samples + i) * samples * classes + c * samples + j];
  });
}
