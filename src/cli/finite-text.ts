import { probabilityAbove, type Estimate } from "../math/estimate.js";
import type { WidthCurve } from "../report/index.js";
import type { FiniteSettings, FiniteWidthScore } from "../score/finite-width.js";
import type { BoundValues } from "../score/types.js";
import { counted, shown } from "./numbers.js";
import { fields, textTable, wrapped } from "./table.js";

/** Mean with its standard error, both to the second digit of the error: `1.085 ± 0.012`. */
export function meanText({ mean, standardError }: Pick<Estimate, "mean" | "standardError">): string {
  if (!(standardError > 0)) return shown(mean, 5);
  const digits = 2 + Math.floor(Math.log10(Math.abs(mean))) - Math.floor(Math.log10(standardError));
  return `${shown(mean, Math.min(9, Math.max(2, digits)))} ± ${shown(standardError, 2)}`;
}

/** The settings in words: `5 draws, ntk initialisation and parameterisation, sum of 1 output`. */
function settingsText({
  draws,
  init,
  params,
  parameterisation,
  output,
  outputs,
}: Omit<FiniteSettings, "seed" | "width" | "engine" | "memory" | "matrixFree">): string {
  const how =
    init === parameterisation
      ? `${init} initialisation and parameterisation`
      : `${init} initialisation, ${parameterisation} parameterisation`;
  const what = {
    sum: outputs === 1 ? "one output" : `sum of ${outputs} outputs`,
    label: `output of the input's class, ${counted(outputs, "output")}`,
    trace: `mean kernel of ${counted(outputs, "output")}`,
    each: `mean over ${counted(outputs, "output")} of each one's λmin`,
  }[output];
  return `${counted(draws, "draw")}, ${how}, ${params === "all" ? "all parameters" : "weights"}, ${what}`;
}

/** `native-avx512 in float32`: who computed these scores. */
export const computedText = (scores: readonly Pick<FiniteWidthScore, "engine" | "precision">[]): string =>
  [...new Set(scores.map(({ engine, precision }) => `${engine} in ${precision}`))].join(", ");

/** The block of a score card on networks of finite width, beside the infinite-width numbers. */
export function finiteText(score: FiniteWidthScore, infinite: number, bounds: BoundValues, columns: number): string {
  const { width, draws, lambdaMin, lambdaMinNormalized, trace, certificate, shares, certified } = score;
  const between = `${shown(score.infinite ?? infinite)}${score.infinite === null || nearly(score.infinite, infinite) ? `, between ${shown(bounds.LB, 4)} (LB) and ${shown(bounds.UBpair, 4)} (UBpair)` : ""}`;
  return [
    `\nAt width ${width}: ${settingsText({ draws, ...score.options })}\n`,
    fields([
      ["computed by", computedText([score])],
      ["λmin", `${meanText(lambdaMin)} (mean ± standard error)`],
      ["infinite width", between],
      ["ratio", score.ratio === null ? "-" : `${shown(score.ratio, 4)} of it`],
      ["λmin/(tr/n)", meanText(lambdaMinNormalized)],
      ["trace", meanText(trace)],
      ...(certificate === null
        ? []
        : [
            [
              "certificate",
              `${shown(certificate.mean, 4)} (mean; proved below each draw's λmin, layer by layer)`,
            ] as const,
          ]),
      ...(score.products === undefined ? [] : [["products", productsText(score.products)] as const]),
    ]),
    sharesText(shares),
    ...(certified || score.products
      ? []
      : [wrapped("warning: at least one draw's λmin is not certified by an inertia count.", columns)]),
    ...score.warnings.map((warning) => wrapped(`warning: ${warning}`, columns)),
  ].join("");
}

const productsText = ({ converged, residual, count }: NonNullable<FiniteWidthScore["products"]>): string =>
  `${counted(count, "product")} with the kernel, no matrix; residual ${residual.toExponential(1)}${converged ? "" : ", not converged"}`;

const nearly = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.abs(b);

/** The layers' parts of lambda_min; they sum to 1 unless lambda_min is zero to rounding in some draw. */
function sharesText(shares: FiniteWidthScore["shares"]): string {
  const sum = shares.reduce((total, { share }) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-6) return "  What carries λmin: - (it is zero to rounding)\n";
  const parts = shares.map(({ parameter, share }) => `${layerName(parameter)} ${(100 * share).toFixed(1)} %`);
  return `  What carries λmin: ${parts.join(", ")}\n`;
}

/** `g2.weight` -> `layer 2`: the weights of the canonical model (docs/theory.md 1.2). */
const layerName = (parameter: string): string =>
  parameter === "out.weight" ? "output layer" : parameter.replace(/^g(\d+)\.weight$/, "layer $1");

/** Which of two networks that follow each other has the larger lambda_min, as far as the draws tell. */
export interface FiniteComparison {
  readonly a: string;
  readonly b: string;
  /** Probability that A's mean over all draws is above B's; null for single draws. */
  readonly probability: number | null;
}

export function compareNeighbours(scores: readonly FiniteWidthScore[]): FiniteComparison[] {
  return scores.slice(1).map((b, i) => {
    const a = scores[i];
    const probability = a.draws < 2 ? null : probabilityAbove(a.lambdaMin, b.lambdaMin);
    return { a: a.genotype, b: b.genotype, probability };
  });
}

export const comparisonsText = (comparisons: readonly FiniteComparison[]): string =>
  comparisons
    .map(({ a, b, probability }) =>
      probability === null
        ? `${a} against ${b}: one draw cannot tell; use --draws 3 or more.\n`
        : `${a} beats ${b} with probability ${probabilityText(probability)} (λmin at this width).\n`,
    )
    .join("");

const probabilityText = (p: number): string => (p > 0.9995 ? "> 0.999" : p < 0.0005 ? "< 0.001" : p.toFixed(3));

/** One row a network and width, then its limit: mean and error, ratio, certificate, bounds of the limit. */
export function finiteTable(networks: readonly WidthCurve[]): string {
  return textTable(
    [
      { title: "genotype", align: "left" },
      { title: "width" },
      { title: "λmin ± s.e.", align: "left" },
      { title: "of limit" },
      { title: "λmin/(tr/n)" },
      { title: "certificate" },
      { title: "LB" },
      { title: "UBpair" },
    ],
    networks.flatMap(({ genotype, lambdaMin, lambdaMinNormalized, LB, UBpair, points }) => [
      ...points.map(({ width, lambdaMin: found, ratio, lambdaMinNormalized: normalized, certificate }) => [
        genotype,
        String(width),
        meanText(found),
        shown(ratio, 3),
        shown(normalized.mean, 4),
        shown(certificate?.mean, 3),
        "",
        "",
      ]),
      [genotype, "∞", shown(lambdaMin, 5), "", shown(lambdaMinNormalized, 4), "", shown(LB, 4), shown(UBpair, 4)],
    ]),
  );
}
