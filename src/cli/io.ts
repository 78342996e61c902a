/** Everything a command knows of the world outside; a test hands in its own. */
export interface Io {
  /** Standard output: results only. */
  out(text: string): void;
  /** Standard error: progress, notes, errors. */
  err(text: string): void;
  /** Whether standard error is a terminal, so that a line may be redrawn. */
  readonly redraws: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  readonly cwd: string;
  /** What the user typed, for the protocol of a run. */
  readonly commandLine: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `handler` at the first Ctrl-C or `kill` instead of ending the process; returns how to stop listening. */
  onInterrupt(handler: () => void): () => void;
}

/** Exit code of a process that Ctrl-C ended. */
export const interruptedExit = 130;

/** Signals of one Ctrl-C can come twice, from the terminal and from a parent such as npm, some milliseconds apart. */
const sameKeyPress = 500;

/** Ctrl-C, `kill`, a closed terminal. */
const endSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The terminal, the clock and the signals of this process. A second Ctrl-C ends it at once. */
export function processIo(argv: readonly string[]): Io {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    redraws: process.stderr.isTTY,
    width: process.stderr.isTTY && process.stderr.columns > 0 ? process.stderr.columns : 100,
    cwd: process.cwd(),
    commandLine: ["eigennas", ...argv.map(quoted)].join(" "),
    now: () => Date.now(),
    onInterrupt: (handler) => {
      let first = 0;
      const listener = (): void => {
        if (first === 0) {
          first = Date.now();
          handler();
        } else if (Date.now() - first > sameKeyPress) process.exit(interruptedExit);
      };
      for (const signal of endSignals) process.on(signal, listener);
      return () => {
        for (const signal of endSignals) process.off(signal, listener);
      };
    },
  };
}

/** A word as a POSIX shell reads it back. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
