import { afterAll, describe, expect, it } from "vitest";
import { modelPresets } from "../../src/arch/architecture.js";
import type { Backend } from "../../src/queue/backend.js";
import { evaluateOn, scannerOn } from "../../src/queue/evaluate.js";
import { finiteOn } from "../../src/queue/finite.js";
import { inlineBackend, poolBackend } from "../../src/queue/local.js";
import { rng } from "../../src/rng.js";
import { exactTopK, exhaustive, search, type SearchResult } from "../../src/search/index.js";
import { finiteByteLimit } from "../../src/score/finite-draws.js";
import type { ScoredRow } from "../../src/score/types.js";
import { fcnSpace } from "../../src/spaces/index.js";
import { finiteSettings } from "../support/finite-network.js";
import { spherePoints } from "../support/matrices.js";

const space = fcnSpace({ depth: [2, 4], activations: ["relu", "tanh", "silu"] });
const context = {
  batch: spherePoints(24, 8, "queue"),
  model: modelPresets.he,
  metric: "lambda_min",
  space: space.spec,
};

async function last(
  events: AsyncIterable<{ type: string; result?: SearchResult<ScoredRow> }>,
): Promise<SearchResult<ScoredRow>> {
  let result: SearchResult<ScoredRow> | undefined;
  for await (const event of events) result = event.result ?? result;
  return result!;
}

const all = (backend: Backend) =>
  last(
    search(space, evaluateOn(backend), exhaustive(), { top: 5, better: "higher", rng: rng(1), batchSize: 64 }) as never,
  );
const byBounds = (backend: Backend) =>
  last(
    exactTopK(space, scannerOn(backend, space.spec, space.size, 5), { top: 5, better: "higher", rng: rng(1) }) as never,
  );

describe("the same work on one thread and on a pool", () => {
  const backends = { inline: inlineBackend(context), pool: poolBackend(context, 2) };
  afterAll(() => Promise.all(Object.values(backends).map((backend) => backend.close())));

  it("gives the same bytes for rows and for full evaluations", async () => {
    const genotypes = Array.from({ length: 50 }, (_, i) => space.sample(rng(i, "queue")));
    const inline = await evaluateOn(backends.inline)(genotypes);
    expect(await evaluateOn(backends.pool)(genotypes)).toEqual(inline);
    expect(inline.map((row) => row.genotype)).toEqual(genotypes);
    const task = { kind: "full", genotypes: genotypes.slice(0, 2) } as const;
    expect(await backends.pool.run(task)).toEqual(await backends.inline.run(task));
  });

  it("gives the same search, and the exact search finds what scoring everything finds", async () => {
    const inline = await all(backends.inline);
    expect(await all(backends.pool)).toEqual(inline);
    const bounds = await byBounds(backends.inline);
    expect(await byBounds(backends.pool)).toEqual(bounds);
    expect(bounds.top.map((row) => row.genotype)).toEqual(inline.top.map((row) => row.genotype));
    bounds.top.forEach((row, i) => expect(row.score).toBeCloseTo(inline.top[i].score, 10));
    expect(bounds.exactTopK).toBe(true);
    expect(BigInt(bounds.evaluated + bounds.skippedByBound)).toBe(space.size);
    expect(bounds.skippedByBound).toBeGreaterThan(50);
  });

  it("gives the same bytes at a finite width, leaves out what overflows, and takes turns when memory is short", async () => {
    const settings = { ...finiteSettings, width: 16, draws: 2 };
    const jobs = ["relu+tanh", "silu", "relu-relu+relu"].map((genotype) => ({ genotype, settings }));
    const inline = await finiteOn(backends.inline, jobs, 1);
    expect(await finiteOn(backends.pool, jobs, 1)).toEqual(inline);
    expect(await finiteOn(backends.pool, jobs, 1.5 * finiteByteLimit)).toEqual(inline);
    expect(inline.map((score) => score!.genotype)).toEqual(jobs.map(({ genotype }) => genotype));
    await expect(finiteOn(backends.pool, jobs, 1, AbortSignal.abort())).rejects.toThrow();
    const huge = inlineBackend({
      batch: context.batch,
      metric: "lambda_min",
      model: { ...context.model, c1: 1e300, c: 1e300 },
    });
    expect(await finiteOn(huge, jobs.slice(2), 1)).toEqual([undefined]);
  });

  it.each(["inline", "pool"] as const)("%s: an aborted signal and a bad genotype come back as errors", async (name) => {
    const backend = backends[name];
    await expect(backend.run({ kind: "rows", genotypes: ["relu"] }, AbortSignal.abort())).rejects.toThrow();
    await expect(backend.run({ kind: "rows", genotypes: ["rleu"] })).rejects.toMatchObject({
      name: "AppError",
      code: "genotype",
    });
  });
});
