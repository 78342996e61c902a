import type { ScoreColumn } from "../bench/score-column.js";
import type { BenchSpace } from "../bench/space.js";

/** One row a cell that has a score: index, arch, every score's mean and, for several draws, each draw's as NAME_s0. */
export function scoresCsv(space: BenchSpace, columns: readonly ScoreColumn[]): string {
  const fields = columns.flatMap(({ name, values, seeds }) => [
    { name, values },
    ...seeds.map((draw, k) => ({ name: `${name}_s${k}`, values: draw })),
  ]);
  const lines = [`index,arch,${fields.map(({ name }) => name).join(",")}`];
  for (let index = 0; index < space.count; index++) {
    if (columns.every(({ kind, values }) => kind === "baseline" || Number.isNaN(values[index]))) continue;
    lines.push([String(index), space.arch(index), ...fields.map(({ values }) => numberOf(values[index]))].join(","));
  }
  return `${lines.join("\n")}\n`;
}

const numberOf = (value: number): string =>
  Number.isNaN(value) ? "" : Number.isFinite(value) ? String(value) : value > 0 ? "inf" : "-inf";
