import { expect, it } from "vitest";
import { modelPresets } from "../../src/arch/architecture.js";
import { cellNetwork } from "../../src/arch/cells.js";
import { layeredGraph } from "../../src/arch/graph.js";
import { sizeNetwork } from "../../src/arch/size-network.js";
import {
  benchmarkSpace,
  canonicalGenotype,
  genotypeNetwork,
  parseCell,
  parseGenotype,
  pruneCell,
  sizeArch,
  topologyArch,
} from "../../src/spaces/index.js";

const model = modelPresets.lecun;
const sizes = { inputDimension: 7, width: 20, channels: 8, cells: 2, imageSize: 16, outputs: 3 };
const cell = topologyArch(1462);

it("builds the network of layers, of a cell and of widths from the same sizes", () => {
  expect(genotypeNetwork("relu+tanh", model, sizes)).toEqual(layeredGraph(parseGenotype("relu+tanh"), model, 7, 20, 3));
  expect(genotypeNetwork(cell, model, sizes)).toEqual(
    cellNetwork(pruneCell(parseCell(cell)), { channels: 8, cells: 2, imageSize: 16, classes: 3 }),
  );
  expect(genotypeNetwork("8:8:8:16:32", model, sizes)).toEqual(
    sizeNetwork([8, 8, 8, 16, 32], { imageSize: 16, classes: 3 }),
  );
});

it("takes the benchmark's sizes unless others are given, and asks for those of layers", () => {
  expect(genotypeNetwork(cell, model, {})).toEqual(
    cellNetwork(pruneCell(parseCell(cell)), { channels: 16, cells: 5, imageSize: 32, classes: 10 }),
  );
  expect(() => genotypeNetwork("relu", model, { inputDimension: 3 })).toThrow(/the width of a layered network/);
});

it("names members of a benchmark space by their index, and says which there are", () => {
  expect(canonicalGenotype("topology:1462")).toBe(cell);
  expect(canonicalGenotype("size:11")).toBe(sizeArch(11));
  expect(canonicalGenotype("relu - leaky_relu(.2)")).toBe("relu-leaky_relu(0.2)");
  expect(() => canonicalGenotype("topology:99999")).toThrow(
    expect.objectContaining({ code: "space", hint: expect.stringContaining("topology:0 to topology:15624") as string }),
  );
  expect([cell, "8:8:8:16:32", "relu"].map((genotype) => benchmarkSpace(genotype)?.id)).toEqual([
    "topology",
    "size",
    undefined,
  ]);
});
