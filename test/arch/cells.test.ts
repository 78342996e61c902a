import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { cellNetwork, cellOperations, type CellNetworkOptions } from "../../src/arch/cells.js";
import { shapedNodes } from "../../src/arch/graph.js";
import { sizeOf } from "../../src/kernels/finite/ir.js";
import { lower } from "../../src/kernels/finite/lower.js";

const parameters = (operations: readonly string[], options?: CellNetworkOptions): number =>
  lower(cellNetwork(operations, options)).parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

const six = (operation: string): string[] => Array<string>(6).fill(operation);
const mid = ["conv3", "avg", "conv1", "skip", "conv1", "conv3"];

/** The benchmark's names of the operations. */
const names: Readonly<Record<string, string>> = {
  none: "none",
  skip_connect: "skip",
  nor_conv_1x1: "conv1",
  nor_conv_3x3: "conv3",
  avg_pool_3x3: "avg",
};

describe("cellNetwork", () => {
  it("has the parameters of NAS-Bench-201: 1.53 M with every edge conv3x3, 73,306 without any convolution", () => {
    expect(parameters(six("conv3"))).toBe(1_531_546);
    expect(parameters(six("skip"))).toBe(73_306);
  });

  it("has the shapes of the three stages", () => {
    const shapes = new Map(shapedNodes(cellNetwork(mid, { cells: 1 })).map(({ node, shape }) => [node.id, shape]));
    expect(shapes.get("stage0.cell0.3")).toEqual([16, 32, 32]);
    expect(shapes.get("stage1.cell0.3")).toEqual([32, 16, 16]);
    expect(shapes.get("stage2.cell0.3")).toEqual([64, 8, 8]);
    expect(shapes.get("out")).toEqual([10]);
  });

  it("gives edges to the nodes in the benchmark's order", () => {
    const { nodes } = cellNetwork(["conv3", "conv1", "skip", "none", "avg", "skip"], { cells: 1 });
    const from = (id: string) => nodes.find((node) => node.id === `stage0.cell0.${id}`)!.from;
    expect(from("1")).toEqual(["stage0.cell0.0-1.norm"]);
    expect(from("2")).toEqual(["stage0.cell0.0-2.norm", "stage0.cell0.1"]);
    expect(from("3")).toEqual(["stage0.cell0.0-3", "stage0.cell0.1-3", "stage0.cell0.2"]);
    expect(from("1-3")).toEqual(["stage0.cell0.1"]);
  });

  it("takes other widths, cells, classes and images", () => {
    const options = { channels: 8, cells: 2, imageSize: 16, classes: 3 };
    const shaped = shapedNodes(cellNetwork(mid, options));
    expect(shaped.at(-1)!.shape).toEqual([3]);
    expect(shaped.filter(({ node }) => node.id.endsWith(".3") && node.op === "add")).toHaveLength(6);
    expect(parameters(six("none"), options)).toBeLessThan(parameters(six("conv1"), options));
  });

  it("says what is wrong with a cell", () => {
    expect(() => cellNetwork(six("conv3").slice(1))).toThrow(
      /6 operations of none, skip, conv1, conv3, avg; got conv3/,
    );
    expect(() => cellNetwork(six("conv5"))).toThrow(/got conv5/);
    expect(() => cellNetwork([])).toThrow(/got none at all/);
    expect(() => cellNetwork(mid, { cells: 0 })).toThrow(/at least 1 cell; got 0/);
    expect(() => cellNetwork(mid, { imageSize: 30 })).toThrow(/multiple of 4, to be halved twice; got 30/);
    expect(() => shapedNodes(cellNetwork(mid, { channels: 0 }))).toThrow(/stem.conv/);
  });
});

const table = new URL("../../../shared/data/nasbench201/nasbench201.csv.gz", import.meta.url);

describe.skipIf(!existsSync(table))("the NAS-Bench-201 table (skipped without ../shared/data/nasbench201)", () => {
  it("has the parameters of every 25th of the 15,625 cells", () => {
    const [head, ...lines] = gunzipSync(readFileSync(table)).toString().trim().split("\n");
    const [cell, count] = ["arch", "params_c10"].map((name) => head.split(",").indexOf(name));
    expect(lines).toHaveLength(15_625);
    const seen = new Set<string>();
    for (let row = 0; row < lines.length; row += 25) {
      const fields = lines[row].split(",");
      const operations = [...fields[cell].matchAll(/(\w+)~\d/g)].map(([, name]) => names[name]);
      operations.forEach((operation) => seen.add(operation));
      expect(parameters(operations), fields[cell]).toBe(Number(fields[count]));
    }
    expect([...seen].sort()).toEqual([...cellOperations].sort());
  });
});
