import { costInfo, moreInfo, type MoreInfo, type SetAnswer } from "./answers.js";
import type { NatsDataset, NatsResults } from "./results.js";

/** The recipes of a space by their keys in the files, and how their columns end; the main one first. */
export const natsRecipes = {
  topology: [
    ["200", ""],
    ["12", "_e12"],
  ],
  size: [
    ["90", ""],
    ["12", "_e12"],
    ["01", "_e1"],
  ],
} as const satisfies Readonly<Record<string, readonly (readonly [recipe: string, suffix: string])[]>>;

export type NatsSpace = keyof typeof natsRecipes;

/** How the columns of a data set begin. */
const prefixes: Readonly<Record<NatsDataset, string>> = {
  "cifar10-valid": "c10v",
  cifar10: "c10",
  cifar100: "c100",
  "ImageNet16-120": "in16",
};

const sets = ["train", "valid", "test", "valtest"] as const;
const has: Readonly<Record<NatsDataset, readonly (typeof sets)[number][]>> = {
  "cifar10-valid": ["train", "valid", "test"],
  cifar10: ["train", "test"],
  cifar100: sets,
  "ImageNet16-120": sets,
};
const datasets = Object.keys(prefixes) as NatsDataset[];

/**
 * The columns of an imported table besides index and arch, means over all trials after the last epoch. Per data set
 * (c10v: half of CIFAR-10, c10: all of it, c100, in16) and recipe: `c100_valid`, `c100_valid_e12`; losses end in
 * `_loss`; costs of the main recipe: `params_c10` (a count), `mflops_c10`, `latency_s_c10`, `train_s_c10` (all
 * epochs), `valid_s_c10v` (one look at the validation set), and `trials`, the seeds of the main recipe on CIFAR-10.
 */
export function natsColumns(space: NatsSpace): readonly string[] {
  const suffixes = natsRecipes[space].map(([, suffix]) => suffix);
  const accuracies = suffixes.flatMap((suffix) =>
    datasets.flatMap((dataset) => has[dataset].map((set) => `${prefixes[dataset]}_${set}${suffix}`)),
  );
  const losses = suffixes.flatMap((suffix) =>
    datasets.flatMap((dataset) => has[dataset].map((set) => `${prefixes[dataset]}_${set}_loss${suffix}`)),
  );
  const costs = ["params", "mflops", "latency_s"].flatMap((cost) =>
    datasets.filter((dataset) => dataset !== "cifar10-valid").map((dataset) => `${cost}_${prefixes[dataset]}`),
  );
  const seconds = datasets.map((dataset) => `train_s_${prefixes[dataset]}`);
  const validSeconds = datasets
    .filter((dataset) => has[dataset].includes("valid"))
    .map((dataset) => `valid_s_${prefixes[dataset]}`);
  return ["trials", ...accuracies, ...losses, ...costs, ...seconds, ...validSeconds];
}

/** The values of `natsColumns` that the results hold, rounded to 6 decimals. `recipes`: by "12", "200", ... */
export function natsValues(space: NatsSpace, recipes: ReadonlyMap<string, NatsResults>): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  const put = (name: string, value: number | undefined): void => {
    if (value !== undefined && Number.isFinite(value)) values.set(name, Number(value.toFixed(6)));
  };
  for (const [recipe, suffix] of natsRecipes[space]) {
    const results = recipes.get(recipe);
    if (results === undefined) continue;
    for (const dataset of datasets) {
      if (!results.trials.has(dataset)) continue;
      const info: MoreInfo = moreInfo(results, dataset);
      for (const set of sets) {
        const answer: SetAnswer | undefined = info[set];
        put(`${prefixes[dataset]}_${set}${suffix}`, answer?.accuracy);
        put(`${prefixes[dataset]}_${set}_loss${suffix}`, answer?.loss);
      }
      if (suffix === "") putCosts(results, dataset, info, put);
    }
    if (suffix === "") put("trials", results.trials.get("cifar10")?.length);
  }
  return values;
}

function putCosts(
  results: NatsResults,
  dataset: NatsDataset,
  info: MoreInfo,
  put: (name: string, value: number | undefined) => void,
): void {
  const { params, flops, latency, trainSeconds } = costInfo(results, dataset);
  const name = prefixes[dataset];
  put(`train_s_${name}`, trainSeconds);
  put(`valid_s_${name}`, info.valid?.perSeconds);
  if (dataset === "cifar10-valid") return;
  put(`params_${name}`, Math.round(1e6 * params));
  put(`mflops_${name}`, flops);
  put(`latency_s_${name}`, latency);
}
