import { isSnapshotError, type CheckpointFile } from "../train/index.js";

/** Milliseconds between checkpoints at least. */
const checkpointEvery = 1000;

/** Writing takes at most one part in so many of the time. */
const shareOfTime = 20;

/**
 * Writes snapshots to a file as a training goes on: every second, or less often where writing takes longer than a twentieth of
 * that. A hard kill loses what came after the last one.
 */
export function checkpointWriter(file: CheckpointFile, now: () => number): (snapshot: () => Uint8Array) => void {
  let next = now() + checkpointEvery;
  return (snapshot) => {
    const begun = now();
    if (begun < next) return;
    file.write(snapshot());
    const ended = now();
    next = ended + Math.max(checkpointEvery, shareOfTime * (ended - begun));
  };
}

/**
 * Work that goes on from a checkpoint, if there is one; a checkpoint that is damaged, or of something else, is removed, and
 * the work begins anew, with the same result.
 */
export async function fromCheckpoint<T>(
  file: CheckpointFile,
  work: (resume: Uint8Array | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await work(file.read());
  } catch (error) {
    if (!isSnapshotError(error)) throw error;
    file.remove();
    return work(undefined);
  }
}
