import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.js";
import { rng } from "../../src/rng.js";
import { evolution, exhaustive, local, random, search, strategies, strategyByName } from "../../src/search/index.js";
import type { Evaluate, Evaluated } from "../../src/search/types.js";
import { fcnSpace } from "../../src/spaces/fcn.js";
import { collect, evaluator, genotypesOf, noise, smallSpace, sortedTop } from "./support.js";

const space = smallSpace();
const all = [...space.enumerate()];
const score = noise(1);
const options = (seed = 1) => ({ top: 10, better: "higher" as const, rng: rng(seed, "test") });

describe.each(strategies.map((family) => family.name))("strategy %s", (name) => {
  it("uses up a small space, each member once, and then has the exact top", async () => {
    for (const better of ["higher", "lower"] as const) {
      const { items, result } = await collect(
        search(space, evaluator(score), strategyByName(name), { ...options(), better }),
      );
      expect(genotypesOf(items).sort()).toEqual([...all].sort());
      expect(genotypesOf(result.top)).toEqual(sortedTop(all, score, 10, better));
      expect(result).toMatchObject({ evaluated: 170, skippedByBound: 0, exactTopK: true, stopped: "complete" });
    }
  });

  it("keeps to its budget, without a genotype twice and without claiming exactness", async () => {
    const calls: string[][] = [];
    const { items, events, result } = await collect(
      search(space, evaluator(score, calls), strategyByName(name), { ...options(), budget: 75 }),
    );
    expect(new Set(genotypesOf(items)).size).toBe(75);
    expect(result).toMatchObject({ evaluated: 75, exactTopK: false, stopped: "budget" });
    expect(genotypesOf(result.top)).toEqual(sortedTop(genotypesOf(items), score, 10));
    for (const call of calls) expect(call.length).toBeLessThanOrEqual(32);
    const progress = events.flatMap((event) => (event.type === "evaluated" ? [event.progress] : []));
    expect(progress.at(-1)).toEqual({ evaluated: 75, skippedByBound: 0, total: 75n });
  });

  it("repeats itself with the same key, also when evaluation finishes in another order", async () => {
    const slow: Evaluate<Evaluated> = async (genotypes) =>
      Promise.all(
        genotypes.map(async (genotype, i) => {
          await new Promise((resolve) => setTimeout(resolve, (genotypes.length - i) % 3));
          return { genotype, score: score(genotype) };
        }),
      );
    const run = async (evaluate: Evaluate<Evaluated>, seed: number) =>
      (await collect(search(space, evaluate, strategyByName(name), { ...options(seed), budget: 80 }))).items;
    const first = await run(evaluator(score), 1);
    expect(await run(slow, 1)).toEqual(first);
    if (name !== "exhaustive") expect(await run(evaluator(score), 2)).not.toEqual(first);
  });

  it("ends with what it has when the signal is aborted", async () => {
    const controller = new AbortController();
    const { items, result } = await collect(
      search(space, evaluator(score), strategyByName(name), { ...options(), signal: controller.signal, batchSize: 5 }),
      (event) => {
        if (event.type === "evaluated" && event.progress.evaluated >= 20) controller.abort();
      },
    );
    expect(result).toMatchObject({ stopped: "cancelled", exactTopK: false, evaluated: items.length });
    expect(items.length).toBeLessThan(30);
    expect(genotypesOf(result.top)).toEqual(sortedTop(genotypesOf(items), score, 10));
  });

  it("counts failed and undefined scores, but ranks them nowhere", async () => {
    const evaluate: Evaluate<Evaluated> = (genotypes) =>
      Promise.resolve(
        genotypes.map((genotype) =>
          genotype.startsWith("relu")
            ? { genotype, score: 1e9, failure: "overflow" }
            : { genotype, score: genotype.endsWith("relu") ? NaN : score(genotype) },
        ),
      );
    const { result } = await collect(search(space, evaluate, strategyByName(name), { ...options(), top: 500 }));
    const ranked = all.filter((genotype) => !genotype.startsWith("relu") && !genotype.endsWith("relu"));
    expect(genotypesOf(result.top)).toEqual(sortedTop(ranked, score, 500));
    expect(result).toMatchObject({ evaluated: 170, exactTopK: false, stopped: "complete" });
  });
});

describe("search", () => {
  it("calls a passed deadline a used-up budget", async () => {
    const signal = AbortSignal.timeout(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { result } = await collect(search(space, evaluator(score), random(), { ...options(), signal }));
    expect(result).toEqual({ top: [], evaluated: 0, skippedByBound: 0, exactTopK: false, stopped: "budget" });
  });

  it("loses only the batch that an abort interrupts, and keeps what `evaluate` still returns", async () => {
    const controller = new AbortController();
    const interrupted = (partial: boolean): Evaluate<Evaluated> => {
      let calls = 0;
      return (genotypes) => {
        if (++calls < 3) return evaluator(score)(genotypes);
        controller.abort();
        if (!partial) return Promise.reject(new DOMException("stopped", "AbortError"));
        return evaluator(score)(genotypes.filter((_, i) => i % 2 === 1));
      };
    };
    const setting = { ...options(), signal: controller.signal, batchSize: 10 };
    const partial = await collect(search(space, interrupted(true), random(), setting));
    expect(partial.result).toMatchObject({ evaluated: 25, stopped: "cancelled" });
    const fresh = new AbortController();
    const failing: Evaluate<Evaluated> = () => {
      fresh.abort();
      return Promise.reject(new DOMException("stopped", "AbortError"));
    };
    const lost = await collect(search(space, failing, random(), { ...setting, signal: fresh.signal }));
    expect(lost.result).toMatchObject({ evaluated: 0, stopped: "cancelled" });
  });

  it("passes errors of `evaluate` on", async () => {
    const broken: Evaluate<Evaluated> = () => Promise.reject(new AppError("numeric", "no kernel"));
    await expect(collect(search(space, broken, random(), options()))).rejects.toThrow("no kernel");
  });

  it("refuses items that are not those asked for", async () => {
    const wrong: [string, Evaluate<Evaluated>][] = [
      ["got 31", (genotypes) => evaluator(score)(genotypes.slice(0, -1))],
      ["expected 32 items, got 0", () => Promise.resolve([])],
      ["expected", (genotypes) => evaluator(score)([...genotypes].reverse())],
      ["nothing more", (genotypes) => evaluator(score)([...genotypes, "relu"])],
    ];
    for (const [message, evaluate] of wrong) {
      const error = await collect(search(space, evaluate, random(), options())).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: "internal", message: expect.stringContaining(message) });
    }
  });

  it("refuses bad options", async () => {
    const bad = [{ top: 0 }, { top: 1.5 }, { budget: 0 }, { budget: NaN }, { batchSize: 0 }];
    for (const setting of bad) {
      const run = collect(search(space, evaluator(score), random(), { ...options(), ...setting }));
      await expect(run).rejects.toMatchObject({ code: "usage" });
    }
  });
});

describe("exhaustive", () => {
  it("goes through the space in order", async () => {
    const { items } = await collect(search(space, evaluator(score), exhaustive(), options()));
    expect(genotypesOf(items)).toEqual(all);
  });

  it("refuses a space of 10^18 with its size and what to do", async () => {
    const huge = fcnSpace({ depth: 19, activations: ["relu", "tanh", "sigmoid", "linear", "leaky_relu"] });
    const error = await collect(search(huge, evaluator(score), exhaustive(), options())).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: "limit",
      message: expect.stringContaining(huge.size.toLocaleString("en-US")),
      hint: expect.stringMatching(/--strategy random or --strategy evolution/),
    });
    const small = await collect(search(space, evaluator(score), exhaustive({ limit: 169 }), options())).catch(
      (e: unknown) => e,
    );
    expect(small).toMatchObject({ code: "limit", hint: expect.stringContaining("exact top-k by bounds") });
  });
});

describe("random", () => {
  it("samples a huge space without replacement", async () => {
    const huge = fcnSpace({ depth: 40, activations: ["relu", "tanh", "sigmoid"] });
    const { items } = await collect(search(huge, evaluator(score), random(), { ...options(), budget: 300 }));
    expect(new Set(genotypesOf(items)).size).toBe(300);
    for (const { genotype } of items) expect(huge.contains(genotype)).toBe(true);
  });

  it("gives every member the same chance at every place", async () => {
    const tiny = fcnSpace({ depth: 3, activations: ["relu", "tanh"] });
    const counts = new Map<string, number>();
    const runs = 1600;
    for (let seed = 0; seed < runs; seed++) {
      const { items } = await collect(search(tiny, evaluator(score), random(), { ...options(seed), budget: 3 }));
      const third = items[2].genotype;
      counts.set(third, (counts.get(third) ?? 0) + 1);
    }
    let chiSquare = 0;
    for (const genotype of tiny.enumerate()) chiSquare += ((counts.get(genotype) ?? 0) - runs / 8) ** 2 / (runs / 8);
    // 99.9 % quantile of the chi-square distribution with 7 degrees of freedom.
    expect(chiSquare).toBeLessThan(24.32);
  });
});

describe("guided strategies", () => {
  /** Layers that agree with a hidden target, less for a layer missing: one optimum, no plateaus far from it. */
  const target = "tanh+relu-linear+tanh+relu-linear+linear+tanh".split(/(?=[+-])/);
  const hill = (genotype: string): number => {
    const layers = genotype.split(/(?=[+-])/);
    return target.reduce((sum, part, i) => {
      const layer = layers.at(i) ?? "?";
      return (
        sum + (layer.slice(-4) === part.slice(-4) ? 1 : 0) + (layer.startsWith("+") === part.startsWith("+") ? 1 : 0)
      );
    }, 0);
  };
  const large = fcnSpace({ depth: [5, 9], activations: ["relu", "tanh", "linear"] });

  it.each([
    ["evolution", evolution({ population: 30, tournament: 8 }), 800],
    ["local", local({ starts: 4 }), 800],
  ])("%s climbs where random sampling does not", async (_name, strategy, budget) => {
    const setting = { ...options(3), budget, top: 1, batchSize: 8 };
    const guided = await collect(search(large, evaluator(hill), strategy, setting));
    const blind = await collect(search(large, evaluator(hill), random(), setting));
    expect(guided.result.top[0].score).toBe(16);
    expect(blind.result.top[0].score).toBeLessThan(16);
  });

  it("refuse bad settings", () => {
    expect(() => evolution({ population: 0 })).toThrow(/population: expected an integer of at least 1, got 0/);
    expect(() => evolution({ tournament: 1.5 })).toThrow(/tournament/);
    expect(() => local({ starts: 0 })).toThrow(/starts/);
  });
});

describe("strategyByName", () => {
  it("suggests the nearest name", () => {
    try {
      strategyByName("evolutoin");
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "usage", hint: 'Did you mean "evolution"?' });
    }
  });
});
