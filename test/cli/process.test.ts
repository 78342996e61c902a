import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fivePoints, Workshop, type Outcome } from "./support.js";

const workshop = new Workshop();
beforeAll(() => workshop.write("five.csv", fivePoints));
afterAll(() => workshop.close());

function start(argv: readonly string[], closeStdout = false): Promise<Outcome> {
  const child = spawn(process.execPath, ["--import", "tsx", "src/cli/main.ts", ...argv]);
  let out = "";
  let err = "";
  child.stdout.on("data", (part: Buffer) => (out += part.toString()));
  child.stderr.on("data", (part: Buffer) => (err += part.toString()));
  if (closeStdout) child.stdout.destroy();
  return new Promise((resolve) => child.on("close", (code) => resolve({ code: code ?? -1, out, err })));
}

describe("the process", () => {
  it("lets two processes search on one store, with clean JSON on stdout", { timeout: 60_000 }, async () => {
    const store = workshop.path("shared.sqlite");
    const search = (seed: string) =>
      start([
        ...["search", "--data", "sphere:n=8,d=4", "--depth", "2-3", "--activations", "relu,tanh"],
        ...["--strategy", "exhaustive", "--threads", "1", "--seed", seed, "--store", store, "--json"],
      ]);
    const outcomes = await Promise.all([search("1"), search("2")]);
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
    const ids = outcomes.map(({ out }) => (JSON.parse(out) as { run: string }).run);
    const { runs } = (await workshop.json("runs", "--store", store)) as {
      runs: { id: string; status: string; evaluated: number }[];
    };
    expect(runs.map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const run of runs) expect(run).toMatchObject({ status: "complete", evaluated: 2 + 2 * 2 * 2 });
  });

  it("ends quietly when its reader goes away", { timeout: 60_000 }, async () => {
    const data = `csv:${workshop.path("five.csv")}`;
    const { code, err } = await start(["score", "relu", "--data", data, "--no-header", "--json"], true);
    expect(err).toBe("");
    expect(code).toBe(0);
  });
});
