import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.js";
import { rng } from "../../src/rng.js";
import { fcnSpace } from "../../src/spaces/fcn.js";
import { layeredSpace } from "../../src/spaces/layered.js";
import { spaceFromSpec } from "../../src/spaces/registry.js";
import type { LayerChoice, SpaceSpec } from "../../src/spaces/space.js";

const names = ["relu", "tanh", "linear"] as const;

/** Every member of a specification by plain nested loops: the reference for the counting. */
function bruteForce(spec: SpaceSpec): string[] {
  return spec.depths.flatMap((depth) => {
    let partial: { text: string; skips: number }[] = [{ text: "", skips: 0 }];
    depth.choices.forEach((options, level) => {
      partial = partial.flatMap(({ text, skips }) =>
        options.map((choice) => ({
          text: text + (level === 0 ? "" : choice.skip ? "+" : "-") + choice.activation,
          skips: skips + (choice.skip ? 1 : 0),
        })),
      );
    });
    return partial.filter(({ skips }) => skips <= depth.maxSkips).map(({ text }) => text);
  });
}

const choice = (skips: boolean[]): fc.Arbitrary<LayerChoice> =>
  fc.record({ activation: fc.constantFrom(...names), skip: fc.constantFrom(...skips) });

const layer = (skips: boolean[]): fc.Arbitrary<LayerChoice[]> =>
  fc.uniqueArray(choice(skips), { minLength: 1, maxLength: 4, selector: (c) => `${c.skip}${c.activation}` });

/** Specifications of one to three depths, irregular choices, some with nothing in them at a depth. */
const specs: fc.Arbitrary<SpaceSpec> = fc
  .uniqueArray(fc.integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 3 })
  .chain((depths) =>
    fc.tuple(
      ...depths
        .sort((a, b) => a - b)
        .map((depth) =>
          fc.record({
            depth: fc.constant(depth),
            choices: fc.tuple(layer([false]), ...Array.from({ length: depth - 2 }, () => layer([false, true]))),
            maxSkips: fc.integer({ min: 0, max: depth }),
          }),
        ),
    ),
  )
  .map((depths) => ({ id: "made", depths }));

const nonEmpty = specs.filter((spec) => bruteForce(spec).length > 0);

describe("layeredSpace", () => {
  it("has the members of a brute-force enumeration, in the order of choices, and numbers them", () => {
    fc.assert(
      fc.property(nonEmpty, (spec) => {
        const expected = bruteForce(spec);
        const space = layeredSpace(spec);
        expect(space.size).toBe(BigInt(expected.length));
        expect([...space.enumerate()]).toEqual(expected);
        expected.forEach((genotype, index) => {
          expect(space.at(BigInt(index))).toBe(genotype);
          expect(space.indexOf(genotype)).toBe(BigInt(index));
        });
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it("contains its members and nothing else", () => {
    const all = bruteForce(fcnSpace({ depth: [2, 4], activations: names }).spec);
    fc.assert(
      fc.property(nonEmpty, (spec) => {
        const members = new Set(bruteForce(spec));
        const space = layeredSpace(spec);
        for (const genotype of all) expect(space.contains(genotype)).toBe(members.has(genotype));
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it("has as neighbours exactly the members one activation, one skip or one last layer away", () => {
    const parts = (genotype: string): string[] => genotype.split(/(?=[+-])/);
    const isNeighbour = (a: string, b: string): boolean => {
      const [x, y] = [parts(a), parts(b)];
      if (x.length > y.length) return isNeighbour(b, a);
      if (x.length < y.length) return y.slice(0, -1).join("") === a;
      const changed = x.flatMap((part, i) => (part === y[i] ? [] : [[part, y[i]]]));
      if (changed.length !== 1) return false;
      const [from, to] = changed[0].map((part) => ({ skip: part.startsWith("+"), name: part.replace(/^[+-]/, "") }));
      return (from.skip === to.skip) !== (from.name === to.name);
    };
    fc.assert(
      fc.property(nonEmpty, fc.nat(), (spec, n) => {
        const members = bruteForce(spec);
        const genotype = members[n % members.length];
        const expected = members.filter((other) => other !== genotype && isNeighbour(genotype, other));
        const found = layeredSpace(spec).neighbours(genotype);
        expect(new Set(found).size).toBe(found.length);
        expect([...found].sort()).toEqual(expected.sort());
      }),
      { seed: 5, numRuns: 150 },
    );
  });

  it("works at sizes that no list could hold", () => {
    const space = fcnSpace({
      depth: [2, 24],
      activations: ["relu", "tanh", "sigmoid", "linear", "leaky_relu"],
      maxSkips: 7,
    });
    expect(space.size > 10n ** 18n).toBe(true);
    const generator = rng(1, "large");
    for (let i = 0; i < 50; i++) {
      const index = generator.bigint(space.size);
      const genotype = space.at(index);
      expect(space.indexOf(genotype)).toBe(index);
      expect(genotype.split("+").length - 1).toBeLessThanOrEqual(7);
      for (const neighbour of space.neighbours(genotype)) expect(space.contains(neighbour)).toBe(true);
    }
    expect(space.indexOf(space.at(space.size - 1n))).toBe(space.size - 1n);
    expect(space.enumerate()[Symbol.iterator]().next().value).toBe("relu");
  });

  it("samples uniformly", () => {
    const space = fcnSpace({ depth: [2, 3], activations: ["relu", "tanh"], maxSkips: 1 });
    expect(space.size).toBe(10n);
    const generator = rng(7, "uniform");
    const counts = new Map<string, number>();
    const draws = 5000;
    for (let i = 0; i < draws; i++) {
      const genotype = space.sample(generator);
      counts.set(genotype, (counts.get(genotype) ?? 0) + 1);
    }
    expect(counts.size).toBe(10);
    const expected = draws / 10;
    let chiSquare = 0;
    for (const count of counts.values()) chiSquare += (count - expected) ** 2 / expected;
    // 99.9 % quantile of the chi-square distribution with 9 degrees of freedom.
    expect(chiSquare).toBeLessThan(27.88);
  });

  it("is rebuilt from its specification as JSON", () => {
    const space = fcnSpace({ depth: [3, 5], activations: ["tanh", "leaky_relu(.2)"], maxSkips: 2 });
    const again = spaceFromSpec(JSON.parse(JSON.stringify(space.spec)) as SpaceSpec);
    expect([...again.enumerate()]).toEqual([...space.enumerate()]);
    expect(again.description).toBe(space.description);
    expect(again.spec).toEqual(space.spec);
  });

  it("reads members in any spelling and gives them back canonical", () => {
    const space = fcnSpace({ depth: 3, activations: ["leaky_relu(0.2)", "relu"] });
    expect(space.contains(" leaky_relu(2e-1) + relu")).toBe(true);
    expect(space.indexOf(" leaky_relu(2e-1) + relu")).toBe(space.indexOf("leaky_relu(0.2)+relu"));
    expect(space.build("relu + leaky_relu(.2)").layers[1]).toEqual({ activation: "leaky_relu(0.2)", skip: true });
    expect(space.contains("no such thing")).toBe(false);
  });

  it("says why a genotype is not a member", () => {
    const space = fcnSpace({ depth: [3, 4], activations: ["relu", "tanh"], maxSkips: 1 });
    const reason = (genotype: string): AppError => {
      try {
        space.build(genotype);
      } catch (error) {
        if (error instanceof AppError) return error;
      }
      throw new Error("no error");
    };
    expect(reason("relu").message).toMatch(/expected depth 3, 4 \(the output layer counts\), got depth 2/);
    expect(reason("relu-sigmoid").message).toMatch(
      /expected relu without skip, relu with skip, .* on layer 2, got sigmoid without skip/,
    );
    expect(reason("relu+relu+relu").message).toMatch(/at most 1 skips, got 2/);
    expect(reason("relu+relu+relu").code).toBe("space");
    expect(reason("relu-rellu").code).toBe("genotype");
    expect(() => space.neighbours("relu")).toThrow(AppError);
    expect(() => space.indexOf("sigmoid-sigmoid")).toThrow(AppError);
  });

  it("refuses an index outside of the space", () => {
    const space = fcnSpace({ depth: 3, activations: ["relu"] });
    expect(() => space.at(2n)).toThrow(/index from 0 to 1, got 2/);
    expect(() => space.at(-1n)).toThrow(/index from 0 to 1, got -1/);
  });

  it("refuses impossible specifications with the reason", () => {
    const relu = (skip: boolean): LayerChoice => ({ activation: "relu", skip });
    const make = (depths: SpaceSpec["depths"]) => () => layeredSpace({ id: "bad", depths });
    expect(make([])).toThrow(/at least one depth/);
    expect(make([{ depth: 1, choices: [], maxSkips: 0 }])).toThrow(/depth counts the output layer, so the least is 2/);
    expect(make([{ depth: 2.5, choices: [], maxSkips: 0 }])).toThrow(/expected an integer from 2/);
    expect(make([{ depth: 3, choices: [[relu(false)]], maxSkips: 0 }])).toThrow(/2 hidden layers, got 1/);
    expect(make([{ depth: 3, choices: [[relu(false)], []], maxSkips: 0 }])).toThrow(/layer 2: expected at least one/);
    expect(make([{ depth: 2, choices: [[relu(true)]], maxSkips: 1 }])).toThrow(/first layer cannot have a skip/);
    expect(make([{ depth: 2, choices: [[relu(false)]], maxSkips: -1 }])).toThrow(/maxSkips.*got -1/);
    const two = { depth: 2, choices: [[relu(false)]], maxSkips: 0 };
    expect(make([two, two])).toThrow(/depth 2 is given twice/);
    expect(make([{ depth: 3, choices: [[relu(false)], [relu(true)]], maxSkips: 0 }])).toThrow(
      /empty: at depth 3 layers 2 must have a skip, but at most 0/,
    );
  });

  it("leaves out depths that no network fits", () => {
    const off = { activation: "relu", skip: false };
    const on = { activation: "relu", skip: true };
    const space = layeredSpace({
      id: "partly",
      depths: [
        { depth: 4, choices: [[off], [on], [on]], maxSkips: 1 },
        { depth: 3, choices: [[off], [on]], maxSkips: 1 },
      ],
    });
    expect([...space.enumerate()]).toEqual(["relu+relu"]);
    expect(space.spec.depths.map((depth) => depth.depth)).toEqual([3]);
  });
});
