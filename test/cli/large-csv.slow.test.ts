import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rng } from "../../src/rng.js";
import { BuiltCli } from "../support/built-cli.js";

const gigabyte = 1e9;
const folder = mkdtempSync(join(tmpdir(), "eigennas-large-"));
const { bavail, bsize } = statfsSync(folder);
const room = bavail * bsize > 3 * gigabyte;

/** Prints the greatest memory that the process had, in kB, as the last line on stderr. */
const measured = `data:text/javascript,process.on("exit", () => process.stderr.write("maxRSS " + process.resourceUsage().maxRSS + "\\n"))`;

let cli: BuiltCli;
let rows = 0;

beforeAll(async () => {
  if (!room) return;
  cli = await BuiltCli.make();
  const random = rng(4, "large");
  const file = openSync(join(folder, "large.csv"), "w");
  const header = `${Array.from({ length: 12 }, (_, j) => `column ${j}`).join(",")},colour,kind\n`;
  let size = writeSync(file, header);
  const lines = Array.from({ length: 40_000 }, (_, i) => {
    const kind = i % 3;
    const numbers = Array.from({ length: 12 }, () => (kind + random.normal()).toFixed(6));
    return [
      ...numbers,
      ["red", "green", "blue, dark"][i % 2 === 0 ? 0 : i % 3].replace(/^(.*,.*)$/, '"$1"'),
      `class ${kind}`,
    ].join(",");
  });
  const block = Buffer.from(`${lines.join("\n")}\n`);
  while (size < gigabyte) {
    size += writeSync(file, block);
    rows += lines.length;
  }
  closeSync(file);
}, 300_000);

afterAll(() => {
  if (room) cli.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a CSV file of 1 GB", () => {
  it.for([
    ["search", "--data", "csv:large.csv", "--target", "kind", "--depth", "2", "--threads", "1", "--json"],
    ["data", "describe", "csv:large.csv", "--target", "kind", "--json"],
  ])("goes through %s in less than 1 GB of memory", async (argv, { skip }) => {
    if (!room) skip("needs 3 GB of free space in the folder for temporary files");
    const { code, out, err } = await cli.start(folder, argv, ["--import", measured]).ended;
    expect([code, err]).toEqual([0, expect.stringMatching(/maxRSS \d+\n$/)]);
    const peak = 1024 * Number(/maxRSS (\d+)/.exec(err)![1]);
    expect(peak).toBeGreaterThan(5e7);
    expect(peak).toBeLessThan(gigabyte);
    expect(out).toContain(`large.csv has ${rows.toLocaleString("en-US")} rows (1,0`);
    expect(out).toContain("drawn at random (seed 0), were read");
    process.stdout.write(`${argv[0]}: peak ${Math.round(peak / 1e6)} MB\n`);
  });
});
