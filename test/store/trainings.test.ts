import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openTrainings, type TrainingRecord } from "../../src/store/trainings.js";

const folder = mkdtempSync(join(tmpdir(), "eigennas-trainings-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const record: TrainingRecord = {
  network: "relu",
  seed: 1,
  history: [{ epoch: 1, learningRate: 0.1, train: { loss: 1.25, score: 0.5 } }],
  epoch: 1,
  train: { loss: 1, score: 0.6 },
  test: { loss: NaN, score: 0.1 + 0.2 },
  seconds: 2,
};

it("keeps trainings by protocol, the first of each, and skips a line that was cut off", () => {
  const file = openTrainings(folder, { epochs: 3, rate: 0.1 });
  file.append(record);
  file.append({ ...record, seed: 2 });
  file.append({ ...record, seconds: 99 });
  appendFileSync(file.path, '{"network":"tanh","se');
  const again = openTrainings(folder, { rate: 0.1, epochs: 3 });
  expect(again.records).toEqual([
    { ...record, test: { loss: null, score: 0.1 + 0.2 } },
    { ...record, seed: 2, test: { loss: null, score: 0.1 + 0.2 } },
  ]);
  again.append({ ...record, network: "tanh" });
  expect(openTrainings(folder, { rate: 0.1, epochs: 3 }).records).toHaveLength(3);
  expect(openTrainings(folder, { rate: 0.2, epochs: 3 }).records).toEqual([]);
  expect(file.checkpoint("relu", 1)).not.toBe(file.checkpoint("relu", 2));
  expect(file.checkpoint("relu", 1)).toBe(again.checkpoint("relu", 1));
});
