import { afterAll, describe, expect, it } from "vitest";
import { scaledText } from "../../src/cli/program-text.js";
import type { ProgramExplanation } from "../../src/kernels/finite/compile/explain.js";
import { parseCell, topologyArch, topologyCost } from "../../src/spaces/index.js";
import { Workshop } from "./support.js";

const shop = new Workshop();
afterAll(() => {
  shop.close();
});

type Printed = ProgramExplanation & { readonly network: string };

describe("eigennas program", () => {
  it("prints graph, tensor graph, program, memory and totals of a genotype", async () => {
    const { code, out } = await shop.run("program", "relu+tanh", "--width", "32", "--images", "10");
    expect(code).toBe(0);
    for (const part of ["Graph: 6 nodes", "Tensor graph", "Program:", "Memory", "Totals"]) expect(out).toContain(part);
    expect(out).toMatch(/\n *\d+ +reverse +dense +g2 /);
    expect(out).toMatch(/\nall +\S+ kFLOP/);
    const only = await shop.run("program", "relu+tanh", "--width", "32", "--images", "10", "--only", "totals");
    expect(out.endsWith(only.out.slice(only.out.indexOf("Totals")))).toBe(true);
    expect(only.out).not.toContain("Program:");
  });

  it("takes a cell by its string or index, and counts what the benchmark counts", async () => {
    const arch = topologyArch(1462);
    const [byIndex, byString] = [
      (await shop.json("program", "topology:1462", "--cells", "1", "--images", "2")) as Printed,
      (await shop.json("program", arch, "--cells", "1", "--images", "2")) as Printed,
    ];
    expect(byIndex).toEqual(byString);
    expect(byIndex.network).toContain(arch);
    const { flops } = topologyCost(parseCell(arch), { cells: 1 });
    expect(byIndex.needed / 4).toBeLessThanOrEqual(flops * 1e6);
    expect(byIndex.totals.all.flops).toBeGreaterThan(3 * byIndex.needed);
  });

  it("takes five widths, by themselves or by their index", async () => {
    const [byIndex, byWidths] = [
      (await shop.json("program", "size:11", "--image-size", "8", "--images", "2")) as Printed,
      (await shop.json("program", "8:8:8:16:32", "--image-size", "8", "--images", "2")) as Printed,
    ];
    expect(byIndex).toEqual(byWidths);
    expect(byIndex.network).toBe("8:8:8:16:32: 8 x 8 pixels, 10 classes");
  });

  it("has the passes of every functional and batch normalisation", async () => {
    const flopsOf = async (...flags: string[]) =>
      (
        (await shop.json(
          "program",
          "topology:1462",
          "--cells",
          "1",
          "--image-size",
          "8",
          "--images",
          "3",
          ...flags,
        )) as Printed
      ).totals.reverse.flops;
    const sum = await flopsOf();
    expect(await flopsOf("--output", "each", "--classes", "10")).toBe(10 * sum);
    expect(await flopsOf("--output", "full", "--classes", "10")).toBe(10 * sum);
    const coupled = await flopsOf("--bn", "coupled");
    expect(coupled).toBeGreaterThan(3 * (await flopsOf("--bn", "frozen")));
    expect(await flopsOf("--bn", "coupled", "--output", "full")).toBe(10 * coupled);
  });

  it.each([
    [["relu-rleu"], /rleu/],
    [["topology:99999"], /from 0 to 15624, got 99999\nhint: .*topology:0 to topology:15624/],
    [["8:8:8:16:32", "--cells", "2"], /--cells: it belongs to cells/],
    [["|nor_conv_3x3~0|"], /expected/],
    [["relu", "--cells", "2"], /--cells: it belongs to cells/],
    [["topology:3", "--width", "2"], /--width: it belongs to layered networks/],
    [["relu", "--width", "0"], /--width: expected an integer of at least 1, got "0"/],
    [["relu", "--width", "1000000"], /--width: expected at most 16,384/],
    [["topology:3", "--image-size", "30"], /multiple of 4/],
    [["topology:3", "--image-size", "4"], /single value.*frozen/s],
    [["relu", "--only", "grpah"], /did you mean graph/],
  ])("%j is refused with a usage error", async (argv, message) => {
    const { code, out, err } = await shop.run("program", ...argv);
    expect(err).toMatch(message);
    expect([code, out]).toEqual([2, ""]);
  });
});

describe("numbers with prefixes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.00 kB"],
    [123456, "123 kB"],
    [2.5e12, "2.50 TB"],
  ])("%f", (value, text) => {
    expect(scaledText(value, "B")).toBe(text);
  });
});
