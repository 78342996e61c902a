import { shapedNodes, type GraphArchitecture, type Shape } from "../../../arch/graph.js";
import { compileFor, copiesOf, type CompiledOptions } from "../compiled-ntk.js";
import { costOf, weightGradientCost, type Operand } from "../engine/costs.js";
import { instructionsOf, weightArguments, type OpcodeName } from "../engine/program.js";
import { compiledBytes } from "../memory.js";
import { inputsOf, sizeOf, type GradientGraph, type IrNode } from "../ir.js";
import type { CompiledNetwork, Segment } from "./compile.js";
import { floatsOf } from "./layout.js";
import type { GramArguments } from "./steps.js";

const bytesPerFloat = 4;
const bytesPerNumber = 8;

/** Arithmetic and memory traffic. */
export interface Work {
  /** Additions, multiplications and comparisons (a multiply-add is two). */
  readonly flops: number;
  /** Of operands, each float once an instruction and sample, however often its kernel reads it. */
  readonly bytes: number;
}

/** An instruction, or what the runtime does between programs, for the whole batch and all its passes. */
export interface ProgramStep extends Work {
  readonly part: "forward" | "reverse" | "kernel";
  readonly kernel: OpcodeName | "statistics" | "mixing" | "weightGram" | "gram";
  /** The architecture's node that it is of; the parameter for parts of the kernel. */
  readonly of: string;
  readonly size: readonly number[];
  readonly reads: readonly Operand[];
  readonly writes: readonly Operand[];
  /** How often it runs: samples times passes. */
  readonly times: number;
}

/** One operation of the tensor graph. */
export interface ExplainedNode {
  readonly index: number;
  readonly part: "forward" | "reverse";
  readonly op: IrNode["op"];
  readonly inputs: readonly number[];
  readonly shape: Shape;
  readonly source: string;
  readonly parameter?: string;
  /** What a dense layer, a convolution or its transpose needs for one sample: 2 outputs x inputs x taps x pixels. */
  readonly flops: number;
}

/** Everything that is compiled of a network, and what it costs. */
export interface ProgramExplanation {
  readonly samples: number;
  readonly options: Required<Pick<CompiledOptions, "bn" | "output" | "params">>;
  readonly graph: readonly {
    readonly id: string;
    readonly op: string;
    readonly from: readonly string[];
    readonly shape: Shape;
  }[];
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly ir: readonly ExplainedNode[];
  readonly steps: readonly ProgramStep[];
  /** Floats of a sample's block. `first` and `last` are steps (forward, then one reverse pass); null lasts beyond the run. */
  readonly tensors: readonly {
    readonly shape: Shape;
    readonly halo: number;
    readonly at: number;
    readonly floats: number;
    readonly first: number;
    readonly last: number | null;
  }[];
  readonly arena: {
    /** Weights as the program has them, and other constants. */
    readonly constants: number;
    /** One sample's block, and how many blocks there are. */
    readonly block: number;
    readonly blocks: number;
    /** What the tensors of a block would take without sharing memory. */
    readonly unshared: number;
    /** Rows of gradients, one for each pass (coupled). */
    readonly gradients: number;
    /** Kernels, every parameter's part of them, and what the eigenproblem needs. */
    readonly kernels: number;
    /** All of them. */
    readonly peak: number;
  };
  readonly totals: Readonly<Record<"forward" | "reverse" | "kernel" | "all", Work & { readonly intensity: number }>>;
  /** What the convolutions and dense layers of the forward pass need for the batch; the program also works on padded channels. */
  readonly needed: number;
}

/**
 * Graph, tensor graph with reverse mode, program, memory and costs of a network compiled for `n` samples; nothing is run.
 * Costs follow from the instructions' arguments alone (engine/costs.ts), in bytes and FLOPs of the whole kernel: all samples,
 * a reverse pass for each class (`each`, `trace`) or row (`coupled`). Throws what CompiledNtk throws before it runs.
 *
 * @example explainProgram(network, 64, { bn: "instance" }).totals.all.flops
 */
export function explainProgram(
  architecture: GraphArchitecture,
  n: number,
  options: Pick<CompiledOptions, "bn" | "output" | "params"> = {},
): ProgramExplanation {
  const { bn = "instance", output = "sum", params = "weights" } = options;
  const network = compileFor(architecture, { bn, output, params });
  const { graph, constants, stride } = network;
  const outputs = sizeOf(graph.nodes[graph.output].shape);
  const copies = copiesOf(network, output);
  const kernels = output === "each" || output === "trace" ? outputs : 1;
  const rows = output === "full" ? n * outputs : n;
  const runs: Runs = {
    samples: n,
    reverse: n * copies,
    passes: bn === "coupled" ? kernels * rows : kernels,
    rows,
    kernels,
  };
  const steps = [
    ...network.forward.flatMap((segment) => stepsOf(network, segment, "forward", { ...runs, reverse: n, passes: 1 })),
    ...reverseSteps(network, runs),
  ];
  const ir = explainedNodes(graph);
  const blocks = n * copies;
  const arena = {
    constants: bytesPerFloat * constants.size,
    block: bytesPerFloat * stride,
    blocks,
    unshared: bytesPerFloat * network.tensors.reduce((sum, { tensor }) => sum + floatsOf(tensor), 0),
    gradients: bytesPerFloat * rows * (network.pass?.count ?? 0),
    kernels: compiledBytes(architecture, n, { bn, output, params }).kernels,
  };
  const total = (...parts: readonly ProgramStep["part"][]): Work & { intensity: number } => {
    const chosen = steps.filter(({ part }) => parts.includes(part));
    const [flops, bytes] = [sum(chosen.map((step) => step.flops)), sum(chosen.map((step) => step.bytes))];
    return { flops, bytes, intensity: bytes > 0 ? flops / bytes : 0 };
  };
  return {
    samples: n,
    options: { bn, output, params },
    graph: shapedNodes(architecture).map(({ node: { id, op, from }, shape }) => ({ id, op, from, shape })),
    parameters: graph.parameters.map(({ name, shape }) => ({ name, shape })),
    ir,
    steps,
    tensors: network.tensors.map(({ tensor, first, last }) => ({
      shape: [tensor.channels, tensor.height, tensor.width],
      halo: tensor.halo,
      at: tensor.offset - tensor.halo * (tensor.row + tensor.pixel),
      floats: floatsOf(tensor),
      first,
      last: Number.isFinite(last) ? last : null,
    })),
    arena: { ...arena, peak: arena.constants + arena.block * blocks + arena.gradients + arena.kernels },
    totals: {
      forward: total("forward"),
      reverse: total("reverse"),
      kernel: total("kernel"),
      all: total("forward", "reverse", "kernel"),
    },
    needed: n * sum(ir.filter(({ part }) => part === "forward").map(({ flops }) => flops)),
  };
}

/** How often things run: samples of forward and of a reverse pass, passes, rows of a kernel, and kernels. */
interface Runs {
  readonly samples: number;
  readonly reverse: number;
  readonly passes: number;
  readonly rows: number;
  readonly kernels: number;
}

/** Reverse mode; with batch statistics gradients of passes make rows, whose Gram matrices end it. */
function reverseSteps(network: CompiledNetwork, runs: Runs): ProgramStep[] {
  const { pass, graph } = network;
  if (pass === undefined) return network.backward.flatMap((segment) => stepsOf(network, segment, "reverse", runs));
  return [
    ...instructionSteps(network, pass.words, pass.sources, "reverse", runs),
    ...[...pass.places].map(([parameter, { count }]) => gramStep(graph.parameters[parameter].name, count, runs)),
  ];
}

function stepsOf(network: CompiledNetwork, segment: Segment, part: "forward" | "reverse", runs: Runs): ProgramStep[] {
  switch (segment.kind) {
    case "run":
      return instructionSteps(network, segment.program, segment.sources, part, runs);
    case "statistics": {
      const { height, width, channels } = segment.extent;
      const passes = network.mode === "eval" ? 0 : 2;
      const count = runs.samples * height * width * channels;
      return [
        {
          ...{ part, kernel: "statistics", of: segment.source, size: [height, width, channels], times: runs.samples },
          reads: passes === 0 ? [] : [{ of: "sample", at: segment.x.at, floats: height * width * channels }],
          writes: [segment.mean, segment.inverse].map((at) => ({ of: "constants", at, floats: channels }) as const),
          flops: 2 * passes * count,
          bytes: bytesPerFloat * passes * count,
        },
      ];
    }
    case "mixing":
      // Programs of passes have it as an instruction.
      return [];
    case "gram":
      return gramSteps(network.graph.parameters[segment.parameter].name, segment.gram, runs);
  }
}

function instructionSteps(
  network: CompiledNetwork,
  words: Int32Array,
  sources: readonly string[],
  part: "forward" | "reverse",
  { reverse, passes }: Runs,
): ProgramStep[] {
  return instructionsOf(words).map((instruction, k): ProgramStep => {
    const cost = costOf(instruction);
    const times = reverse * passes;
    const moved = [...cost.reads, ...cost.writes];
    const floats = (of: Operand["of"]): number =>
      sum(moved.filter((operand) => operand.of === of).map((operand) => operand.floats));
    // A matrix product of all samples reads its weights once.
    const readings = cost.kernel === "dense" && network.byInstruction ? passes : times;
    return {
      ...cost,
      part,
      of: sources[k],
      times,
      flops: times * cost.flops,
      bytes: bytesPerFloat * (times * floats("sample") + readings * floats("constants")),
    };
  });
}

/** A parameter's part of the kernel. */
function gramSteps(parameter: string, gram: GramArguments, runs: Runs): ProgramStep[] {
  const { rows, kernels } = runs;
  if (gram.form === "rows") return [gramStep(parameter, gram.count, runs)];
  if (gram.form === "outer") {
    const [inputs, backs] = [gram.input, gram.back].map(({ count }) => gramStep(parameter, count, runs));
    const size = [rows, gram.input.count + gram.back.count];
    return [{ ...inputs, size, flops: inputs.flops + backs.flops, bytes: inputs.bytes + backs.bytes }];
  }
  const { gradient, ...cost } = weightGradientCost(weightArguments(gram.arguments));
  const product = gramStep(parameter, gradient, runs);
  const read = sum(cost.reads.map(({ floats }) => floats));
  return [
    {
      ...cost,
      ...{ part: "kernel", kernel: "weightGram", of: parameter, writes: [], times: rows * kernels },
      flops: rows * kernels * cost.flops + product.flops,
      // Gradients are written once and read once, a chunk at a time.
      bytes: bytesPerFloat * rows * kernels * (read + gradient) + product.bytes,
    },
  ];
}

/** Products of rows of `count` floats with each other, on the lower triangle. */
function gramStep(parameter: string, count: number, { rows, kernels }: Runs): ProgramStep {
  return {
    ...{ part: "kernel", kernel: "gram", of: parameter, size: [rows, count], reads: [], writes: [], times: kernels },
    flops: kernels * rows * (rows + 1) * count,
    bytes: kernels * (bytesPerFloat * rows * count + bytesPerNumber * rows * rows),
  };
}

function explainedNodes(graph: GradientGraph): ExplainedNode[] {
  return graph.nodes.map((node, index) => {
    const parameter =
      "weight" in node ? node.weight : "bias" in node ? node.bias : "gain" in node ? node.gain : undefined;
    const { op, shape, source } = node;
    return {
      ...{ index, op, shape, source, inputs: inputsOf(node), flops: linearFlops(graph, node) },
      part: index < graph.seed ? "forward" : "reverse",
      ...(parameter !== undefined && { parameter: graph.parameters[parameter].name }),
    };
  });
}

/** 2 x (size of the weight) x (pixels of the windows): those of the output, and of what a transpose reads. */
function linearFlops(graph: GradientGraph, node: IrNode): number {
  if (!("weight" in node)) return 0;
  const transposed = node.op === "convTranspose" || node.op === "denseTranspose";
  const [, ...sides] = transposed ? graph.nodes[node.x].shape : node.shape;
  return 2 * sizeOf(graph.parameters[node.weight].shape) * sizeOf(sides);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
