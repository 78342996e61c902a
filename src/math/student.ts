import { studentCdf } from "./estimate.js";

const known = new Map<number, number>();

/** From this many degrees of freedom on the expansion below is right to 1e-8. */
const many = 60;

/**
 * The t for which a Student variable of `freedom` degrees lies in [-t, t] with probability 0.95: by bisection of the
 * distribution function below 60 degrees, by the Cornish-Fisher expansion in 1/freedom from there on (Abramowitz and
 * Stegun 26.7.5).
 *
 * @example student95(10) // 2.228138851986273
 */
export function student95(freedom: number): number {
  if (freedom >= many) {
    const z = 1.959963984540054;
    const [z3, z5, z7, z9] = [z ** 3, z ** 5, z ** 7, z ** 9];
    return (
      z +
      (z3 + z) / (4 * freedom) +
      (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom ** 2) +
      (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom ** 3) +
      (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * freedom ** 4)
    );
  }
  const found = known.get(freedom);
  if (found !== undefined) return found;
  let [low, high] = [1.9, 13];
  for (let step = 0; step < 45; step++) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, freedom) < 0.975) low = middle;
    else high = middle;
  }
  known.set(freedom, (low + high) / 2);
  return (low + high) / 2;
}
