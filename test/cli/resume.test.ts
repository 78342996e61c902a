import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BuiltCli } from "../support/built-cli.js";
import { killed, madeTable, shortSearches, undisturbed } from "../support/killed-runs.js";

let cli: BuiltCli;
const folder = mkdtempSync(join(tmpdir(), "eigennas-resume-"));
beforeAll(async () => {
  cli = await BuiltCli.make();
});
afterAll(() => {
  cli.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("kill -9 and resume", () => {
  it.each(["exact on two threads", "evolution", "table with target"])(
    "leaves what an undisturbed run leaves: %s",
    { timeout: 240_000 },
    async (name) => {
      const argv = shortSearches[name];
      const places = ["whole", "killed"].map((place) => join(folder, name.replaceAll(" ", "-"), place));
      for (const place of places) {
        mkdirSync(place, { recursive: true });
        writeFileSync(join(place, "table.csv"), madeTable(60));
      }
      const { milliseconds, ...whole } = await undisturbed(cli, places[0], argv);
      const { killed: count, ...after } = await killed(cli, places[1], argv, { kills: 2, seed: 7, milliseconds });
      expect(count).toBeGreaterThan(0);
      expect(after).toEqual(whole);
      expect(new Set(after.rows.map(({ genotype }) => genotype)).size).toBe(after.rows.length);
    },
  );
});
