import { describe, expect, it } from "vitest";
import { cellNetwork, cellOperations, type CellOperation } from "../../../src/arch/cells.js";
import { rng } from "../../../src/rng.js";
import { activationGroups } from "../../../src/score/measures/activation-measures.js";
import { azNasGroup } from "../../../src/score/measures/az-nas.js";
import { graphCost } from "../../../src/score/measures/counts.js";
import { measureGroups, type MeasureContext } from "../../../src/score/measures/index.js";
import { noiseImages } from "../../../src/score/measures/measure-pass.js";
import { naswotGroup } from "../../../src/score/measures/naswot.js";
import { logRankSum } from "../../../src/score/measures/rank-sum.js";
import { swapGroup } from "../../../src/score/measures/swap.js";
import { teNasKappaGroup, teNasRegionsGroup } from "../../../src/score/measures/te-nas.js";
import { zenGroup } from "../../../src/score/measures/zen.js";
import { sizeSpace } from "../../../src/spaces/graph-space.js";
import { parseWidths, sizeArch, sizeCost } from "../../../src/spaces/size.js";
import { topologyCost } from "../../../src/spaces/topology-cost.js";
import { parseCell, pruneCell, topologyArch } from "../../../src/spaces/topology.js";
import { netImages, netLabels } from "../../support/cell-golden.js";
import { errorOf } from "../../data/error-of.js";

const sizes = { channels: 4, cells: 1, imageSize: 8 };

function contextOf(operations: readonly CellOperation[], changes: Partial<MeasureContext> = {}): MeasureContext {
  return {
    architecture: cellNetwork(operations, sizes),
    operations,
    shape: [3, 8, 8],
    classes: 10,
    batch: (n) => ({ n, inputs: netImages("images", n, 8), labels: netLabels(n) }),
    seed: 1,
    draw: 0,
    threads: 1,
    ...changes,
  };
}

const six = (operation: CellOperation): CellOperation[] => Array<CellOperation>(6).fill(operation);

/** The registered groups with less to compute. */
const small = [
  naswotGroup(8),
  teNasRegionsGroup({ batches: 2, samples: 50, images: 8 }),
  teNasKappaGroup(4),
  zenGroup({ batch: 4, repeats: 2 }),
  activationGroups.find(({ id }) => id === "meco")!,
  swapGroup({ batch: 8, repeats: 2 }),
  azNasGroup(4),
  activationGroups.find(({ id }) => id === "counts")!,
];

describe("groups of measures of activations", () => {
  it("are registered, with one name for one measure", () => {
    expect(small.map(({ id }) => id)).toEqual(activationGroups.map(({ id }) => id));
    for (const group of activationGroups) expect(measureGroups).toContain(group);
    const names = measureGroups.flatMap(({ measures }) => measures.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(small)("$id says what it measures, by seed and draw alone", (group) => {
    const cell: CellOperation[] = ["conv3", "skip", "conv1", "avg", "none", "conv3"];
    const values = group.compute(contextOf(cell));
    expect(Object.keys(values).sort()).toEqual(group.measures.map(({ name }) => name).sort());
    for (const value of Object.values(values)) expect(value).toBeTypeOf("number");
    expect(Object.values(values).some(Number.isNaN)).toBe(false);
    expect(group.compute(contextOf(cell))).toEqual(values);
    if (group.id !== "counts") expect(group.compute(contextOf(cell, { draw: 1 }))).not.toEqual(values);
  });

  it("give a network that does not depend on its input the value that the definition gives", () => {
    const values = Object.assign({}, ...small.map((group) => group.compute(contextOf(six("none"))))) as object;
    expect(values).toMatchObject({
      naswot: -Infinity,
      te_nas_regions: 1,
      te_nas_kappa: Infinity,
      zen: -Infinity,
      meco: 0,
      swap: 1,
      az_expressivity: -Infinity,
      az_progressivity: -Infinity,
      az_trainability: -Infinity,
    });
  });

  it("need a cell where their definition is of a cell", async () => {
    const architecture = sizeSpace.build(sizeArch(0), { imageSize: 8 });
    const entries = Object.entries(contextOf(six("skip"))).filter(([key]) => key !== "operations");
    const context = { ...Object.fromEntries(entries), architecture } as MeasureContext;
    const regions = teNasRegionsGroup({ batches: 1, samples: 10, images: 4 });
    expect((await errorOf(() => regions.compute(context))).message).toMatch(/of a cell/);
    expect(azNasGroup(3).compute(context).az_trainability).toBeGreaterThan(-Infinity);
    const bare = { ...contextOf(six("skip")).architecture, nodes: [{ id: "p", op: "globalAverage", from: ["input"] }] };
    const plain = { ...context, architecture: { ...bare, output: "p" } as MeasureContext["architecture"] };
    expect((await errorOf(() => azNasGroup(3).compute(plain))).message).toMatch(/has no cells/);
  });

  it("draw the same noise for every network, and other noise for another draw", () => {
    const shape = [3, 8, 8] as const;
    const noise = noiseImages({ seed: 1, draw: 0, shape }, 50, "x");
    expect(noiseImages({ seed: 1, draw: 0, shape }, 2, "x")).toEqual(noise.slice(0, 2 * 192));
    expect(noiseImages({ seed: 1, draw: 1, shape }, 50, "x")).not.toEqual(noise);
    // 9,600 standard normals: standard errors 0.010 and 0.014.
    const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(noise.reduce((sum, value) => sum + value ** 2, 0) / noise.length - 1)).toBeLessThan(0.07);
  });
});

describe("graphCost", () => {
  it("is topologyCost of the pruned cell, and sizeCost", () => {
    for (let index = 0; index < 15625; index += 311) {
      const cell = pruneCell(parseCell(topologyArch(index)));
      if (cell.every((operation) => operation === "none")) continue;
      expect(graphCost(cellNetwork(cell, { cells: 2 }))).toEqual(topologyCost(cell, { cells: 2 }));
    }
    for (let index = 0; index < 32768; index += 2999) {
      expect(graphCost(sizeSpace.build(sizeArch(index)))).toEqual(sizeCost(parseWidths(sizeArch(index))));
    }
    expect(cellOperations).toContain("skip");
  });
});

describe("logRankSum", () => {
  it("adds up logarithms of ranks, ties by their mean", () => {
    const [a, b] = [Float64Array.of(3, 1, 2, -Infinity), Float64Array.of(5, 5, 9, 0)];
    // Ranks 4 2 3 1 and 2.5 2.5 4 1 of 4.
    const expected = [
      Math.log(1) + Math.log(2.5 / 4),
      Math.log(0.5) + Math.log(2.5 / 4),
      Math.log(0.75),
      2 * Math.log(0.25),
    ];
    logRankSum([a, b]).forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at], 14);
    });
    expect(() => logRankSum([Float64Array.of(1, NaN)])).toThrow(/NaN/);
    // A rank sum of one column orders as the column.
    const random = rng(1, "column");
    const column = Float64Array.from({ length: 50 }, () => random.normal());
    const sums = logRankSum([column]);
    for (let k = 1; k < 50; k++) expect(Math.sign(sums[k] - sums[0])).toBe(Math.sign(column[k] - column[0]));
  });
});
