import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { rng } from "../../src/rng.js";
import { builtCliFor, type Ended } from "../support/built-cli.js";
import { killed, madeTable, rowsAppear, shortSearches, undisturbed } from "../support/killed-runs.js";

const { cli, folder } = builtCliFor("resume-slow");

function place(...names: string[]): string {
  const path = join(folder, ...names.map((name) => name.replaceAll(" ", "-")));
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "table.csv"), madeTable(60));
  return path;
}

const names = Object.keys(shortSearches);
const killsEach = Math.ceil(50 / names.length);

describe("kill -9 at 50 seeded moments, and resume", () => {
  it.each(names)("leaves what an undisturbed run leaves: %s", async (name) => {
    const argv = shortSearches[name];
    const { milliseconds, ...whole } = await undisturbed(cli(), place(name, "whole"), argv);
    let count = 0;
    for (let seed = 0; count < killsEach; seed++) {
      const there = place(name, `killed ${seed}`);
      const { killed: times, ...after } = await killed(cli(), there, argv, { kills: 3, seed, milliseconds });
      expect(after).toEqual(whole);
      count += times;
    }
  });
});

describe("two processes", () => {
  it("search at once in one store, both right", async () => {
    const [one, two] = ["evolution", "exact"].map((name) => shortSearches[name]);
    const alone = [await undisturbed(cli(), place("alone 1"), one), await undisturbed(cli(), place("alone 2"), two)];
    const there = place("together");
    const ended = await Promise.all([one, two].map((argv) => cli().run(there, "search", ...argv, "--json")));
    expect(ended.map(printed)).toEqual(alone.map((run) => run.printed));
  });

  it("never go on with one run at once", async () => {
    const there = place("twice");
    const argv = ["--data", "sphere:n=24,d=8", "--strategy", "random", "--budget", "3000", "--threads", "1"];
    const whole = await undisturbed(cli(), place("twice whole"), argv);
    const begun = cli().start(there, ["search", ...argv]);
    await rowsAppear(join(there, ".eigennas", "runs.sqlite"), begun);
    begun.child.kill("SIGKILL");
    await begun.ended;
    const both = await Promise.all([cli().run(there, "resume", "--json"), cli().run(there, "resume", "--json")]);
    const right = both.filter(({ code }) => code === 0);
    expect(right.map(printed)).toEqual([whole.printed]);
    const [refused] = both.filter(({ code }) => code !== 0);
    expect(refused.err).toMatch(/works on it|no run is unfinished|it is complete/);
  });
});

function printed({ code, out, err }: Ended): string {
  if (code !== 0) throw new Error(`exit code ${code}: ${err}`);
  const { run, seconds, ...rest } = JSON.parse(out) as { run: string; seconds: number };
  expect(run).toMatch(/^2/);
  expect(seconds).toBeGreaterThan(0);
  return JSON.stringify(rest);
}

/** Mounts a small file system in memory; undefined where that is not allowed. */
function smallDisk(path: string, size: string): { grow(size: string): void; remove(): void } | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return {
    grow: (larger) => void execFileSync("mount", ["-o", `remount,size=${larger}`, path]),
    remove: () => void execFileSync("umount", [path]),
  };
}

describe("a full disk", () => {
  it("ends with a clear error and a store that opens; the run goes on once there is space", async (context) => {
    const there = place("disk");
    const disk = smallDisk(there, "300k");
    if (disk === undefined) {
      context.skip("needs the right to mount a small file system");
      return;
    }
    try {
      const argv = ["--data", "sphere:n=24,d=8", "--strategy", "random", "--budget", "3000", "--threads", "1"];
      const whole = await undisturbed(cli(), place("disk whole"), argv);
      const full = await cli().run(there, "search", ...argv, "--json");
      expect([full.code, full.out]).toEqual([1, ""]);
      expect(full.err).toContain("runs.sqlite: the disk is full");
      expect(full.err).toMatch(/go on with: eigennas resume \S+/);
      const { runs } = JSON.parse((await cli().run(there, "runs", "--json")).out) as {
        runs: { status: string; evaluated: number }[];
      };
      expect(runs).toMatchObject([{ status: "interrupted" }]);
      expect(runs[0].evaluated).toBeGreaterThan(0);
      disk.grow("20m");
      expect(printed(await cli().run(there, "resume", "--json"))).toBe(whole.printed);
    } finally {
      disk.remove();
    }
  });
});

/** Kills a command at seeded moments and repeats it, until it ends by itself; how often it was killed. */
async function killedAndRepeated(
  there: string,
  argv: readonly string[],
  kills: number,
  whole: number,
): Promise<[Ended, number]> {
  const moments = rng(11, "kill");
  let count = 0;
  for (let k = 0; ; k++) {
    const running = cli().start(there, argv);
    if (k < kills) {
      // The first one lands early: the second run of a machine is faster than the one that was timed.
      const part = k === 0 ? 0.1 + 0.3 * moments.uniform() : 0.2 + 0.8 * moments.uniform();
      await Promise.race([setTimeout(whole * part), running.ended]);
      if (running.child.kill("SIGKILL")) count++;
    }
    const ended = await running.ended;
    if (ended.code !== null) return [ended, count];
  }
}

async function timed(run: () => Promise<Ended>): Promise<[Ended, number]> {
  const begun = performance.now();
  return [await run(), performance.now() - begun];
}

describe("the same command goes on after kill -9", () => {
  it("eigennas study tables", async () => {
    const there = place("study");
    mkdirSync(join(there, "tables"));
    for (const [i, rows] of [60, 90, 120].entries())
      writeFileSync(join(there, "tables", `made${i}.csv`), madeTable(rows));
    const argv = (out: string): string[] => [
      ...["study", "tables", "tables", "--out", out, "--splits", "4", "--pool", "24", "--threads", "2", "--quiet"],
    ];
    const [whole, milliseconds] = await timed(() => cli().run(there, ...argv("whole")));
    expect([whole.code, whole.err]).toEqual([0, ""]);
    const [ended, count] = await killedAndRepeated(there, argv("killed"), 4, milliseconds);
    expect(ended.code).toBe(0);
    expect(count).toBeGreaterThan(0);
    expect(ended.out).toBe(whole.out);
    const read = (out: string, file: string): string => readFileSync(join(there, out, file), "utf8");
    expect(read("killed", "summary.json")).toBe(read("whole", "summary.json"));
    const lines = (out: string): string[] => read(out, "results.jsonl").trimEnd().split("\n").sort();
    expect(lines("killed")).toEqual(lines("whole"));
  });

  it("eigennas bench", async () => {
    const there = place("bench");
    const random = rng(3, "images");
    const record = (i: number): number[] => [i % 10, ...Array.from({ length: 3072 }, () => random.integer(256))];
    writeFileSync(join(there, "made.bin"), Buffer.from(Array.from({ length: 64 }, (_, i) => record(i)).flat()));
    const argv = (scores: string): string[] => [
      ...["bench", "--images", "cifar10:made.bin", "--limit", "60", "--cells", "1", "--channels", "8", "--batch", "8"],
      ...["--scores", "ntk_lmin,ntk_layer_lmin", "--threads", "2", "--quiet", "--json"],
      ...["--scores-folder", scores, "--scores-csv", `${scores}.csv`],
    ];
    const [whole, milliseconds] = await timed(() => cli().run(there, ...argv("whole")));
    expect([whole.code, whole.err]).toEqual([0, ""]);
    const [ended, count] = await killedAndRepeated(there, argv("killed"), 4, milliseconds);
    expect(ended.code).toBe(0);
    expect(count).toBeGreaterThan(0);
    const table = (scores: string): string => readFileSync(join(there, `${scores}.csv`), "utf8");
    expect(table("killed")).toBe(table("whole"));
    const keys = (scores: string): string[] =>
      readdirSync(join(there, scores)).flatMap((file) =>
        readFileSync(join(there, scores, file), "utf8")
          .split("\n")
          .flatMap((line) => {
            const found = /^\{"cell":(\d+),/.exec(line) ?? /"cell":(\d+),/.exec(line);
            return found === null || !line.endsWith("}") ? [] : [`${file} ${found[1]}`];
          }),
      );
    expect(new Set(keys("killed")).size).toBe(keys("killed").length);
    expect(keys("killed").sort()).toEqual(keys("whole").sort());
  });
});
