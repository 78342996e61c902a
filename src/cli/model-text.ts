import type { ModelParameters } from "../arch/architecture.js";
import type { Batch } from "../data/index.js";
import { counted } from "./numbers.js";

/** The constants on one line: `c1=1 c=2 co=1 tau=1`. */
export const modelText = ({ c1, c, co, tau, crossTerms }: ModelParameters): string =>
  `c1=${c1} c=${c} co=${co} tau=${tau}${crossTerms ? "" : " without cross terms (paper-style)"}`;

const normalized = {
  unit: "unit norm",
  none: "as they are",
  standard: "standardised, unit norm",
  affine: "standardised, with bias, unit norm",
} as const;

/** The inputs on one line: `mnist: 128 inputs of 10 classes, unit norm`. */
export function batchText({ n, d, labels, targets, report }: Batch): string {
  const target =
    labels !== undefined
      ? `, ${counted(new Set(labels).size, "class").replace(/classs$/, "classes")}`
      : targets !== undefined
        ? ", a target of numbers"
        : ", no labels";
  return `${report.dataSpec}: ${counted(n, "input")} of ${counted(d, "number")}${target}, ${normalized[report.normalize]}`;
}
