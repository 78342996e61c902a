import type { GraphArchitecture } from "../arch/graph.js";
import type { ModelParameters } from "../arch/architecture.js";
import { parseNpz, readBytes } from "../data/index.js";
import { AppError } from "../errors.js";
import { benchmarkSpace, genotypeNetwork, type GenotypeSizes } from "../spaces/index.js";
import type { NamedTensor } from "../train/index.js";
import { flagName } from "./command.js";
import { trainedGraph } from "./train-networks.js";

/** Tensors of a .npz file as `eigennas train --weights` writes it. */
export async function readTensors(file: string, cwd: string): Promise<NamedTensor[]> {
  const arrays = parseNpz(await readBytes(file, cwd), file);
  return [...arrays].map(([name, { shape, values }]) => ({ name, shape, values }));
}

/** Sizes that trained weights have. */
export function sizesOf(tensors: readonly NamedTensor[]): GenotypeSizes {
  const shape = (name: string): readonly number[] | undefined => tensors.find((tensor) => tensor.name === name)?.shape;
  const outputs = shape("out.weight")?.[0];
  const stem = shape("stem.conv.weight");
  if (stem !== undefined) {
    const cells = tensors.map(({ name }) => /^stage0\.cell(\d+)\./.exec(name)?.[1]).filter((k) => k !== undefined);
    // Cells without weights leave no trace: how many there are is asked for then.
    return { channels: stem[0], outputs, cells: cells.length === 0 ? undefined : 1 + Math.max(...cells.map(Number)) };
  }
  const first = shape("g1.weight");
  return { width: first?.[0], inputDimension: first?.[1], outputs };
}

const layeredSizes = ["inputDimension", "width"] as const;
const cellSizes = ["channels", "cells", "imageSize"] as const;

/**
 * The network of a genotype, `trained` for inputs as training has them. Sizes that are given must not contradict those of the
 * weights or of the run (`known`).
 * @throws AppError "usage" for a size that is missing, contradicts, or belongs to the other kind of network.
 */
export function exportedGraph(
  genotype: string,
  given: GenotypeSizes,
  known: GenotypeSizes,
  model: ModelParameters,
  trained: boolean,
): GraphArchitecture {
  for (const [key, value] of Object.entries(given) as [keyof GenotypeSizes, number | undefined][]) {
    if (value === undefined || known[key] === undefined || known[key] === value) continue;
    throw new AppError("usage", `${flagName(key)}: expected ${known[key]}, as the weights have it, got ${value}`, {
      hint: "Leave it out.",
    });
  }
  const sizes = { ...dropUndefined(known), ...dropUndefined(given) };
  const space = benchmarkSpace(genotype);
  const wrong = (space === undefined ? cellSizes : layeredSizes).find((key) => given[key] !== undefined);
  if (wrong !== undefined) {
    const whose =
      space === undefined ? "cells, which the network does not have" : "layered networks, which this is not";
    throw new AppError("usage", `${flagName(wrong)}: it belongs to ${whose}`, { hint: "See eigennas export --help." });
  }
  if (space === undefined && sizes.inputDimension === undefined) {
    throw new AppError("usage", "--input-dimension: expected how many numbers an input has, got nothing", {
      hint: "Or give --weights, or a run instead of a genotype.",
    });
  }
  const graph = genotypeNetwork(genotype, model, { width: 256, ...sizes });
  return trained ? trainedGraph(graph) : graph;
}

const dropUndefined = (sizes: GenotypeSizes): { [K in keyof GenotypeSizes]?: number } =>
  Object.fromEntries(Object.entries(sizes).filter(([, value]) => value !== undefined));
