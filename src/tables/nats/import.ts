import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { AppError } from "../../errors.js";
import { sizeArch, sizeSize } from "../../spaces/size.js";
import { topologyClass } from "../../spaces/topology-class.js";
import { topologyArch, topologySize } from "../../spaces/topology.js";
import { spaceOfArch } from "./file.js";
import { checkIdentity, openNats } from "./folder.js";
import { readOneFile, type OneArchitecture } from "./one-file.js";
import { PartialRows } from "./partial.js";
import type { NatsResults } from "./results.js";
import { natsColumns, natsValues, type NatsSpace } from "./row.js";

export interface ImportProgress {
  /** Architectures read or skipped so far, those of an earlier attempt included. */
  readonly done: number;
  readonly total: number;
  readonly skipped: number;
}

export interface ImportOptions {
  /** Folder at which relative paths start; default the process's. */
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** A file that could not be used. */
export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

export interface ImportSummary {
  readonly out: string;
  readonly space: NatsSpace;
  /** Architectures in the table. */
  readonly rows: number;
  /** How many of them an earlier, interrupted attempt had read. */
  readonly resumed: number;
  /** Architectures of the space without a file. */
  readonly absent: number;
  readonly skipped: readonly SkippedFile[];
  readonly columns: readonly string[];
}

/** Rows are written in portions of this many. */
const portion = 32;

/**
 * Turns a folder of NATS-Bench (or its one big file) into one table that `readTable` reads: a CSV file with a row an
 * architecture, means over all seeds. Reads file by file in little memory; rows already read are kept in `OUT.partial`,
 * so that the same call goes on after an interruption; files that cannot be used are skipped and listed.
 * Errors: `usage` for a name of `out` that is not .csv or .csv.gz, `data` for a source that is none or has no usable
 * file, `cancelled` when the signal asks for it.
 *
 * @example await importNats("NATS-tss-v1_0-3ffb9-simple", "nats-tss.csv.gz")
 */
export async function importNats(source: string, out: string, options: ImportOptions = {}): Promise<ImportSummary> {
  const cwd = options.cwd ?? process.cwd();
  if (!/\.csv(\.gz)?$/.test(out)) {
    throw new AppError("usage", `expected the output to end in .csv or .csv.gz, got "${out}"`, {
      hint: "For example nats-tss.csv.gz.",
    });
  }
  const isFile = await stat(resolve(cwd, source)).then(
    (found) => found.isFile(),
    () => false,
  );
  const work = isFile ? importOneFile : importFolder;
  return work(source, resolve(cwd, out), cwd, options);
}

async function importFolder(source: string, out: string, cwd: string, options: ImportOptions): Promise<ImportSummary> {
  const folder = await openNats(source, cwd);
  const { space, files, archs } = folder;
  const rows = await PartialRows.open(`${out}.partial`, resolve(cwd, source), columnsOf(space));
  const resumed = rows.count;
  const skipped: SkippedFile[] = [];
  let done = resumed;
  for (const [index, file] of files) {
    if (rows.has(index)) continue;
    if (options.signal?.aborted === true) {
      await rows.flush();
      throw new AppError("cancelled", `${source}: stopped after ${done} of ${files.size} architectures`, {
        hint: "The same command goes on from there.",
      });
    }
    try {
      const recipes = await folder.read(index);
      checkIdentity(recipes, index, official(space, index), file);
      rows.add(cellsOf(space, recipes));
    } catch (error) {
      skipped.push({ file, reason: reasonOf(error) });
    }
    done++;
    await rows.flush(portion);
    options.onProgress?.({ done, total: files.size, skipped: skipped.length });
  }
  return finish(source, out, space, rows, resumed, archs.length, skipped);
}

async function importOneFile(source: string, out: string, cwd: string, options: ImportOptions): Promise<ImportSummary> {
  let space: NatsSpace = "topology";
  const skipped: SkippedFile[] = [];
  const waiting: (readonly (string | number)[])[] = [];
  let done = 0;
  const take = (one: OneArchitecture): void => {
    done++;
    try {
      if (one instanceof AppError) throw one;
      const [first] = one.values();
      space = spaceOfArch(first.arch);
      checkIdentity(one, first.index, official(space, first.index), source);
      waiting.push(cellsOf(space, one));
    } catch (error) {
      skipped.push({ file: source, reason: reasonOf(error) });
    }
    options.onProgress?.({
      done,
      total: space === "topology" ? topologySize : sizeSize,
      skipped: skipped.length,
    });
  };
  const archs = readOneFile(resolve(cwd, source), source, take);
  const rows = await PartialRows.open(`${out}.partial`, resolve(cwd, source), columnsOf(space));
  for (const cells of waiting) rows.add(cells);
  return finish(source, out, space, rows, 0, archs.length, skipped);
}

async function finish(
  source: string,
  out: string,
  space: NatsSpace,
  rows: PartialRows,
  resumed: number,
  size: number,
  skipped: readonly SkippedFile[],
): Promise<ImportSummary> {
  if (rows.count === 0) {
    throw new AppError("data", `${source}: expected files of architectures, none could be used`, {
      hint: skipped.length > 0 ? skipped[0].reason : "Expected are files such as 000000.pickle.pbz2.",
      details: { skipped },
    });
  }
  const columns = await rows.finish(out);
  return { out, space, rows: rows.count, resumed, absent: size - rows.count - skipped.length, skipped, columns };
}

const columnsOf = (space: NatsSpace): readonly string[] => [
  ...["index", "arch"],
  ...(space === "topology" ? ["iso"] : []),
  ...natsColumns(space),
];

function cellsOf(space: NatsSpace, recipes: ReadonlyMap<string, NatsResults>): (string | number)[] {
  const [{ index, arch }] = recipes.values();
  const values = natsValues(space, recipes);
  const iso = space === "topology" ? [topologyClass(index)] : [];
  return [index, arch, ...iso, ...natsColumns(space).map((name) => values.get(name) ?? "")];
}

/** The string of an index of the space as this package counts; "" outside of it. */
function official(space: NatsSpace, index: number): string {
  const size = space === "topology" ? topologySize : sizeSize;
  if (!(index >= 0 && index < size)) return "";
  return space === "topology" ? topologyArch(index) : sizeArch(index);
}

/** One line for the list; errors that are neither the file's nor the system's are bugs and go on. */
function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  if (error instanceof Error && "syscall" in error) return error.message;
  throw error;
}
