import { spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll } from "vitest";

export interface Ended {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A process of the command line. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Each in one file; the worker threads of the queue lie beside the module that starts them, which is now main.js. */
const entries = [
  { out: "cli/main", source: "src/cli/main.ts" },
  { out: "cli/worker", source: "src/queue/worker.ts" },
  { out: "cli/measure-worker", source: "src/queue/measure-worker.ts" },
  { out: "study/worker", source: "src/study/worker.ts" },
];

/**
 * The command line bundled into a folder of its own: a child process then starts in a fraction of the time that compiling on
 * the fly takes, which tests that kill processes need. The native addon is not found from there: engines are WebAssembly.
 */
export class BuiltCli {
  private constructor(readonly folder: string) {}

  static async make(): Promise<BuiltCli> {
    const folder = mkdtempSync(join(tmpdir(), "eigennas-built-"));
    await build({
      entryPoints: entries.map(({ out, source }) => ({ out, in: source })),
      outdir: join(folder, "dist"),
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      external: ["libsql", "piscina"],
      banner: {
        js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
      },
      logLevel: "error",
    });
    copyFileSync("package.json", join(folder, "package.json"));
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    return new BuiltCli(folder);
  }

  /** Starts a command line with `cwd` as its working directory. */
  start(cwd: string, argv: readonly string[], nodeFlags: readonly string[] = []): Running {
    const main = join(this.folder, "dist", "cli", "main.js");
    const child = spawn(process.execPath, [...nodeFlags, main, ...argv], { cwd });
    let [out, err] = ["", ""];
    child.stdout.on("data", (part: Buffer) => (out += part.toString()));
    child.stderr.on("data", (part: Buffer) => (err += part.toString()));
    const ended = new Promise<Ended>((done, fail) => {
      child.on("error", fail);
      child.on("close", (code) => done({ code, out, err }));
    });
    return { child, ended };
  }

  run(cwd: string, ...argv: string[]): Promise<Ended> {
    return this.start(cwd, argv).ended;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A built command line for the tests of a file, with a folder for what they write; both are gone afterwards. */
export function builtCliFor(name: string): { readonly cli: () => BuiltCli; readonly folder: string } {
  let built: BuiltCli | undefined;
  const folder = mkdtempSync(join(tmpdir(), `eigennas-${name}-`));
  beforeAll(async () => {
    built = await BuiltCli.make();
  }, 120_000);
  afterAll(() => {
    built?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { cli: () => built!, folder };
}
