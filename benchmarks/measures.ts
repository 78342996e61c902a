/**
 * `npx tsx benchmarks/measures.ts TABLE IMAGES [CELLS [GROUPS]] [--again]`: Spearman's rho of measures with the published columns and
 * with CIFAR-10 test accuracy, at the benchmark's full size, and processor seconds a cell. `--again`: each is computed with a second
 * draw of the weights too, and its rho with itself is what agreement with anybody else's draw can be expected to reach.
 *
 * TABLE: folder with nasbench201.csv.gz, proxies_all15625.csv.gz, proxies_nbsuitezero_cifar10.csv.gz and
 * proxies_ntk_least_eigenvalue.csv.gz. IMAGES: CIFAR-10 in its binary format. CELLS: how many, spread evenly over the representatives of the 6,466 classes (default 500). GROUPS: ids, by commas.
 */
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openDataset } from "../src/data/index.js";
import { chooseEngine } from "../src/kernels/finite/engine/choose.js";
import { EngineMemory } from "../src/kernels/finite/engine/memory.js";
import { rankVariable, spearmanRho } from "../src/math/rank.js";
import { activationGroups } from "../src/score/measures/activation-measures.js";
import { measureGroups, type MeasureContext, type MeasureGroup } from "../src/score/measures/index.js";
import { topologySpace } from "../src/spaces/graph-space.js";
import { parseCell, pruneCell, topologyArch, topologyClasses } from "../src/spaces/index.js";
import { readTable } from "../src/tables/index.js";

/** Published column of a measure; several where several people published one. */
const published: Readonly<Record<string, readonly string[]>> = {
  naswot: ["naswot_c10", "naswot_b_c10", "nwot"],
  zen: ["zen_c10", "zen"],
  te_nas_regions: ["nregions_c10"],
  log_synflow: ["logsynflow_c10", "logsynflow_b_c10"],
  synflow: ["synflow", "synflow_c10"],
  ntk_class_lmin: ["ntk_lmin_sum_c10"],
  ...Object.fromEntries(
    ["epe_nas", "fisher", "flops", "grad_norm", "grasp", "jacov", "l2_norm", "params", "plain", "snip"].map((name) => [
      name === "jacov" ? "jacob_cov" : name,
      [name],
    ]),
  ),
};

const {
  positionals: [folder, images, cells = "500", chosen = activationGroups.map(({ id }) => id).join()],
  values: { again },
} = parseArgs({ allowPositionals: true, options: { again: { type: "boolean", default: false } } });
const draws = again ? [0, 1] : [0];
const groups = chosen.split(",").map((id): MeasureGroup => {
  const group = measureGroups.find((candidate) => candidate.id === id);
  if (group === undefined) throw new Error(`${id}: expected one of ${measureGroups.map(({ id }) => id).join(", ")}`);
  return group;
});

const { engine } = chooseEngine();
const memory = new EngineMemory(engine);
const source = await openDataset(`cifar10:${images},normalize=nasbench`);
const batch = (n: number): ReturnType<MeasureContext["batch"]> => {
  const inputs = new Float64Array(n * source.d);
  for (let i = 0; i < n; i++) source.row(i, inputs, i * source.d);
  return { n, inputs, labels: source.labels!.slice(0, n) };
};

const classes = topologyClasses();
const count = Math.min(Number(cells), classes.length);
const sample = Array.from({ length: count }, (_, k) => classes[Math.floor((k * classes.length) / count)]);
/** By name and draw, by cell. */
const scores = new Map<string, Map<number, number>[]>();
const took = new Map<string, number>();
const processorSeconds = (start: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
};
for (const index of sample) {
  // Memory that was outgrown is given back between turns of the event loop only.
  await setImmediate();
  const arch = topologyArch(index);
  const context: Omit<MeasureContext, "draw"> = {
    architecture: topologySpace.build(arch),
    operations: pruneCell(parseCell(arch)),
    shape: [3, 32, 32],
    classes: 10,
    batch,
    seed: 0,
    engine,
    memory,
    threads: 1,
  };
  for (const group of groups) {
    for (const draw of draws) {
      const start = process.cpuUsage();
      for (const [name, value] of Object.entries(group.compute({ ...context, draw }))) {
        if (!scores.has(name))
          scores.set(
            name,
            draws.map(() => new Map<number, number>()),
          );
        scores.get(name)![draw].set(index, value);
      }
      took.set(group.id, (took.get(group.id) ?? 0) + processorSeconds(start) / draws.length);
    }
  }
}

function agreement(what: string, own: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): string {
  const both = sample.filter((index) => Number.isFinite(other.get(index) ?? NaN));
  const of = (values: ReadonlyMap<number, number>) => rankVariable(both.map((index) => values.get(index)!));
  return `${what} ${spearmanRho(of(own), of(other)).toFixed(3)} (${both.length})`;
}

const tables = await Promise.all(
  ["nasbench201", "proxies_all15625", "proxies_nbsuitezero_cifar10", "proxies_ntk_least_eigenvalue"].map((name) =>
    readTable(join(folder, `${name}.csv.gz`)),
  ),
);
for (const { id, measures } of groups) {
  console.log(`${id}: ${(took.get(id)! / count).toFixed(3)} s a cell`);
  for (const { name } of measures) {
    const [own, ...others] = scores.get(name)!;
    const found = ["c10_test", ...(published[name] ?? [])].map((column) => {
      const table = tables.find(({ columns }) => columns.includes(column));
      return agreement(
        column,
        own,
        new Map(table && Array.from(table.indices, (index, row) => [index, table.column(column)![row]])),
      );
    });
    for (const other of others) found.push(agreement("itself, weights drawn again", own, other));
    console.log(`  ${name}: ${found.join(", ")}`);
  }
}
