import type { Shape } from "../../arch/graph.js";
import type { Differentiable } from "./gradient.js";
import type { GradientGraph, IrNode, IrOp, IrOpKind, Parameter } from "./ir.js";

/** Emits the nodes of one operation's tangent. */
interface Emitter {
  node(op: IrOp, shape: Shape): number;
  /** Tangent of an earlier node; undefined where it is zero. */
  tangent(x: number): number | undefined;
  /** The parameter that holds the tangent of a parameter. */
  direction(parameter: number): number;
  /** The node behind an index. */
  at(x: number): IrNode;
}

/** The tangent of a node's value; undefined when it is zero. */
type TangentRule<K extends IrOpKind> = (node: IrNode & { readonly op: K }, emit: Emitter) => number | undefined;

/** The tangent of a linear operation without parameters: the operation itself. */
const linear =
  (emit: Emitter, node: IrNode & { readonly x: number }) =>
  (op: (x: number) => IrOp): number | undefined => {
    const x = emit.tangent(node.x);
    return x === undefined ? undefined : emit.node(op(x), node.shape);
  };

/** Forward mode: one rule an operation, which emits operations of the same IR. */
const tangentRules: { readonly [K in Differentiable | "multiply"]: TangentRule<K> } = {
  input: () => undefined,
  zero: () => undefined,
  dense: (node, emit) => weighted(node, emit, (x, weight) => ({ op: "dense", x, weight })),
  conv: (node, emit) => weighted(node, emit, (x, weight) => ({ ...node, x, weight })),
  bias: ({ x, bias, shape }, emit) => {
    const moved = emit.tangent(x) ?? emit.node({ op: "zero" }, shape);
    return emit.node({ op: "bias", x: moved, bias: emit.direction(bias) }, shape);
  },
  activation: (node, emit) => {
    const x = emit.tangent(node.x);
    if (x === undefined) return undefined;
    const slope = emit.node({ op: "slope", x: node.x, activation: node.activation }, node.shape);
    return emit.node({ op: "multiply", x, y: slope }, node.shape);
  },
  /** A product with a slope, which is held fast. */
  multiply: (node, emit) => linear(emit, node)((x) => ({ op: "multiply", x, y: node.y })),
  add: ({ xs, shape }, emit) =>
    sum(
      emit,
      shape,
      xs.map((x) => emit.tangent(x)),
    ),
  concat: ({ xs, shape }, emit) => {
    const tangents = xs.map((x) => emit.tangent(x));
    if (tangents.every((x) => x === undefined)) return undefined;
    const whole = tangents.map((x, k) => x ?? emit.node({ op: "zero" }, emit.at(xs[k]).shape));
    return emit.node({ op: "concat", xs: whole }, shape);
  },
  scale: (node, emit) => linear(emit, node)((x) => ({ op: "scale", x, factor: node.factor })),
  averagePool: (node, emit) => linear(emit, node)((x) => ({ ...node, x })),
  maxPool: (node, emit) => linear(emit, node)((x) => ({ ...node, x })),
  globalAverage: (node, emit) => linear(emit, node)((x) => ({ op: "globalAverage", x })),
  reshape: (node, emit) => linear(emit, node)((x) => ({ op: "reshape", x })),
  /**
   * gain dxhat + dgain xhat + dshift. The derivative of a normalisation is symmetric (a scaled projection), so gain dxhat is
   * what reverse mode makes of a cotangent: normTranspose.
   */
  norm: ({ normalised, gain, shift, shape }, emit) => {
    const { x } = emit.at(normalised) as IrNode & { readonly op: "normalise" };
    const moved = emit.tangent(x);
    return sum(emit, shape, [
      moved === undefined
        ? undefined
        : emit.node({ op: "normTranspose", normalise: normalised, y: moved, gain }, shape),
      emit.node({ op: "norm", normalised, gain: emit.direction(gain), shift: emit.direction(shift) }, shape),
    ]);
  },
  /** Read by `norm` alone, which passes it by. */
  normalise: () => undefined,
  /** Its derivative is symmetric too. */
  standardise: (node, emit) =>
    linear(emit, node)((x) => ({ op: "standardiseTranspose", x, by: node.x, epsilon: node.epsilon })),
  gain: (node, emit) => {
    const x = emit.tangent(node.x);
    return sum(emit, node.shape, [
      x === undefined ? undefined : emit.node({ op: "gain", x, gain: node.gain }, node.shape),
      emit.node({ op: "gain", x: node.x, gain: emit.direction(node.gain) }, node.shape),
    ]);
  },
};

function weighted(
  node: IrNode & { readonly op: "dense" | "conv" },
  emit: Emitter,
  op: (x: number, weight: number) => IrOp,
): number | undefined {
  const x = emit.tangent(node.x);
  return sum(emit, node.shape, [
    x === undefined ? undefined : emit.node(op(x, node.weight), node.shape),
    emit.node(op(node.x, emit.direction(node.weight)), node.shape),
  ]);
}

function sum(emit: Emitter, shape: Shape, terms: readonly (number | undefined)[]): number | undefined {
  const xs = terms.filter((term) => term !== undefined);
  return xs.length > 1 ? emit.node({ op: "add", xs }, shape) : xs.at(0);
}

/** A graph with its reverse mode and its forward mode. */
export interface TangentGraph extends GradientGraph {
  /** The first node of forward mode; those before it are the graph and its reverse mode. */
  readonly firstTangent: number;
  /** Tangent of the output. */
  readonly tangent: number;
}

/**
 * Forward mode as a graph transformation: the same nodes, then one tangent per node that depends on parameters, in the
 * direction that further parameters give (parameter p moves by parameter P + p, P being their number).
 */
export function tangentGraph(graph: GradientGraph): TangentGraph {
  const nodes: IrNode[] = [...graph.nodes];
  const tangents: (number | undefined)[] = [];
  const count = graph.parameters.length;
  for (let index = 0; index < graph.seed; index++) {
    const node = graph.nodes[index];
    const rule = tangentRules[node.op as Differentiable] as TangentRule<IrOpKind>;
    tangents.push(
      rule(node, {
        node: (op, shape) => nodes.push({ ...op, shape, source: node.source }) - 1,
        tangent: (x) => tangents[x],
        direction: (parameter) => count + parameter,
        at: (x) => graph.nodes[x],
      }),
    );
  }
  const last = graph.nodes[graph.output];
  const tangent = tangents[graph.output] ?? nodes.push({ op: "zero", shape: last.shape, source: last.source }) - 1;
  const directions = graph.parameters.map((parameter): Parameter => ({
    ...parameter,
    name: `${parameter.name} tangent`,
  }));
  const firstTangent = graph.nodes.length;
  return { ...graph, nodes, parameters: [...graph.parameters, ...directions], firstTangent, tangent };
}
