import { shapedNodes, type GraphNode, type GraphOpKind, type ShapedNode } from "../arch/graph.js";
import { activationForm } from "./activation-forms.js";
import { onnxBytes, type OnnxNode, type OnnxTensor } from "./onnx-file.js";
import type { ExportedNetwork } from "./tensors.js";

/** Collects operations and tensors of a model. */
class Model {
  readonly nodes: OnnxNode[] = [];
  readonly tensors: OnnxTensor[] = [];
  readonly #constants = new Set<string>();
  /** What a node's value is called; skips and linear activations have that of their input. */
  readonly values = new Map([["input", "input"]]);

  constructor(readonly network: ExportedNetwork) {}

  push(op: string, name: string, inputs: readonly string[], attributes?: OnnxNode["attributes"]): string {
    this.nodes.push({ op, name, inputs, output: name, ...(attributes && { attributes }) });
    return name;
  }

  tensor(name: string): string {
    const { shape, values } = this.network.tensors.get(name)!;
    this.tensors.push({ name, shape, values });
    return name;
  }

  scalar(value: number): string {
    const name = `constant/${value}`;
    if (!this.#constants.has(name)) this.tensors.push({ name, shape: [], values: [value] });
    this.#constants.add(name);
    return name;
  }
}

type Writer<K extends GraphOpKind> = (
  model: Model,
  node: GraphNode & { readonly op: K },
  x: readonly string[],
  shaped: ShapedNode,
) => string;

const window = ({ kernel, stride = 1, padding = 0 }: { kernel: number; stride?: number; padding?: number }) => ({
  kernel_shape: [kernel, kernel],
  strides: [stride, stride],
  pads: [padding, padding, padding, padding],
});

const writers: { readonly [K in GraphOpKind]: Writer<K> } = {
  dense: (model, { id, bias }, [x]) =>
    model.push("Gemm", id, [x, model.tensor(`${id}.weight`), ...(bias ? [model.tensor(`${id}.bias`)] : [])], {
      transB: 1,
    }),
  conv: (model, node, [x]) => {
    const { id, bias } = node;
    const tensors = [model.tensor(`${id}.weight`), ...(bias ? [model.tensor(`${id}.bias`)] : [])];
    return model.push("Conv", id, [x, ...tensors], { ...window(node), ...(node.groups && { group: node.groups }) });
  },
  norm: (model, { id, epsilon = 1e-5 }, [x]) => {
    const tensors = ["weight", "bias", "running_mean", "running_var"].map((name) => model.tensor(`${id}.${name}`));
    return model.push("BatchNormalization", id, [x, ...tensors], { epsilon: { float: epsilon } });
  },
  layerNorm: (model, { id, epsilon = 1e-5 }, [x]) =>
    model.push("LayerNormalization", id, [x, model.tensor(`${id}.weight`), model.tensor(`${id}.bias`)], {
      epsilon: { float: epsilon },
    }),
  activation: (model, { id, activation }, [x]) => {
    const { onnx } = activationForm(activation);
    const results: string[] = [];
    onnx.forEach(({ op, inputs, attributes }, i) => {
      const names = inputs.map((input) =>
        input === "x" ? x : typeof input === "number" ? results[input] : model.scalar(input.constant),
      );
      results.push(model.push(op, i === onnx.length - 1 ? id : `${id}/${i + 1}`, names, attributes));
    });
    return results.at(-1) ?? x;
  },
  add: (model, { id }, xs) =>
    xs.slice(1).reduce((sum, x, i) => model.push("Add", i === xs.length - 2 ? id : `${id}/${i + 1}`, [sum, x]), xs[0]),
  concat: (model, { id }, xs) => model.push("Concat", id, xs, { axis: 1 }),
  scale: (model, { id, factor }, [x]) => model.push("Mul", id, [x, model.scalar(factor)]),
  averagePool: (model, node, [x]) => model.push("AveragePool", node.id, [x], { ...window(node), count_include_pad: 0 }),
  maxPool: (model, node, [x]) => model.push("MaxPool", node.id, [x], window(node)),
  globalAverage: (model, { id }, [x]) =>
    model.push("Flatten", id, [model.push("GlobalAveragePool", `${id}/mean`, [x])], { axis: 1 }),
  flatten: (model, { id }, [x]) => model.push("Flatten", id, [x], { axis: 1 }),
  zero: (model, { id }, [x]) => model.push("ConstantOfShape", id, [model.push("Shape", `${id}/shape`, [x])]),
};

export interface OnnxOptions {
  /** Of eigennas, for the file's producer. */
  readonly version: string;
  readonly name?: string;
  readonly description?: string;
  /** Kept in the file's metadata: genotype, seed, initialisation. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A network as an ONNX file (opset 17), float32, for a batch of any size; norms use their running statistics.
 * @throws AppError "usage" for an activation that ONNX cannot express, and as `shapedNodes`.
 */
export function toOnnx(network: ExportedNetwork, options: OnnxOptions): Uint8Array {
  const model = new Model(network);
  const { graph } = network;
  const shaped = shapedNodes(graph);
  for (const item of shaped) {
    const { node } = item;
    const inputs = node.from.map((from) => model.values.get(from)!);
    model.values.set(node.id, (writers[node.op] as Writer<GraphOpKind>)(model, node, inputs, item));
  }
  model.nodes.push({ op: "Identity", name: "output", inputs: [model.values.get(graph.output)!], output: "output" });
  return onnxBytes({
    name: options.name ?? "network",
    producerVersion: options.version,
    description: options.description ?? "",
    metadata: options.metadata ?? {},
    input: graph.input,
    outputs: shaped.at(-1)!.shape[0],
    nodes: model.nodes,
    tensors: model.tensors,
  });
}
