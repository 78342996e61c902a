import { AppError } from "../errors.js";

/** @throws AppError "usage" unless `value` is an integer of at least `least`. */
export function checkInteger(name: string, value: number, least = 1): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new AppError("usage", `${name}: expected an integer of at least ${least}, got ${value}`, {
      details: { name, value },
    });
  }
}

/**
 * How a search ended that its signal stopped: `budget` when the time was up (`AbortSignal.timeout`, alone or in
 * `AbortSignal.any`, whose reason is a TimeoutError), `cancelled` otherwise.
 */
export function stoppedBy(signal: AbortSignal): "budget" | "cancelled" {
  const reason: unknown = signal.reason;
  return reason instanceof Error && reason.name === "TimeoutError" ? "budget" : "cancelled";
}

/** Whether the signal is aborted now; a call, since its state changes while a search waits. */
export const isAborted = (signal: AbortSignal | undefined): signal is AbortSignal => signal?.aborted === true;

/**
 * Waits for work that a signal may end.
 *
 * @returns what came, or undefined when the work was given up because of the signal; other failures are thrown on.
 */
export async function unlessAborted<R>(
  work: () => Promise<R>,
  signal: AbortSignal | undefined,
): Promise<R | undefined> {
  if (isAborted(signal)) return undefined;
  try {
    return await work();
  } catch (error) {
    if (isAborted(signal)) return undefined;
    throw error;
  }
}
