import { writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { AppError } from "../errors.js";
import { renderReport, reportCsv, reportFigures, reportJson } from "../report/index.js";
import { metrics } from "../score/metrics.js";
import { makeFolders } from "../store/folders.js";
import type { Run } from "../store/index.js";

export interface ReportFiles extends Readonly<Record<string, string>> {
  readonly html: string;
  readonly csv: string;
  readonly json: string;
}

/**
 * Writes a run's report as HTML (`html`, when it is rendered already), CSV and JSON beside each other; `file` names the
 * HTML, folders are made.
 * @throws AppError "usage" when the files cannot be written.
 */
export async function writeReport(
  run: Run,
  file: string,
  cwd: string,
  html = renderReport(run, { metrics }),
): Promise<ReportFiles> {
  const stem = resolve(cwd, file.replace(/\.(html?|csv|json)$/i, ""));
  const files = { html: `${stem}.html`, csv: `${stem}.csv`, json: `${stem}.json` };
  await written(file, async () => {
    makeFolders(dirname(stem));
    await writeFile(files.html, html);
    await writeFile(files.csv, reportCsv(run));
    await writeFile(files.json, reportJson(run));
  });
  return files;
}

/**
 * Writes one file, a page or other bytes; folders are made. Returns its path.
 * @throws AppError "usage" when it cannot be written.
 */
export async function writePage(
  content: string | Uint8Array,
  file: string,
  cwd: string,
  flag?: string,
): Promise<string> {
  const path = resolve(cwd, file);
  const write = async (): Promise<void> => {
    makeFolders(dirname(path));
    await writeFile(path, content);
  };
  await written(file, write, flag);
  return path;
}

/**
 * Writes every figure of a page as an SVG file; the folder is made. Returns their paths.
 * @throws AppError "usage" when they cannot be written.
 */
export async function writeFigures(page: string, folder: string, cwd: string): Promise<string[]> {
  const figures = reportFigures(page).map(({ name, svg }) => ({
    path: join(resolve(cwd, folder), `${name}.svg`),
    svg,
  }));
  await written(
    folder,
    async () => {
      makeFolders(resolve(cwd, folder));
      for (const { path, svg } of figures) await writeFile(path, svg);
    },
    "--figures",
  );
  return figures.map(({ path }) => path);
}

async function written(file: string, write: () => Promise<void>, flag = "--out"): Promise<void> {
  try {
    await write();
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause)) throw cause;
    throw new AppError(
      "usage",
      `${flag}: expected a place where files can be written, ${file} gives ${String(cause.code)}`,
      { hint: "Name a file in a folder that you may write to.", cause },
    );
  }
}
