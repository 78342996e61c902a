import { averageRanks, rankVariable } from "../../math/rank.js";

/**
 * AZ-NAS's combination of measures (Lee and Ham 2024): sum over columns of log(rank / m), rank m for the best of m networks and
 * the mean rank for equal ones. Columns have one value a network, larger is better; -Infinity ranks last.
 * Throws AppError `numeric` for NaN.
 *
 * @example logRankSum([Float64Array.of(1, 2), Float64Array.of(3, 5)]) // [2 log 0.5, 0]
 */
export function logRankSum(columns: readonly Float64Array[]): Float64Array {
  const count = columns[0].length;
  const sums = new Float64Array(count);
  for (const column of columns) {
    const ranks = averageRanks(rankVariable(column));
    for (let at = 0; at < count; at++) sums[at] += Math.log(ranks[at] / count);
  }
  return sums;
}
