import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

const rows = ["--data", "csv:table.csv", "--target", "kind", "--threads", "1", "--json"];

describe.each([
  {
    name: "train",
    argv: [
      ...["train", "relu+tanh", "--seeds", "1", ...rows, "--weights", "w.npz"],
      ...["--epochs", "700", "--width", "96", "--batch", "64"],
    ],
    first: "epoch 1 of 700",
    outcome: (place: string): string => readFileSync(join(place, "w.npz")).toString("hex"),
  },
  {
    name: "supernet",
    argv: ["supernet", "--seeds", "1", ...rows, "--depth", "3", "--width", "64", "--epochs", "60", "--batch", "8"],
    first: "epoch 1 of 60",
    outcome: (_: string, out: string): string => out,
  },
])("$name", ({ name, argv, first, outcome }) => {
  for (const signal of ["SIGKILL", "SIGINT"] as const)
    it(`${signal} and the same command again give the same bytes`, { timeout: 240_000 }, async () => {
      const [whole, stopped] = ["whole", "stopped"].map((place) => join(folder, name, signal, place));
      for (const place of [whole, stopped]) {
        mkdirSync(place, { recursive: true });
        writeFileSync(join(place, "table.csv"), madeTable(600));
      }
      const undisturbed = await cli.run(whole, ...argv);
      expect(undisturbed.code).toBe(0);
      const checkpoints = (): string[] => {
        try {
          return readdirSync(join(stopped, ".eigennas", "training")).filter((file) => file.endsWith(".training"));
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
      expect(resumed.err).not.toContain(first);
      expect(resumed.code).toBe(0);
      expect(outcome(stopped, resumed.out)).toBe(outcome(whole, undisturbed.out));
      expect(checkpoints()).toEqual([]);
    });
});
