import { AppError } from "../../errors.js";
import type { Shape } from "../../arch/graph.js";
import { inputsOf, type GradientGraph, type IrGraph, type IrNode, type IrOp, type IrOpKind, type Tap } from "./ir.js";

/** Emits the reverse-mode nodes of one operation. */
interface Emitter {
  readonly nodes: readonly IrNode[];
  node(op: IrOp, shape: Shape): number;
  tap(tap: Tap): void;
}

/** Cotangents of a node's inputs, as pairs [input node, cotangent node], from the cotangent of its output. */
type GradientRule<K extends IrOpKind> = (
  node: IrNode & { readonly op: K },
  cotangent: number,
  emit: Emitter,
) => readonly (readonly [number, number])[];

/** Operations that only reverse mode emits have no rule of their own: nothing differentiates them again. */
export type Differentiable = Exclude<
  IrOpKind,
  | "seed"
  | "denseTranspose"
  | "convTranspose"
  | "slope"
  | "averagePoolTranspose"
  | "maxPoolTranspose"
  | "globalAverageTranspose"
  | "normTranspose"
  | "slice"
  | "standardiseTranspose"
>;

const shapeOf = (emit: Emitter, x: number): Shape => emit.nodes[x].shape;

/** Reverse mode: one rule an operation. */
const gradientRules: { readonly [K in Differentiable]: GradientRule<K> } = {
  input: () => [],
  zero: () => [],
  dense: ({ x, weight }, cotangent, emit) => {
    emit.tap({ kind: "dense", parameter: weight, x, cotangent });
    return [[x, emit.node({ op: "denseTranspose", x: cotangent, weight }, shapeOf(emit, x))]];
  },
  conv: ({ x, weight, kernel, stride, padding, groups }, cotangent, emit) => {
    const window = { kernel, stride, padding, groups };
    emit.tap({ kind: "conv", parameter: weight, x, cotangent, ...window });
    return [[x, emit.node({ op: "convTranspose", x: cotangent, weight, ...window }, shapeOf(emit, x))]];
  },
  bias: ({ x, bias }, cotangent, emit) => {
    emit.tap({ kind: "bias", parameter: bias, cotangent });
    return [[x, cotangent]];
  },
  activation: ({ x, activation }, cotangent, emit) => {
    const slope = emit.node({ op: "slope", x, activation }, shapeOf(emit, x));
    return [[x, emit.node({ op: "multiply", x: cotangent, y: slope }, shapeOf(emit, x))]];
  },
  /** A product with a slope, which is held fast. */
  multiply: ({ x, y }, cotangent, emit) => [[x, emit.node({ op: "multiply", x: cotangent, y }, shapeOf(emit, x))]],
  add: ({ xs }, cotangent) => xs.map((x) => [x, cotangent] as const),
  concat: ({ xs }, cotangent, emit) => {
    let from = 0;
    return xs.map((x) => {
      const shape = shapeOf(emit, x);
      const slice = emit.node({ op: "slice", x: cotangent, from }, shape);
      from += shape[0];
      return [x, slice] as const;
    });
  },
  scale: ({ x, factor }, cotangent, emit) => [[x, emit.node({ op: "scale", x: cotangent, factor }, shapeOf(emit, x))]],
  averagePool: ({ x, kernel, stride, padding }, cotangent, emit) => [
    [x, emit.node({ op: "averagePoolTranspose", x: cotangent, kernel, stride, padding }, shapeOf(emit, x))],
  ],
  maxPool: ({ x, by, kernel, stride, padding }, cotangent, emit) => [
    [x, emit.node({ op: "maxPoolTranspose", x: cotangent, by, kernel, stride, padding }, shapeOf(emit, x))],
  ],
  globalAverage: ({ x }, cotangent, emit) => [
    [x, emit.node({ op: "globalAverageTranspose", x: cotangent }, shapeOf(emit, x))],
  ],
  reshape: ({ x }, cotangent, emit) => [[x, emit.node({ op: "reshape", x: cotangent }, shapeOf(emit, x))]],
  norm: ({ normalised, gain, shift }, cotangent, emit) => {
    emit.tap({ kind: "gain", parameter: gain, x: normalised, cotangent });
    emit.tap({ kind: "bias", parameter: shift, cotangent });
    const { x } = emit.nodes[normalised] as IrNode & { readonly op: "normalise" };
    return [[x, emit.node({ op: "normTranspose", normalise: normalised, y: cotangent, gain }, shapeOf(emit, x))]];
  },
  /** Reached through `norm` alone, which passes it by. */
  normalise: () => [],
  standardise: ({ x, epsilon }, cotangent, emit) => [
    [x, emit.node({ op: "standardiseTranspose", x: cotangent, by: x, epsilon }, shapeOf(emit, x))],
  ],
  gain: ({ x, gain }, cotangent, emit) => {
    emit.tap({ kind: "gain", parameter: gain, x, cotangent });
    return [[x, emit.node({ op: "gain", x: cotangent, gain }, shapeOf(emit, x))]];
  },
};

/**
 * Reverse mode as a graph transformation: the same nodes, then one cotangent per node that the output depends on, from
 * the output back. Gradients of parameters stay as taps, so that they can be contracted without being formed.
 * Cotangents of the data, and of what depends on no parameter, are computed only where `wanted` (forward nodes) asks for them.
 */
export function gradientGraph(graph: IrGraph, wanted: readonly number[] = []): GradientGraph {
  const nodes: IrNode[] = [...graph.nodes];
  const taps: Tap[] = [];
  const needed = needsCotangent(graph, new Set(wanted));
  const cotangentOf = new Map<number, number>();
  const seed = nodes.push({ op: "seed", shape: graph.nodes[graph.output].shape, source: "seed" }) - 1;
  const arriving = new Map<number, number[]>([[graph.output, [seed]]]);
  for (let index = graph.output; index >= 0; index--) {
    const cotangents = arriving.get(index);
    const node = graph.nodes[index];
    if (cotangents === undefined || !needed[index]) continue;
    const emit: Emitter = {
      nodes,
      node: (op, shape) => nodes.push({ ...op, shape, source: node.source }) - 1,
      tap: (tap) => taps.push(tap),
    };
    const cotangent = cotangents.length === 1 ? cotangents[0] : emit.node({ op: "add", xs: cotangents }, node.shape);
    cotangentOf.set(index, cotangent);
    const rule = gradientRules[node.op as Differentiable] as GradientRule<IrOpKind>;
    const before = nodes.length;
    const contributions = rule(node, cotangent, emit);
    if (contributions.every(([x]) => !needed[x])) nodes.length = before;
    for (const [x, value] of contributions) {
      if (!needed[x]) continue;
      const list = arriving.get(x);
      if (list === undefined) arriving.set(x, [value]);
      else list.push(value);
    }
  }
  return {
    ...graph,
    nodes,
    seed,
    taps,
    cotangents: new Map([...cotangentOf].filter(([node]) => wanted.includes(node))),
  };
}

/** Nodes that are wanted, or below which something wanted or some parameter lies: only these need a cotangent. */
function needsCotangent({ nodes }: IrGraph, wanted: ReadonlySet<number>): boolean[] {
  const needed: boolean[] = [];
  nodes.forEach((node, index) => {
    const own = wanted.has(index) || "weight" in node || "bias" in node || "gain" in node;
    needed.push(own || inputsOf(node).some((x) => needed[x]));
  });
  return needed;
}

/** The node that has the value of a node of the architecture. Throws AppError `usage` when the output does not depend on it. */
export function placeOf({ places }: IrGraph, id: string): number {
  const place = places.get(id);
  if (place !== undefined) return place;
  throw new AppError("usage", `There is no node "${id}" to read, or the output does not depend on it.`, {
    hint: `Known are ${[...places.keys()].join(", ")}.`,
  });
}
