import { z } from "zod";
import { openLines } from "./lines.js";

/** JSON has no NaN and no infinities: null. */
const number = z.number().nullable();
const evaluation = z.object({ loss: number, score: number });

export const recordSchema = z.object({
  network: z.string(),
  seed: z.number(),
  history: z.array(
    z.object({
      epoch: z.number(),
      learningRate: number,
      train: evaluation,
      validation: z.exactOptional(evaluation),
    }),
  ),
  /** The epoch whose weights were judged. */
  epoch: z.number(),
  train: z.exactOptional(evaluation),
  validation: z.exactOptional(evaluation),
  test: z.exactOptional(evaluation),
  failure: z.exactOptional(z.string()),
  seconds: z.number(),
});

/** What one training of one network gave. */
export type TrainingRecord = z.output<typeof recordSchema>;

/** Trainings of one protocol, in a file that is only appended to. */
export interface TrainingFile {
  readonly path: string;
  readonly records: readonly TrainingRecord[];
  append(record: TrainingRecord): void;
  /** Where the checkpoint of a training that is under way belongs. */
  checkpoint(network: string, seed: number): string;
}

/** Opens the trainings of a protocol in a folder, which is made. Throws AppError `store` when it cannot be read or written. */
export function openTrainings(folder: string, protocol: unknown): TrainingFile {
  const { path, records, append, checkpoint } = openLines(folder, protocol, {
    schema: recordSchema,
    keyOf: ({ seed, network }) => `${seed} ${network}`,
  });
  return {
    path,
    records,
    append: (record) => {
      append([record]);
    },
    checkpoint: (network, seed) => checkpoint(`${network} ${seed}`),
  };
}
