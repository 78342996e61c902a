import { activation } from "./activations/registry.js";
import { AppError } from "../errors.js";
import type { Architecture, ModelParameters } from "./architecture.js";
import { branchScale, depthOf } from "./architecture.js";

/** Shape of one sample's tensor: [features], or [channels, height, width]. */
export type Shape = readonly number[];

/** Weight variance of a dense or convolution node in NTK parameterisation: y = sqrt(variance / fan) W x. */
interface Weighted {
  /** Default 2 (He). */
  readonly variance?: number;
  /** Default the fan-in (inputs times kernel area); the canonical model sets 1 on the first layer (docs/theory.md 3.5). */
  readonly fan?: number;
  /** Adds a bias per unit or channel; default false. */
  readonly bias?: boolean;
}

/** Mean and variance of every channel, as training leaves them. */
export interface RunningStatistics {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

/** What a node computes from the nodes named in `from`. */
export type GraphOp =
  | ({ readonly op: "dense"; readonly units: number } & Weighted)
  | ({
      readonly op: "conv";
      readonly channels: number;
      readonly kernel: number;
      readonly stride?: number;
      readonly padding?: number;
      /** Channels are divided into so many groups that do not see each other; as many as channels: depthwise. Default 1. */
      readonly groups?: number;
    } & Weighted)
  /**
   * Batch normalisation, with gain and shift a channel. `running`: what `eval` statistics are, by channel; without them mean 0 and
   * variance 1.
   */
  | { readonly op: "norm"; readonly epsilon?: number; readonly running?: RunningStatistics }
  /** Normalisation of each sample's vector over its features, with gain and shift a feature. */
  | { readonly op: "layerNorm"; readonly epsilon?: number }
  | { readonly op: "activation"; readonly activation: string }
  | { readonly op: "add" }
  /** Channels of its inputs one after the other; features of vectors. */
  | { readonly op: "concat" }
  | { readonly op: "scale"; readonly factor: number }
  /** Mean over windows; padding is left out of the count. */
  | { readonly op: "averagePool"; readonly kernel: number; readonly stride?: number; readonly padding?: number }
  /** Largest value of each window; padding never wins. */
  | { readonly op: "maxPool"; readonly kernel: number; readonly stride?: number; readonly padding?: number }
  | { readonly op: "globalAverage" }
  | { readonly op: "flatten" }
  /** Zeros of the shape of its input. */
  | { readonly op: "zero" };

export type GraphOpKind = GraphOp["op"];

export type GraphNode = GraphOp & { readonly id: string; readonly from: readonly string[] };

/** A network of finite width as a graph of named nodes; the node `input` is the data. Plain JSON. */
export interface GraphArchitecture {
  readonly kind: "graph";
  readonly input: Shape;
  /** In any order; `input` is not listed. */
  readonly nodes: readonly GraphNode[];
  /** The node whose features are the outputs. */
  readonly output: string;
}

/** A node with the shapes it reads and makes. */
export interface ShapedNode {
  readonly node: GraphNode;
  readonly inputs: readonly Shape[];
  readonly shape: Shape;
}

type ShapeRule<K extends GraphOpKind> = (node: GraphNode & { readonly op: K }, inputs: readonly Shape[]) => Shape;

const windows = (size: number, kernel: number, stride: number, padding: number): number =>
  Math.floor((size + 2 * padding - kernel) / stride) + 1;

/** Shape of every operator's output; the type checker lists what a new operator lacks. */
const shapeRules: { readonly [K in GraphOpKind]: ShapeRule<K> } = {
  dense: (node, [x]) => {
    check(node, x.length === 1, `a vector, got shape ${text(x)}`, "Put a flatten or globalAverage before it.");
    return [positive(node, "units", node.units)];
  },
  conv: (node, [x]) => {
    const { kernel, stride = 1, padding = 0 } = image(node, x);
    const groups = positive(node, "groups", node.groups ?? 1);
    check(
      node,
      x[0] % groups === 0 && node.channels % groups === 0,
      `channels that ${groups} groups divide, got ${x[0]} to ${node.channels}`,
    );
    return [
      positive(node, "channels", node.channels),
      ...x.slice(1).map((size) => windowed(node, size, kernel, stride, padding)),
    ];
  },
  norm: (node, [x]) => {
    const { mean, variance } = node.running ?? {};
    for (const values of [mean, variance])
      check(node, values === undefined || values.length === x[0], `running statistics of ${x[0]} channels`);
    check(node, variance?.every((value) => value >= 0) ?? true, "running variances of 0 or more");
    return x;
  },
  layerNorm: (node, [x]) => {
    check(node, x.length === 1, `a vector, got shape ${text(x)}`, "Put a flatten or globalAverage before it.");
    return x;
  },
  activation: (node, [x]) => {
    try {
      activation(node.activation);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new AppError("space", `Node "${node.id}" (activation): ${error.message}`, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        details: { node: node.id },
        cause: error,
      });
    }
    return x;
  },
  add: (node, inputs) => {
    for (const shape of inputs)
      check(node, text(shape) === text(inputs[0]), `inputs of one shape, got ${inputs.map(text).join(" and ")}`);
    return inputs[0];
  },
  concat: (node, inputs) => {
    const [, ...pixels] = inputs[0];
    for (const shape of inputs)
      check(
        node,
        shape.length === inputs[0].length && text(shape.slice(1)) === text(pixels),
        `inputs of one size, got ${inputs.map(text).join(" and ")}`,
      );
    return [inputs.reduce((sum, [channels]) => sum + channels, 0), ...pixels];
  },
  scale: (node, [x]) => {
    check(node, Number.isFinite(node.factor), `a finite factor, got ${node.factor}`);
    return x;
  },
  averagePool: pooled,
  maxPool: pooled,
  globalAverage: (node, [x]) => {
    check(node, x.length === 3, `an image [channels, height, width], got shape ${text(x)}`);
    return [x[0]];
  },
  flatten: (_, [x]) => [x.reduce((product, size) => product * size, 1)],
  zero: (_, [x]) => x,
};

/** Every operator of a graph. */
export const graphOps = Object.keys(shapeRules) as readonly GraphOpKind[];

/**
 * The nodes that the output depends on, each after its inputs, with shapes. Nodes without a way to the output are left out.
 * Throws AppError `space` that names the node: unknown or repeated ids, a cycle, a wrong number of inputs, a wrong shape.
 */
export function shapedNodes(graph: GraphArchitecture): ShapedNode[] {
  const byId = new Map<string, GraphNode>();
  for (const node of graph.nodes) {
    if (node.id === "input" || byId.has(node.id)) throw problem(node, `a name of its own, got "${node.id}" twice`);
    byId.set(node.id, node);
  }
  check(
    { id: "input", op: "input" },
    isShape(graph.input),
    `[features] or [channels, height, width] of positive integers, got ${text(graph.input)}`,
  );
  const shapes = new Map<string, Shape>([["input", graph.input]]);
  const ordered: ShapedNode[] = [];
  /** The way from the output to the node in hand, without recursion: networks may be thousands of nodes deep. */
  const path: { readonly node: GraphNode; next: number }[] = [];
  const onPath = new Set<string>();
  const enter = (id: string, reader: string): void => {
    if (shapes.has(id)) return;
    const node = byId.get(id);
    if (node === undefined) {
      throw new AppError("space", `Node "${reader}" reads "${id}", which does not exist.`, {
        hint: `Known are input, ${[...byId.keys()].join(", ")}.`,
      });
    }
    if (onPath.has(id)) {
      const ids = path.map((step) => step.node.id);
      throw new AppError("space", `The graph has a cycle: ${[...ids.slice(ids.indexOf(id)), id].join(" -> ")}.`, {
        hint: "Remove one of these edges.",
      });
    }
    if (!(graphOps as readonly string[]).includes(node.op)) throw problem(node, `one of ${graphOps.join(", ")}`);
    path.push({ node, next: 0 });
    onPath.add(id);
  };
  enter(graph.output, "output");
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const { node } = top;
    if (top.next < node.from.length) {
      enter(node.from[top.next++], node.id);
      continue;
    }
    path.pop();
    onPath.delete(node.id);
    const inputs = node.from.map((from) => shapes.get(from)!);
    const several = node.op === "add" || node.op === "concat";
    check(
      node,
      several ? inputs.length >= 1 : inputs.length === 1,
      `${several ? "at least one input" : "one input"}, got ${inputs.length}`,
    );
    const shape = (shapeRules[node.op] as ShapeRule<GraphOpKind>)(node, inputs);
    shapes.set(node.id, shape);
    ordered.push({ node, inputs, shape });
  }
  return ordered;
}

/**
 * The canonical model of docs/theory.md 1.2 at a finite width: a layered architecture as a graph, with `outputs` output
 * units and the constants of the model as variances and scales.
 */
export function layeredGraph(
  architecture: Architecture,
  model: ModelParameters,
  inputDimension: number,
  width: number,
  outputs = 1,
): GraphArchitecture {
  const tau = branchScale(model, depthOf(architecture));
  const nodes: GraphNode[] = [];
  let last = "input";
  architecture.layers.forEach(({ activation: name, skip }, index) => {
    const l = index + 1;
    nodes.push(
      index === 0
        ? { id: `g${l}`, op: "dense", from: [last], units: width, variance: model.c1, fan: 1 }
        : { id: `g${l}`, op: "dense", from: [last], units: width, variance: model.c },
      { id: `s${l}`, op: "activation", from: [`g${l}`], activation: name },
    );
    let branch = `s${l}`;
    if (index > 0 && tau !== 1) {
      nodes.push({ id: `t${l}`, op: "scale", from: [branch], factor: tau });
      branch = `t${l}`;
    }
    if (index > 0 && skip) {
      nodes.push({ id: `h${l}`, op: "add", from: [branch, last] });
      branch = `h${l}`;
    }
    last = branch;
  });
  nodes.push({ id: "out", op: "dense", from: [last], units: outputs, variance: model.co });
  return { kind: "graph", input: [inputDimension], nodes, output: "out" };
}

/** Shape of a pool. No window lies in the padding alone, since that is at most half the kernel. */
function pooled(node: GraphNode & { readonly op: "averagePool" | "maxPool" }, [x]: readonly Shape[]): Shape {
  const { kernel, stride = 1, padding = 0 } = image(node, x);
  check(node, 2 * padding <= kernel, `a padding of at most half the kernel, got ${padding} for ${kernel}`);
  return [x[0], ...x.slice(1).map((size) => windowed(node, size, kernel, stride, padding))];
}

type Windowed = GraphNode & { readonly op: "conv" | "averagePool" | "maxPool" };

function image(node: Windowed, shape: Shape): Windowed {
  check(node, shape.length === 3, `an image [channels, height, width], got shape ${text(shape)}`);
  positive(node, "kernel", node.kernel);
  positive(node, "stride", node.stride ?? 1);
  const padding = node.padding ?? 0;
  check(node, Number.isInteger(padding) && padding >= 0, `a padding of 0 or more, got ${padding}`);
  return node;
}

function windowed(node: GraphNode, size: number, kernel: number, stride: number, padding: number): number {
  const count = windows(size, kernel, stride, padding);
  check(node, count >= 1, `an image of at least ${kernel - 2 * padding} pixels a side, got ${size}`);
  return count;
}

function positive(node: GraphNode, name: string, value: number): number {
  check(node, Number.isInteger(value) && value >= 1, `${name} of at least 1, got ${value}`);
  return value;
}

const isShape = (shape: Shape): boolean =>
  (shape.length === 1 || shape.length === 3) && shape.every((size) => Number.isInteger(size) && size >= 1);

const text = (shape: Shape): string => `[${shape.join(", ")}]`;

function check(
  node: { readonly id: string; readonly op: string },
  holds: boolean,
  expected: string,
  hint?: string,
): void {
  if (!holds) throw problem(node, expected, hint);
}

const problem = (node: { readonly id: string; readonly op: string }, expected: string, hint?: string): AppError =>
  new AppError("space", `Node "${node.id}" (${node.op}): expected ${expected}.`, {
    ...(hint === undefined ? {} : { hint }),
    details: { node: node.id },
  });
