import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../src/store/index.js";
import { builtCliFor } from "../support/built-cli.js";
import { killed, rowsAppear, shortSearches, undisturbed, type Undisturbed } from "../support/killed-runs.js";
import { Workshop } from "./support.js";

const { cli, folder } = builtCliFor("resume");

describe("kill -9 and resume", () => {
  // Every kind of search, at 50 moments, is in resume.slow.test.ts.
  it("leaves what an undisturbed run leaves", { timeout: 240_000 }, async () => {
    const argv = shortSearches["exact on two threads"];
    const { milliseconds, ...whole } = await undisturbed(cli(), join(folder, "whole"), argv);
    const disturbed = { kills: 2, seed: 7, milliseconds };
    const { killed: count, ...after } = await killed(cli(), join(folder, "killed"), argv, disturbed);
    expect(count).toBeGreaterThan(0);
    expect(after).toEqual(whole);
    expect(new Set(after.rows.map(({ genotype }) => genotype)).size).toBe(after.rows.length);
  });
});

describe("Ctrl-C and resume", () => {
  const argv = ["--data", "sphere:n=24,d=8", "--strategy", "random", "--budget", "1000", "--threads", "1"];
  let whole: Undisturbed;
  beforeAll(async () => {
    whole = await undisturbed(cli(), join(folder, "signals-whole"), argv);
  }, 120_000);

  it.each(["SIGINT", "SIGTERM"] as const)(
    "%s leaves a run, and the line that goes on with it",
    { timeout: 120_000 },
    async (signal) => {
      const place = join(folder, signal);
      mkdirSync(place);
      const running = cli().start(place, ["search", ...argv, "--store", "my runs.sqlite"]);
      await rowsAppear(join(place, "my runs.sqlite"), running);
      running.child.kill(signal);
      const { code, err } = await running.ended;
      expect(code).toBe(130);
      const line = /^Go on with: eigennas (resume (\S+) --store 'my runs\.sqlite')$/m.exec(err);
      expect(line).not.toBeNull();
      const resumed = await cli().run(place, "resume", line![2], "--store", "my runs.sqlite", "--json");
      const { run, seconds, ...printed } = JSON.parse(resumed.out) as { run: string; seconds: number };
      expect(run).toBe(line![2]);
      expect(seconds).toBeGreaterThan(0);
      expect(JSON.stringify(printed)).toBe(whole.printed);
    },
  );
});

describe("eigennas resume", () => {
  const search = [
    "search",
    "--data",
    "csv:points.csv",
    "--depth",
    "2-3",
    "--activations",
    "relu,tanh",
    "--threads",
    "1",
  ];
  const points = "0.6,0.8\n1,0\n0,1\n-0.8,0.6\n";

  it("goes on with the last unfinished run, wherever it was begun, and not with a complete one", async () => {
    const workshop = new Workshop();
    workshop.write("points.csv", points);
    expect((await workshop.run("resume")).err).toContain("there is no store");
    workshop.interruptAtOnce = true;
    const ended = await workshop.run(...search);
    expect([ended.code, ended.err]).toEqual([130, expect.stringMatching(/^Go on with: eigennas resume \S+$/m)]);
    workshop.interruptAtOnce = false;
    const line = /eigennas resume (\S+)/.exec(ended.err)![1];
    const resumed = (await workshop.json("resume", "--quiet")) as { run: string; status: string; evaluated: number };
    expect(resumed).toMatchObject({ run: line, status: "complete", evaluated: 10 });
    const none = await workshop.run("resume");
    expect([none.code, none.err]).toEqual([1, expect.stringContaining("no run is unfinished")]);
    const complete = await workshop.run("resume", line);
    expect([complete.code, complete.err]).toEqual([
      2,
      `error: run ${line}: it is complete, there is nothing to resume\nhint: See it with: eigennas report ${line}\n`,
    ]);
    const { runs } = (await workshop.json("runs")) as { runs: unknown[] };
    expect(runs).toHaveLength(1);
    workshop.close();
  });

  it("refuses data that changed, and a run that its process still works on unless it is forced", async () => {
    const workshop = new Workshop();
    workshop.write("points.csv", points);
    workshop.interruptAtOnce = true;
    await workshop.run(...search);
    workshop.interruptAtOnce = false;
    workshop.write("points.csv", points.replace("0.6,0.8", "0.8,0.6"));
    const changed = await workshop.run("resume");
    expect([changed.code, changed.err]).toEqual([1, expect.stringContaining("expected the data as when it began")]);
    workshop.write("points.csv", points);
    const store = openStore(workshop.path(".eigennas/runs.sqlite"));
    const { id } = store.list()[0];
    store.claim(id); // by this process, which is alive
    for (const words of [[], [id], ["latest"]]) {
      const refused = await workshop.run("resume", ...words);
      const message = new RegExp(
        `^error: run ${id}: process ${process.pid} works on it\nhint: Wait .*, add --force.\n$`,
      );
      expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(message)]);
    }
    expect(await workshop.json("resume", "--force")).toMatchObject({ run: id, status: "complete" });
    store.close();
    workshop.close();
  });
});
