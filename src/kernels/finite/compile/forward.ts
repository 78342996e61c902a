import * as program from "../engine/program.js";
import type { Differentiable } from "../gradient.js";
import type { IrNode, IrOpKind, Window } from "../ir.js";
import type { Compiler } from "./compiler.js";
import { type NodeOf } from "./compiler.js";
import { extentOf, planeOf, type Tensor } from "./layout.js";
import { activationCode } from "./activation-code.js";
import { channelBlocks, tapsOf } from "./weight-layout.js";
import { singleValue } from "../reference.js";
import { notCompiled } from "./not-compiled.js";

type Emit<K extends IrOpKind> = (compiler: Compiler, node: NodeOf<K>, index: number) => void;

/** Operations of the forward part; products with a slope are emitted as in reverse mode. */
export type ForwardOp = Exclude<Differentiable, "multiply">;

const emitters: { readonly [K in ForwardOp]: Emit<K> } = {
  input: (compiler, { shape }, index) => {
    const tensor = compiler.tensor(index);
    compiler.planner.clear(tensor);
    const raw = compiler.planner.reserve(shape.reduce((product, size) => product * size, 1));
    compiler.run([tensor], () =>
      program.copyIn({ ...extentOf(tensor), real: tensor.channels, src: raw, dst: planeOf(tensor) }),
    );
  },
  zero: (compiler, _, index) => {
    // Never written, so that it stays zero; alive throughout, so that nobody else writes it.
    compiler.planner.clear(compiler.tensor(index));
    compiler.planner.touch(compiler.tensor(index), 0);
    compiler.planner.touch(compiler.tensor(index), Infinity);
  },
  dense: (compiler, node, index) => linear(compiler, node, index, { kernel: 1, stride: 1, padding: 0, groups: 1 }),
  conv: (compiler, node, index) => linear(compiler, node, index, node),
  bias: (compiler, { x, bias }, index) => {
    if (biasReader(compiler, x) === index) return;
    const [source, target] = [compiler.tensor(x), compiler.tensor(index)];
    const one = compiler.constants.channels(target.channels, { value: 1 });
    const shift = compiler.constants.channels(target.channels, bias);
    affineSum(compiler, target, [], [{ tensor: source, gain: one, shift }], reluReader(compiler, index));
  },
  activation: (compiler, { x, activation: name }, index) => {
    if (compiler.hasTensor(index)) return;
    const [source, target] = [compiler.tensor(x), compiler.tensor(index)];
    activated(compiler, name, source, target);
  },
  add: (compiler, { xs }, index) => {
    const plain = xs.filter((x) => !isFusedNorm(compiler, x)).map((x) => compiler.tensor(x));
    const norms = xs.filter((x) => isFusedNorm(compiler, x)).map((x) => normTerm(compiler, compiler.node<"norm">(x)));
    affineSum(compiler, compiler.tensor(index), plain, norms, reluReader(compiler, index));
  },
  concat: (_, { source }) => {
    throw notCompiled(source, "concatenations");
  },
  standardise: (_, { source }) => {
    throw notCompiled(source, "layer normalisation");
  },
  gain: (_, { source }) => {
    throw notCompiled(source, "layer normalisation");
  },
  scale: (compiler, { x, factor }, index) => scaled(compiler, compiler.tensor(x), compiler.tensor(index), factor),
  averagePool: (compiler, { x, ...window }, index) => {
    const [source, target] = [compiler.tensor(x), compiler.tensor(index)];
    compiler.run([source, target], () =>
      program.pool({ ...windowsOf(source, target, window), src: planeOf(source), dst: planeOf(target) }),
    );
  },
  maxPool: (compiler, { x, by, ...window }, index) => {
    const [source, judged, target] = [compiler.tensor(x), compiler.tensor(by), compiler.tensor(index)];
    compiler.run([source, judged, target], () =>
      program.maxPool({
        ...windowsOf(source, target, window),
        src: planeOf(source),
        by: planeOf(judged),
        dst: planeOf(target),
      }),
    );
  },
  globalAverage: (compiler, { x }, index) => {
    const [source, target] = [compiler.tensor(x), compiler.tensor(index)];
    compiler.run([source, target], () =>
      program.mean({ ...extentOf(source), src: planeOf(source), dst: target.offset }),
    );
  },
  reshape: (compiler, { x, source }, index) => {
    const image = compiler.tensor(x);
    if (
      image.height * image.width > 1 &&
      compiler.readers[index].some((reader) => !readsFlattened(compiler.graph.nodes[reader].op))
    ) {
      throw notCompiled(source, "flatten before anything but a dense layer");
    }
    compiler.alias(index, image);
  },
  norm: (compiler, node, index) => {
    if (isFusedNorm(compiler, index)) return;
    affineSum(compiler, compiler.tensor(index), [], [normTerm(compiler, node)], reluReader(compiler, index));
  },
  normalise: (compiler, { x, epsilon, running, shape }, index) => {
    const from = compiler.tensor(x);
    const inPlace = compiler.soleReader(x) === index && mayChange(compiler.graph.nodes[x]);
    const tensor = inPlace ? from : compiler.tensor(index);
    if (inPlace) compiler.alias(index, tensor);
    else scaled(compiler, from, tensor, 1);
    const inverse = compiler.inverse(index);
    if (compiler.mode === "instance") {
      if (tensor.height * tensor.width === 1) throw singleValue(compiler.graph.nodes[index].source);
      compiler.run([tensor], () => program.normalise({ ...extentOf(tensor), x: planeOf(tensor), inverse, epsilon }));
      return;
    }
    const mean = compiler.constants.reserve(shape[0]);
    const reader = compiler.readers[index]
      .map((r) => compiler.graph.nodes[r])
      .find((node) => node.op === "norm") as NodeOf<"norm">;
    compiler.push({
      kind: "statistics",
      tensor,
      mean,
      inverse,
      epsilon,
      ...(running && { running }),
      gain: compiler.constants.channels(shape[0], reader.gain),
      scaled: scaledGain(compiler, index),
    });
    compiler.run([tensor], () => program.standardise({ ...extentOf(tensor), x: planeOf(tensor), mean, inverse }));
  },
};

/** Emits the forward steps of a node. */
export function emitForward(compiler: Compiler, index: number): void {
  const node = compiler.graph.nodes[index];
  (emitters[node.op as ForwardOp] as Emit<IrOpKind>)(compiler, node, index);
}

/** The windows of a pool from `image` to `pooled`. */
export function windowsOf(image: Tensor, pooled: Tensor, { kernel, stride, padding }: Window): program.PoolWindows {
  const { height: outHeight, width: outWidth } = pooled;
  return { ...extentOf(image), outHeight, outWidth, kernel, stride, padding };
}

/** Where gain * inverse deviation of a normalise node is, for reverse mode with given statistics. */
export function scaledGain(compiler: Compiler, normalise: number): number {
  return compiler.named(`scaled ${normalise}`, () =>
    compiler.constants.reserve(compiler.graph.nodes[normalise].shape[0]),
  );
}

/** target = sum of tensors + sum of gain * tensor + shift, with a ReLU copy for the activation node that reads it. */
export function affineSum(
  compiler: Compiler,
  target: Tensor,
  plain: readonly Tensor[],
  norms: readonly { readonly tensor: Tensor; readonly gain: number; readonly shift: number }[],
  relu?: number,
): void {
  const copy = relu === undefined ? undefined : compiler.tensor(relu);
  const fits = copy !== undefined && copy.row === target.row;
  const sources = [...plain, ...norms.map(({ tensor }) => tensor)];
  compiler.run([target, ...sources, ...(fits ? [copy] : [])], () =>
    program.affineSum({
      ...extentOf(target),
      dst: planeOf(target),
      ...(fits ? { relu: copy.offset } : {}),
      images: plain.map(planeOf),
      norms: norms.map(({ tensor, gain, shift }) => ({ normalised: planeOf(tensor), gain, shift })),
    }),
  );
  if (copy !== undefined && !fits) activated(compiler, "relu", target, copy);
}

function activated(compiler: Compiler, name: string, source: Tensor, target: Tensor): void {
  const code = activationCode(name);
  compiler.run([source, target], () =>
    program.activation({
      ...code,
      ...extentOf(target),
      real: target.channels,
      src: planeOf(source),
      dst: planeOf(target),
    }),
  );
}

export function scaled(compiler: Compiler, source: Tensor, target: Tensor, factor: number): void {
  compiler.run([source, target], () =>
    program.scale({ ...extentOf(target), factor, src: planeOf(source), dst: planeOf(target) }),
  );
}

/** Whether a node's tensor may be written over by its one reader: reverse mode reads a ReLU's sign, zeros stay, a reshaped tensor is another node's. */
const mayChange = (node: IrNode): boolean =>
  !["input", "zero", "reshape"].includes(node.op) && !(node.op === "activation" && node.activation === "relu");

/** The ReLU that reads a node: there is at most one after nodes were shared. */
function reluReader(compiler: Compiler, index: number): number | undefined {
  return compiler.readers[index].find((reader) => {
    const node = compiler.graph.nodes[reader];
    return node.op === "activation" && node.activation === "relu";
  });
}

/** The bias node that is done with its convolution, because nothing else reads the convolution. */
function biasReader(compiler: Compiler, x: number): number | undefined {
  const reader = compiler.soleReader(x);
  if (reader === undefined || compiler.graph.nodes[reader].op !== "bias") return undefined;
  const { op } = compiler.graph.nodes[x];
  return op === "conv" || op === "dense" ? reader : undefined;
}

/** A norm whose gain and shift are applied within the sums that read it. */
function isFusedNorm(compiler: Compiler, index: number): boolean {
  return (
    compiler.graph.nodes[index].op === "norm" &&
    index !== compiler.graph.output &&
    !compiler.kept.has(index) &&
    compiler.readers[index].every((reader) => compiler.graph.nodes[reader].op === "add")
  );
}

function normTerm(
  compiler: Compiler,
  { normalised, gain, shift, shape }: NodeOf<"norm">,
): { tensor: Tensor; gain: number; shift: number } {
  return {
    tensor: compiler.tensor(normalised),
    gain: compiler.constants.channels(shape[0], gain),
    shift: compiler.constants.channels(shape[0], shift),
  };
}

const readsFlattened = (op: IrOpKind): boolean => op === "dense";

/** A dense layer or convolution, with its bias and the ReLU that reads it. */
function linear(
  compiler: Compiler,
  node: NodeOf<"dense"> | NodeOf<"conv">,
  index: number,
  window: Window & { readonly groups: number },
): void {
  const source = compiler.tensor(node.x);
  const bias = biasReader(compiler, index);
  const end = bias ?? index;
  const target = compiler.tensor(index);
  if (bias !== undefined) compiler.alias(bias, target);
  const reader = reluReader(compiler, end);
  const copy = reader === undefined ? undefined : compiler.tensor(reader);
  const fits = copy !== undefined && copy.row === target.row;
  const parameter = compiler.graph.parameters[node.weight];
  const flattened = node.op === "dense" && source.height * source.width > 1;
  const shape = flattened ? [parameter.shape[0], source.channels, source.height, source.width] : parameter.shape;
  const { constants, byInstruction } = compiler;
  // Reverse mode reads the transposed weights: all layers at once then need no others.
  const weights = byInstruction
    ? constants.transposed(node.weight, parameter)
    : constants.forward(node.weight, { shape }, window.groups);
  const biases = bias === undefined ? undefined : constants.channels(target.channels, compiler.node<"bias">(bias).bias);
  const columns = flattened ? source.width : window.kernel;
  const stride = flattened ? 1 : window.stride;
  const tensors = [source, target, ...(fits ? [copy] : [])];
  if (byInstruction) {
    compiler.run(tensors, () =>
      program.dense({
        inputs: source.channels,
        channels: target.pixel,
        x: source.offset,
        out: target.offset,
        weight: weights,
        rows: shape[0],
        bias: biases,
        relu: fits ? copy.offset : undefined,
      }),
    );
  } else {
    const taps = tapsOf(shape);
    for (const block of channelBlocks(target.channels, source.channels, window.groups)) {
      compiler.run(tensors, () =>
        program.conv({
          ...extentOf(target),
          channels: block.channels,
          inputs: block.count,
          xRow: source.row * stride,
          xPixel: source.pixel * stride,
          out: { at: target.offset + block.at, row: target.row },
          outPixel: target.pixel,
          bias: biases === undefined ? undefined : biases + block.at,
          relu: fits ? copy.offset + block.at : undefined,
          segments: Array.from({ length: taps }, (_, tap) => ({
            x:
              source.offset +
              block.from +
              (Math.floor(tap / columns) - window.padding) * source.row +
              ((tap % columns) - window.padding) * source.pixel,
            weight: weights + (taps * block.before + tap * block.count * block.channels),
          })),
        }),
      );
    }
  }
  if (copy !== undefined && !fits) activated(compiler, "relu", target, copy);
}
