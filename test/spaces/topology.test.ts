import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { cellNetwork, cellOperations, type CellOperation } from "../../src/arch/cells.js";
import { sizeOf } from "../../src/kernels/finite/ir.js";
import { lower } from "../../src/kernels/finite/lower.js";
import { MersenneTwister } from "../../src/spaces/mersenne.js";
import { topologyClass, topologyClasses } from "../../src/spaces/topology-class.js";
import { topologyCost } from "../../src/spaces/topology-cost.js";
import {
  cellString,
  parseCell,
  pruneCell,
  topologyArch,
  topologyIndex,
  topologySize,
} from "../../src/spaces/topology.js";
import { benchmarkRows } from "../support/nasbench201.js";

const all = (): string[] => Array.from({ length: topologySize }, (_, index) => topologyArch(index));

describe("MersenneTwister", () => {
  it("is Python's random.Random: integers and a shuffle of seed 88", () => {
    // python3 -c "import random; r = random.Random(88); print([r.getrandbits(32) for _ in range(4)])"
    const bits = new MersenneTwister(88);
    expect(Array.from({ length: 4 }, () => bits.uint32())).toEqual([1707201716, 4182107318, 813946014, 1429399738]);
    // python3 -c "import random; r = random.Random(88); x = list(range(10)); r.shuffle(x); print(x)"
    const ten = Array.from({ length: 10 }, (_, k) => k);
    expect(new MersenneTwister(88).shuffle(ten)).toEqual([8, 2, 9, 4, 0, 7, 1, 5, 3, 6]);
  });

  it("twists its state as often as needed", () => {
    // python3 -c "import random; r = random.Random(1021); print([r.getrandbits(32) for _ in range(2000)][-1])"
    const bits = new MersenneTwister(1021);
    for (let k = 0; k < 1999; k++) bits.uint32();
    expect(bits.uint32()).toBe(423443233);
  });
});

describe("the topology space", () => {
  it("has the benchmark's order", () => {
    // The three assertions of generate_meta_info (D-X-Y/AutoDL-Projects, exps/NAS-Bench-201/main.py).
    expect(topologyArch(0)).toBe(
      "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
    );
    expect(topologyArch(9)).toBe("|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|");
    expect(topologyArch(123)).toBe(
      "|avg_pool_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|",
    );
    // sha256 of the 15,625 strings of the benchmark's meta file, one a line.
    expect(
      createHash("sha256")
        .update(`${all().join("\n")}\n`)
        .digest("hex"),
    ).toBe("b24e2a8b6802be1326de041d81d564998ca8aa923055352f3a95c30d59ce7048");
  });

  it("reads its own strings, and indices are inverse to them", () => {
    const wrong = all().filter((arch, index) => topologyIndex(arch) !== index || cellString(parseCell(arch)) !== arch);
    expect(wrong).toEqual([]);
  });

  it("has the benchmark's 6,466 classes", () => {
    const classes = topologyClasses();
    expect(classes).toHaveLength(6466);
    expect(classes.every((index, k) => topologyClass(index) === index && (k === 0 || classes[k - 1] < index))).toBe(
      true,
    );
    expect(all().every((_, index) => topologyClass(index) <= index)).toBe(true);
    // Sums in another order and a skip in a chain.
    const same = (a: string, b: string) =>
      expect(topologyClass(topologyIndex(a))).toBe(topologyClass(topologyIndex(b)));
    same(
      "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_1x1~2|",
      "|skip_connect~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_1x1~2|",
    );
  });

  it("says where a string is wrong", () => {
    const problem = (arch: string) => () => parseCell(arch);
    expect(problem("|nor_conv_5x5~0|+|none~0|none~1|+|none~0|none~1|none~2|")).toThrow(
      /expected none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3, got "nor_conv_5x5"\n.*\n {3}\^/,
    );
    expect(problem("|none~0|+|none~1|none~0|+|none~0|none~1|none~2|")).toThrow(/expected "~0"/);
    expect(problem("|none~0|+|none~0|none~1|+|none~0|none~1|")).toThrow(/got ""/);
    expect(problem("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|+")).toThrow(/expected the end/);
    expect(problem("")).toThrow(/expected "\|"/);
    expect(() => topologyArch(topologySize)).toThrow(/from 0 to 15624, got 15625/);
    expect(() => topologyArch(-1)).toThrow(/got -1/);
    expect(() => topologyArch(0.5)).toThrow(/got 0.5/);
    expect(() => topologyClass(-1)).toThrow(/got -1/);
  });
});

describe("pruneCell", () => {
  const prune = (...operations: CellOperation[]) => pruneCell(operations).join(" ");

  it("drops what the input does not reach and what does not reach the output", () => {
    // Node 1 has no input; node 2 has no output.
    expect(prune("none", "conv3", "conv1", "avg", "skip", "none")).toBe("none none none avg none none");
    expect(prune("conv3", "conv1", "none", "none", "skip", "none")).toBe("conv3 none none none skip none");
    expect(prune("conv3", "skip", "avg", "none", "none", "none")).toBe("none none none none none none");
  });

  it("changes nothing that lies on a way from input to output, and is idempotent", () => {
    for (let index = 0; index < topologySize; index += 37) {
      const cell = parseCell(topologyArch(index));
      const pruned = pruneCell(cell);
      expect(pruneCell(pruned)).toEqual(pruned);
      if (!cell.includes("none")) expect(pruned).toEqual(cell);
    }
  });
});

describe("topologyCost", () => {
  it("is the number of parameters of the network, in any size", () => {
    for (const options of [undefined, { channels: 4, cells: 2, imageSize: 16, classes: 7 }]) {
      for (const index of [0, 9, 123, 4000, 15000]) {
        const cell = parseCell(topologyArch(index));
        const { parameters } = lower(cellNetwork(cell, options));
        // Every edge counts in the benchmark; `lower` leaves out what cannot reach the output.
        if (pruneCell(cell).join() !== cell.join()) continue;
        expect(topologyCost(cell, options).params).toBe(parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
        const layers = parameters.filter(({ shape }) => shape.length > 1).length;
        expect(topologyCost(cell, options).layers).toBe(layers);
      }
    }
  });

  it("counts FLOPs as the benchmark does, also at 16x16 with 120 classes", () => {
    // Flops of index 0 in the benchmark's file: 15.64737 (CIFAR-10), 15.65322 (CIFAR-100), 3.91948 (ImageNet16-120).
    const cell = parseCell(topologyArch(0));
    expect(topologyCost(cell)).toEqual({ params: 129306, flops: 15.64737, layers: 38, skips: 45 });
    expect(topologyCost(cell, { classes: 100 }).flops).toBe(15.65322);
    expect(topologyCost(cell, { classes: 120, imageSize: 16 }).flops).toBe(3.91948);
    expect(topologyCost(cellOperations.map(() => "none")).params).toBe(73306);
  });
});

const rows = benchmarkRows();

describe.skipIf(rows === undefined)("NAS-Bench-201's table (skipped without ../shared/data)", () => {
  it("has these strings, classes, parameters and FLOPs in all 15,625 rows", () => {
    expect(rows).toHaveLength(topologySize);
    const wrong = rows!.filter((row, index) => {
      const arch = topologyArch(index);
      const { params, flops } = topologyCost(parseCell(arch));
      return !(
        row.get("index") === String(index) &&
        row.get("arch") === arch &&
        row.get("iso") === String(topologyClass(index)) &&
        row.get("params_c10") === String(params) &&
        Math.abs(Number(row.get("mflops_c10")) - flops) < 1e-9
      );
    });
    expect(wrong).toEqual([]);
  });
});
