import {
  shapedNodes,
  type GraphArchitecture,
  type GraphNode,
  type GraphOpKind,
  type Shape,
  type ShapedNode,
} from "../../arch/graph.js";
import type { IrGraph, IrNode, IrOp, Parameter } from "./ir.js";

const defaultVariance = 2;
const defaultEpsilon = 1e-5;

/** Collects nodes and parameters while a graph is lowered. */
class Builder {
  readonly nodes: IrNode[] = [];
  readonly parameters: Parameter[] = [];

  node(op: IrOp, shape: Shape, source: string): number {
    return this.nodes.push({ ...op, shape, source }) - 1;
  }

  parameter(parameter: Parameter): number {
    return this.parameters.push(parameter) - 1;
  }

  /** A per-channel parameter. */
  perChannel(node: GraphNode, kind: "gain" | "shift" | "bias", channels: number, fanIn = channels): number {
    return this.parameter({ name: `${node.id}.${kind}`, kind, shape: [channels], fanIn, variance: 1, fan: 1 });
  }
}

type Lowering<K extends GraphOpKind> = (
  builder: Builder,
  node: GraphNode & { readonly op: K },
  x: readonly number[],
  shaped: ShapedNode,
) => number;

const lowerings: { readonly [K in GraphOpKind]: Lowering<K> } = {
  dense: (builder, node, [x], { inputs: [[features]], shape }) => {
    const { variance = defaultVariance, fan = features } = node;
    const weight = builder.parameter({
      name: `${node.id}.weight`,
      kind: "weight",
      shape: [node.units, features],
      fanIn: features,
      variance,
      fan,
    });
    return withBias(builder, node, builder.node({ op: "dense", x, weight }, shape, node.id), shape, features);
  },
  conv: (builder, node, [x], { inputs: [[channels]], shape }) => {
    const { kernel, stride = 1, padding = 0, groups = 1, variance = defaultVariance } = node;
    const fanIn = (channels / groups) * kernel * kernel;
    const weight = builder.parameter({
      name: `${node.id}.weight`,
      kind: "weight",
      shape: [node.channels, channels / groups, kernel, kernel],
      fanIn,
      variance,
      fan: node.fan ?? fanIn,
    });
    return withBias(
      builder,
      node,
      builder.node({ op: "conv", x, weight, kernel, stride, padding, groups }, shape, node.id),
      shape,
      fanIn,
    );
  },
  norm: (builder, node, [x], { shape }) => {
    const { epsilon = defaultEpsilon, running } = node;
    const normalised = builder.node({ op: "normalise", x, epsilon, ...(running && { running }) }, shape, node.id);
    const gain = builder.perChannel(node, "gain", shape[0]);
    const shift = builder.perChannel(node, "shift", shape[0]);
    return builder.node({ op: "norm", normalised, gain, shift }, shape, node.id);
  },
  layerNorm: (builder, node, [x], { shape }) => {
    const { epsilon = defaultEpsilon } = node;
    const normalised = builder.node({ op: "standardise", x, epsilon }, shape, node.id);
    const gain = builder.perChannel(node, "gain", shape[0]);
    const shift = builder.perChannel(node, "shift", shape[0]);
    const scaled = builder.node({ op: "gain", x: normalised, gain }, shape, node.id);
    return builder.node({ op: "bias", x: scaled, bias: shift }, shape, node.id);
  },
  activation: (builder, node, [x], { shape }) =>
    builder.node({ op: "activation", x, activation: node.activation }, shape, node.id),
  add: (builder, node, xs, { shape }) => builder.node({ op: "add", xs }, shape, node.id),
  concat: (builder, node, xs, { shape }) => builder.node({ op: "concat", xs }, shape, node.id),
  scale: (builder, node, [x], { shape }) => builder.node({ op: "scale", x, factor: node.factor }, shape, node.id),
  averagePool: (builder, node, [x], { shape }) => {
    const { kernel, stride = 1, padding = 0 } = node;
    return builder.node({ op: "averagePool", x, kernel, stride, padding }, shape, node.id);
  },
  maxPool: (builder, node, [x], { shape }) => {
    const { kernel, stride = 1, padding = 0 } = node;
    return builder.node({ op: "maxPool", x, by: x, kernel, stride, padding }, shape, node.id);
  },
  globalAverage: (builder, node, [x], { shape }) => builder.node({ op: "globalAverage", x }, shape, node.id),
  flatten: (builder, node, [x], { shape }) => builder.node({ op: "reshape", x }, shape, node.id),
  zero: (builder, node, _, { shape }) => builder.node({ op: "zero" }, shape, node.id),
};

/** The tensor graph of an architecture. Throws AppError `space` naming the node that is wrong (see shapedNodes). */
export function lower(architecture: GraphArchitecture): IrGraph {
  const builder = new Builder();
  const index = new Map([["input", builder.node({ op: "input" }, architecture.input, "input")]]);
  for (const shaped of shapedNodes(architecture)) {
    const { node } = shaped;
    const x = node.from.map((from) => index.get(from)!);
    index.set(node.id, (lowerings[node.op] as Lowering<GraphOpKind>)(builder, node, x, shaped));
  }
  const output = index.get(architecture.output)!;
  return { nodes: builder.nodes, parameters: builder.parameters, output, places: index };
}

function withBias(
  builder: Builder,
  node: GraphNode & { readonly op: "dense" | "conv" },
  x: number,
  shape: Shape,
  fanIn: number,
): number {
  if (node.bias !== true) return x;
  return builder.node({ op: "bias", x, bias: builder.perChannel(node, "bias", shape[0], fanIn) }, shape, node.id);
}
