import type { Batch } from "../data/dataset.js";
import type { RowSource } from "../data/source.js";
import { pathLayers } from "../score/kernel-loader.js";
import { Scorer, type ScoringContext } from "../score/scorer.js";
import type { ScoredRow } from "../score/types.js";
import { formatGenotype, parseGenotype } from "../spaces/index.js";
import type { Space } from "../spaces/space.js";
import { explainInputs } from "./inputs.js";
import { layerTerms } from "./layer-terms.js";
import { changeBetween, layersOf } from "./layers.js";
import type { Explanation, LayerTerm, Neighbour } from "./types.js";

/** What an explanation is made of. */
export interface ExplanationInput {
  readonly genotype: string;
  readonly batch: Batch;
  readonly context: ScoringContext;
  /** Says what the one-step neighbours are. The network need not be a member. */
  readonly space: Space;
  /** Scores genotypes in their order: a backend's `evaluate`. */
  readonly evaluate: (genotypes: readonly string[]) => Promise<readonly ScoredRow[]>;
  /** Shows inputs as they were read. */
  readonly source?: RowSource;
  /** Neighbours that are scored at most; default: all. */
  readonly limit?: number;
}

/**
 * Why one network has its lambda_min and what one change would do: terms of the kernel by layer, inputs that nearly
 * coincide, all one-step neighbours.
 *
 * @throws AppError "numeric" when the network's kernel overflows, "genotype" for a malformed genotype.
 */
export async function explain(input: ExplanationInput): Promise<Explanation> {
  const { batch, context, evaluate, source } = input;
  const architecture = parseGenotype(input.genotype);
  const genotype = formatGenotype(architecture);
  const scorer = new Scorer(context);
  const view = scorer.view(architecture, pathLayers(architecture));
  const { value: lambdaMin, vector } = view.least();
  const { name, better } = scorer.metric;
  const kernel = view.solver.matrix.slice();
  const score = scorer.metric.compute(view);
  const { values, traces } = layerTerms(architecture, batch, context.model, vector);
  const trace = traces.reduce((sum, value) => sum + value, 0);
  const terms = values.map((value, l): LayerTerm => {
    const layer = architecture.layers.at(l);
    return {
      layer: layer === undefined ? null : l + 1,
      activation: layer?.activation ?? null,
      skip: layer?.skip ?? false,
      value,
      share: lambdaMin > 0 ? value / lambdaMin : null,
      traceShare: traces[l] / trace,
    };
  });
  const { neighbours, leftOut } = await neighboursOf(genotype, score, input, scorer.metric.better, evaluate);
  return {
    genotype,
    score: { name, better, value: score },
    lambdaMin,
    terms,
    inputs: explainInputs(batch, vector, kernel, source),
    neighbours,
    neighboursLeftOut: leftOut,
  };
}

async function neighboursOf(
  genotype: string,
  own: number | null,
  { space, limit = Infinity }: ExplanationInput,
  better: "higher" | "lower",
  evaluate: ExplanationInput["evaluate"],
): Promise<{ readonly neighbours: readonly Neighbour[]; readonly leftOut: number }> {
  if (!space.contains(genotype)) return { neighbours: [], leftOut: 0 };
  const from = layersOf(genotype) ?? [];
  const all = space.neighbours(genotype);
  const scored = await evaluate(all.slice(0, limit));
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  const sign = better === "higher" ? 1 : -1;
  const neighbours = scored.map((row): Neighbour => {
    const score = finite(row.score);
    return {
      genotype: row.genotype,
      change: changeBetween(from, layersOf(row.genotype) ?? []) ?? row.genotype,
      score,
      lambdaMin: finite(row.lambdaMin),
      lambdaMinNormalized: finite(row.lambdaMinNormalized),
      better: score === null || own === null ? null : sign * (score - own) > 0,
    };
  });
  const value = ({ score }: Neighbour): number => (score === null ? -Infinity : sign * score);
  return { neighbours: neighbours.sort((a, b) => value(b) - value(a) || 0), leftOut: all.length - scored.length };
}
