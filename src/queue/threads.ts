import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { AppError } from "../errors.js";

/** What a worker thread sends back: the result, or one of our errors as plain data. */
export type Reply<Value> =
  | { readonly value: Value }
  | {
      readonly error: {
        readonly code: AppError["code"];
        readonly message: string;
        readonly hint?: string;
        readonly details: AppError["details"];
      };
    };

/**
 * `threads` worker threads that run the default export of `entry`, a path without ending seen from the module `from`
 * (its `import.meta.url`). From source, `entry-source.mjs` compiles it on the fly. Destroy the pool, or the process stays.
 */
export function threadPool(entry: string, from: string, threads: number, workerData?: unknown): Piscina {
  const source = from.endsWith(".ts");
  return new Piscina({
    filename: fileURLToPath(new URL(source ? `${entry}-source.mjs` : `${entry}.js`, from)),
    ...(source ? { execArgv: [] } : {}),
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Infinity,
    workerData,
  });
}

/**
 * The result of `work`, or its error, after a turn of the event loop: a worker waits for tasks without one, and memory
 * outside of JavaScript's heap that nobody refers to any more, such as outgrown arenas, is given back in such turns only.
 * Our errors travel as plain data, since a thread boundary strips their class and fields.
 */
export async function replyOf<Value>(work: () => Value): Promise<Reply<Value>> {
  await setImmediate();
  try {
    return { value: work() };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, hint, details } = error;
    return { error: { code, message, details, ...(hint === undefined ? {} : { hint }) } };
  }
}

/** The result that a worker thread sent. Throws the error that it sent. */
export function valueOf<Value>(reply: Reply<Value>): Value {
  if ("value" in reply) return reply.value;
  const { code, message, ...rest } = reply.error;
  throw new AppError(code, message, rest);
}
