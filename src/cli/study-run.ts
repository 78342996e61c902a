import { createHash } from "node:crypto";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { threadPool } from "../queue/threads.js";
import type { SplitRecord, StudySettings } from "../study/split-record.js";
import type { TableResults } from "../study/summary.js";
import work, { type SplitReply, type SplitTask } from "../study/worker.js";
import type { FolderTable } from "./study-tables.js";

/** One line of the file of results. */
interface ResultLine {
  /** Hash of the table, its options and the settings: a line with another one belongs to another study. */
  readonly key: string;
  readonly table: string;
  readonly record?: SplitRecord;
  readonly reason?: string;
}

export interface StudyOutcome {
  readonly results: readonly TableResults[];
  readonly skipped: readonly { readonly table: string; readonly reason: string }[];
  readonly resumed: number;
  readonly computed: number;
}

type Readable = Extract<FolderTable, { readonly table: unknown }>;

/**
 * Runs every split of every table that `file` does not hold yet, appending each as it is done, so that a study that was
 * stopped goes on where it was. A table that cannot be studied is skipped with its reason.
 */
export async function runStudy(
  tables: readonly FolderTable[],
  splits: number,
  settings: StudySettings,
  {
    file,
    threads,
    signal,
    onDone,
  }: {
    readonly file: string;
    readonly threads: number;
    readonly signal: AbortSignal;
    readonly onDone: (done: number, of: number, table: string) => void;
  },
): Promise<StudyOutcome> {
  const known = await readLines(file);
  const lines = new Map(known.map((line) => [line.key, line]));
  const readable = tables.filter((table): table is Readable => "table" in table);
  const jobs = readable.flatMap((table) =>
    Array.from({ length: splits }, (_, split) => ({ table, split, key: keyOf(table, split, settings) })),
  );
  const open = jobs.filter(({ key }) => !lines.has(key));
  const run = runner(threads);
  let next = 0;
  let done = jobs.length - open.length;
  const failed = new Set<string>();
  const worker = async (): Promise<void> => {
    while (next < open.length && !signal.aborted) {
      const { table, split, key } = open[next++];
      if (failed.has(table.name)) continue;
      const reply = await run.split({ table: table.table, options: table.options, split, settings });
      const line: ResultLine = { key, table: table.name, ...reply };
      if ("reason" in reply) failed.add(table.name);
      lines.set(key, line);
      await appendFile(file, `${JSON.stringify(line)}\n`);
      onDone(++done, jobs.length, table.name);
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, worker));
  } finally {
    await run.close();
  }
  const unreadable = tables.flatMap((table) =>
    "reason" in table ? [{ table: table.name, reason: table.reason }] : [],
  );
  const results: TableResults[] = [];
  const refused: { table: string; reason: string }[] = [];
  for (const { name } of readable) {
    const found = jobs.filter(({ table }) => table.name === name).flatMap(({ key }) => lines.get(key) ?? []);
    const reason = found.find((line) => line.reason !== undefined)?.reason;
    const records = found.flatMap(({ record }) => record ?? []);
    if (reason !== undefined) refused.push({ table: name, reason });
    else if (records.length === splits) results.push({ table: name, records });
  }
  return {
    results,
    skipped: [...unreadable, ...refused],
    resumed: jobs.length - open.length,
    computed: done - (jobs.length - open.length),
  };
}

const keyOf = ({ hash, name, options }: Readable, split: number, settings: StudySettings): string =>
  createHash("sha256")
    .update(JSON.stringify([hash, name, options, split, settings]))
    .digest("hex")
    .slice(0, 24);

/** Whole lines of the file; a last one that was cut off while it was written is removed. */
async function readLines(file: string): Promise<ResultLine[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return [];
  }
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) await writeFile(file, whole);
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as ResultLine);
}

interface Runner {
  split(task: SplitTask): Promise<SplitReply>;
  close(): Promise<void>;
}

function runner(threads: number): Runner {
  if (threads === 1) {
    return { split: (task) => Promise.resolve().then(() => work(task)), close: () => Promise.resolve() };
  }
  const pool = threadPool("../study/worker", import.meta.url, threads);
  return { split: async (task) => (await pool.run(task)) as SplitReply, close: () => pool.destroy() };
}
