import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { rng } from "../../src/rng.js";
import { openStore } from "../../src/store/index.js";
import type { RunRow } from "../../src/store/types.js";
import type { BuiltCli, Ended, Running } from "./built-cli.js";

/** What a search left behind, without what depends on the clock: the JSON that it printed, as text, and its stored rows. */
export interface Left {
  readonly printed: string;
  readonly rows: readonly RunRow[];
  readonly runs: number;
}

/** A search that was never disturbed, and the milliseconds from its store's first sign to its end. */
export interface Undisturbed extends Left {
  readonly milliseconds: number;
}

const storeOf = (folder: string): string => join(folder, ".eigennas", "runs.sqlite");

async function storeAppears(folder: string, { child }: Running): Promise<void> {
  while (!existsSync(storeOf(folder)) && child.exitCode === null && child.signalCode === null) await setTimeout(2);
}

/** Waits until a store holds rows, or the process is over. */
export async function rowsAppear(path: string, { child }: Running): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    await setTimeout(5);
    if (!existsSync(path)) continue;
    try {
      const store = openStore(path, "read");
      const rows = store.list().at(0)?.evaluated ?? 0;
      store.close();
      if (rows > 0) return;
    } catch {
      continue; // its tables are being made
    }
  }
}

function leftIn(folder: string, { code, out, err }: Ended): Left {
  if (code !== 0) throw new Error(`exit code ${code}: ${err}`);
  const { run, seconds, ...printed } = JSON.parse(out) as { run: string; seconds: number };
  if (!(seconds > 0)) throw new Error(`expected seconds above 0, got ${seconds}`);
  const store = openStore(storeOf(folder));
  try {
    if (store.step(run, 0) !== undefined) throw new Error("a complete run keeps no steps");
    return { printed: JSON.stringify(printed), rows: store.load(run).rows, runs: store.list().length };
  } finally {
    store.close();
  }
}

export async function undisturbed(cli: BuiltCli, folder: string, argv: readonly string[]): Promise<Undisturbed> {
  mkdirSync(folder, { recursive: true });
  const running = cli.start(folder, ["search", ...argv, "--json"]);
  await storeAppears(folder, running);
  const begun = performance.now();
  const ended = await running.ended;
  return { ...leftIn(folder, ended), milliseconds: performance.now() - begun };
}

/**
 * Kills a search (SIGKILL) at `kills` seeded moments of the time that it takes undisturbed, resuming it after each; then lets
 * it end. A run that ends before its moment comes has nothing more to be killed.
 */
export async function killed(
  cli: BuiltCli,
  folder: string,
  argv: readonly string[],
  { kills, seed, milliseconds }: { readonly kills: number; readonly seed: number; readonly milliseconds: number },
): Promise<Left & { readonly killed: number }> {
  mkdirSync(folder, { recursive: true });
  const moments = rng(seed, "kill");
  let count = 0;
  for (let k = 0; ; k++) {
    const running = cli.start(folder, nextOf(folder, argv));
    if (k < kills) {
      await storeAppears(folder, running);
      await Promise.race([setTimeout(moments.uniform() * milliseconds), running.ended]);
      if (running.child.kill("SIGKILL")) count++;
    }
    const ended = await running.ended;
    if (ended.code !== null) return { ...leftIn(folder, ended), killed: count };
  }
}

/** `resume` when the store holds a run, else the search. */
function nextOf(folder: string, argv: readonly string[]): string[] {
  if (existsSync(storeOf(folder))) {
    const store = openStore(storeOf(folder));
    try {
      if (store.list().length > 0) return ["resume", "--json"];
    } finally {
      store.close();
    }
  }
  return ["search", ...argv, "--json"];
}

/** A table of three classes with a number, a category and gaps, the same bytes every time. */
export function madeTable(rows: number): string {
  const random = rng(5, "table");
  const lines = Array.from({ length: rows }, (_, i) => {
    const centre = i % 3;
    const number = (): string => (centre + random.normal()).toFixed(4);
    return [number(), i % 11 === 0 ? "" : number(), ["red", "green"][i % 2], `class ${centre}`].join(",");
  });
  return ["x,y,colour,kind", ...lines].join("\n");
}

/** Short searches, one of each strategy and one of each kind of data and option that a run must bring back. */
export const shortSearches: Readonly<Record<string, readonly string[]>> = {
  exact: ["--data", "sphere:n=48,d=16", "--depth", "2-5", "--threads", "1"],
  "exact on two threads": ["--data", "sphere:n=32,d=16,seed=1", "--depth", "2-5", "--threads", "2", "--seed", "3"],
  exhaustive: ["--data", "sphere:n=24,d=8", "--depth", "2-4", "--strategy", "exhaustive", "--threads", "1"],
  random: ["--data", "sphere:n=24,d=8", "--strategy", "random", "--budget", "400", "--threads", "1"],
  local: ["--data", "sphere:n=24,d=8", "--strategy", "local", "--budget", "400", "--threads", "1"],
  evolution: ["--data", "spirals:n=24", "--strategy", "evolution", "--budget", "400", "--threads", "1"],
  width: [
    ...["--data", "sphere:n=12,d=6", "--depth", "2-3", "--activations", "relu,tanh", "--top", "3"],
    ...["--width", "64", "--draws", "4", "--threads", "1"],
  ],
  "table with target": [
    ...["--data", "csv:table.csv", "--target", "kind", "--depth", "2-3", "--activations", "relu,tanh,silu"],
    ...["--threads", "1", "--missing", "indicate"],
  ],
};
