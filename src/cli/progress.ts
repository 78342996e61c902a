import type { SearchProgress } from "../search/index.js";
import type { Io } from "./io.js";
import { duration, grouped } from "./numbers.js";

/** What is told while a search goes on. */
export interface ProgressReporter {
  update(progress: SearchProgress): void;
  /** A sentence of its own. */
  note(text: string): void;
  /** Ends a redrawn line. */
  end(): void;
}

const redrawEvery = 100;
const lineEvery = 4000;

/** A line about how far something is. */
export interface StatusLine {
  /** Shows the text unless the last one is too recent. */
  update(text: () => string): void;
  /** A sentence of its own. */
  note(text: string): void;
  /** Ends a redrawn line. */
  end(): void;
}

/** One line that is redrawn on a terminal; elsewhere a line every four seconds. Nothing when quiet. */
export function statusLine(io: Pick<Io, "err" | "redraws" | "width" | "now">, quiet: boolean): StatusLine {
  if (quiet) return { update: () => undefined, note: () => undefined, end: () => undefined };
  let last = io.redraws ? -Infinity : io.now();
  let drawn = false;
  const clear = (): void => {
    if (drawn) io.err("\r\u001b[2K");
    drawn = false;
  };
  return {
    update: (text) => {
      const now = io.now();
      if (now - last < (io.redraws ? redrawEvery : lineEvery)) return;
      last = now;
      if (!io.redraws) {
        io.err(`${text()}\n`);
        return;
      }
      io.err(`\r\u001b[2K${text().slice(0, Math.max(20, io.width - 1))}`);
      drawn = true;
    },
    note: (text) => {
      clear();
      io.err(`${text}\n`);
    },
    end: clear,
  };
}

/** How far a search is, on a status line. */
export function progressReporter(io: Pick<Io, "err" | "redraws" | "width" | "now">, quiet: boolean): ProgressReporter {
  const line = statusLine(io, quiet);
  const begun = quiet ? 0 : io.now();
  return {
    ...line,
    update: (progress) => line.update(() => progressLine(progress, (io.now() - begun) / 1000)),
  };
}

/** `41.2 % of 97,655 · 388 solved, 39,848 skipped by bound · 9,210/s · 6.2 s left`. */
export function progressLine({ evaluated, skippedByBound, total }: SearchProgress, seconds: number): string {
  const done = evaluated + skippedByBound;
  const rate = seconds > 0 ? done / seconds : 0;
  const parts: string[] = [];
  if (total !== undefined && total > 0n) {
    parts.push(`${((100 * done) / Number(total)).toFixed(1).padStart(5)} % of ${grouped(total)}`);
  }
  parts.push(
    `${grouped(evaluated)} solved${skippedByBound > 0 ? `, ${grouped(skippedByBound)} skipped by bound` : ""}`,
  );
  if (rate > 0) {
    parts.push(`${grouped(rate < 10 ? Number(rate.toFixed(1)) : Math.round(rate))}/s`);
    if (total !== undefined && Number(total) > done && done > Number(total) / 50)
      parts.push(`${duration((Number(total) - done) / rate)} left`);
  }
  return parts.join(" · ");
}
