import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modelPresets } from "../../src/arch/architecture.js";
import { evaluateOn, scannerOn } from "../../src/queue/evaluate.js";
import { inlineBackend } from "../../src/queue/local.js";
import { rng } from "../../src/rng.js";
import { chunksOf, walkChunk } from "../../src/score/scan.js";
import { Scorer } from "../../src/score/scorer.js";
import { exactTopK, exhaustive, search } from "../../src/search/index.js";
import { joinLayers } from "../../src/spaces/genotype.js";
import { fcnSpace, parseCustomSpace, resnetSpace } from "../../src/spaces/index.js";
import { everyActivation, spherePoints } from "../support/matrices.js";

const batch = spherePoints(20, 6, "scan");

describe("chunks", () => {
  it.each([
    ["fcn", fcnSpace({ depth: [2, 5], activations: ["relu", "tanh", "sin"] })],
    ["resnet", resnetSpace({ depth: [2, 5], activations: ["relu", "tanh", "sin"] })],
    ["few skips", fcnSpace({ depth: 6, activations: ["relu", "elu"], maxSkips: 2 })],
    [
      "fixed layers",
      parseCustomSpace(
        '{"name":"c","depth":[3,5],"activations":["relu","gelu"],"skips":"search","maxSkips":1,"layers":{"2":{"activation":"tanh","skip":false}}}',
      ),
    ],
  ])("cover the space %s once, in its order", (_, space) => {
    const visited: string[] = [];
    for (const chunk of chunksOf(space.spec)) {
      walkChunk(space.spec, chunk, (layers) => {
        visited.push(joinLayers(layers.map(({ activation, skip }) => ({ activation: activation.name, skip }))));
      });
    }
    expect(visited).toEqual([...space.enumerate()]);
  });
});

describe("scan by Rayleigh quotients against scoring every architecture", () => {
  it.each(["lambda_min", "lambda_min_normalized"])("%s: nothing at or above the threshold is skipped", (metric) => {
    fc.assert(
      fc.property(
        fc.subarray([...everyActivation], { minLength: 2, maxLength: 3 }),
        fc.integer({ min: 2, max: 4 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 1, max: 5 }),
        (activations, depth, quantile, top) => {
          const space = fcnSpace({ depth, activations });
          const scorer = new Scorer({ batch, model: modelPresets.he, metric, space: space.spec });
          const all = [...space.enumerate()].map((genotype) => scorer.row(genotype).row);
          const sorted = all.map((row) => row.score).sort((a, b) => a - b);
          const threshold = sorted[Math.floor(quantile * sorted.length)];
          const bank = [...space.enumerate()].slice(0, 3).map((genotype) => {
            const vector = scorer.row(genotype).vector!;
            return { vector, weights: scorer.loader.angles!.nodeWeights(vector) };
          });
          let looked = 0;
          for (const chunk of chunksOf(space.spec)) {
            const found = scorer.scan(chunk, threshold, top, bank, 2);
            looked += found.solved.length + found.skipped;
            const solved = new Map(found.solved.map((row) => [row.genotype, row.score]));
            const members: string[] = [];
            walkChunk(space.spec, chunk, (layers) => {
              members.push(joinLayers(layers.map(({ activation, skip }) => ({ activation: activation.name, skip }))));
            });
            const scores = all.filter((row) => members.includes(row.genotype)).sort((a, b) => b.score - a.score);
            for (const row of scores.slice(0, top))
              if (row.score >= threshold) expect(solved.has(row.genotype), row.genotype).toBe(true);
            for (const [genotype, score] of solved) {
              expect(score).toBeCloseTo(all.find((row) => row.genotype === genotype)!.score, 10);
            }
          }
          expect(BigInt(looked)).toBe(space.size);
        },
      ),
      { numRuns: 12, seed: 5 },
    );
  });

  it("skips nearly everything when the threshold is the best score", () => {
    const space = fcnSpace({ depth: 5, activations: ["relu", "tanh", "gelu"] });
    const scorer = new Scorer({ batch, model: modelPresets.he, metric: "lambda_min", space: space.spec });
    const rows = [...space.enumerate()].map((genotype) => scorer.row(genotype));
    const best = Math.max(...rows.map(({ row }) => row.score));
    const winner = rows.find(({ row }) => row.score === best)!;
    const bank = [{ vector: winner.vector!, weights: scorer.loader.angles!.nodeWeights(winner.vector!) }];
    const solved = chunksOf(space.spec).flatMap((chunk) => scorer.scan(chunk, best, 1, bank, 0).solved);
    expect(solved.map((row) => row.genotype)).toContain(winner.row.genotype);
    expect(solved.length).toBeLessThan(rows.length / 5);
  });
});

describe("ties", () => {
  it("networks that are the same function get the same score, in the order of their genotypes, however they are found", async () => {
    const space = fcnSpace({ depth: 3, activations: ["relu", "leaky_relu(0)", "leaky_relu(1)", "linear"] });
    const context = { batch, model: modelPresets.he, metric: "lambda_min", space: space.spec };
    const backend = inlineBackend(context);
    const options = { top: 12, better: "higher" as const, rng: rng(3) };
    const ends: string[][] = [];
    for await (const event of search(space, evaluateOn(backend), exhaustive(), options)) {
      if (event.type === "done") ends.push(event.result.top.map((row) => row.genotype));
    }
    for await (const event of exactTopK(space, scannerOn(backend, space.spec, space.size, 12), options)) {
      if (event.type === "done") ends.push(event.result.top.map((row) => row.genotype));
    }
    expect(ends[1]).toEqual(ends[0]);
    expect(ends[0].findIndex((genotype) => genotype.includes("leaky_relu(1)"))).toBeLessThan(
      ends[0].findIndex((genotype) => genotype.includes("linear")),
    );
  });
});
