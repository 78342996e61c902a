import type { GraphNode, GraphOpKind, ShapedNode } from "../arch/graph.js";
import type { Initialisation } from "../kernels/finite/parameters.js";
import type { Preparation } from "../train/preparation.js";
import type { NamedTensor } from "../train/types.js";
import { activationForm } from "./activation-forms.js";
import { piecesOf, type Block, type Piece } from "./blocks.js";
import { statements, type Expression } from "./forward.js";
import { PythonNames } from "./python-names.js";
import { preparationSource, torchRows } from "./preparation-source.js";
import { initialiserLines } from "./pytorch-init.js";
import type { ExportedNetwork } from "./tensors.js";

/** How a channel count is written: a number, or an argument of the block. */
type Count = (channels: number) => string;

interface TorchForm<K extends GraphOpKind> {
  /** The module's constructor; without one the operator is an expression alone. */
  readonly module?: (node: GraphNode & { readonly op: K }, shaped: ShapedNode, count: Count) => string;
  readonly call?: (node: GraphNode & { readonly op: K }, x: readonly string[], shaped: ShapedNode) => string;
}

/** Arguments of a window that are not PyTorch's defaults. */
const window = (
  { kernel, stride = 1, padding = 0 }: { kernel: number; stride?: number; padding?: number },
  usual = 1,
) => [`${kernel}`, ...(stride === usual ? [] : [`stride=${stride}`]), ...(padding === 0 ? [] : [`padding=${padding}`])];

const call = (name: string, ...parts: readonly string[]): string => `${name}(${parts.join(", ")})`;
const unbiased = (bias: boolean | undefined): string[] => (bias === true ? [] : ["bias=False"]);

const forms: { readonly [K in GraphOpKind]: TorchForm<K> } = {
  dense: {
    module: ({ units, bias }, { inputs: [[features]] }) =>
      call("nn.Linear", `${features}`, `${units}`, ...unbiased(bias)),
  },
  conv: {
    module: (node, { inputs: [[channels]] }, count) =>
      call(
        "nn.Conv2d",
        count(channels),
        count(node.channels),
        ...window(node),
        ...(node.groups === undefined || node.groups === 1 ? [] : [`groups=${count(node.groups)}`]),
        ...unbiased(node.bias),
      ),
  },
  norm: {
    module: ({ epsilon = 1e-5 }, { shape }, count) =>
      call(
        shape.length === 1 ? "nn.BatchNorm1d" : "nn.BatchNorm2d",
        count(shape[0]),
        ...(epsilon === 1e-5 ? [] : [`eps=${epsilon}`]),
      ),
  },
  layerNorm: {
    module: ({ epsilon = 1e-5 }, { shape: [features] }) =>
      call("nn.LayerNorm", `${features}`, ...(epsilon === 1e-5 ? [] : [`eps=${epsilon}`])),
  },
  activation: { call: ({ activation }, [x]) => activationForm(activation).torch(x) },
  add: { call: (_, xs) => xs.join(" + ") },
  concat: { call: (_, xs) => `torch.cat((${xs.join(", ")},), 1)` },
  scale: { call: ({ factor }, [x]) => `${factor} * ${bracketed(x)}` },
  averagePool: {
    call: (node, [x]) =>
      call("F.avg_pool2d", x, ...window(node, node.kernel), ...(node.padding ? ["count_include_pad=False"] : [])),
  },
  maxPool: { call: (node, [x]) => call("F.max_pool2d", x, ...window(node, node.kernel)) },
  globalAverage: { call: (_, [x]) => `${bracketed(x)}.mean((2, 3))` },
  flatten: { call: (_, [x]) => `${bracketed(x)}.flatten(1)` },
  zero: { call: (_, [x]) => call("torch.zeros_like", x) },
};

/** A sum needs brackets before it is multiplied or asked for a method. */
function bracketed(source: string): string {
  let open = 0;
  for (const character of source) {
    if (character === "(") open++;
    else if (character === ")") open--;
    else if (open === 0 && "+*".includes(character)) return `(${source})`;
  }
  return source;
}

const hasModule = ({ op }: GraphNode): boolean => forms[op].module !== undefined;

/** A module with its parts, in Python. */
interface ModuleSource {
  readonly members: readonly string[];
  readonly lines: readonly string[];
  readonly result: string;
  /** Name of each node's member. */
  readonly attributes: ReadonlyMap<string, string>;
}

function moduleOf(
  nodes: readonly ShapedNode[],
  output: string,
  input: string,
  count: Count,
  local: (id: string) => string,
): ModuleSource {
  const memberNames = new PythonNames();
  const attributes = new Map<string, string>();
  const members: string[] = [];
  for (const shaped of nodes) {
    const { node } = shaped;
    if (!hasModule(node)) continue;
    const name = memberNames.of(local(node.id));
    attributes.set(node.id, name);
    const form = forms[node.op] as TorchForm<GraphOpKind>;
    members.push(`self.${name} = ${form.module!(node, shaped, count)}`);
  }
  const expression: Expression = (shaped, inputs) => {
    const { node } = shaped;
    const attribute = attributes.get(node.id);
    if (attribute !== undefined) return `self.${attribute}(${inputs[0]})`;
    return (forms[node.op] as TorchForm<GraphOpKind>).call!(node, inputs, shaped);
  };
  const body = statements(nodes, output, new Map([[input, "x"]]), expression, new LocalNames(local));
  return { members, ...body, attributes };
}

/** Names of values by the part of the id that is the block's own. */
class LocalNames extends PythonNames {
  constructor(readonly local: (id: string) => string) {
    super();
  }
  override of(id: string): string {
    return super.of(this.local(id));
  }
}

interface BlockClass {
  readonly name: string;
  readonly parameters: string;
  readonly source: ModuleSource;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** One class for blocks that differ by their channels alone. */
class BlockClasses {
  readonly classes: BlockClass[] = [];
  readonly #byText = new Map<string, BlockClass>();

  of(block: Block): BlockClass & { readonly arguments: string } {
    const { name, nodes, input, output, inputChannels, outputChannels } = block;
    const same = inputChannels === outputChannels;
    const count: Count = (channels) =>
      channels === outputChannels ? "channels" : channels === inputChannels ? "inputs" : `${channels}`;
    const source = moduleOf(nodes, output, input, count, (id) => (id === name ? "out" : id.slice(name.length + 1)));
    const parameters = same ? "channels" : "inputs, channels";
    const text = [parameters, ...source.members, ...source.lines, source.result].join("\n");
    let found = this.#byText.get(text);
    if (found === undefined) {
      const base = capital(name.split(".").at(-1)!.replace(/\d+$/, ""));
      const alike = this.classes.filter((other) => other.name.replace(/\d+$/, "") === base).length;
      found = { name: alike === 0 ? base : `${base}${alike + 1}`, parameters, source };
      this.#byText.set(text, found);
      this.classes.push(found);
    }
    const values = same ? `${outputChannels}` : `${inputChannels}, ${outputChannels}`;
    // The attribute names belong to this block's ids.
    return { ...found, source, arguments: values };
  }
}

export interface PytorchSource {
  readonly source: string;
  /** The same tensors under the names of the source's state_dict. */
  readonly tensors: readonly NamedTensor[];
}

export interface SourceOptions {
  /** First lines of the docstring. */
  readonly title: string;
  /** How the source draws its weights: as the network was scored. */
  readonly init: Initialisation;
  /** Written as functions for raw rows and outputs, when it is known. */
  readonly preparation?: Preparation | undefined;
}

/**
 * A network as a PyTorch module in source code, as somebody would write it: blocks that repeat are classes, the rest is one
 * module. `tensors` are for `load_weights` of the source.
 * @throws AppError "usage" for an activation that PyTorch does not have.
 */
export function toPytorch(
  { graph, tensors }: ExportedNetwork,
  { title, init, preparation }: SourceOptions,
): PytorchSource {
  const classes = new BlockClasses();
  const paths = new Map<string, string>();
  const pieces = chained(piecesOf(graph));
  const members: string[] = [];
  const blockNodes: ShapedNode[] = [];
  const callNames = new Map<string, string>();
  const names = new PythonNames();
  for (const piece of pieces) {
    if (piece.kind === "node") {
      blockNodes.push(piece.node);
      const { node } = piece.node;
      if (!hasModule(node)) continue;
      const name = names.of(node.id);
      members.push(`self.${name} = ${(forms[node.op] as TorchForm<GraphOpKind>).module!(node, piece.node, String)}`);
      callNames.set(node.id, name);
      paths.set(node.id, name);
      continue;
    }
    const { blocks } = piece;
    const [first] = blocks;
    const found = blocks.map((block) => classes.of(block));
    const several = blocks.length > 1;
    const name = names.of(several ? first.name.replace(/\.\w+$/, "") : first.name);
    const make = `${found[0].name}(${found[0].arguments})`;
    members.push(`self.${name} = ${several ? `nn.Sequential(*(${make} for _ in range(${blocks.length})))` : make}`);
    found.forEach(({ source }, i) => {
      for (const [id, attribute] of source.attributes) paths.set(id, `${name}.${several ? `${i}.` : ""}${attribute}`);
    });
    const last = blocks.at(-1)!;
    const output = last.nodes.find(({ node }) => node.id === last.output)!;
    callNames.set(last.output, name);
    blockNodes.push({ ...output, node: { id: last.output, op: "flatten", from: [first.input] } });
  }
  const expression: Expression = (shaped, inputs) => {
    const name = callNames.get(shaped.node.id);
    if (name !== undefined) return `self.${name}(${inputs[0]})`;
    return (forms[shaped.node.op] as TorchForm<GraphOpKind>).call!(shaped.node, inputs, shaped);
  };
  const body = statements(blockNodes, graph.output, new Map([["input", "x"]]), expression, new PythonNames());
  const modules = [
    ...classes.classes.map(({ name, parameters, source }) => moduleText(name, parameters, "", source.members, source)),
    moduleText("Network", "", `    """${title}"""\n\n`, [...members, ...initialiserLines(graph, init, paths)], body),
  ];
  return {
    source: `${head}\n\n\n${modules.join("\n\n\n")}\n\n\n${preparationSource(preparation, torchRows)}${tail(graph.input)}`,
    tensors: renamed(tensors, paths),
  };
}

type Chained = Extract<Piece, { kind: "node" }> | { readonly kind: "blocks"; readonly blocks: readonly Block[] };

/** Blocks of one kind, each of which reads the one before and nothing else does, become a chain. */
function chained(pieces: readonly Piece[]): readonly Chained[] {
  const out: Chained[] = [];
  const kindOf = (block: Block): string =>
    `${block.name.replace(/\d+$/, "")} ${block.nodes.map(({ node, shape }) => `${node.op} ${shape.join()}`).join(";")}`;
  for (const piece of pieces) {
    if (piece.kind === "node") {
      out.push(piece);
      continue;
    }
    const last = out.at(-1);
    const { block } = piece;
    const follows =
      last?.kind === "blocks" && last.blocks.at(-1)!.output === block.input && kindOf(last.blocks[0]) === kindOf(block);
    if (follows && block.name.includes(".")) out[out.length - 1] = { kind: "blocks", blocks: [...last.blocks, block] };
    else out.push({ kind: "blocks", blocks: [block] });
  }
  return out;
}

function moduleText(
  name: string,
  parameters: string,
  documentation: string,
  members: readonly string[],
  { lines, result }: { readonly lines: readonly string[]; readonly result: string },
): string {
  const indent = (line: string): string => `        ${line}`;
  return [
    `class ${name}(nn.Module):`,
    `${documentation}    def __init__(self${parameters === "" ? "" : `, ${parameters}`}):`,
    indent("super().__init__()"),
    ...members.map(indent),
    "",
    "    def forward(self, x):",
    ...lines.map(indent),
    indent(`return ${result}`),
  ].join("\n");
}

function renamed(tensors: ReadonlyMap<string, NamedTensor>, paths: ReadonlyMap<string, string>): NamedTensor[] {
  return [...tensors.values()].flatMap((tensor) => {
    const dot = tensor.name.lastIndexOf(".");
    const path = paths.get(tensor.name.slice(0, dot));
    return path === undefined ? [] : [{ ...tensor, name: `${path}${tensor.name.slice(dot)}` }];
  });
}

const head = `import numpy as np
import torch
import torch.nn.functional as F
from torch import nn`;

const tail = (input: readonly number[]): string => `def load_weights(model, path):
    """Loads the .npz file that was written beside this source."""
    stored = {name: torch.from_numpy(values) for name, values in np.load(path).items()}
    weights = {name: value for name, value in stored.items() if not name.startswith(("inputs.", "target."))}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"{path}: missing {missing}, unexpected {unexpected}")
    return model


if __name__ == "__main__":
    model = Network().eval()
    print(sum(parameter.numel() for parameter in model.parameters()), "parameters")
    print("output", tuple(model(torch.zeros(1, ${input.join(", ")})).shape))
`;
