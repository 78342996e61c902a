import { randomBytes } from "node:crypto";
import { AppError, nearestName } from "../errors.js";

/**
 * A run's name, `2026-11-24-0419-1a2b3c`: day and minute (UTC) of its beginning, so that names sort by time, then three
 * random bytes, so that two processes do not choose the same one.
 */
export function newRunId(createdAt: string): string {
  const time = new Date(createdAt);
  if (Number.isNaN(time.getTime())) {
    throw new AppError("store", `createdAt: expected an ISO 8601 time, got ${JSON.stringify(createdAt)}`);
  }
  const iso = time.toISOString();
  return `${iso.slice(0, 10)}-${iso.slice(11, 13)}${iso.slice(14, 16)}-${randomBytes(3).toString("hex")}`;
}

/**
 * The one run that `wanted` means: `latest`, a whole id, a unique prefix, or the random end of an id.
 *
 * @param ids all ids, latest first
 * @throws AppError `not-found` when none or several match, with the nearest ids
 */
export function resolveRunId(wanted: string, ids: readonly string[]): string {
  if (ids.length === 0) {
    throw new AppError("not-found", `run ${quote(wanted)}: the store holds no runs yet`, {
      hint: "Start one with `eigennas search --data mnist`.",
    });
  }
  if (wanted === "latest") return ids[0];
  if (ids.includes(wanted)) return wanted;
  const prefixed = wanted === "" ? [] : ids.filter((id) => id.startsWith(wanted));
  const matches = prefixed.length > 0 || wanted.length < 4 ? prefixed : ids.filter((id) => id.endsWith(wanted));
  if (matches.length === 1) return matches[0];
  if (matches.length > 1) {
    throw new AppError("not-found", `run ${quote(wanted)}: expected one run, ${matches.length} runs match`, {
      hint: `Write more of the id: ${someOf(matches)}.`,
      details: { matches },
    });
  }
  const near = nearestName(wanted, ids);
  const suggestion = near === undefined ? `the latest runs are ${someOf(ids)}` : `the nearest is ${near}`;
  throw new AppError("not-found", `run ${quote(wanted)}: there is no such run`, {
    hint: `Of ${ids.length} ${ids.length === 1 ? "run" : "runs"}, ${suggestion}; \`eigennas runs\` lists them.`,
    details: { nearest: near === undefined ? ids.slice(0, 5) : [near] },
  });
}

const quote = (text: string): string => JSON.stringify(text);

const someOf = (ids: readonly string[]): string =>
  ids.slice(0, 5).join(", ") + (ids.length > 5 ? `, and ${ids.length - 5} more` : "");
