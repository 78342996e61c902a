/**
 * Spaces of one's own. Of layered networks: from a description of the choices. Of anything else: an object with the methods of
 * `SearchSpace`. Run: npx tsx examples/own-space.ts
 */
import {
  evaluator,
  exhaustive,
  random,
  rng,
  search,
  spaces,
  type Evaluate,
  type Evaluated,
  type SearchSpace,
} from "../src/index.js";

const rows = Array.from({ length: 10 }, (_, i) => [Math.cos(i * 0.3), Math.sin(i * 0.3)]);

// A smooth first layer, then at most one skip: what `--space file.json` of the command line reads.
const smooth = spaces.custom({
  name: "smooth-first",
  depth: [3, 4],
  activations: ["relu", "tanh"],
  layers: { "1": { activations: ["gelu", "silu"] } },
  skips: "search",
  maxSkips: 1,
});
for await (const event of search(smooth, evaluator(rows), exhaustive(), {
  top: 3,
  better: "higher",
  rng: rng(0),
})) {
  if (event.type === "done") console.log(event.result.top.map(({ genotype }) => genotype).join(" "));
}

/** Subsets of eight features as strings of 0 and 1: nothing of networks in it. */
const subsets: SearchSpace = {
  id: "subsets",
  description: "subsets of eight features",
  size: 256n,
  at: (index) => index.toString(2).padStart(8, "0"),
  sample: (generator) => subsets.at(BigInt(generator.integer(256))),
  *enumerate() {
    for (let index = 0n; index < subsets.size; index++) yield subsets.at(index);
  },
  neighbours: (genotype) =>
    Array.from(genotype, (bit, i) => genotype.slice(0, i) + (bit === "0" ? "1" : "0") + genotype.slice(i + 1)),
  contains: (genotype) => /^[01]{8}$/.test(genotype),
};
const worth = [3, -1, 4, -1, 5, -9, 2, -6];
const evaluate: Evaluate<Evaluated> = (genotypes) =>
  Promise.resolve(
    genotypes.map((genotype) => ({ genotype, score: worth.reduce((sum, w, i) => sum + w * Number(genotype[i]), 0) })),
  );
for await (const event of search(subsets, evaluate, random(), { top: 1, better: "higher", rng: rng(0) })) {
  if (event.type === "done") console.log(event.result.top[0].genotype, event.result.top[0].score);
}
