/** A strategy of one's own: hill climbing from a random start. Run: npx tsx examples/own-strategy.ts */
import { compareEvaluated, evaluator, rng, search, spaces, type Evaluated, type Strategy } from "../src/index.js";

/** Asks for all neighbours of the best so far until none is better; then for nothing more. */
const hillClimbing: Strategy = {
  name: "hill-climbing",
  start({ space, rng: generator, better }) {
    const compare = compareEvaluated(better);
    const asked = new Set<string>();
    let best: Evaluated | undefined;
    let waiting = [space.sample(generator)];
    return {
      next(count) {
        const batch = waiting.slice(0, count);
        waiting = waiting.slice(count);
        for (const genotype of batch) asked.add(genotype);
        return batch;
      },
      tell(items) {
        for (const item of items) {
          if (best !== undefined && compare(item, best) >= 0) continue;
          best = item;
          waiting = space.neighbours(item.genotype).filter((genotype) => !asked.has(genotype));
        }
      },
    };
  },
};

const rows = Array.from({ length: 12 }, (_, i) => [Math.cos(i * 0.25), Math.sin(i * 0.25)]);
const space = spaces.fcn({ depth: [2, 5], activations: ["relu", "tanh", "gelu", "sin"] });
for await (const event of search(space, evaluator(rows), hillClimbing, { top: 1, better: "higher", rng: rng(1) })) {
  if (event.type !== "done") continue;
  const [{ genotype, score }] = event.result.top;
  console.log(`${genotype} ${score.toExponential(6)} after ${event.result.evaluated} of ${space.size.toString()}`);
}
