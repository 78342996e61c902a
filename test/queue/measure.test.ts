import { afterAll, describe, expect, it } from "vitest";
import { cellNetwork } from "../../src/arch/cells.js";
import { measureBackend } from "../../src/queue/measure-pool.js";
import { groupOf, measureRunner, type MeasureSetup } from "../../src/queue/measure.js";
import { rng } from "../../src/rng.js";
import { dependsOnData } from "../../src/score/measures/measure-pass.js";
import { defaultNtk } from "../../src/score/measures/ntk.js";
import { cellString, topologyIndex } from "../../src/spaces/index.js";

const generator = rng(1, "images");
const side = 8;
const setup: MeasureSetup = {
  space: "topology",
  sizes: { channels: 4, cells: 1, imageSize: side, classes: 3 },
  shape: [3, side, side],
  images: [
    {
      n: 8,
      inputs: Float64Array.from({ length: 8 * 3 * side * side }, () => generator.normal()),
      labels: Int32Array.from({ length: 8 }, (_, i) => i % 3),
    },
  ],
  seed: 0,
};
const group = { id: "ntk", ntk: { ...defaultNtk, batch: 8 } };
const dead = topologyIndex(cellString(["conv3", "none", "none", "none", "none", "none"]));

describe("measureBackend", () => {
  const pool = measureBackend(setup, 2);
  afterAll(() => pool.close());

  it("gives the same numbers in this thread and in workers, whatever was measured before", async () => {
    const cells = [1, 2, 3];
    const here = measureRunner(setup);
    const want = cells.map((cell) => here({ group, cells: [cell], draw: 0 })[0]);
    expect(await pool.run({ group, cells, draw: 0 })).toEqual(want);
    expect(await measureBackend(setup, 1).run({ group, cells: [3, 1], draw: 0 })).toEqual([want[2], want[0]]);
    expect(want[0].values["ntk_lmin"]).toBeGreaterThan(0);
    const other = here({ group, cells: [1], draw: 1 })[0];
    expect(other.values["ntk_lmin"]).not.toBe(want[0].values["ntk_lmin"]);
  });

  it("gives a network that does not see its input its defined values and the reason", async () => {
    const [found] = await pool.run({ group, cells: [dead], draw: 0 });
    expect(found.failure).toBe("the output does not depend on the input");
    expect(found.values["ntk_lmin"]).toBe(0);
  });

  it("refuses what no cell could be measured with, our errors through the thread's border", async () => {
    const many = { id: "ntk", ntk: { ...defaultNtk, batch: 9 } };
    await expect(pool.run({ group: many, cells: [1], draw: 0 })).rejects.toMatchObject({ code: "data" });
    expect(() => groupOf({ id: "nothing" })).toThrow("unknown group");
  });
});

describe("dependsOnData", () => {
  const of = (...operations: string[]): boolean =>
    dependsOnData(cellNetwork(operations, { channels: 2, cells: 1, imageSize: 8 }));

  it("is true when a way without `none` leads through the cell", () => {
    expect(of("none", "none", "none", "skip", "none", "none")).toBe(true);
    expect(of("conv3", "none", "avg", "none", "none", "conv1")).toBe(true);
    expect(of("conv3", "conv3", "conv3", "none", "none", "none")).toBe(false);
    expect(of("none", "none", "conv3", "none", "conv3", "conv3")).toBe(false);
  });
});
