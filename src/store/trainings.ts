import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { storeFailure } from "./failure.js";
import { makeFolders } from "./folders.js";
import { protocolKey } from "./scores.js";

/** JSON has no NaN and no infinities: null. */
const number = z.number().nullable();
const evaluation = z.object({ loss: number, score: number });

const recordSchema = z.object({
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

/**
 * Opens the trainings of a protocol in a folder, which is made: one line of JSON a training after a first line with the
 * protocol. A line that was cut off by the end of a process is skipped. Throws AppError `store` when it cannot be read or
 * written.
 */
export function openTrainings(folder: string, protocol: unknown): TrainingFile {
  const key = protocolKey(protocol);
  const path = join(folder, `${key}.jsonl`);
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw storeFailure(path, cause);
    }
  };
  const text = guarded(() => (existsSync(path) ? readFileSync(path, "utf8") : ""));
  if (text === "") {
    guarded(() => {
      makeFolders(dirname(path));
      appendFileSync(path, `${JSON.stringify({ protocol })}\n`);
    });
  } else if (!text.endsWith("\n")) guarded(() => appendFileSync(path, "\n"));
  return {
    path,
    records: recordsOf(text),
    append: (record) => guarded(() => appendFileSync(path, `${JSON.stringify(record)}\n`)),
    checkpoint: (network, seed) => {
      const name = createHash("sha256").update(`${network} ${seed}`).digest("hex").slice(0, 16);
      return join(folder, `${key}-${name}.training`);
    },
  };
}

function recordsOf(text: string): TrainingRecord[] {
  const found = new Map<string, TrainingRecord>();
  for (const line of text.split("\n").slice(1)) {
    const record = parsed(line);
    if (record !== undefined && !found.has(`${record.seed} ${record.network}`))
      found.set(`${record.seed} ${record.network}`, record);
  }
  return [...found.values()];
}

function parsed(line: string): TrainingRecord | undefined {
  try {
    const checked = recordSchema.safeParse(JSON.parse(line));
    return checked.success ? checked.data : undefined;
  } catch {
    return undefined;
  }
}
