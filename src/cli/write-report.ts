import { join } from "node:path";
import { renderReport, reportCsv, reportFigures, reportJson } from "../report/index.js";
import { metrics } from "../score/metrics.js";
import type { Run } from "../store/index.js";
import { outputFile, outputFolder } from "./output-file.js";

const formats = ["html", "csv", "json"] as const;

export type ReportFiles = Readonly<Record<(typeof formats)[number], string>>;

/** Where a run's report will be written. */
export interface ReportOutput {
  /** Writes it as HTML (`html`, when it is rendered already), CSV and JSON, and returns the paths. */
  write(run: Run, html?: string): Promise<ReportFiles>;
}

/**
 * The three files of a report beside each other, checked before anything is computed; `file` names the HTML.
 * @throws AppError "usage" when the files cannot be written.
 */
export function reportOutput(file: string, cwd: string): ReportOutput {
  const stem = file.replace(/\.(html?|csv|json)$/i, "");
  const [html, csv, json] = formats.map((format) => outputFile(`${stem}.${format}`, cwd));
  return {
    write: async (run, page = renderReport(run, { metrics })) => ({
      html: await html.write(page),
      csv: await csv.write(reportCsv(run)),
      json: await json.write(reportJson(run)),
    }),
  };
}

/** Where every figure of a page will be written as an SVG file. */
export interface FiguresOutput {
  /** Returns the paths. */
  write(page: string): Promise<string[]>;
}

/**
 * A folder for figures, made and checked before anything is computed.
 * @throws AppError "usage" when files in it cannot be written.
 */
export function figuresOutput(folder: string, cwd: string): FiguresOutput {
  const path = outputFolder(folder, cwd, "--figures");
  return {
    write: (page) =>
      Promise.all(
        reportFigures(page).map(({ name, svg }) => outputFile(join(path, `${name}.svg`), cwd, "--figures").write(svg)),
      ),
  };
}
