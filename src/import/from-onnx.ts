import { shapedNodes, type GraphArchitecture, type Shape } from "../arch/graph.js";
import { AppError, nearestName } from "../errors.js";
import type { NamedTensor } from "../train/types.js";
import { NetworkBuilder } from "./builder.js";
import { NodeContext } from "./context.js";
import { readModel, type FileModel, type FileNode, type FileValue } from "./onnx-file.js";
import { operators } from "./operators/index.js";
import { ordered, type Ordered } from "./order.js";
import { nodeValue, NotImported, type Tensor, type Value } from "./values.js";

/** A network of somebody else's. */
export interface ImportedNetwork {
  readonly graph: GraphArchitecture;
  /** Its weights and running statistics, by PyTorch's endings: `features.0.weight`, `bn1.running_mean`. */
  readonly tensors: readonly NamedTensor[];
  /** What was read otherwise than it is written, in words. */
  readonly notes: readonly string[];
  /** `pytorch 1.13.0`. */
  readonly producer: string;
  readonly opset: number;
}

export interface ImportOptions {
  /** Shape of one sample, for files that leave sizes open. */
  readonly input?: Shape | undefined;
}

/** An operator that is not read. */
interface Problem {
  readonly op: string;
  readonly node: string;
  readonly reason: string;
  readonly hint: string | undefined;
}

const mostShown = 20;

/**
 * Reads an ONNX file as a graph with its weights. Activations are recognised however they are written out; a bias that is added
 * becomes that of its layer.
 * @throws AppError "data" for bytes that are no ONNX file, a broken graph, or operators that are not read (all of them, by name and
 * node, in `details.problems`), "limit" for more parts than a network has.
 */
export function fromOnnx(bytes: Uint8Array, options: ImportOptions = {}): ImportedNetwork {
  const model = readModel(bytes);
  const [input] = model.inputs;
  if (model.inputs.length !== 1) {
    throw new AppError("data", `Expected a network of one input, the file has ${namesOf(model.inputs)}.`);
  }
  if (model.outputs.length === 0) throw new AppError("data", "Expected a network with an output, the file has none.");
  const [output] = model.outputs;
  const shape = inputShape(input, options.input);
  const isImage = shape.length === 3;
  const builder = new NetworkBuilder(isImage ? shape : [shape.reduce((product, size) => product * size, 1)]);
  if (model.outputs.length > 1)
    builder.notes.add(`The file has the outputs ${namesOf(model.outputs)}; the network is that of ${output.name}.`);
  const values = readNodes(model, ordered(model, output.name), nodeValue("input", shape), builder);
  const result = values.get(output.name);
  if (result?.kind !== "tensor")
    throw new AppError("data", `The output "${output.name}" does not depend on the input.`);
  const problems: Problem[] = [];
  const last = attempt(() => builder.resolve(result), "output", output.name, problems);
  refuse(problems, model);
  const graph: GraphArchitecture = { kind: "graph", input: builder.input, nodes: builder.nodes, output: last! };
  if (last === "input") throw new AppError("data", "The output of the file is its input.");
  const shaped = shapedNodes(graph);
  if (result.shape.length !== 1 || shaped.at(-1)!.shape.length !== 1) {
    throw new AppError("data", `Expected a vector of outputs, the file gives the shape [${result.shape.join(", ")}].`, {
      hint: "Networks for classification and regression are read, those that make images are not.",
    });
  }
  const needed = new Set(shaped.map(({ node }) => node.id));
  return {
    graph: { ...graph, nodes: builder.nodes.filter(({ id }) => needed.has(id)) },
    tensors: builder.tensors.filter(({ name }) => needed.has(name.slice(0, name.lastIndexOf(".")))),
    notes: [...builder.notes, ...sharedWeights(model), ...foldedNorms(model)],
    producer: model.producer,
    opset: model.opset,
  };
}

/** Values of every name, after all operators; throws what is not read, all at once. */
function readNodes(
  model: FileModel,
  { nodes, readers }: Ordered,
  data: Tensor,
  builder: NetworkBuilder,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>([[model.inputs[0].name, data]]);
  const problems: Problem[] = [];
  const ends = outputsOf(nodes, model.outputs[0].name);
  for (const node of nodes) {
    const { op, name, domain } = node;
    const read = domain === "" && Object.hasOwn(operators, op) ? operators[op] : undefined;
    if (read === undefined) {
      problems.push({
        op: domain === "" ? op : `${domain}.${op}`,
        node: name,
        reason: "this operator is not read",
        hint: undefined,
      });
      continue;
    }
    const inputs: (Value | undefined)[] = [];
    let complete = true;
    for (const from of node.inputs) {
      const constant = model.constants.get(from);
      if (constant !== undefined && "problem" in constant) {
        problems.push({ op, node: name, reason: `constant "${from}": ${constant.problem}`, hint: undefined });
        complete = false;
      } else if (constant !== undefined) inputs.push({ kind: "constant", constant });
      else if (from !== "" && !values.has(from)) complete = false;
      else inputs.push(from === "" ? undefined : values.get(from));
    }
    // What depends on an operator that is not read cannot be judged.
    if (!complete) continue;
    const alone = (k: number): boolean => readers.get(node.inputs[k]) === 1;
    const context = new NodeContext(node, builder, inputs, model.opset, alone, ends.has(node.outputs[0]));
    const value = attempt(() => read(context), op, name, problems);
    if (value !== undefined && node.outputs.length > 0) values.set(node.outputs[0], value);
    if (value === undefined) continue;
    const further = node.outputs.slice(1).find((other) => other !== "" && readers.has(other));
    if (further !== undefined)
      problems.push({ op, node: name, reason: `its further output "${further}" is not read`, hint: undefined });
    const unread = context.unread.filter((attribute) => !harmless.has(attribute));
    if (unread.length > 0)
      problems.push({ op, node: name, reason: `the attribute ${unread.join(", ")} is not read`, hint: undefined });
  }
  refuse(problems, model);
  return values;
}

/** Attributes of old operator sets that change nothing here. */
const harmless = new Set(["consumed_inputs", "axis", "broadcast", "is_test", "mode"]);

/** The output, and what becomes the output without a change. */
function outputsOf(nodes: readonly FileNode[], output: string): ReadonlySet<string> {
  const ends = new Set([output]);
  for (const { op, inputs, outputs } of [...nodes].reverse())
    if (op === "Identity" && ends.has(outputs[0])) ends.add(inputs[0]);
  return ends;
}

function attempt<T>(make: () => T, op: string, node: string, problems: Problem[]): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof NotImported)) throw error;
    problems.push({ op, node, reason: error.message, hint: error.hint });
    return undefined;
  }
}

function refuse(problems: readonly Problem[], { producer }: FileModel): void {
  if (problems.length === 0) return;
  const lines = problems
    .slice(0, mostShown)
    .map(({ op, node, reason, hint }) => `  ${op} "${node}": ${reason}${hint === undefined ? "" : `. ${hint}`}`);
  if (problems.length > mostShown) lines.push(`  and ${problems.length - mostShown} more`);
  const unknown = problems.find(({ reason }) => reason === "this operator is not read");
  const near = unknown && nearestName(unknown.op, Object.keys(operators));
  const hint =
    unknown === undefined
      ? "Export the network without these parts, or write them as the reasons say."
      : near?.toLowerCase() === unknown.op.toLowerCase()
        ? `The operator is called ${near}.`
        : `Read are ${Object.keys(operators).sort().join(", ")}.`;
  throw new AppError(
    "data",
    `The network${producer === "" ? "" : ` (by ${producer})`} has ${problems.length === 1 ? "an operator" : `${problems.length} operators`} that cannot be read:\n${lines.join("\n")}`,
    {
      hint,
      details: { problems },
    },
  );
}

function inputShape({ name, shape }: FileValue, given: Shape | undefined): Shape {
  const known = shape?.slice(1);
  const fits = (sizes: readonly (number | string)[]): sizes is number[] =>
    sizes.length >= 1 && sizes.length <= 4 && sizes.every((size) => typeof size === "number" && size <= 2 ** 24);
  if (known !== undefined && fits(known)) return known;
  const open =
    known === undefined ||
    (given?.length === known.length && known.every((size, k) => typeof size === "string" || size === given[k]));
  if (given !== undefined && open && fits(given)) return given;
  throw new AppError(
    "data",
    `The input "${name}" has the shape [${shape?.join(", ") ?? "not said"}]; expected [batch, features] or [batch, channels, height, width]${given === undefined ? "" : ` that fits [${given.join(", ")}]`}.`,
    {
      hint: "Only the number of samples may be open, or the data's shape must say the rest.",
      details: { input: name },
    },
  );
}

const namesOf = (values: readonly FileValue[]): string =>
  values.length === 0 ? "none" : values.map(({ name }) => name).join(", ");

/** PyTorch gives such names to weights that it changed, which it does to those of a convolution before a batch norm. */
function foldedNorms({ nodes }: FileModel): string[] {
  if (!nodes.some(({ op, inputs }) => op === "Conv" && /^onnx::Conv_\d+$/.test(inputs[1]))) return [];
  return [
    "The exporter has folded batch norms into convolutions, so that a draw of new weights is of a network without norms; " +
      "torch.onnx.export(..., training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False) keeps them.",
  ];
}

/** Constants of more than one number that several layers multiply with. */
function sharedWeights({ nodes, constants }: FileModel): string[] {
  const users = new Map<string, string[]>();
  for (const { op, name, inputs } of nodes) {
    if (!["Conv", "Gemm", "MatMul"].includes(op) || !constants.has(inputs[1])) continue;
    users.set(inputs[1], [...(users.get(inputs[1]) ?? []), name]);
  }
  return [...users]
    .filter(([, names]) => names.length > 1)
    .map(([weight, names]) => `"${weight}" is the weight of ${names.join(", ")}; here each has one of its own.`);
}
