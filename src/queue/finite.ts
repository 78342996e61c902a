import { AppError } from "../errors.js";
import { finiteByteLimit } from "../score/finite-draws.js";
import type { FiniteSettings, FiniteWidthScore } from "../score/finite-width.js";
import type { Backend } from "./backend.js";

/** One genotype at one width. */
export interface FiniteJob {
  readonly genotype: string;
  readonly settings: FiniteSettings;
}

/**
 * Runs jobs of `bytes` memory at most each, no more at once than the threads of the backend or than fit in the limit of
 * memory. A network whose values overflow gives undefined. `onScore` is told each score when it is there. Throws what the
 * task throws otherwise, and an abort.
 */
export async function finiteOn(
  backend: Backend,
  jobs: readonly FiniteJob[],
  bytes: number,
  signal?: AbortSignal,
  onScore?: (score: FiniteWidthScore) => void,
): Promise<(FiniteWidthScore | undefined)[]> {
  const results = new Array<FiniteWidthScore | undefined>(jobs.length);
  const memory = jobs.at(0)?.settings.memory ?? finiteByteLimit;
  const atOnce = Math.max(1, Math.min(backend.threads, Math.floor(memory / bytes), jobs.length));
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < jobs.length) {
      const at = next++;
      const score = await scored(backend, jobs[at], signal);
      results[at] = score;
      if (score !== undefined) onScore?.(score);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

async function scored(
  backend: Backend,
  { genotype, settings }: FiniteJob,
  signal: AbortSignal | undefined,
): Promise<FiniteWidthScore | undefined> {
  try {
    return (await backend.run({ kind: "finite", genotypes: [genotype], settings }, signal))[0];
  } catch (error) {
    if (error instanceof AppError && error.code === "numeric") return undefined;
    throw error;
  }
}
