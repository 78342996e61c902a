import type { GraphArchitecture } from "../arch/graph.js";
import type { ModelParameters } from "../arch/architecture.js";
import type { Batch } from "../data/index.js";
import { AppError } from "../errors.js";
import { rng } from "../rng.js";
import { evaluateFully } from "../score/full.js";
import { Scorer } from "../score/scorer.js";
import { benchmarkSpace, formatGenotype, genotypeNetwork, spaceFromSpec } from "../spaces/index.js";
import type { Run } from "../store/index.js";
import type { Contestant } from "../train/contest.js";
import type { PreparedData } from "./train-data.js";

/** Sizes of the networks that are trained. */
export interface NetworkOptions {
  readonly width: number;
  readonly channels: number;
  readonly cells: number;
  readonly model: ModelParameters;
}

/** The network to train. Throws AppError `data` for a cell or widths on data that are no square colour images. */
export function networkFor(
  genotype: string,
  { input, outputs }: PreparedData,
  options: NetworkOptions,
): GraphArchitecture {
  const { model, ...sizes } = options;
  const [first, height, width] = input;
  if (benchmarkSpace(genotype) !== undefined && (input.length !== 3 || first !== 3 || height !== width))
    throw new AppError("data", `${genotype}: expected square colour images for this network`, {
      hint: "Use cifar10:FILE or an image folder.",
    });
  return trainedGraph(
    genotypeNetwork(genotype, model, { ...sizes, inputDimension: first, imageSize: height, outputs }),
  );
}

/** A layered network for inputs of variance 1 instead of norm 1: the usual fan-in makes it the function that was scored. Others as they are. */
export function trainedGraph(graph: GraphArchitecture): GraphArchitecture {
  const [inputs] = graph.input;
  const nodes = graph.nodes.map((node, k) => (k === 0 && node.op === "dense" ? { ...node, fan: inputs } : node));
  return { ...graph, nodes };
}

/**
 * Who is trained to check a run: the best `top` by its score, `random` others drawn from its space, and plain ReLU networks of the
 * winner's depth, each with its score on `batch`, the run's own. Larger scores are better here, whatever the metric.
 */
export function contestantsOf(
  run: Run,
  batch: Batch,
  { top, random, seed }: { readonly top: number; readonly random: number; readonly seed: number },
): Contestant[] {
  const { protocol, artifacts } = run;
  const best = (artifacts?.top ?? []).slice(0, top);
  if (best.length === 0) {
    throw new AppError("data", `run ${run.id}: expected networks to train, this run found none`, {
      hint: "Search again, or name genotypes.",
    });
  }
  const scorer = new Scorer({ batch, model: protocol.model, metric: "lambda_min" });
  const sign = protocol.score.better === "higher" ? 1 : -1;
  const scoreOf = (genotype: string): number => {
    try {
      const value = evaluateFully(scorer, genotype).metrics[protocol.score.name];
      return value === null ? NaN : sign * value;
    } catch (error) {
      if (error instanceof AppError && error.code === "numeric") return NaN;
      throw error;
    }
  };
  const space = spaceFromSpec(protocol.space);
  const taken = new Set(best.map(({ genotype }) => genotype));
  const found: Contestant[] = best.map(({ genotype }) => ({ name: genotype, group: "top", score: scoreOf(genotype) }));
  const generator = rng(seed, "random networks");
  const add = (name: string, group: Contestant["group"]): void => {
    if (taken.has(name)) return;
    taken.add(name);
    found.push({ name, group, score: scoreOf(name) });
  };
  for (let tries = 0; tries < 100 * random && found.length < best.length + random; tries++)
    add(space.sample(generator), "random");
  const hidden = best[0].depth - 1;
  for (const skip of [false, true].slice(0, hidden > 1 ? 2 : 1)) {
    const layers = Array.from({ length: hidden }, (_, l) => ({ activation: "relu", skip: skip && l > 0 }));
    add(formatGenotype({ kind: "layered", layers }), "plain");
  }
  return found;
}
