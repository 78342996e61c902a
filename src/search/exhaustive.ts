import { AppError } from "../errors.js";
import type { Strategy } from "./strategy.js";

/** The largest space that `exhaustive` takes unless told otherwise. */
export const exhaustiveLimit = 5_000_000;

/** Up to here the hint names the exact top-k by bounds, which still looks at every member. */
const BOUNDS_LIMIT = 100_000_000n;

/**
 * Every member of the space in the order of its index; its top-k is exact.
 *
 * @throws AppError "limit", from `start`, for a space of more than `limit` members.
 */
export function exhaustive({ limit = exhaustiveLimit }: { readonly limit?: number } = {}): Strategy {
  return {
    name: "exhaustive",
    start({ space }) {
      if (space.size > limit) throw tooLarge(space.id, space.size, limit);
      const members = space.enumerate()[Symbol.iterator]();
      return {
        next(count) {
          const batch: string[] = [];
          while (batch.length < count) {
            const member = members.next();
            if (member.done === true) break;
            batch.push(member.value);
          }
          return batch;
        },
        tell: () => undefined,
      };
    },
  };
}

function tooLarge(id: string, size: bigint, limit: number): AppError {
  const sampled = "use --strategy random or --strategy evolution with a budget";
  return new AppError(
    "limit",
    `space "${id}" has ${size.toLocaleString("en-US")} architectures, exhaustive search takes at most ${limit.toLocaleString("en-US")}`,
    {
      hint:
        size <= BOUNDS_LIMIT
          ? `Take the exact top-k by bounds, which solves few of them, or ${sampled}.`
          : `Make the space smaller (fewer depths, activations or skips), or ${sampled}.`,
      details: { size: size.toString(), limit },
    },
  );
}
