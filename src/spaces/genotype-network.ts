import type { ModelParameters } from "../arch/architecture.js";
import { layeredGraph, type GraphArchitecture } from "../arch/graph.js";
import { AppError } from "../errors.js";
import { formatGenotype, parseGenotype } from "./genotype.js";
import { graphSpaces } from "./graph-space.js";
import type { GraphSpace } from "./search-space.js";

/** Sizes that a genotype does not say; what its network does not have is ignored. */
export interface GenotypeSizes {
  /** Numbers of an input (layered networks, which need it). */
  readonly inputDimension?: number | undefined;
  /** Units of every hidden layer (layered networks, which need it). */
  readonly width?: number | undefined;
  /** Channels of the first stage (cells; default 16). */
  readonly channels?: number | undefined;
  /** Cells a stage (cells; default 5). */
  readonly cells?: number | undefined;
  /** Pixels a side (cells and widths; default 32). */
  readonly imageSize?: number | undefined;
  /** Outputs (default 1; cells and widths 10). */
  readonly outputs?: number | undefined;
}

/** The benchmark space that a genotype belongs to by its looks: a cell string or five widths; none for a layered network. */
export function benchmarkSpace(genotype: string): GraphSpace | undefined {
  const id = genotype.includes("|") ? "topology" : /^\d+(:\d+)+$/.test(genotype) ? "size" : undefined;
  return graphSpaces.find((space) => space.id === id);
}

/**
 * A genotype as it is named everywhere: layers, a cell, five widths, or a member of a benchmark space by its index, such as
 * `topology:9930`.
 *
 * @throws AppError "genotype" with what is wrong, "space" for an index that does not exist.
 */
export function canonicalGenotype(text: string): string {
  const [, id, index] = /^([a-z]+):(\d+)$/.exec(text) ?? [];
  const numbered = graphSpaces.find((space) => space.id === id);
  if (numbered !== undefined) return numbered.at(BigInt(index));
  const space = benchmarkSpace(text);
  if (space === undefined) return formatGenotype(parseGenotype(text));
  return space.at(BigInt(space.indexOf(text)));
}

/**
 * The network of a genotype of any kind: a layered one at a finite width with the constants of the model, or the benchmark's
 * network of a cell or of widths.
 *
 * @throws AppError "genotype" for text that is none, "usage" for a layered network without its sizes, "space" for impossible ones.
 */
export function genotypeNetwork(genotype: string, model: ModelParameters, sizes: GenotypeSizes): GraphArchitecture {
  const space = benchmarkSpace(genotype);
  if (space === undefined) {
    const { inputDimension, width, outputs = 1 } = sizes;
    if (inputDimension === undefined || width === undefined)
      throw new AppError("usage", `${genotype}: expected the numbers of an input and the width of a layered network`);
    return layeredGraph(parseGenotype(genotype), model, inputDimension, width, outputs);
  }
  const { channels = 16, cells = 5, imageSize = 32, outputs: classes = 10 } = sizes;
  return space.build(genotype, { channels, cells, imageSize, classes });
}
