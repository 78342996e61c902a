import { AppError } from "../errors.js";
import type { Backend, Task, TaskResults } from "./backend.js";

/** What one step of a search gave. */
export interface RecordedStep {
  readonly number: number;
  /** Whether the answers came from the record, which then holds them already. */
  readonly replayed: boolean;
  /** Text that `replyOf` of a later run gives back. */
  readonly reply: () => string;
}

/** A backend whose answers are remembered step by step, so that a search can be repeated up to where it was ended. */
export interface RecordedBackend {
  readonly backend: Backend;
  /** Ends a step: everything that was asked since the last one. */
  endStep(): RecordedStep;
}

/**
 * Wraps a backend. A search is a function of its options and of the answers it gets, and asks in a fixed order; so the
 * n-th question of a step is answered by the n-th answer of the recorded step, as long as there are any, and by the
 * backend from then on. The order is that of asking, whatever the order in which threads answer.
 *
 * @param replyOf the recorded text of a step, undefined beyond the last one.
 * @throws AppError "store", from `run`, for a record that does not fit.
 */
export function recordedBackend(backend: Backend, replyOf: (step: number) => string | undefined): RecordedBackend {
  let number = 0;
  let answers: unknown[] = [];
  let recorded = decode(replyOf(0), 0);
  let asked = 0;
  return {
    backend: {
      threads: backend.threads,
      run: async <T extends Task>(task: T, signal?: AbortSignal) => {
        const place = asked++;
        if (recorded !== undefined) {
          if (place >= recorded.length) throw damaged(number, `it holds ${recorded.length} answers, more were asked`);
          return recorded[place] as TaskResults[T["kind"]];
        }
        const into = answers;
        const answer = await backend.run(task, signal);
        into[place] = answer;
        return answer;
      },
      close: () => backend.close(),
    },
    endStep: () => {
      const ended = answers;
      const step = { number, replayed: recorded !== undefined, reply: () => JSON.stringify(ended.map(encodeValue)) };
      number++;
      answers = [];
      asked = 0;
      if (recorded !== undefined) recorded = decode(replyOf(number), number);
      return step;
    },
  };
}

/** JSON has no NaN, no infinities, no -0 and no arrays of float64: they become objects with one key that no answer has. */
const numberKey = "#number";
const float64Key = "#float64";

function encodeValue(value: unknown): unknown {
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { [numberKey]: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (value instanceof Float64Array) {
    return { [float64Key]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
  }
  if (Array.isArray(value)) return value.map(encodeValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encodeValue(inner)]));
}

function decodeValue(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (numberKey in value) return Number(value[numberKey]);
  if (float64Key in value) {
    const bytes = Buffer.from(String(value[float64Key]), "base64");
    return new Float64Array(new Uint8Array(bytes).buffer);
  }
  return value;
}

function decode(text: string | undefined, step: number): readonly unknown[] | undefined {
  if (text === undefined) return undefined;
  try {
    const answers: unknown = JSON.parse(text, decodeValue);
    if (Array.isArray(answers)) return answers as readonly unknown[];
  } catch (cause) {
    throw damaged(step, "it is no JSON", cause);
  }
  throw damaged(step, "expected a list of answers");
}

const damaged = (step: number, what: string, cause?: unknown): AppError =>
  new AppError("store", `step ${step} of the run cannot be resumed: ${what}`, {
    hint: "Repeat the search.",
    details: { step },
    cause,
  });
