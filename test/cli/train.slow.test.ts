import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BuiltCli } from "../support/built-cli.js";
import { madeTable } from "../support/killed-runs.js";

let cli: BuiltCli;
const folder = mkdtempSync(join(tmpdir(), "eigennas-train-kill-"));
beforeAll(async () => {
  cli = await BuiltCli.make();
});
afterAll(() => {
  cli.close();
  rmSync(folder, { recursive: true, force: true });
});

const argv = [
  ...["train", "relu+tanh", "--data", "csv:table.csv", "--target", "kind", "--seeds", "1", "--threads", "1"],
  ...["--epochs", "700", "--width", "96", "--batch", "64", "--weights", "w.npz", "--json"],
];

for (const signal of ["SIGKILL", "SIGINT"] as const)
  it(`${signal} and the same command again give the same weights`, { timeout: 240_000 }, async () => {
    const [whole, stopped] = ["whole", "stopped"].map((name) => join(folder, signal, name));
    for (const place of [whole, stopped]) {
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, "table.csv"), madeTable(600));
    }
    expect((await cli.run(whole, ...argv)).code).toBe(0);
    const checkpoints = (): string[] => {
      try {
        return readdirSync(join(stopped, ".eigennas", "training")).filter((name) => name.endsWith(".training"));
      } catch {
        return [];
      }
    };
    const running = cli.start(stopped, argv);
    while (running.child.exitCode === null && checkpoints().length === 0) await setTimeout(5);
    expect(running.child.exitCode).toBeNull();
    running.child.kill(signal);
    const { code } = await running.ended;
    expect(code).toBe(signal === "SIGKILL" ? null : 130);
    expect(checkpoints()).toHaveLength(1);
    const resumed = await cli.run(stopped, ...argv);
    expect(resumed.err).not.toMatch(/epoch 1 of 700/);
    expect(resumed.code).toBe(0);
    expect(readFileSync(join(stopped, "w.npz")).equals(readFileSync(join(whole, "w.npz")))).toBe(true);
    expect(checkpoints()).toEqual([]);
  });
