import type { GraphArchitecture } from "../../../arch/graph.js";
import { gradientGraph, placeOf } from "../gradient.js";
import { holdSlopes } from "../held-slopes.js";
import type { Extent, Plane } from "../engine/program.js";
import type { GradientGraph, Tap } from "../ir.js";
import { lower } from "../lower.js";
import { emitBackward } from "./backward.js";
import type { BatchNormMode } from "../reference.js";
import { Compiler } from "./compiler.js";
import { emitForward } from "./forward.js";
import { emitGram } from "./grams.js";
import { shareNodes } from "./share.js";
import { gradientFloats, passOf, type SummedPass } from "./pass-program.js";
import type { GramArguments, MixingStep, StatisticsStep, Step } from "./steps.js";
import { extentOf, planeOf, type Plan, type Tensor } from "./layout.js";
import type { Constants } from "./weights.js";

/** A stretch of a compiled network, in order of execution. */
export type Segment =
  /** Instructions for every sample, and the architecture's node that each is of. */
  | { readonly kind: "run"; readonly program: Int32Array; readonly sources: readonly string[] }
  | (Omit<StatisticsStep, "tensor"> & {
      readonly x: Plane;
      readonly extent: Extent;
      readonly channels: number;
      readonly source: string;
    })
  | (Omit<MixingStep, "tensors"> & {
      readonly y: Plane;
      readonly normalised: Plane;
      readonly extent: Extent;
      readonly channels: number;
      readonly source: string;
    })
  | { readonly kind: "gram"; readonly parameter: number; readonly gram: GramArguments };

/** A network as programs over one arena: constants first, then a block of floats for every sample. */
export interface CompiledNetwork {
  readonly graph: GradientGraph;
  readonly mode: BatchNormMode;
  /** Programs run instruction by instruction for all samples at once (vectors only). */
  readonly byInstruction: boolean;
  readonly constants: Constants;
  /** Floats of a sample's block. */
  readonly stride: number;
  /** Zeroes the halos and what else of a sample must start as zero, in memory that was used before. */
  readonly clear: Int32Array;
  /** The plan of a sample's block: its tensors, and the steps (forward, then reverse) between which each is alive. */
  readonly tensors: Plan["tensors"];
  /** Where the raw input (channel by channel), the output and its cotangent are in a sample's block. */
  readonly input: number;
  readonly output: number;
  readonly seed: number;
  /** Each sample's own inverse deviations, in its block. */
  readonly inverses: Compiler["inverses"];
  /** Room in the constants for one parameter's gradient summed over the samples (coupled mode, or `summed`). */
  readonly gradient: number;
  /** Tensors of the nodes (of `graph`) that are kept. */
  readonly kept: ReadonlyMap<number, Tensor>;
  /** Room in a sample's block for a number per channel of any kept node. */
  readonly scratch: number;
  readonly forward: readonly Segment[];
  readonly backward: readonly Segment[];
  /** Reverse mode of a coupled network as one program. */
  readonly pass: SummedPass | undefined;
}

interface CompileOptions {
  readonly read?: readonly string[];
  readonly summed?: boolean;
  readonly hold?: boolean;
}

/**
 * Compiles a network for one batch normalisation mode: equal nodes shared, reverse mode, fusion (bias, ReLU and masks in the
 * convolutions, norms in the sums, several edges of a node in one pass), then a plan in which tensors that are never alive
 * together share memory. `passes` above 1 keeps forward values for further reverse passes. `read`: nodes of the architecture
 * whose values and cotangents stay in memory; `summed`: gradients are read summed over the samples, in every mode; `hold`: slopes of ReLUs are held (see holdSlopes).
 * Throws NotCompiled for what only the reference engine does, AppError `space` for a wrong graph.
 */
export function compileNetwork(
  architecture: GraphArchitecture,
  mode: BatchNormMode,
  keep: (graph: GradientGraph, tap: Tap) => boolean,
  passes = 1,
  { read = [], summed = mode === "coupled", hold = false }: CompileOptions = {},
): CompiledNetwork {
  const lowered = lower(architecture);
  const whole = hold ? holdSlopes(lowered) : lowered;
  const forward = shareNodes(whole, new Set(read.map((id) => placeOf(whole, id))));
  const graph = gradientGraph(
    forward,
    read.map((id) => placeOf(forward, id)),
  );
  const kept = new Set([...read.map((id) => placeOf(forward, id)), ...graph.cotangents.values()]);
  const compiler = new Compiler(
    graph,
    mode,
    graph.taps.filter((tap) => keep(graph, tap)),
    { kept, summed },
  );
  for (let index = 0; index < graph.seed; index++) {
    const { op } = graph.nodes[index];
    compiler.source = graph.nodes[index].source;
    (op === "slope" || op === "multiply" ? emitBackward : emitForward)(compiler, index);
  }
  const middle = compiler.steps.length;
  for (let index = graph.seed; index < graph.nodes.length; index++) {
    compiler.source = graph.nodes[index].source;
    emitBackward(compiler, index);
    for (const tap of compiler.taps.get(index) ?? []) emitGram(compiler, tap);
  }
  const { planner } = compiler;
  planner.touch(compiler.tensor(graph.output), middle);
  planner.touch(compiler.tensor(graph.seed), middle);
  if (passes > 1) {
    for (const step of compiler.steps.slice(0, middle))
      for (const tensor of tensorsOf(step)) planner.touch(tensor, Infinity);
  }
  for (const index of kept) planner.touch(compiler.tensor(index), Infinity);
  const scratch = planner.reserve(Math.max(0, ...[...kept].map((index) => compiler.tensor(index).pixel)));
  const { stride, clear, tensors } = planner.plan();
  const backward = segmentsOf(compiler.steps.slice(middle));
  const largest = Math.max(
    0,
    ...backward.map((segment) => (segment.kind === "gram" ? gradientFloats(segment.gram) : 0)),
  );
  return {
    graph,
    mode,
    byInstruction: compiler.byInstruction,
    constants: compiler.constants,
    stride,
    clear,
    tensors,
    input: 0,
    output: compiler.tensor(graph.output).offset,
    seed: compiler.tensor(graph.seed).offset,
    inverses: compiler.inverses,
    forward: segmentsOf(compiler.steps.slice(0, middle)),
    backward,
    kept: new Map([...kept].map((index) => [index, compiler.tensor(index)])),
    scratch,
    pass: mode === "coupled" ? passOf(compiler, compiler.steps.slice(middle)) : undefined,
    gradient: summed ? compiler.constants.reserve(largest) : 0,
  };
}

const tensorsOf = (step: Step) => (step.kind === "statistics" ? [step.tensor] : step.tensors);

/** Joins neighbouring instructions into programs. */
function segmentsOf(steps: readonly Step[]): Segment[] {
  const segments: Segment[] = [];
  let words: number[] = [];
  let sources: string[] = [];
  const add = (instruction: readonly number[], source: string): void => {
    words.push(...instruction);
    sources.push(source);
  };
  const flush = (): void => {
    if (words.length > 0) segments.push({ kind: "run", program: Int32Array.from(words), sources });
    [words, sources] = [[], []];
  };
  for (const step of steps) {
    if (step.kind === "run") {
      add(step.instruction(), step.source);
      continue;
    }
    if (step.kind === "gram" && step.sums !== undefined) add(step.sums(), step.source);
    flush();
    if (step.kind === "gram") segments.push({ kind: "gram", parameter: step.parameter, gram: step.gram() });
    else if (step.kind === "mixing") {
      const { tensors, ...rest } = step;
      const [y, normalised] = tensors;
      segments.push({
        ...rest,
        y: planeOf(y),
        normalised: planeOf(normalised),
        extent: extentOf(y),
        channels: y.channels,
      });
    } else {
      const { tensor, ...rest } = step;
      segments.push({ ...rest, x: planeOf(tensor), extent: extentOf(tensor), channels: tensor.channels });
    }
  }
  flush();
  return segments;
}
