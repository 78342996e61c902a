import { describe, expect, it } from "vitest";
import { shapedNodes } from "../../src/arch/graph.js";
import { sizeNetwork } from "../../src/arch/size-network.js";
import { sizeOf } from "../../src/kernels/finite/ir.js";
import { lower } from "../../src/kernels/finite/lower.js";
import { rng } from "../../src/rng.js";
import { evolution } from "../../src/search/evolution.js";
import { local } from "../../src/search/local.js";
import { search } from "../../src/search/search.js";
import type { Strategy } from "../../src/search/strategy.js";
import type { Evaluated } from "../../src/search/types.js";
import { graphSpace, graphSpaces, sizeSpace, topologySpace } from "../../src/spaces/graph-space.js";
import { parseWidths, sizeArch, sizeCost, sizeIndex, sizeSize } from "../../src/spaces/size.js";
import { topologyCost } from "../../src/spaces/topology-cost.js";
import { parseCell, topologyArch } from "../../src/spaces/topology.js";

const parametersOf = (network: Parameters<typeof lower>[0]): number =>
  lower(network).parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

describe("the size space", () => {
  it("has the benchmark's order", () => {
    // meta_archs of NATS-sss-v1_0-50262-simple: the first, the twelfth, the last.
    expect(sizeArch(0)).toBe("8:8:8:8:8");
    expect(sizeArch(11)).toBe("8:8:8:16:32");
    expect(sizeArch(32767)).toBe("64:64:64:64:64");
    for (let index = 0; index < sizeSize; index += 61) expect(sizeIndex(sizeArch(index))).toBe(index);
  });

  it("has the benchmark's parameters and FLOPs", () => {
    // params and flop of the sample files 000000 and 000011 (millions), for 10, 100 and 120 classes, the last at 16x16.
    const cases = [
      ["8:8:8:8:8", 10, 32, 0.011714, 4.481114],
      ["8:8:8:8:8", 100, 32, 0.012524, 4.481924],
      ["8:8:8:8:8", 120, 16, 0.012704, 1.121336],
      ["8:8:8:16:32", 10, 32, 0.049202, 6.84065],
      ["8:8:8:16:32", 100, 32, 0.052172, 6.84362],
      ["8:8:8:16:32", 120, 16, 0.052832, 1.71404],
    ] as const;
    for (const [arch, classes, imageSize, params, flops] of cases) {
      const cost = sizeCost(parseWidths(arch), { classes, imageSize });
      expect(cost.params).toBe(Math.round(params * 1e6));
      expect(cost.flops).toBeCloseTo(flops, 10);
      expect(parametersOf(sizeNetwork(parseWidths(arch), { classes, imageSize }))).toBe(cost.params);
    }
  });

  it("changes the widths inside cells by a convolution 1x1 with norm on skips", () => {
    const shapes = new Map(
      shapedNodes(sizeNetwork([8, 16, 24, 24, 40])).map(({ node, shape }) => [node.id, shape.join()]),
    );
    expect(shapes.get("stage0.cell0.3")).toBe("8,32,32");
    expect(shapes.get("reduction1")).toBe("16,16,16");
    expect(shapes.get("stage1.cell0.0-3.conv")).toBe("24,16,16");
    expect(shapes.get("stage1.cell0.3")).toBe("24,16,16");
    expect(shapes.get("stage2.cell0.3")).toBe("40,8,8");
    expect(shapes.has("stage0.cell0.0-3.conv")).toBe(false);
    expect(sizeCost([8, 16, 24, 24, 40])).toMatchObject({ layers: 25, skips: 1 });
    for (let index = 5; index < sizeSize; index += 4001) {
      const widths = parseWidths(sizeArch(index));
      const { parameters } = lower(sizeNetwork(widths));
      expect(sizeCost(widths).params).toBe(parametersOf(sizeNetwork(widths)));
      expect(sizeCost(widths).layers).toBe(parameters.filter(({ shape }) => shape.length > 1).length);
    }
  });

  it("says what is wrong", () => {
    expect(() => parseWidths("8:8:9:8:8")).toThrow(/expected a width of 8, 16, .*, got "9"\n.*\n {6}\^/);
    expect(() => parseWidths("8:8:8:8")).toThrow(/expected 5 widths, got 4/);
    expect(() => parseWidths("08:8:8:8:8")).toThrow(/got "08"/);
    expect(() => sizeArch(sizeSize)).toThrow(/from 0 to 32767/);
    expect(() => sizeNetwork([8, 8])).toThrow(/5 widths/);
    expect(() => sizeNetwork([8, 8, 8, 8, 8], { imageSize: 10 })).toThrow(/multiple of 4/);
  });
});

describe.each(graphSpaces)("the space $id", (space) => {
  it("numbers, samples and enumerates its members", () => {
    const members = [...space.enumerate()];
    expect(BigInt(members.length)).toBe(space.size);
    expect(new Set(members).size).toBe(members.length);
    const drawn = rng(1, space.id);
    for (let k = 0; k < 50; k++) {
      const member = space.sample(drawn);
      expect(members[space.indexOf(member)]).toBe(member);
      expect(space.at(BigInt(space.indexOf(member)))).toBe(member);
      expect(space.contains(member)).toBe(true);
    }
    expect(space.contains("")).toBe(false);
    expect(space.contains(`${members[0]} `)).toBe(false);
  });

  it("has neighbours one step away, and the relation is mutual", () => {
    const member = space.at(1234n);
    const neighbours = space.neighbours(member);
    expect(neighbours).toHaveLength(space.id === "topology" ? 24 : 35);
    expect(new Set([member, ...neighbours]).size).toBe(neighbours.length + 1);
    for (const other of neighbours) expect(space.neighbours(other)).toContain(member);
  });

  it("builds networks for ImageNet16-120", () => {
    const nodes = shapedNodes(space.build(space.at(1234n), { imageSize: 16, classes: 120 }));
    expect(nodes.at(-1)!.shape).toEqual([120]);
  });
});

describe("benchmark spaces", () => {
  it("are found by id", () => {
    expect(graphSpace("size")).toBe(sizeSpace);
    expect(() => graphSpace("topolgy")).toThrow(/unknown benchmark space "topolgy"/);
  });

  it("build cells without what cannot be reached", () => {
    const arch = "|none~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|avg_pool_3x3~0|skip_connect~1|none~2|";
    const ids = shapedNodes(topologySpace.build(arch, { cells: 1 })).map(({ node }) => node.id);
    expect(ids.some((id) => id.startsWith("stage0.cell0.0-2.conv") || id.includes("1-2.conv"))).toBe(false);
    expect(ids).toContain("stage0.cell0.0-3");
  });

  /** Parameters as the score: the best cell is known, six convolutions 3x3. */
  const evaluate = (genotypes: readonly string[]): Promise<Evaluated[]> =>
    Promise.resolve(genotypes.map((genotype) => ({ genotype, score: topologyCost(parseCell(genotype)).params })));

  it.each<[string, () => Strategy]>([
    ["evolution", () => evolution({ population: 20, tournament: 5 })],
    ["local", () => local()],
  ])("are searched by %s", async (_, strategy) => {
    const options = { budget: 600, top: 1, better: "higher", rng: rng(3, "search") } as const;
    let best = "";
    for await (const event of search(topologySpace, evaluate, strategy(), options)) {
      if (event.type === "done") best = event.result.top[0].genotype;
    }
    expect(parseCell(best)).toEqual(Array(6).fill("conv3"));
    expect(topologyArch(topologySpace.indexOf(best))).toBe(best);
  });
});
