import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readTable, type TextTable } from "../data/csv-table.js";
import { findColumn } from "../data/column-names.js";
import type { TableOptions } from "../data/table.js";
import { AppError } from "../errors.js";

/** What is said of one file of a folder: the target, columns to leave out, a file that holds the target, or why to skip it. */
const entrySchema = z.strictObject({
  target: z.union([z.string(), z.number()]).optional(),
  drop: z.array(z.union([z.string(), z.number()])).optional(),
  header: z.boolean().optional(),
  task: z.enum(["classification", "regression"]).optional(),
  targetFile: z.string().optional(),
  skip: z.string().optional(),
});
const entriesSchema = z.record(z.string(), entrySchema);

export type TableEntries = z.output<typeof entriesSchema>;

/** A table of a folder, ready to be split; or why it is not. */
export type FolderTable =
  | { readonly name: string; readonly table: TextTable; readonly options: TableOptions; readonly hash: string }
  | { readonly name: string; readonly reason: string };

/** Reads a file with one entry a table. Throws AppError `usage` that names the first mistake. */
export async function readEntries(path: string): Promise<TableEntries> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new AppError("usage", `--tables: expected a JSON file that can be read, got ${path}`, {
      hint: 'It looks like {"cars.csv": {"target": "mpg", "drop": ["name"]}}.',
      cause,
    });
  }
  const checked = entriesSchema.safeParse(value);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  throw new AppError("usage", `--tables: ${path}, ${issue.path.map(String).join(".")}: ${issue.message}`, {
    hint: "An entry has target, drop, header, task, targetFile, or skip with a reason.",
  });
}

/** Every CSV file of a folder by name, in the order of names. A file that cannot be read is given with the reason. */
export async function folderTables(folder: string, entries: TableEntries): Promise<FolderTable[]> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => /\.(csv|tsv)$/i.test(name)).sort();
  } catch (cause) {
    throw new AppError("data", `${folder}: expected a folder that can be read`, { hint: "Check the path.", cause });
  }
  if (names.length === 0) {
    throw new AppError("data", `${folder}: expected files that end in .csv or .tsv, there is none`, {
      hint: "Name the folder that holds the tables.",
    });
  }
  const unknown = Object.keys(entries).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new AppError("usage", `--tables: ${unknown} is not in ${folder}`, { hint: `There are ${names.join(", ")}.` });
  }
  return Promise.all(names.map((name) => folderTable(folder, name, Object.hasOwn(entries, name) ? entries[name] : {})));
}

async function folderTable(folder: string, name: string, entry: z.output<typeof entrySchema>): Promise<FolderTable> {
  if (entry.skip !== undefined) return { name, reason: entry.skip };
  try {
    const bytes = await readFile(join(folder, name));
    const hash = createHash("sha256").update(bytes);
    const { target, drop, header = "auto", task, targetFile } = entry;
    let table = readTable(new TextDecoder().decode(bytes), name, header);
    if (targetFile !== undefined) {
      const other = await readFile(join(folder, targetFile));
      hash.update(other);
      table = withColumn(table, readTable(new TextDecoder().decode(other), targetFile, header), target ?? -1);
    }
    const options: TableOptions = {
      ...(targetFile === undefined ? target !== undefined && { target } : { target: -1 }),
      ...(drop && { drop }),
      ...(task && { task }),
    };
    return { name, table, options, hash: hash.digest("hex") };
  } catch (error) {
    if (error instanceof AppError) return { name, reason: error.message };
    if (error instanceof Error && "code" in error) return { name, reason: error.message };
    throw error;
  }
}

/** The table with one column of another at its end. */
function withColumn(table: TextTable, other: TextTable, target: string | number): TextTable {
  if (table.rows.length !== other.rows.length) {
    throw new AppError(
      "data",
      `${other.file}: expected ${table.rows.length} rows as in ${table.file}, got ${other.rows.length}`,
    );
  }
  const column = findColumn(other, target, "target");
  return {
    ...table,
    names: [...table.names, other.names[column]],
    rows: table.rows.map((row, i) => ({ ...row, cells: [...row.cells, other.rows[i].cells[column]] })),
  };
}
