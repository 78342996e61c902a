import { describe, expect, it } from "vitest";
import { modelPresets } from "../../../src/arch/architecture.js";
import { layeredGraph } from "../../../src/arch/graph.js";
import { finiteNtk } from "../../../src/kernels/finite/ntk.js";
import { infiniteKernel } from "../../../src/kernels/infinite/direct.js";
import { parseGenotype } from "../../../src/spaces/index.js";
import { spherePoints } from "../../support/matrices.js";

const rows = spherePoints(10, 6, "convergence");
const widths = [32, 64, 128, 256, 512, 1024];
const draws = 12;

/** Root mean square deviation from the infinite kernel, relative to its diagonal, over entries and draws. */
function deviation(genotype: string, width: number): number {
  const architecture = parseGenotype(genotype);
  const infinite = infiniteKernel(architecture, rows, modelPresets.he).data;
  let sum = 0;
  for (let draw = 0; draw < draws; draw++) {
    const [kernel] = finiteNtk(layeredGraph(architecture, modelPresets.he, rows.d, width), rows, {
      seed: genotype,
      draw,
    }).kernels;
    kernel.forEach((value, at) => (sum += ((value - infinite[at]) / infinite[0]) ** 2));
  }
  return Math.sqrt(sum / draws / infinite.length);
}

describe("the finite kernel converges to the infinite one as 1 / sqrt(width)", () => {
  it.each(["relu-relu", "relu+tanh-gelu", "elu+silu+sin"])(
    "%s: slope of log deviation against log width",
    (genotype) => {
      const points = widths.map((width) => [Math.log(width), Math.log(deviation(genotype, width))] as const);
      const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
      const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
      const slope =
        points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) /
        points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
      expect(slope).toBeGreaterThan(-0.6);
      expect(slope).toBeLessThan(-0.4);
    },
  );
});
