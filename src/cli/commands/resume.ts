import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { AppError } from "../../errors.js";
import { openStore, type Run, type RunStore } from "../../store/index.js";
import { defineCommand } from "../command.js";
import {
  flag,
  outputFlags,
  outputShape,
  storeFlags,
  storePath,
  storeShape,
  threadFlags,
  threadShape,
} from "../options.js";
import { protocolOf, type ResumedRun, type SearchPlan } from "../run-search.js";
import { finishSearch, searchCommandSchema, searchWith } from "./search.js";

export const resumeCommand = defineCommand({
  name: "resume",
  summary: "go on with a search that was ended: by Ctrl-C, a crash, a full disk",
  operands: [
    { syntax: "[run]", key: "run", description: "run id, or a part of it (default: the last unfinished run)" },
  ],
  flags: [
    {
      syntax: "--force",
      description:
        "go on with a run that is marked as running: its process was on another machine and has ended, or its number is another program's by now",
    },
    ...threadFlags,
    ...storeFlags,
    { syntax: "--quiet", description: "no progress on stderr" },
    ...outputFlags,
  ],
  examples: ["eigennas resume", "eigennas resume 2026-11-24-0419-1a2b3c --threads 2"],
  schema: z.strictObject({
    run: z.string().optional(),
    force: flag,
    threads: threadShape.threads.unwrap().optional(),
    ...storeShape,
    quiet: flag,
    ...outputShape,
  }),
  run: async (options, io) => {
    const path = storePath(options.store, io.cwd);
    const run = unfinishedRun(path, options.run, options.force);
    const { request, command } = run.protocol;
    if (request === undefined) {
      throw new AppError("usage", `run ${run.id}: it was made by a version that could not resume`, {
        hint: `Repeat it: ${command}`,
      });
    }
    const typed = { ...request.options };
    const checked = searchCommandSchema.parse(typed);
    const { json, quiet } = options;
    const search = { ...checked, store: path, json, quiet, threads: options.threads ?? checked.threads };
    const { plan, outcome } = await searchWith(
      search,
      { ...io, cwd: request.folder, commandLine: command },
      { typed, claim: (store, plan) => claimed(store, plan, run, options.force) },
    );
    return finishSearch(plan, outcome, { ...search, store: options.store }, io);
  },
});

/**
 * The run that is meant, or the last one that was not finished. Throws AppError `not-found`, or `usage` for a run that is
 * complete or running, before anything is loaded.
 */
function unfinishedRun(path: string, wanted: string | undefined, force: boolean): Run {
  const store = openStore(path, "read");
  try {
    const runs = wanted === undefined ? store.list() : [];
    const ended = runs.find(
      ({ status }) => status === "interrupted" || status === "failed" || (force && status === "running"),
    );
    const name = wanted ?? (ended ?? runs.find(({ status }) => status === "running"))?.id;
    if (name === undefined) {
      throw new AppError("not-found", "no run is unfinished: there is nothing to resume", {
        hint: "`eigennas runs` lists the runs.",
      });
    }
    const run = store.load(name);
    store.checkClaim(run.id, { force });
    return run;
  } finally {
    store.close();
  }
}

/** Takes the run over if data and space are still those that it began with. Throws AppError `data` or `usage`. */
function claimed(store: RunStore, plan: SearchPlan, run: Run, force: boolean): ResumedRun {
  const [then, now] = [run.protocol, protocolOf(plan)];
  const changed = (
    [
      ["the data", then.batch.batchHash, now.batch.batchHash],
      ["the space", then.space, JSON.parse(JSON.stringify(now.space))],
      ["eigennas", then.version, now.version],
    ] as const
  ).find(([, before, after]) => !isDeepStrictEqual(before, after));
  if (changed !== undefined) {
    const [what, before, after] = changed;
    throw new AppError("data", `run ${run.id}: expected ${what} as when it began, it is another one now`, {
      hint: `Bring the old one back, or begin a new search: ${then.command}`,
      details: { before, after },
    });
  }
  store.claim(run.id, { force });
  return { id: run.id, seconds: store.load(run.id).seconds };
}
