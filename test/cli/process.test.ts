import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openStore } from "../../src/store/index.js";
import { builtCliFor } from "../support/built-cli.js";
import { fivePoints } from "./support.js";

const { cli, folder } = builtCliFor("process");

describe("the process", () => {
  it("lets two processes search on one store, with clean JSON on stdout", { timeout: 60_000 }, async () => {
    const search = (seed: string) =>
      cli().run(
        folder,
        ...["search", "--data", "sphere:n=8,d=4", "--depth", "2-3", "--activations", "relu,tanh"],
        ...["--strategy", "exhaustive", "--threads", "1", "--seed", seed, "--store", "shared.sqlite", "--json"],
      );
    const outcomes = await Promise.all([search("1"), search("2")]);
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
    const ids = outcomes.map(({ out }) => (JSON.parse(out) as { run: string }).run);
    const store = openStore(join(folder, "shared.sqlite"), "read");
    const runs = store.list();
    store.close();
    expect(runs.map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const run of runs) expect(run).toMatchObject({ status: "complete", evaluated: 2 + 2 * 2 * 2 });
  });

  it("ends quietly when its reader goes away", { timeout: 60_000 }, async () => {
    writeFileSync(join(folder, "five.csv"), fivePoints);
    const { child, ended } = cli().start(folder, ["score", "relu", "--data", "csv:five.csv", "--no-header", "--json"]);
    child.stdout!.destroy();
    expect(await ended).toMatchObject({ code: 0, err: "" });
  });
});
