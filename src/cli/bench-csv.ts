import type { ScoreColumn } from "../bench/score-column.js";
import type { BenchSpace } from "../bench/space.js";

/**
 * One row a cell that has a score: index, arch, every score's mean and, for several draws, each draw's as NAME_s0. When there
 * are sizes alone, one row a cell that is `allowed`.
 */
export function scoresCsv(space: BenchSpace, columns: readonly ScoreColumn[], allowed: Int32Array): string {
  const fields = columns.flatMap(({ name, values, seeds }) => [
    { name, values },
    ...seeds.map((draw, k) => ({ name: `${name}_s${k}`, values: draw })),
  ]);
  const scores = columns.filter(({ kind }) => kind !== "baseline");
  const scored = Array.from({ length: space.count }, (_, index) => index).filter((index) =>
    scores.some(({ values }) => !Number.isNaN(values[index])),
  );
  const header = `index,arch,${fields.map(({ name }) => name).join(",")}`;
  const lines = Array.from(scores.length === 0 ? allowed : scored, (index) =>
    [index, space.arch(index), ...fields.map(({ values }) => numberOf(values[index]))].join(","),
  );
  return `${[header, ...lines].join("\n")}\n`;
}

const numberOf = (value: number): string =>
  Number.isNaN(value) ? "" : Number.isFinite(value) ? String(value) : value > 0 ? "inf" : "-inf";
