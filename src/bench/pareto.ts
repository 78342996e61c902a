/** One objective of a Pareto front, by index; larger is better, NaN takes a cell out. */
export interface Objective {
  readonly name: string;
  readonly values: Float64Array;
}

/**
 * Cells that no other is better than: at least as good in every objective and better in one. Of cells that are equal in
 * every objective the smallest index stands for all. In the order of the first objective, best first.
 */
export function paretoFront(cells: Int32Array, objectives: readonly Objective[]): number[] {
  const present = Array.from(cells).filter((index) => objectives.every(({ values }) => !Number.isNaN(values[index])));
  const sorted = present.sort((i, j) => {
    for (const { values } of objectives) {
      if (values[i] !== values[j]) return values[i] > values[j] ? -1 : 1;
    }
    return i - j;
  });
  // In this order nothing later can be better than something earlier, so each is held against the front alone.
  const front: number[] = [];
  for (const index of sorted) {
    if (!front.some((other) => objectives.every(({ values }) => values[other] >= values[index]))) front.push(index);
  }
  return front;
}
