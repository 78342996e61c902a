import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { protocolKey } from "../../src/store/lines.js";
import { openScores } from "../../src/store/scores.js";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "eigennas-scores-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const protocol = { group: "made", sizes: { channels: 4, cells: 1 } };
const record = (cell: number, value = cell / 3) => ({ cell, draw: 0, values: { made: value }, seconds: 0.01 });

describe("openScores", () => {
  it("gives back what was appended, infinities and failures too", () => {
    const records = [record(1), { ...record(2, -Infinity), failure: "overflow" }, record(3, Infinity)];
    openScores(folder, protocol).append(records);
    expect(openScores(folder, protocol).records).toEqual(records);
  });

  it("has one file a protocol, whatever the order of its keys", () => {
    expect(protocolKey({ sizes: { cells: 1, channels: 4 }, group: "made" })).toBe(protocolKey(protocol));
    expect(protocolKey({ ...protocol, group: "other" })).not.toBe(protocolKey(protocol));
    openScores(folder, protocol).append([record(1)]);
    expect(openScores(folder, { ...protocol, group: "other" }).records).toEqual([]);
  });

  it("skips a line that was cut off anywhere, and appends behind it", () => {
    const { path } = openScores(folder, protocol);
    openScores(folder, protocol).append([record(1), record(2)]);
    const whole = readFileSync(path);
    const first = whole.indexOf("\n", whole.indexOf("\n") + 1) + 1;
    for (let size = first + 1; size < whole.length; size++) {
      writeFileSync(path, whole);
      truncateSync(path, size);
      // Without its last line break a record is whole.
      const kept = size === whole.length - 1 ? [record(1), record(2)] : [record(1)];
      expect(openScores(folder, protocol).records).toEqual(kept);
      openScores(folder, protocol).append([record(9)]);
      expect(openScores(folder, protocol).records).toEqual([...kept, record(9)]);
    }
  });

  it("keeps the first of two records of one network and draw, as two processes may write", () => {
    const [one, two] = [openScores(folder, protocol), openScores(folder, protocol)];
    one.append([record(1, 5)]);
    two.append([record(1, 6), { ...record(1, 7), draw: 1 }]);
    expect(openScores(folder, protocol).records).toEqual([record(1, 5), { ...record(1, 7), draw: 1 }]);
  });

  it("skips lines that are no records, and names a file that cannot be opened", () => {
    const { path } = openScores(folder, protocol);
    appendFileSync(path, '{"cell": "x"}\nnoise\n[]\n');
    expect(openScores(folder, protocol).records).toEqual([]);
    writeFileSync(join(folder, "file"), "");
    expect(() => openScores(join(folder, "file"), protocol)).toThrow(/file/);
  });

  it("loses nothing that was appended when the process is killed", () => {
    const script = `
      const { openScores } = await import(${JSON.stringify(new URL("../../src/store/scores.ts", import.meta.url).href)});
      const file = openScores(${JSON.stringify(folder)}, ${JSON.stringify(protocol)});
      for (let cell = 0; cell < 50; cell++) file.append([{ cell, draw: 0, values: { made: cell }, seconds: 0 }]);
      process.kill(process.pid, "SIGKILL");`;
    const root = fileURLToPath(new URL("../../", import.meta.url));
    const run = () =>
      execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
        cwd: root,
        stdio: "ignore",
      });
    expect(run).toThrow();
    expect(openScores(folder, protocol).records.map(({ cell }) => cell)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
  });
});
