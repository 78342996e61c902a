import type { Run } from "../store/types.js";
import { rankedRows } from "./ranking.js";

const leading = [
  "rank",
  "genotype",
  "score",
  "lambdaMin",
  "lambdaMinNormalized",
  "LB",
  "UBpair",
  "residual",
  "failure",
] as const;

/**
 * The evaluated architectures as CSV (RFC 4180, one header line), best first, numbers with all their digits. The best k
 * have their further metrics in further columns; what is not known is empty.
 */
export function reportCsv(run: Run): string {
  const scored = new Map((run.artifacts?.top ?? []).map((item) => [item.genotype, item]));
  const metrics = [...new Set([...scored.values()].flatMap((item) => Object.keys(item.metrics)))].filter(
    (name) => !(leading as readonly string[]).includes(name),
  );
  const lines = rankedRows(run).map((row, i) => {
    const item = scored.get(row.genotype);
    return [
      row.score === null ? null : i + 1,
      row.genotype,
      row.score,
      row.lambdaMin,
      row.lambdaMinNormalized,
      row.LB,
      row.UBpair,
      row.residual,
      row.failure,
      ...metrics.map((name) => item?.metrics[name] ?? null),
    ];
  });
  return [[...leading, ...metrics], ...lines].map((line) => `${line.map(field).join(",")}\r\n`).join("");
}

/** The whole run as indented JSON, rows best first; numbers that are not finite are null. */
export const reportJson = (run: Run): string => `${JSON.stringify({ ...run, rows: rankedRows(run) }, null, 2)}\n`;

function field(value: string | number | null): string {
  if (value === null || (typeof value === "number" && !Number.isFinite(value))) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
