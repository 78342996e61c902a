import { AppError } from "../../errors.js";
import { allFinite } from "./functional.js";
import { sizeOf, type GradientGraph } from "./ir.js";
import { largestFloat32, nodeOverflow, overflowHint } from "./overflow.js";
import { ReferenceRun, type BatchNormMode } from "./reference.js";

/** Numbers that a search for an overflow may hold with all samples; beyond that it looks at a few of them. */
const fewNumbers = 4e6;
/** Samples looked at where statistics need more than one. */
const fewSamples = 4;

interface Overflowing {
  readonly graph: GradientGraph;
  readonly n: number;
  readonly inputs: Float64Array;
  /** A sample whose output or statistics are not finite. */
  readonly sample: number;
  readonly parameters: readonly Float64Array[];
  /** Whether the parameters were drawn here, by the variances of the graph, or given. */
  readonly drawn: boolean;
  readonly mode: BatchNormMode;
  /** The numbers of the engine that overflowed. */
  readonly numbers: "float32" | "float64";
}

/**
 * The error that names the first node whose values leave the numbers of an engine: found by running the float64 reference,
 * on the sample with the bad output, and on a few more where batch statistics need them. Names a parameter instead if that
 * has a value that is not finite.
 */
export function findOverflow(overflowing: Overflowing): AppError {
  const { graph, n, inputs, sample: first, parameters, drawn, mode, numbers } = overflowing;
  const bad = graph.parameters.findIndex((_, p) => !allFinite(parameters[p]));
  if (bad >= 0) {
    const { name } = graph.parameters[bad];
    if (drawn) {
      return new AppError("numeric", `The network overflows ${numbers}: the weights "${name}" as they are drawn.`, {
        hint: overflowHint,
        details: { parameter: name },
      });
    }
    return new AppError("data", `Parameter "${name}": expected finite numbers, at least one is NaN or infinite.`, {
      details: { parameter: name },
    });
  }
  const largest = numbers === "float32" ? largestFloat32 : Number.MAX_VALUE;
  const picked = samplesOf(graph, n, first, mode);
  const size = inputs.length / n;
  const rows = new Float64Array(picked.length * size);
  picked.forEach((sample, k) => {
    rows.set(inputs.subarray(sample * size, (sample + 1) * size), k * size);
  });
  const run = new ReferenceRun(graph, rows, picked.length, parameters, mode);
  for (let index = 1; index < graph.seed; index++) {
    const node = graph.nodes[index];
    // Statistics square what they normalise.
    if (node.op === "normalise") {
      const at = beyond(run.value(node.x), Math.sqrt(largest));
      if (at >= 0) return nodeOverflow(node, numbers, picked[sampleAt(at, run.value(node.x), picked.length)]);
    }
    run.evaluate(index, index + 1);
    const at = beyond(run.value(index), largest);
    if (at >= 0) return nodeOverflow(node, numbers, picked[sampleAt(at, run.value(index), picked.length)]);
  }
  return new AppError("numeric", `The network overflows ${numbers}: its output of sample ${first + 1} is not finite.`, {
    hint: overflowHint,
    details: { sample: first },
  });
}

const beyond = (values: Float64Array, largest: number): number =>
  values.findIndex((value) => !(Math.abs(value) <= largest));

const sampleAt = (at: number, values: Float64Array, n: number): number => Math.floor((at * n) / values.length);

/** The samples to look at: the bad one, with others where they meet in the statistics of the batch. */
function samplesOf(graph: GradientGraph, n: number, first: number, mode: BatchNormMode): number[] {
  if (mode === "instance" || mode === "eval") return [first];
  const numbers = n * graph.nodes.slice(0, graph.seed).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const others = Array.from({ length: n }, (_, i) => i).filter((i) => i !== first);
  return [first, ...(numbers <= fewNumbers ? others : others.slice(0, fewSamples - 1))];
}
