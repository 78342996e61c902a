import { shapedNodes, type GraphArchitecture } from "../../arch/graph.js";
import { AppError } from "../../errors.js";
import type { IrGraph } from "../../kernels/finite/ir.js";
import type { NetworkPass } from "../../kernels/finite/pass.js";
import { rng } from "../../rng.js";
import { channelEntropy, trainability } from "./channel-spectra.js";
import { graphCost } from "./counts.js";
import { dependsOnData, drawnWeights, measurePass, noiseImages, type Weights } from "./measure-pass.js";
import type { MeasureGroup, MeasureInfo } from "./measure.js";

const protocol =
  "N(0,1) noise images, Kaiming normal initialisation by fan-in, batch normalisation in train mode (Lee and Ham 2024)";

const info = (part: string, backward: boolean, what: string): MeasureInfo => ({
  name: `az_${part}`,
  label: `AZ-NAS ${part}`,
  direction: "larger",
  needs: { labels: false, images: false, backward },
  card: `${what}; ${protocol}.`,
});

/** AZ-NAS's four measures; `logRankSum` combines them over a set of networks. */
export function azNasGroup(batch = 64): MeasureGroup {
  return {
    id: "az_nas",
    measures: [
      info(
        "expressivity",
        false,
        `Entropy of the spectrum of channel covariances after the stem and each cell, summed; ${batch}`,
      ),
      info("progressivity", false, `Least growth of that entropy from one cell to the next; ${batch}`),
      info(
        "trainability",
        true,
        `Mean over cells of 2 - s - 1/(s + 1e-6), s the greatest singular value of the Jacobian between channels estimated by ` +
          `random signs sent back through the cell; -infinity where a cell is the identity; ${batch}`,
      ),
      info("complexity", false, "FLOPs, in millions"),
    ],
    compute(context) {
      const { architecture } = context;
      const { flops } = graphCost(architecture);
      if (!dependsOnData(architecture)) {
        return {
          az_expressivity: -Infinity,
          az_progressivity: -Infinity,
          az_trainability: -Infinity,
          az_complexity: flops,
        };
      }
      const signs = (id: string, count: number): Float64Array => randomSigns(context, id, count);
      const open = (network: GraphArchitecture, read: readonly string[]) =>
        measurePass(context, network, batch, { read });
      const images = noiseImages(context, batch, "az-nas");
      const found = azNas(architecture, images, batch, drawnWeights(context, "kaiming"), signs, open);
      return {
        az_expressivity: found.expressivity,
        az_progressivity: found.progressivity,
        az_trainability: found.trainability,
        az_complexity: flops,
      };
    },
  };
}

export interface AzNas {
  readonly expressivity: number;
  readonly progressivity: number;
  readonly trainability: number;
}

/** Runs the network cell by cell. `signs(id, count)` are the cotangents of a cell's output, n x size; `open` makes passes. */
export function azNas(
  architecture: GraphArchitecture,
  images: Float64Array,
  n: number,
  weights: Weights,
  signs: (cell: string, count: number) => Float64Array,
  open: (network: GraphArchitecture, read: readonly string[]) => NetworkPass,
): AzNas {
  const passes = new Map<string, NetworkPass>();
  const entropies: number[] = [];
  const trained: number[] = [];
  let features = images;
  for (const segment of segmentsOf(architecture, n)) {
    let pass = passes.get(segment.key);
    if (pass === undefined) {
      // Passes share memory, so that only the last one may be used.
      passes.clear();
      pass = open(segment.network, [segment.output, "input"]);
      passes.set(segment.key, pass);
    }
    const signal = signs(segment.id, n * segment.size);
    pass.forward(features, withProbe(segment, pass.graph, weights, signal));
    const before = features;
    features = pass.value(segment.output);
    entropies.push(channelEntropy(features, n, segment.channels));
    if (before === images) continue;
    pass.backward(identity(n));
    trained.push(trainability(pass.inputGradient(), signal, n, segment));
  }
  const growth = entropies.slice(1).map((entropy, k) => entropy - entropies[k]);
  return {
    expressivity: defined(entropies.reduce((sum, entropy) => sum + entropy, 0)),
    progressivity: defined(Math.min(...growth)),
    trainability: defined(trained.reduce((sum, value) => sum + value, 0) / trained.length),
  };
}

const defined = (value: number): number => (Number.isNaN(value) ? -Infinity : value);

/** The part of a network from one feature map to the next. */
interface Segment {
  /** Node of the network that it ends in. */
  readonly id: string;
  /** Begins the names of its nodes. */
  readonly prefix: string;
  /** The part as a network of its own, whose parameters have `cell` for `prefix`, with a probe of n outputs at its end. */
  readonly network: GraphArchitecture;
  /** The feature map in that network. */
  readonly output: string;
  /** Equal for parts that differ in their weights alone. */
  readonly key: string;
  readonly size: number;
  readonly channels: number;
  /** Pixels a side, before and after. */
  readonly sides: readonly [number, number];
}

const featureMap = /^(stem)\.norm$|^(reduction\d+)$|^(stage\d+\.cell\d+)\.3$/;

/** Stem, cells and reductions, in order. */
function segmentsOf(architecture: GraphArchitecture, n: number): Segment[] {
  const shaped = shapedNodes(architecture);
  const shapes = new Map(shaped.map(({ node, shape }) => [node.id, shape]));
  let start = "input";
  let from = 0;
  const segments = shaped.flatMap(({ node, shape }, at): Segment[] => {
    const parts = featureMap.exec(node.id);
    if (parts === null) return [];
    const prefix = parts.slice(1).find((part) => (part as string | undefined) !== undefined)!;
    const rename = (id: string): string => (id === start ? "input" : id.replace(prefix, "cell"));
    const nodes = shaped
      .slice(from, at + 1)
      .map((entry) => ({ ...entry.node, id: rename(entry.node.id), from: entry.node.from.map(rename) }));
    const input = shapes.get(start) ?? architecture.input;
    const output = rename(node.id);
    const network: GraphArchitecture = {
      kind: "graph",
      input,
      nodes: [
        ...nodes,
        { id: "probe.flat", op: "flatten", from: [output] },
        { id: "probe", op: "dense", units: n, from: ["probe.flat"] },
      ],
      output: "probe",
    };
    const size = shape.reduce((product, side) => product * side, 1);
    const segment = {
      id: node.id,
      prefix,
      network,
      output,
      key: JSON.stringify(network),
      size,
      channels: shape[0],
      sides: [input[1], shape[1]] as const,
    };
    start = node.id;
    from = at + 1;
    return [segment];
  });
  if (segments.length >= 2) return segments;
  throw new AppError("space", "AZ-NAS measures features after each cell; this network has no cells.", {
    hint: "Use the topology or the size space, or another measure.",
  });
}

/** Parameters of a segment. The probe's row i reads the signs of image i, so that cotangent 1 of output i of image i sends them back. */
function withProbe(
  { prefix }: Segment,
  graph: IrGraph,
  weights: Weights,
  signal: Float64Array,
): readonly Float64Array[] {
  const named = graph.parameters.map((parameter) => ({ ...parameter, name: parameter.name.replace("cell", prefix) }));
  const probe = named.findIndex(({ name }) => name.startsWith("probe"));
  const cell = weights({ ...graph, parameters: named.filter((_, index) => index !== probe) }, 0);
  return named.map((_, index) => (index === probe ? signal : cell[index < probe ? index : index - 1]));
}

const identity = (n: number): Float64Array => new Float64Array(n * n).map((_, at) => (at % (n + 1) === 0 ? 1 : 0));

function randomSigns({ seed, draw }: { seed: number | string; draw: number }, id: string, count: number): Float64Array {
  const generator = rng(seed, "signs", draw, id);
  const signs = new Float64Array(count);
  for (let at = 0, word = 0; at < count; at++, word >>>= 1) {
    if (at % 32 === 0) word = generator.uint32();
    signs[at] = word & 1 ? 1 : -1;
  }
  return signs;
}
