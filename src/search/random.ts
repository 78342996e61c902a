import { Sampler } from "./sampler.js";
import type { Strategy } from "./strategy.js";

/** A uniform sample without replacement, of spaces of any size; ends when the space is used up. */
export function random(): Strategy {
  return {
    name: "random",
    start({ space, rng }) {
      const sampler = new Sampler(space, rng.fork("random"));
      return {
        next(count) {
          const batch: string[] = [];
          while (batch.length < count) {
            const genotype = sampler.draw();
            if (genotype === undefined) break;
            batch.push(genotype);
          }
          return batch;
        },
        tell: () => undefined,
      };
    },
  };
}
