import { hostname } from "node:os";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { AppError } from "../errors.js";
import { decodeArtifacts, decodeProtocol, encodeJson } from "./codec.js";
import { connect, inTransaction, type Connection } from "./connection.js";
import { storeFailure } from "./failure.js";
import { newRunId, resolveRunId } from "./ids.js";
import { placeToRead, placeToWrite, type Place } from "./place.js";
import { statements } from "./schema.js";
import type { Run, RunRow, RunStatus, RunStore, RunSummary } from "./types.js";

interface StoredRun {
  readonly key: number;
  readonly id: string;
  readonly created_at: string;
  readonly status: string;
  readonly host: string | null;
  readonly process: number | null;
  readonly seconds: number;
  readonly protocol: unknown;
  readonly evaluated: number;
  readonly skipped_by_bound: number;
  readonly exact_top_k: number;
  readonly artifacts: unknown;
}

interface StoredRow {
  readonly genotype: string;
  readonly score: number | null;
  readonly lambda_min: number | null;
  readonly lambda_min_normalized: number | null;
  readonly lb: number | null;
  readonly ub_pair: number | null;
  readonly residual: number | null;
  readonly failure: string | null;
}

/**
 * The store of runs in one SQLite file, made with its folder when absent. Several processes may write to it at once:
 * each call is one short transaction, and a call waits for the others. A run that was never finished is `running` as long
 * as its process is alive, then `interrupted`; of a process on another machine it is not known, it stays `running`.
 *
 * @param path a file, or `:memory:`
 * @param access `read` makes and changes nothing, and takes a store that may not be written
 * @throws AppError `not-found` when there is no file to read, `store` when the file is not a store, is damaged, cannot be written, or was made by a newer version
 * @example
 * const store = openStore("runs.sqlite");
 * const id = store.create(protocol, new Date().toISOString());
 * store.append(id, rows);
 * store.load("latest").rows;
 */
export function openStore(path: string, access: "write" | "read" = "write"): RunStore {
  const place = placed(path, access);
  const database = opened(path, place);
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw storeFailure(path, cause);
    }
  };
  const prepared = guarded(() => ({
    insertRun: database.prepare(statements.insertRun),
    insertRow: database.prepare(statements.insertRow),
    insertStep: database.prepare(statements.insertStep),
    stepOfRun: database.prepare(statements.stepOfRun),
    dropSteps: database.prepare(statements.dropSteps),
    progressOfRun: database.prepare(statements.progressOfRun),
    claimRun: database.prepare(statements.claimRun),
    finishRun: database.prepare(statements.finishRun),
    amendRun: database.prepare(statements.amendRun),
    keyOfRun: database.prepare(statements.keyOfRun),
    ids: database.prepare(statements.ids),
    summaries: database.prepare(statements.summaries),
    run: database.prepare(statements.run),
    rowsOfRun: database.prepare(statements.rowsOfRun),
  }));
  const keyOf = (runId: string): number => {
    const found = prepared.keyOfRun.get(runId) as { key: number } | undefined;
    if (found === undefined) throw new AppError("not-found", `run ${JSON.stringify(runId)}: there is no such run`);
    return found.key;
  };
  const claimable = (runId: string, { force = false }: { readonly force?: boolean } = {}): void => {
    keyOf(runId);
    checkClaim(prepared.run.get(runId) as StoredRun, force);
  };

  return {
    create: (protocol, createdAt) =>
      guarded(() => {
        const json = encodeJson(protocol);
        for (;;) {
          const id = newRunId(createdAt);
          if (prepared.insertRun.run(id, createdAt, json, hostname(), process.pid).changes === 1) return id;
        }
      }),

    append: (runId, rows, step) =>
      guarded(() =>
        inTransaction(database, () => {
          const run = keyOf(runId);
          for (const row of rows) {
            prepared.insertRow.run(
              run,
              row.genotype,
              finite(row.score),
              finite(row.lambdaMin),
              finite(row.lambdaMinNormalized),
              finite(row.LB),
              finite(row.UBpair),
              finite(row.residual),
              row.failure,
            );
          }
          if (step === undefined) return;
          prepared.insertStep.run(run, step.number, deflateRawSync(step.reply, { level: 1 }));
          prepared.progressOfRun.run(step.seconds, step.skippedByBound, run);
        }),
      ),

    step: (runId, number) =>
      guarded(() => {
        const found = prepared.stepOfRun.get(runId, number) as { reply: Uint8Array } | undefined;
        if (found === undefined) return undefined;
        try {
          return inflateRawSync(found.reply).toString("utf8");
        } catch (cause) {
          throw new AppError("store", `run ${runId}: its step ${number} is damaged and cannot be resumed`, {
            hint: "Repeat the search.",
            details: { run: runId, step: number },
            cause,
          });
        }
      }),

    checkClaim: (runId, options) => guarded(() => claimable(runId, options)),

    claim: (runId, options) =>
      guarded(() =>
        inTransaction(database, () => {
          claimable(runId, options);
          prepared.claimRun.run(hostname(), process.pid, runId);
        }),
      ),

    finish: (runId, outcome) =>
      guarded(() => {
        const artifacts = outcome.artifacts === null ? null : encodeJson(outcome.artifacts);
        inTransaction(database, () => {
          const { changes } = prepared.finishRun.run(
            outcome.status,
            outcome.seconds,
            outcome.evaluated,
            outcome.skippedByBound,
            outcome.exactTopK ? 1 : 0,
            artifacts,
            runId,
          );
          if (changes === 0) keyOf(runId);
          if (outcome.status === "complete") prepared.dropSteps.run(runId);
        });
      }),

    amend: (runId, part) =>
      guarded(() =>
        inTransaction(database, () => {
          keyOf(runId);
          const artifacts = decodeArtifacts(runId, (prepared.run.get(runId) as StoredRun).artifacts);
          if (artifacts === null) return false;
          prepared.amendRun.run(encodeJson({ ...artifacts, ...part }), runId);
          return true;
        }),
      ),

    list: () => guarded(() => (prepared.summaries.all() as StoredRun[]).map(summaryOf)),

    load: (wanted) =>
      guarded((): Run => {
        const id = resolveRunId(
          wanted,
          (prepared.ids.all() as { id: string }[]).map((row) => row.id),
        );
        const stored = prepared.run.get(id) as StoredRun;
        return {
          ...summaryOf(stored),
          rows: (prepared.rowsOfRun.all(stored.key) as StoredRow[]).map(rowOf),
          artifacts: decodeArtifacts(id, stored.artifacts),
        };
      }),

    close: () => {
      database.close();
      place.release();
    },
  };
}

function placed(path: string, access: "write" | "read"): Place {
  try {
    return access === "write" ? placeToWrite(path) : placeToRead(path);
  } catch (cause) {
    throw storeFailure(path, cause);
  }
}

function opened(path: string, place: Place): Connection {
  try {
    return connect(place.path);
  } catch (error) {
    place.release();
    if (!(error instanceof AppError)) throw error;
    const { code, message, hint, details } = error;
    const text = message.replace(place.path, path);
    throw new AppError(code, text, { details, cause: error, ...(hint === undefined ? {} : { hint }) });
  }
}

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);

function summaryOf(stored: StoredRun): RunSummary {
  return {
    id: stored.id,
    status: statusOf(stored),
    createdAt: stored.created_at,
    seconds: stored.seconds,
    protocol: decodeProtocol(stored.id, stored.protocol),
    evaluated: stored.evaluated,
    skippedByBound: stored.skipped_by_bound,
    exactTopK: stored.exact_top_k === 1,
  };
}

/** Throws AppError `usage` for a run that is complete, or running and not taken over by force. */
function checkClaim(stored: StoredRun, force: boolean): void {
  const { id, host, process: owner } = stored;
  const status = statusOf(stored);
  if (status === "complete") {
    throw new AppError("usage", `run ${id}: it is complete, there is nothing to resume`, {
      hint: `See it with: eigennas report ${id}`,
    });
  }
  if (status === "running" && !force) {
    const where = host === hostname() ? "" : ` on ${host ?? "another machine"}`;
    throw new AppError("usage", `run ${id}: process ${owner ?? "?"}${where} works on it`, {
      hint: "Wait until it ends; if it has (on another machine, or its number is another program's by now), add --force.",
      details: { run: id, host, process: owner },
    });
  }
}

const known = ["running", "complete", "interrupted", "failed"] as const satisfies readonly RunStatus[];

function statusOf(stored: StoredRun): RunStatus {
  const status = known.find((name) => name === stored.status);
  if (status === "running" && isAbandoned(stored)) return "interrupted";
  if (status !== undefined) return status;
  throw new AppError("store", `run ${stored.id}: expected a status of ${known.join(", ")}, got ${stored.status}`, {
    hint: "Repeat the search to get this run again.",
  });
}

/** Whether the process that made this run is known to be gone: it ran here and is not alive. */
function isAbandoned({ host, process: id }: StoredRun): boolean {
  if (host !== hostname() || id === null) return false;
  try {
    process.kill(id, 0); // signal 0 only asks
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

const rowOf = (stored: StoredRow): RunRow => ({
  genotype: stored.genotype,
  score: stored.score,
  lambdaMin: stored.lambda_min,
  lambdaMinNormalized: stored.lambda_min_normalized,
  LB: stored.lb,
  UBpair: stored.ub_pair,
  residual: stored.residual,
  failure: stored.failure,
});
