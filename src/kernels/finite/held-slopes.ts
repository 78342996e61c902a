import type { IrGraph, IrNode, Parameter } from "./ir.js";

/** Activations that are their slope times their argument. */
const homogeneous = (activation: string): boolean => activation === "relu" || activation.startsWith("leaky_relu");

/** Name of a parameter's copy that decides the slopes. */
const heldName = (name: string): string => `${name}.held`;

/**
 * The network with the kinks of its ReLUs and maxima held fast: slopes, and the pixels that win, are those of a copy of the network with parameters of its own (the
 * second half of `parameters`, in the order of the first). At equal parameters it has the values and gradients of the network;
 * moved in the first half alone it is smooth, so that differences of gradients give the second derivatives that automatic
 * differentiation gives.
 */
export function holdSlopes(graph: IrGraph): IrGraph {
  const count = graph.parameters.length;
  const nodes: IrNode[] = [];
  const held: number[] = [];
  const moving: number[] = [];
  const add = (node: IrNode): number => nodes.push(node) - 1;
  graph.nodes.forEach((node, index) => {
    const copy = add(relinked(node, held, count));
    held[index] = copy;
    if (node.op === "input" || node.op === "zero") moving[index] = copy;
    else if (node.op === "activation" && homogeneous(node.activation)) {
      const { activation, shape, source } = node;
      const slope = add({ op: "slope", x: held[node.x], activation, shape, source });
      moving[index] = add({ op: "multiply", x: moving[node.x], y: slope, shape, source });
    } else if (node.op === "maxPool") moving[index] = add({ ...node, x: moving[node.x], by: held[node.by] });
    else moving[index] = add(relinked(node, moving, 0));
  });
  const copies = graph.parameters.map((parameter): Parameter => ({ ...parameter, name: heldName(parameter.name) }));
  return {
    nodes,
    parameters: [...graph.parameters, ...copies],
    output: moving[graph.output],
    places: new Map([...graph.places].map(([id, index]) => [id, moving[index]])),
  };
}

/** A forward node with other inputs, and parameters `shift` further on. */
function relinked(node: IrNode, moved: readonly number[], shift: number): IrNode {
  switch (node.op) {
    case "dense":
    case "conv":
      return { ...node, x: moved[node.x], weight: node.weight + shift };
    case "bias":
      return { ...node, x: moved[node.x], bias: node.bias + shift };
    case "norm":
      return {
        ...node,
        normalised: moved[node.normalised],
        gain: node.gain + shift,
        shift: node.shift + shift,
      };
    case "maxPool":
      return { ...node, x: moved[node.x], by: moved[node.by] };
    case "gain":
      return { ...node, x: moved[node.x], gain: node.gain + shift };
    case "add":
    case "concat":
      return { ...node, xs: node.xs.map((x) => moved[x]) };
    case "activation":
    case "scale":
    case "averagePool":
    case "globalAverage":
    case "reshape":
    case "normalise":
    case "standardise":
      return { ...node, x: moved[node.x] };
    default:
      return node;
  }
}
