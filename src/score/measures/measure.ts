import type { CellOperation } from "../../arch/cells.js";
import type { GraphArchitecture } from "../../arch/graph.js";
import type { FiniteEngine } from "../../kernels/finite/engine/engine.js";
import type { EngineMemory } from "../../kernels/finite/engine/memory.js";
import type { Parameter } from "../../kernels/finite/ir.js";

/** A number by which untrained networks are ranked. */
export interface MeasureInfo {
  /** Column of tables and files, snake case, e.g. `naswot`. */
  readonly name: string;
  readonly label: string;
  /** Which end is good. */
  readonly direction: "larger" | "smaller";
  readonly needs: { readonly labels: boolean; readonly images: boolean; readonly backward: boolean };
  /** The protocol in a sentence or two: batch, initialisation, batch normalisation, parameters, output, source. */
  readonly card: string;
}

/** Images as a network takes them. */
export interface MeasureBatch {
  readonly n: number;
  /** n x channels x height x width, normalised by the channel statistics of the data set. */
  readonly inputs: Float64Array;
  readonly labels: Int32Array;
}

/** One network to be measured, and everything that a measure may use. */
export interface MeasureContext {
  /** The network, with operations left out that cannot be reached. */
  readonly architecture: GraphArchitecture;
  /** Of a cell of the topology space. */
  readonly operations?: readonly CellOperation[];
  /** Shape of one image. */
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly classes: number;
  /** The first `n` images of the data seed's order. Throws AppError `data` when there are fewer. */
  batch(n: number): MeasureBatch;
  /** Key of the weights. */
  readonly seed: number | string;
  /** Which draw of the weights. */
  readonly draw: number;
  /** Kernels to compute with; the float64 reference when there are none. */
  readonly engine?: FiniteEngine;
  /** Memory that the networks of one worker share, one after the other. */
  readonly memory?: EngineMemory;
  readonly threads: number;
  /** Values of a parameter in place of drawn ones, in the layout of `Parameter.shape`. */
  readonly parameters?: (parameter: Parameter) => Float64Array;
}

/** Several measures of one protocol, computed together. */
export interface MeasureGroup {
  readonly id: string;
  readonly measures: readonly MeasureInfo[];
  /** Its images are drawn with equal numbers of every class. */
  readonly balanced?: boolean;
  /**
   * Values by name, never NaN. Throws AppError `numeric` where the network overflows; a network that does not depend on its
   * input has the value that follows from the definition.
   */
  compute(context: MeasureContext): Readonly<Record<string, number>>;
}
