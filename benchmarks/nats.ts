import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rankVariable, spearmanRho } from "../src/math/rank.js";
import type { Row } from "./measure.js";

/** What `eigennas bench --json` prints, as far as it is read here. */
interface Printed {
  readonly scores: Readonly<Record<string, { readonly c10: { readonly tau: number } }>>;
  readonly eigenNas: Readonly<
    Record<string, { readonly mean: number; readonly c10: { readonly trainFree: { readonly mean: number } } }>
  >;
}

/** A run of the command in a process of its own. */
interface Measured {
  readonly printed: Printed;
  /** Of all threads. */
  readonly processorSeconds: number;
  readonly peakMegabytes: number;
}

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const data = process.env.EIGENNAS_NATS_DATA ?? fileURLToPath(new URL("../../shared/data", import.meta.url));
const inputs = [
  ...["--table", join(data, "nasbench201/nasbench201.csv.gz")],
  ...["--images", `cifar10:${join(data, "images/cifar10_train_first4000.bin.gz")}`],
];

const usage = `data:text/javascript,process.on("exit",()=>{const{userCPUTime:u,systemCPUTime:s,maxRSS:m}=process.resourceUsage();console.error("usage",(u+s)/1e6,m/1024)})`;

function bench(folder: string, ...flags: string[]): Measured {
  mkdirSync(folder, { recursive: true });
  const kept = ["--scores-folder", folder, "--threads", "2", "--quiet", "--json"];
  const command = [program, "bench", ...inputs, ...kept, ...flags];
  const errors = join(folder, "usage.txt");
  const text = execFileSync(
    "sh",
    ["-c", `exec "$@" 2> "${errors}"`, "sh", process.execPath, "--import", usage, ...command],
    {
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    },
  );
  const [, seconds, megabytes] = /^usage (\S+) (\S+)$/m.exec(readFileSync(errors, "utf8"))!;
  return { printed: JSON.parse(text) as Printed, processorSeconds: Number(seconds), peakMegabytes: Number(megabytes) };
}

/** Columns of a file that `--scores-csv` wrote, by name. */
function columnsOf(path: string): ReadonlyMap<string, Float64Array> {
  const [header, ...lines] = readFileSync(path, "utf8").trim().split("\n");
  const rows = lines.map((line) => line.split(","));
  const number = (text: string): number => Number(text.replace("inf", "Infinity"));
  return new Map(
    header
      .split(",")
      .map((name, k) => [name, Float64Array.from(rows, (row) => (name === "arch" ? 0 : number(row[k])))]),
  );
}

const layerScores = ["ntk_layer_lmin", "ntk_layer_logdet", "ntk_lnorm_lmin", "ntk_lnorm_lmin_norm"];
const plainScores = ["ntk_lmin", "ntk_lmin_norm", "ntk_cond", "ntk_trace", "ntk_logdet", "ntk_erank"];
const functions = 6466;

/** The plain kernel is measured at full size on as many cells only. */
const plainCells = 150;

/** Networks of the two runs that a pace is the difference of. */
const paceCells = { full: [8, 60], fast: [8, 308] } as const;

/** Processor seconds a network: of two runs on fresh networks the difference, so that what a run costs once does not count. */
function pace(
  flags: readonly string[],
  [few, many]: readonly [number, number],
): { seconds: number; peakMegabytes: number } {
  const [less, more] = [few, many].map((limit) => {
    const folder = mkdtempSync(join(tmpdir(), "eigennas-nats-"));
    const run = bench(folder, ...flags, "--limit", String(limit), "--score", "ntk_layer_lmin");
    rmSync(folder, { recursive: true });
    return run;
  });
  const seconds = (more.processorSeconds - less.processorSeconds) / (many - few);
  return { seconds, peakMegabytes: more.peakMegabytes };
}

/**
 * How well and how fast scores judge the topology space. EIGENNAS_NATS_DATA: folder with nasbench201/nasbench201.csv.gz and
 * images/cifar10_train_first4000.bin.gz. Scores are kept in EIGENNAS_NATS_SCORES (default: .eigennas/scores); without kept
 * ones this takes 20 minutes on 2 cores.
 */
export function natsRows(): Row[] {
  const folder = process.env.EIGENNAS_NATS_SCORES ?? ".eigennas/scores";
  const [full, fast] = [join(folder, "full.csv"), join(folder, "fast.csv")];
  const names = [...layerScores, "ntk_rank_sum"].join();
  const whole = bench(folder, "--space-wide", "--scores", names, "--scores-csv", full).printed;
  bench(folder, "--fast", "--space-wide", "--scores", names, "--scores-csv", fast);
  const agreement = (columns: readonly string[], on: string): Row[] => {
    const [a, b] = [columnsOf(full), columnsOf(fast)];
    const [rows, others] = [a.get("index")!, b.get("index")!];
    const place = new Map([...others].map((index, row) => [index, row]));
    const shared = [...rows.keys()].filter((row) => place.has(rows[row]));
    return columns.map((name) => {
      const full = Float64Array.from(shared, (row) => a.get(name)![row]);
      const quick = Float64Array.from(shared, (row) => b.get(name)![place.get(rows[row])!]);
      const rho = spearmanRho(rankVariable(full), rankVariable(quick));
      return { what: `Spearman of ${name}, --fast against full, ${on}`, ...atLeast(rho, 0.95, 3) };
    });
  };
  const layers = agreement(layerScores, "all cells");
  const some = ["--limit", String(plainCells), "--scores", plainScores.join()];
  bench(folder, ...some, "--scores-csv", full);
  bench(folder, ...some, "--fast", "--scores-csv", fast);
  const plain = agreement(plainScores, `${plainCells} drawn cells`);
  const tau = (name: string): number => whole.scores[name].c10.tau;
  const single = layerScores.toSorted((a, b) => tau(b) - tau(a))[0];
  const free = (name: string): number => whole.eigenNas[name].c10.trainFree.mean;
  const best = [...layerScores, "ntk_rank_sum"].toSorted((a, b) => free(b) - free(a))[0];
  const paces = [pace([], paceCells.full), pace(["--fast"], paceCells.fast)];
  return [
    { what: `Kendall's tau of ${single}, all cells, CIFAR-10`, ...atLeast(tau(single), 0.65, 3) },
    { what: "Kendall's tau of ntk_rank_sum, all cells, CIFAR-10", ...atLeast(tau("ntk_rank_sum"), 0.75, 3) },
    {
      what: "Eigen-NAS by ntk_layer_lmin, 1,000 drawn, 40 validated (200 epochs), 100 searches",
      ...atLeast(whole.eigenNas["ntk_layer_lmin"].mean, 93.46, 2),
    },
    { what: `Eigen-NAS by ${best}, 1,000 drawn, nothing trained, 100 searches`, ...atLeast(free(best), 93.5, 2) },
    ...layers,
    ...plain,
    ...(["full size", "--fast"] as const).map((name, k) => {
      const minutes = (paces[k].seconds * functions) / 2 / 60;
      return {
        what: `${name}: processor time of ${functions} networks at the pace of ${k === 0 ? 52 : 300}, shared by 2 idle cores`,
        ...atMost(minutes, k === 0 ? 10 : 2, "min"),
      };
    }),
    {
      what: `full size: peak memory of a process with 2 threads after ${paceCells.full[1]} networks`,
      ...atMost(paces[0].peakMegabytes, 1500, "MB"),
    },
  ];
}

const atLeast = (value: number, least: number, digits: number): Omit<Row, "what"> => ({
  measured: value.toFixed(digits),
  target: `≥ ${String(least)}`,
  met: value >= least,
});

const atMost = (value: number, most: number, unit: string): Omit<Row, "what"> => ({
  measured: `${value.toFixed(unit === "MB" ? 0 : 2)} ${unit}`,
  target: `≤ ${String(most)} ${unit}`,
  met: value <= most,
});
