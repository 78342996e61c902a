import { cellNetwork, cellOperations } from "../arch/cells.js";
import type { GraphArchitecture } from "../arch/graph.js";
import { sizeNetwork } from "../arch/size-network.js";
import { AppError, nearestName } from "../errors.js";
import type { Rng } from "../rng.js";
import type { GraphSpace, NetworkSizes } from "./search-space.js";
import { parseWidths, sizeArch, sizeIndex, sizeSize, sizeWidths } from "./size.js";
import { cellString, parseCell, pruneCell, topologyArch, topologyIndex, topologySize } from "./topology.js";

/** What a benchmark space says of its members; the rest of a `GraphSpace` follows. */
interface NumberedMembers {
  readonly id: string;
  readonly description: string;
  readonly count: number;
  readonly arch: (index: number) => string;
  readonly indexOf: (arch: string) => number;
  readonly neighbours: (arch: string) => string[];
  readonly build: (arch: string, sizes: NetworkSizes) => GraphArchitecture;
}

/** NATS-Bench's topology space: 15,625 cells, in the benchmark's order; neighbours differ by one operation. */
export const topologySpace: GraphSpace = numberedSpace({
  id: "topology",
  description: "cells of 4 nodes with none, skip, convolution 1x1 or 3x3, or average pooling on each of 6 edges",
  count: topologySize,
  arch: topologyArch,
  indexOf: topologyIndex,
  neighbours(arch) {
    const operations = parseCell(arch);
    return operations.flatMap((current, edge) =>
      cellOperations.filter((other) => other !== current).map((other) => cellString(operations.with(edge, other))),
    );
  },
  build: (arch, sizes) => cellNetwork(pruneCell(parseCell(arch)), sizes),
});

/** NATS-Bench's size space: 32,768 choices of five widths, in the benchmark's order; neighbours differ by one width. */
export const sizeSpace: GraphSpace = numberedSpace({
  id: "size",
  description: "a fixed cell with 8, 16, ... or 64 channels at each of 5 places",
  count: sizeSize,
  arch: sizeArch,
  indexOf: sizeIndex,
  neighbours(arch) {
    const widths = parseWidths(arch);
    return widths.flatMap((current, place) =>
      sizeWidths.filter((other) => other !== current).map((other) => widths.with(place, other).join(":")),
    );
  },
  build: (arch, sizes) => sizeNetwork(parseWidths(arch), sizes),
});

/** The benchmark spaces by id. */
export const graphSpaces: readonly GraphSpace[] = [topologySpace, sizeSpace];

/**
 * The benchmark space with this id.
 *
 * @throws AppError "space" for another id, with the nearest one.
 */
export function graphSpace(id: string): GraphSpace {
  const space = graphSpaces.find((candidate) => candidate.id === id);
  if (space !== undefined) return space;
  const ids = graphSpaces.map((candidate) => candidate.id);
  const nearest = nearestName(id, ids);
  throw new AppError("space", `unknown benchmark space "${id}": expected ${ids.join(" or ")}`, {
    ...(nearest === undefined ? {} : { hint: `Did you mean "${nearest}"?` }),
    details: { id, known: ids },
  });
}

function numberedSpace({ id, description, count, arch, indexOf, neighbours, build }: NumberedMembers): GraphSpace {
  return {
    id,
    description,
    size: BigInt(count),
    at: (index) => arch(Number(index)),
    sample: (rng: Rng) => arch(rng.integer(count)),
    *enumerate() {
      for (let index = 0; index < count; index++) yield arch(index);
    },
    neighbours,
    contains(genotype) {
      try {
        return arch(indexOf(genotype)) === genotype;
      } catch (error) {
        if (error instanceof AppError) return false;
        throw error;
      }
    },
    indexOf,
    build: (genotype, sizes = {}) => build(genotype, sizes),
  };
}
