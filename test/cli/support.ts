import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Io } from "../../src/cli/io.js";
import { runCli } from "../../src/cli/program.js";

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder of its own in which command lines are run in this process. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), "eigennas-cli-"));
  /** Milliseconds by which the clock of the commands goes on with every look at it. */
  tick = 1;
  /** Set to send a Ctrl-C as soon as a command listens for one. */
  interruptAtOnce = false;
  /** Sends a Ctrl-C once what was written to stderr is so, in a turn of its own. */
  interruptWhen?: ((err: string) => boolean) | undefined;
  /** A clock to show instead, such as the machine's. */
  clock?: () => number;
  #time = Date.UTC(2026, 10, 24, 4, 0, 0);

  write(name: string, text: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async run(...argv: string[]): Promise<Outcome> {
    const written = { out: "", err: "" };
    const handlers = new Set<() => void>();
    const io: Io = {
      out: (text) => (written.out += text),
      err: (text) => {
        written.err += text;
        if (this.interruptWhen?.(written.err) !== true) return;
        const interrupted = [...handlers];
        handlers.clear(); // the first Ctrl-C alone
        setImmediate(() => {
          for (const handler of interrupted) handler();
        });
      },
      redraws: false,
      width: 100,
      cwd: this.folder,
      commandLine: ["eigennas", ...argv].join(" "),
      now: () => this.clock?.() ?? (this.#time += this.tick),
      onInterrupt: (handler) => {
        if (this.interruptAtOnce) handler();
        else handlers.add(handler);
        return () => handlers.delete(handler);
      },
    };
    const code = await runCli(argv, io);
    return { code, ...written };
  }

  /** Runs a command line that must succeed, and reads the JSON it prints. */
  async json(...argv: string[]): Promise<unknown> {
    const { code, out, err } = await this.run(...argv, "--json");
    if (code !== 0) throw new Error(`exit code ${code}: ${err}`);
    return JSON.parse(out) as unknown;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The five points of docs/theory.md 5. */
export const fivePoints = Array.from({ length: 5 }, (_, i) =>
  [Math.cos((i * Math.PI) / 5), Math.sin((i * Math.PI) / 5)].join(","),
).join("\n");
