import { appendFile, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { AppError } from "../../errors.js";

/**
 * Rows of an import that is under way, in a CSV file beside the result, so that a killed one goes on where it was.
 * Only whole lines count.
 */
export class PartialRows {
  readonly #rows = new Map<number, string>();
  #waiting: string[] = [];

  private constructor(
    private readonly path: string,
    readonly columns: readonly string[],
  ) {}

  /**
   * Opens or begins the file; rows of another source or with other columns are not taken over.
   * Errors: `usage` where it cannot be written.
   */
  static async open(path: string, source: string, columns: readonly string[]): Promise<PartialRows> {
    const partial = new PartialRows(path, columns);
    const header = `# ${JSON.stringify(source)}\n${columns.join(",")}\n`;
    const text = await readFile(path, "utf8").catch(() => "");
    try {
      if (text.startsWith(header)) {
        const whole = text.slice(0, text.lastIndexOf("\n") + 1);
        await truncate(path, Buffer.byteLength(whole));
        partial.#take(whole.slice(header.length));
      } else await writeFile(path, header);
    } catch (cause) {
      throw new AppError("usage", `${path}: cannot be written (${cause instanceof Error ? cause.message : ""})`, {
        hint: "Name a file in a folder that exists and can be written.",
        cause,
      });
    }
    return partial;
  }

  get count(): number {
    return this.#rows.size;
  }

  has(index: number): boolean {
    return this.#rows.has(index);
  }

  /** A value for each column; the first is the index. */
  add(cells: readonly (string | number)[]): void {
    const line = cells.join(",");
    this.#rows.set(Number(cells[0]), line);
    this.#waiting.push(`${line}\n`);
  }

  /** Writes what was added if there is enough of it, or at once. */
  async flush(atLeast = 1): Promise<void> {
    if (this.#waiting.length < atLeast) return;
    const lines = this.#waiting.join("");
    this.#waiting = [];
    await appendFile(this.path, lines);
  }

  /** Writes all rows by index to `out` at once, without columns that hold nothing, packed if the name ends in .gz. */
  async finish(out: string): Promise<readonly string[]> {
    const rows = [...this.#rows].sort((a, b) => a[0] - b[0]).map(([, line]) => line.split(","));
    const kept = this.columns.map((_, k) => k).filter((k) => rows.some((cells) => cells[k] !== ""));
    const pick = (cells: readonly string[]): string => kept.map((k) => cells[k]).join(",");
    const bytes = Buffer.from(`${[this.columns, ...rows].map(pick).join("\n")}\n`);
    const temporary = `${out}.tmp`;
    await writeFile(temporary, out.endsWith(".gz") ? await promisify(gzip)(bytes, { level: 9 }) : bytes);
    await rename(temporary, out);
    await rm(this.path, { force: true });
    return kept.map((k) => this.columns[k]);
  }

  #take(lines: string): void {
    for (const line of lines.split("\n")) {
      const index = /^\d+(?=,)/.exec(line);
      if (index !== null && line.split(",").length === this.columns.length) this.#rows.set(Number(index[0]), line);
    }
  }
}
