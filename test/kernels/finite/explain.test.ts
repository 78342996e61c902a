import { describe, expect, it } from "vitest";
import { modelPresets } from "../../../src/arch/architecture.js";
import { cellNetwork } from "../../../src/arch/cells.js";
import { layeredGraph, type GraphArchitecture } from "../../../src/arch/graph.js";
import { explainProgram, type ProgramExplanation } from "../../../src/kernels/finite/compile/explain.js";
import { CompiledNtk, type CompiledOptions } from "../../../src/kernels/finite/compiled-ntk.js";
import type { FiniteEngine } from "../../../src/kernels/finite/engine/engine.js";
import { referenceEngine } from "../../../src/kernels/finite/engine/interpreter.js";
import { instructionsOf, opcodes } from "../../../src/kernels/finite/engine/program.js";
import { parseCell, parseGenotype, pruneCell, topologyArch, topologyCost } from "../../../src/spaces/index.js";
import { batchOf, golden, goldenParameters } from "../../support/finite-golden.js";

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const flopsOf = ({ steps }: ProgramExplanation, part: string, kernel: string): number =>
  total(steps.filter((step) => step.part === part && step.kernel === kernel).map(({ flops }) => flops));

describe("costs of a program against closed forms", () => {
  it("of a convolution: forward, and per-sample gradients with their products", () => {
    const [n, inputs, channels, side] = [5, 16, 32, 8];
    const network: GraphArchitecture = {
      kind: "graph",
      input: [inputs, side, side],
      nodes: [
        { id: "c", op: "conv", from: ["input"], channels, kernel: 3, padding: 1 },
        { id: "g", op: "globalAverage", from: ["c"] },
      ],
      output: "g",
    };
    const explained = explainProgram(network, n);
    const weight = 9 * inputs * channels;
    expect(explained.needed).toBe(n * 2 * weight * side ** 2);
    expect(flopsOf(explained, "forward", "conv")).toBe(explained.needed);
    expect(explained.totals.kernel.flops).toBe(n * 2 * weight * side ** 2 + n * (n + 1) * weight);
    const [conv] = explained.steps.filter(({ kernel }) => kernel === "conv");
    // The image with its halo, the weights and the output, in float32.
    expect(conv.bytes).toBe(4 * n * ((side + 2) ** 2 * inputs + weight + side ** 2 * channels));
    expect([...explained.graph.map(({ shape }) => shape)]).toEqual([[channels, side, side], [channels]]);
  });

  it("of dense layers: products of all samples, reverse mode without the first layer, entrywise Gram matrices", () => {
    const [n, d, width, outputs] = [7, 16, 48, 32];
    const explained = explainProgram(layeredGraph(parseGenotype("tanh-relu"), modelPresets.he, d, width, outputs), n);
    const forward = d * width + width * width + width * outputs;
    expect(flopsOf(explained, "forward", "dense") - n * width).toBe(2 * n * forward);
    expect(explained.needed).toBe(2 * n * forward);
    expect(flopsOf(explained, "reverse", "dense")).toBe(2 * n * (width * outputs + width * width));
    expect(explained.totals.kernel.flops).toBe(n * (n + 1) * (d + width + width + width + width + outputs));
    const [first] = explained.steps.filter(({ kernel }) => kernel === "dense");
    expect(first.bytes).toBe(4 * (n * (d + width) + d * width));
  });

  it.each([0, 77, 1462, 5111, 9930, 15000])("of cell %i: forward as the benchmark counts it", (index) => {
    const operations = pruneCell(parseCell(topologyArch(index)));
    const sizes = { channels: 16, cells: 1, imageSize: 16, classes: 10 };
    const n = 3;
    const explained = explainProgram(cellNetwork(operations, sizes), n);
    // The benchmark counts multiply-adds, and the dense layer's bias as one each.
    const multiplyAdds = topologyCost(operations, sizes).flops * 1e6 - sizes.classes;
    expect(explained.needed / (2 * n)).toBeCloseTo(multiplyAdds, 3);
    const done = flopsOf(explained, "forward", "conv");
    expect(done).toBeGreaterThan(explained.needed);
    expect(done).toBeLessThan(1.02 * explained.needed);
  });
});

/** The reference engine, which counts what it runs and allocates. */
function counting(): { engine: FiniteEngine; ran: Map<string, number>; allocated: number[] } {
  const ran = new Map<string, number>();
  const allocated: number[] = [];
  const names = new Map<number, string>(Object.entries(opcodes).map(([name, code]) => [code, name]));
  const count = (words: Int32Array, times: number): void => {
    for (const [code] of instructionsOf(words)) {
      const name = names.get(code)!;
      ran.set(name, (ran.get(name) ?? 0) + times);
    }
  };
  const engine: FiniteEngine = {
    ...referenceEngine,
    allocate: (floats) => {
      allocated.push(floats);
      return referenceEngine.allocate(floats);
    },
    run: (words, arena, activations, stride, first, last, ...rest) => {
      count(words, last - first);
      referenceEngine.run(words, arena, activations, stride, first, last, ...rest);
    },
    passes: (task) => {
      count(task.words, task.n * task.passes);
      referenceEngine.passes(task);
    },
  };
  return { engine, ran, allocated };
}

const cases = (["instance", "frozen", "coupled", "eval"] as const).flatMap((bn) =>
  (["sum", "trace", "full"] as const).map((output) => ({ bn, output })),
);

describe.each(cases)("what is explained is what is run: bn $bn, output $output", ({ bn, output }) => {
  it.each(["cell, every operator", "residual MLP with branch scales", "reduction block"])("%s", (name) => {
    const item = golden.cases.find((candidate) => candidate.name === name)!;
    const n = golden.samples;
    const options: CompiledOptions = { bn, output, params: "all" };
    const { engine, ran, allocated } = counting();
    const explained = explainProgram(item.graph, n, options);
    new CompiledNtk(item.graph, n, engine, options).kernel(batchOf(item), { parameters: goldenParameters });
    const expected = new Map<string, number>();
    for (const { kernel, times } of explained.steps) {
      if (kernel === "statistics" || kernel === "gram" || kernel === "weightGram") continue;
      expected.set(kernel, (expected.get(kernel) ?? 0) + times);
    }
    expect(Object.fromEntries(expected)).toEqual(Object.fromEntries(ran));
    const { constants, block, blocks, gradients } = explained.arena;
    expect(4 * allocated[0]).toBe(64 * Math.ceil(constants / 64) + block * blocks);
    expect(allocated.slice(1).map((floats) => 4 * floats)).toEqual(bn === "coupled" ? [gradients] : []);
  });
});

describe("the plan of a block", () => {
  it("lets no two tensors share memory while both are alive, and saves some", () => {
    for (const { graph } of golden.cases) {
      const { tensors, arena } = explainProgram(graph, 2, { output: "sum" });
      const ends = (last: number | null): number => last ?? Infinity;
      tensors.forEach((a, i) => {
        for (const b of tensors.slice(i + 1)) {
          const overlap = a.at < b.at + b.floats && b.at < a.at + a.floats;
          if (overlap) expect(a.first > ends(b.last) || b.first > ends(a.last)).toBe(true);
        }
        expect(4 * (a.at + a.floats)).toBeLessThanOrEqual(arena.block);
      });
    }
    const deep = layeredGraph(parseGenotype(Array(12).fill("tanh").join("-")), modelPresets.he, 16, 64);
    const { arena } = explainProgram(deep, 2);
    expect(arena.block).toBeLessThan(0.9 * arena.unshared);
  });
});
