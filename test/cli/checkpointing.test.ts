import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkpointWriter, fromCheckpoint } from "../../src/cli/checkpointing.js";
import { AppError } from "../../src/errors.js";
import { checkpointFile, type CheckpointFile } from "../../src/train/index.js";
import { decodeSnapshot } from "../../src/train/snapshot.js";

const folder = mkdtempSync(join(tmpdir(), "eigennas-checkpoint-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("checkpoints", () => {
  it.each([
    { cost: 1, every: 1000 },
    { cost: 200, every: 4000 },
  ])("are written every second, or for a twentieth of the time when writing takes $cost ms", ({ cost, every }) => {
    let time = 0;
    const written: number[] = [];
    const file: CheckpointFile = {
      read: () => undefined,
      write: () => {
        written.push(time);
        time += cost;
      },
      remove: () => undefined,
    };
    const keep = checkpointWriter(file, () => time);
    for (; time < 21_000; time += 10) keep(() => new Uint8Array(1));
    expect(written[0]).toBe(1000);
    for (const [k, at] of written.entries())
      if (k > 0) expect(Math.abs(at - written[k - 1] - every - cost)).toBeLessThan(11);
    expect(written.length).toBeGreaterThan(4);
  });

  it("that are damaged are removed, and the work begins anew; other errors stay errors", async () => {
    const file = checkpointFile(join(folder, "a.training"));
    file.write(Uint8Array.from([1, 2, 3]));
    const seen: boolean[] = [];
    const work = (resume: Uint8Array | undefined): Promise<string> => {
      seen.push(resume !== undefined);
      if (resume !== undefined) decodeSnapshot(resume, "key");
      return Promise.resolve("done");
    };
    expect(await fromCheckpoint(file, work)).toBe("done");
    expect(seen).toEqual([true, false]);
    expect(file.read()).toBeUndefined();
    const broken = fromCheckpoint(file, () => Promise.reject(new AppError("numeric", "diverges")));
    await expect(broken).rejects.toThrow("diverges");
  });
});
