import * as program from "../engine/program.js";
import type { IrOpKind } from "../ir.js";
import { activationCode } from "./activation-code.js";
import type { Compiler, NodeOf } from "./compiler.js";
import { affineSum, scaled, scaledGain, windowsOf, type ForwardOp } from "./forward.js";
import { extentOf, planeOf, type Tensor } from "./layout.js";
import { notCompiled } from "./not-compiled.js";
import { channelBlocks, tapsOf, type ChannelBlock } from "./weight-layout.js";

type Emit<K extends IrOpKind> = (compiler: Compiler, node: NodeOf<K>, index: number) => void;

/** Operations that only reverse mode emits, and those of forward mode that it uses too. */
type BackwardOp = Exclude<IrOpKind, ForwardOp> | "add" | "scale" | "reshape";

const nothing = (): void => undefined;

const emitters: { readonly [K in BackwardOp]: Emit<K> } = {
  /** Written by the runtime. */
  seed: (compiler, _, index) => compiler.planner.touch(compiler.tensor(index), compiler.steps.length),
  /** Read by `multiply`, which computes it. */
  slope: nothing,
  denseTranspose: (compiler, node, index) => {
    if (isMasked(compiler, index)) return;
    transposed(compiler, [node], targetOf(compiler, index), undefined);
  },
  convTranspose: (compiler, node, index) => {
    if (isMasked(compiler, index)) return;
    transposed(compiler, [node], compiler.tensor(index), undefined);
  },
  multiply: (compiler, { x, y }, index) => {
    const slope = compiler.node<"slope">(y);
    const target = compiler.tensor(index);
    const convs = maskedConvolutions(compiler, index);
    if (convs !== undefined) {
      transposed(compiler, convs, target, slopeSource(compiler, slope));
      return;
    }
    const [cotangent, source] = [compiler.tensor(x), slopeSource(compiler, slope)];
    const code = activationCode(slope.activation);
    compiler.run([cotangent, source, target], () =>
      program.slope({
        ...code,
        ...extentOf(target),
        real: target.channels,
        src: planeOf(source),
        cotangent: planeOf(cotangent),
        dst: planeOf(target),
      }),
    );
  },
  add: (compiler, { xs }, index) => {
    if (isMasked(compiler, index)) return;
    affineSum(
      compiler,
      compiler.tensor(index),
      xs.map((x) => compiler.tensor(x)),
      [],
    );
  },
  scale: (compiler, { x, factor }, index) => scaled(compiler, compiler.tensor(x), compiler.tensor(index), factor),
  averagePoolTranspose: (compiler, { x, ...window }, index) => {
    const [source, target] = [compiler.tensor(x), compiler.tensor(index)];
    compiler.run([source, target], () =>
      program.poolTranspose({ ...windowsOf(target, source, window), src: planeOf(source), dst: planeOf(target) }),
    );
  },
  maxPoolTranspose: (compiler, { x, by, ...window }, index) => {
    const [source, judged, target] = [compiler.tensor(x), compiler.tensor(by), compiler.tensor(index)];
    compiler.run([source, judged, target], () =>
      program.maxPoolTranspose({
        ...windowsOf(target, source, window),
        src: planeOf(source),
        by: planeOf(judged),
        dst: planeOf(target),
      }),
    );
  },
  globalAverageTranspose: (compiler, { x }, index) => {
    const [source, target] = [compiler.tensor(x), compiler.tensor(index)];
    compiler.run([source, target], () =>
      program.meanTranspose({ ...extentOf(target), src: source.offset, dst: planeOf(target) }),
    );
  },
  slice: (_, { source }) => {
    throw notCompiled(source, "concatenations");
  },
  standardiseTranspose: (_, { source }) => {
    throw notCompiled(source, "layer normalisation");
  },
  reshape: (compiler, { x, source }, index) => {
    if (compiler.hasTensor(index)) return;
    const tensor = compiler.tensor(index);
    if (tensor.height * tensor.width > 1) throw notCompiled(source, "this use of flatten");
    compiler.alias(index, compiler.tensor(x));
  },
  normTranspose: (compiler, { normalise, y, gain, shape }, index) => {
    const [cotangent, target, normalised] = [compiler.tensor(y), compiler.tensor(index), compiler.tensor(normalise)];
    if (compiler.mode === "coupled") {
      const [scaled, shift, slope] = [
        scaledGain(compiler, normalise),
        compiler.constants.reserve(shape[0]),
        compiler.constants.reserve(shape[0]),
      ];
      const zero = compiler.constants.channels(shape[0], { value: 0 });
      compiler.push({ kind: "mixing", tensors: [cotangent, normalised], scaled, shift, slope });
      affineSum(
        compiler,
        target,
        [],
        [
          { tensor: cotangent, gain: scaled, shift },
          { tensor: normalised, gain: slope, shift: zero },
        ],
      );
      return;
    }
    if (compiler.mode !== "instance") {
      const zero = compiler.constants.channels(shape[0], { value: 0 });
      affineSum(compiler, target, [], [{ tensor: cotangent, gain: scaledGain(compiler, normalise), shift: zero }]);
      return;
    }
    const [gains, inverse] = [compiler.constants.channels(shape[0], gain), compiler.inverse(normalise)];
    compiler.run([cotangent, normalised, target], () =>
      program.normaliseTranspose({
        ...extentOf(target),
        normalised: planeOf(normalised),
        y: planeOf(cotangent),
        gain: gains,
        inverse,
        dst: planeOf(target),
      }),
    );
  },
};

/** Emits the reverse-mode steps of a node. */
export function emitBackward(compiler: Compiler, index: number): void {
  const node = compiler.graph.nodes[index];
  (emitters[node.op as BackwardOp] as Emit<IrOpKind>)(compiler, node, index);
}

type Transposed = NodeOf<"denseTranspose"> | NodeOf<"convTranspose">;

/** The cotangent of a flattened image is written straight into the image. */
function targetOf(compiler: Compiler, index: number): Tensor {
  const reader = compiler.soleReader(index);
  if (reader === undefined || compiler.graph.nodes[reader].op !== "reshape") return compiler.tensor(index);
  const image = compiler.tensor(reader);
  compiler.alias(index, image);
  return image;
}

/** The transposed convolutions whose sum a ReLU's slope masks, when nothing else reads them: done in one pass with the mask. */
function maskedConvolutions(compiler: Compiler, multiply: number): readonly Transposed[] | undefined {
  const { x, y } = compiler.node<"multiply">(multiply);
  if (compiler.byInstruction) return undefined;
  if (compiler.node<"slope">(y).activation !== "relu" || compiler.soleReader(x) !== multiply || compiler.taps.has(x))
    return undefined;
  const node = compiler.graph.nodes[x];
  const parts = node.op === "add" ? node.xs : [x];
  const fits = parts.every((part) => {
    const { op } = compiler.graph.nodes[part];
    return (
      (op === "convTranspose" || op === "denseTranspose") &&
      (part === x || compiler.soleReader(part) === x) &&
      !compiler.taps.has(part)
    );
  });
  if (!fits) return undefined;
  const nodes = parts.map((part) => compiler.graph.nodes[part] as Transposed);
  if (nodes.length === 1) return nodes;
  const [first] = nodes.map((part) => compiler.tensor(part.x));
  const alike = nodes.every((part) => {
    const { row, channels } = compiler.tensor(part.x);
    return (
      row === first.row &&
      channels === first.channels &&
      (part.op === "denseTranspose" || (part.stride === 1 && part.groups === 1))
    );
  });
  return alike ? nodes : undefined;
}

/** A node that is done together with the slope that masks it. */
function isMasked(compiler: Compiler, index: number): boolean {
  const reader = compiler.soleReader(index);
  if (reader === undefined) return false;
  const node = compiler.graph.nodes[reader];
  if (node.op === "multiply") return maskedConvolutions(compiler, reader) !== undefined;
  if (node.op !== "add") return false;
  const next = compiler.soleReader(reader);
  return (
    next !== undefined &&
    compiler.graph.nodes[next].op === "multiply" &&
    maskedConvolutions(compiler, next) !== undefined
  );
}

/** What a slope is computed from; a ReLU's has the sign of its output, which is kept anyway when convolutions read it. */
function slopeSource(compiler: Compiler, slope: NodeOf<"slope">): Tensor {
  if (slope.activation === "relu") {
    const output = compiler.readers[slope.x].find((reader) => {
      const node = compiler.graph.nodes[reader];
      return node.op === "activation" && node.activation === "relu";
    });
    if (output !== undefined) return compiler.tensor(output);
  }
  const { op } = compiler.graph.nodes[slope.x];
  if (op === "norm" && !compiler.hasTensor(slope.x))
    throw notCompiled(slope.source, "a slope at a norm that was never stored");
  return compiler.tensor(slope.x);
}

/** target = sum of transposed convolutions, kept where `mask` is positive. One instruction for each phase of a stride. */
function transposed(compiler: Compiler, nodes: readonly Transposed[], target: Tensor, mask: Tensor | undefined): void {
  const parts = nodes.map((node) => {
    const parameter = compiler.graph.parameters[node.weight];
    const flattened = node.op === "denseTranspose" && target.height * target.width > 1;
    const shape = flattened ? [parameter.shape[0], target.channels, target.height, target.width] : parameter.shape;
    return {
      node,
      flattened,
      taps: tapsOf(shape),
      source: compiler.tensor(node.x),
      weights: compiler.constants.transposed(node.weight, { shape }, groupsOf(node)),
    };
  });
  const conv = parts.find(({ node }) => node.op === "convTranspose")?.node as NodeOf<"convTranspose"> | undefined;
  const flattened = parts.some((part) => part.flattened);
  if (flattened && parts.length > 1) throw notCompiled(nodes[0].source, "several dense layers on one flattened image");
  if (compiler.byInstruction) {
    const [{ source, weights }] = parts;
    compiler.run([target, source], () =>
      program.dense({
        inputs: source.channels,
        channels: target.pixel,
        x: source.offset,
        out: target.offset,
        weight: weights,
      }),
    );
    return;
  }
  const strideY = flattened ? target.height : (conv?.stride ?? 1);
  const strideX = flattened ? target.width : (conv?.stride ?? 1);
  const tensors = [target, ...parts.map(({ source }) => source), ...(mask === undefined ? [] : [mask])];
  // Only one part may have groups.
  const blocks = channelBlocks(target.channels, parts[0].source.channels, groupsOf(nodes[0]));
  for (let phaseY = 0; phaseY < Math.min(strideY, target.height); phaseY++) {
    for (let phaseX = 0; phaseX < Math.min(strideX, target.width); phaseX++) {
      for (const block of blocks) {
        const shift = phaseY * target.row + phaseX * target.pixel + block.at;
        compiler.run(tensors, () =>
          program.conv({
            height: Math.ceil((target.height - phaseY) / strideY),
            width: Math.ceil((target.width - phaseX) / strideX),
            channels: block.channels,
            inputs: block.count,
            xRow: parts[0].source.row,
            xPixel: parts[0].source.pixel,
            out: { at: target.offset + shift, row: strideY * target.row },
            outPixel: strideX * target.pixel,
            ...(mask === undefined ? {} : { mask: mask.offset + shift }),
            segments: parts.flatMap((part) => segmentsOf(part, target, block, phaseY, phaseX)),
          }),
        );
      }
    }
  }
}

const groupsOf = (node: Transposed): number => (node.op === "convTranspose" ? node.groups : 1);

interface Part {
  readonly node: Transposed;
  readonly flattened: boolean;
  readonly taps: number;
  readonly source: Tensor;
  readonly weights: number;
}

/** Taps of a transposed convolution that reach the pixels of one phase, for a block of channels. */
function segmentsOf(
  { node, flattened, taps, source, weights }: Part,
  target: Tensor,
  block: ChannelBlock,
  phaseY: number,
  phaseX: number,
): { x: number; weight: number }[] {
  const size = block.count * block.channels;
  const [x, weight] = [source.offset + block.from, weights + taps * block.before];
  if (flattened) return [{ x, weight: weight + (phaseY * target.width + phaseX) * size }];
  const { kernel, stride, padding } = node.op === "convTranspose" ? node : { kernel: 1, stride: 1, padding: 0 };
  const found: { x: number; weight: number }[] = [];
  for (let tap = 0; tap < taps; tap++) {
    const dy = phaseY + padding - Math.floor(tap / kernel);
    const dx = phaseX + padding - (tap % kernel);
    if (dy % stride !== 0 || dx % stride !== 0) continue;
    found.push({
      x: x + (dy / stride) * source.row + (dx / stride) * source.pixel,
      weight: weight + tap * size,
    });
  }
  return found;
}
