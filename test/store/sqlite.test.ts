import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { storeFailure } from "../../src/store/failure.js";
import { openStore } from "../../src/store/index.js";
import { schemaVersion } from "../../src/store/schema.js";
import type { FiniteWidthScore } from "../../src/score/finite-width.js";
import type { RunArtifacts, RunRow } from "../../src/store/types.js";
import { makeArtifacts, makeFinite, makeProtocol, makeRun, makeTrained } from "../report/fixture.js";
import { appErrorOf as failureOf } from "../support/app-error.js";

const createdAt = "2026-11-24T04:19:02.123Z";
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eigennas-store-"));
  path = join(folder, "runs", "store.sqlite");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the file with plain SQL, behind the store's back. */
function tamper(sql: string): void {
  const database = new Database(path);
  database.exec(sql);
  database.close();
}

const emptyOutcome = { seconds: 1, evaluated: 0, skippedByBound: 0, exactTopK: false, artifacts: null } as const;

describe("a run in the store", () => {
  it("comes back as it was written", () => {
    const run = makeRun();
    const store = openStore(path);
    const id = store.create(run.protocol, run.createdAt);
    store.append(id, run.rows.slice(0, 300));
    store.append(id, run.rows.slice(300));
    const failed: RunRow = { ...run.rows[0], genotype: "relu", score: null, lambdaMin: null, failure: "overflow" };
    store.append(id, [failed]);
    store.finish(id, { ...run, status: "complete" });
    store.close();

    const reopened = openStore(path);
    const loaded = reopened.load(id);
    expect(loaded).toEqual({ ...run, id, rows: [...run.rows, failed] });
    const { rows, artifacts, ...summary } = loaded;
    expect(rows.length).toBe(501);
    expect(artifacts?.top.length).toBe(10);
    expect(reopened.list()).toEqual([summary]);
    reopened.close();
  });

  it("keeps the scores at a finite width, NaN for the error of one draw, and reads runs without them", () => {
    const artifacts = makeArtifacts(makeRun().rows);
    const store = openStore(path);
    const load = (finite: FiniteWidthScore[] | undefined): RunArtifacts => {
      const id = store.create(makeProtocol(), createdAt);
      const all = finite === undefined ? artifacts : { ...artifacts, finite };
      store.finish(id, { ...emptyOutcome, status: "complete", artifacts: all });
      return store.load(id).artifacts!;
    };
    const finite = makeFinite(artifacts);
    expect(load(finite).finite).toEqual(finite);
    expect(load(undefined)).toEqual(artifacts);
    expect(load(undefined)).not.toHaveProperty("finite");
    const [once] = load(makeFinite(artifacts, 1)).finite!;
    expect(once.lambdaMin.standardError).toBeNaN();
    expect(once.lambdaMin.values).toHaveLength(1);
    expect(load([{ ...finite[0], certificate: null, infinite: null, ratio: null }]).finite).toMatchObject([
      { certificate: null, infinite: null, ratio: null },
    ]);
    tamper("UPDATE runs SET artifacts = json_remove(artifacts, '$.finite[0].lambdaMin.mean')");
    expect(failureOf(() => store.load("latest")).message).toContain("artifacts.finite.0.lambdaMin.mean");
    store.close();
  });

  it("takes what training told of it, each in place of the last, but not while it is searched again", () => {
    const store = openStore(path);
    const run = makeRun();
    const id = store.create(run.protocol, createdAt);
    const { choice, training } = makeTrained(run.artifacts!);
    store.amend(id, { choice });
    expect(store.load(id).artifacts).toBeNull();
    store.finish(id, { ...run, status: "complete" });
    store.amend(id, { choice });
    store.amend(id, { training });
    expect(store.load(id).artifacts).toEqual({ ...run.artifacts, choice, training });
    const other = { ...training, about: "another recipe" };
    store.amend(id, { training: other });
    expect(store.load(id).artifacts).toEqual({ ...run.artifacts, choice, training: other });
    expect(failureOf(() => store.amend("none", {})).code).toBe("not-found");
    store.close();
  });

  it("shows as running, with the rows so far, when it never finished", () => {
    const store = openStore(path);
    const id = store.create(makeProtocol(), createdAt);
    store.append(id, makeRun().rows.slice(0, 37));
    store.close();
    const reopened = openStore(path);
    expect(reopened.list().map((run) => [run.id, run.status, run.evaluated])).toEqual([[id, "running", 37]]);
    expect(reopened.load("latest")).toMatchObject({ status: "running", artifacts: null, exactTopK: false });
    reopened.close();
  });

  it("keeps numbers that JSON cannot hold as NaN, and row scores as null", () => {
    const store = openStore(":memory:");
    const run = makeRun();
    const artifacts = makeArtifacts(run.rows);
    const id = store.create(run.protocol, createdAt);
    store.append(id, [{ ...run.rows[0], score: NaN, lambdaMin: Infinity, LB: 5e-324 }]);
    const top = [{ ...artifacts.top[0], lambdaMin: Infinity, metrics: { conditionNumber: Infinity } }];
    store.finish(id, { ...emptyOutcome, status: "complete", artifacts: { ...artifacts, top } });
    const loaded = store.load(id);
    expect(loaded.rows[0]).toMatchObject({ score: null, lambdaMin: null, LB: 5e-324 });
    expect(loaded.artifacts?.top[0].lambdaMin).toBeNaN();
    expect(loaded.artifacts?.top[0].metrics).toEqual({ conditionNumber: null });
    store.close();
  });

  it("keeps fields that a later version adds to the protocol", () => {
    const store = openStore(":memory:");
    const protocol = { ...makeProtocol(), remark: "added" };
    const id = store.create(protocol, createdAt);
    expect(store.load(id).protocol).toEqual(protocol);
    store.close();
  });

  it("is refused rows when it does not exist, and no row is left behind", () => {
    const store = openStore(path);
    expect(failureOf(() => store.append("nobody", makeRun().rows)).code).toBe("not-found");
    expect(failureOf(() => store.finish("nobody", { ...emptyOutcome, status: "failed" })).code).toBe("not-found");
    store.close();
    const database = new Database(path);
    expect(database.prepare("SELECT count(*) AS count FROM rows").get()).toMatchObject({ count: 0 });
    database.close();
  });

  it("takes 50,000 rows in batches of 500 fast", () => {
    const store = openStore(path);
    const id = store.create(makeProtocol(), createdAt);
    const rows = makeRun().rows;
    const started = performance.now();
    for (let batch = 0; batch < 100; batch++) store.append(id, rows);
    const elapsed = performance.now() - started;
    expect(store.load(id).rows.length).toBe(50_000);
    expect(elapsed).toBeLessThan(5_000); // 0.4 s on an idle machine; wide, since tests share their cores
    store.close();
  });

  it("is found by latest, a unique prefix or its random end, and by nothing ambiguous", () => {
    const store = openStore(path);
    const old = store.create(makeProtocol(), "2025-01-31T23:59:59Z");
    const first = store.create(makeProtocol(), createdAt);
    const second = store.create(makeProtocol(), createdAt);
    expect(old).toMatch(/^2025-01-31-2359-[0-9a-f]{6}$/);
    expect(store.load("latest").id).toBe(second);
    expect(store.load("2025").id).toBe(old);
    expect(store.load(first.slice(-6)).id).toBe(first);
    const ambiguous = failureOf(() => store.load("2026-11-24"));
    expect(ambiguous.code).toBe("not-found");
    expect(ambiguous.message).toContain("2 runs match");
    expect(ambiguous.hint).toContain(first);
    expect(ambiguous.hint).toContain(second);
    const slip = failureOf(() => store.load(old.replace("2025", "2024")));
    expect(slip.code).toBe("not-found");
    expect(slip.hint).toContain(old);
    expect(slip.hint).toContain("eigennas runs");
    expect(failureOf(() => store.load("")).code).toBe("not-found");
    expect(store.list().map((run) => run.id)).toEqual([second, first, old]);
    store.close();
  });

  it("of an empty store is not found", () => {
    const store = openStore(":memory:");
    const error = failureOf(() => store.load("latest"));
    expect([error.code, error.message]).toEqual(["not-found", 'run "latest": the store holds no runs yet']);
    expect(store.list()).toEqual([]);
    store.close();
  });

  it.each([
    ["UPDATE runs SET protocol = '{oops'", "protocol", "expected JSON"],
    ["UPDATE runs SET protocol = json_set(protocol, '$.batch.samples', 'many')", "protocol", "protocol.batch.samples"],
    ["UPDATE runs SET protocol = json_remove(protocol, '$.space')", "protocol", "protocol.space"],
    ["UPDATE runs SET artifacts = '{}'", "artifacts", "artifacts.top"],
    ["UPDATE runs SET artifacts = json_remove(artifacts, '$.winner.kernel.values[3]')", "artifacts", "size x size"],
    ["UPDATE runs SET status = 'odd'", "status", "odd"],
  ])("that was damaged is reported: %s", (sql, word, place) => {
    const store = openStore(path);
    const run = makeRun();
    const id = store.create(run.protocol, createdAt);
    store.finish(id, { ...run, status: "complete" });
    store.close();
    tamper(sql);
    const reopened = openStore(path);
    const error = failureOf(() => reopened.load(id));
    expect(error.code).toBe("store");
    expect(error.message).toContain(id);
    expect(error.message).toContain(word);
    expect(error.message).toContain(place);
    reopened.close();
  });
});

describe("the steps of a run", () => {
  const step = { number: 0, reply: '[{"x":0.30000000000000004}]', seconds: 2.5, skippedByBound: 7 };

  it("are stored with their rows or not at all, and dropped when the run is complete", () => {
    const store = openStore(path);
    const id = store.create(makeProtocol(), createdAt);
    const rows = makeRun().rows.slice(0, 3);
    store.append(id, rows, step);
    expect(store.step(id, 0)).toBe(step.reply);
    expect([store.step(id, 1), store.step("nobody", 0)]).toEqual([undefined, undefined]);
    expect(store.load(id)).toMatchObject({ seconds: 2.5, skippedByBound: 7, evaluated: 3 });
    expect(failureOf(() => store.append(id, rows, step)).code).toBe("store"); // a second process with the same step
    expect(store.load(id).rows).toHaveLength(3);
    store.finish(id, { ...emptyOutcome, status: "interrupted" });
    expect(store.step(id, 0)).toBe(step.reply);
    tamper("UPDATE steps SET reply = x'ff00'");
    expect(failureOf(() => store.step(id, 0)).message).toContain("its step 0 is damaged");
    store.finish(id, { ...emptyOutcome, status: "complete" });
    expect(store.step(id, 0)).toBeUndefined();
    store.close();
  });

  it("go to one process: a run is claimed once, by force twice, and never when it is complete", () => {
    const store = openStore(path);
    const id = store.create(makeProtocol(), createdAt);
    expect(failureOf(() => store.claim(id)).message).toContain(`process ${process.pid} works on it`);
    store.claim(id, { force: true });
    store.finish(id, { ...emptyOutcome, status: "failed" });
    store.claim(id);
    expect(store.load(id).status).toBe("running");
    expect(failureOf(() => store.claim(id)).code).toBe("usage");
    store.finish(id, { ...emptyOutcome, status: "complete" });
    expect(failureOf(() => store.claim(id, { force: true })).message).toContain("it is complete");
    expect(failureOf(() => store.claim("nobody")).code).toBe("not-found");
    store.close();
  });
});

describe("two processes on one store", () => {
  it("write at once, to their own runs, and lose nothing", async () => {
    const script = fileURLToPath(new URL("writer.ts", import.meta.url));
    const start = async (name: string): Promise<string> =>
      (await promisify(execFile)(process.execPath, ["--import", "tsx", script, path, name, "100"])).stdout;
    const ids = await Promise.all([start("left"), start("right")]);
    expect(new Set(ids).size).toBe(2);
    const store = openStore(path);
    for (const [i, name] of ["left", "right"].entries()) {
      const run = store.load(ids[i]);
      expect(run.protocol.command).toBe(name);
      expect(run.rows.map((row) => row.genotype)).toEqual(
        Array.from({ length: 2000 }, (_, k) => `${name}-${Math.floor(k / 20)}-${k % 20}`),
      );
    }
    store.close();
  });
});

describe("a file that is not a store of this version", () => {
  it("says both versions when it is newer", () => {
    openStore(path).close();
    tamper(`PRAGMA user_version = ${schemaVersion + 2}`);
    const error = failureOf(() => openStore(path));
    expect(error.code).toBe("store");
    expect(error.message).toContain(`version ${schemaVersion + 2}`);
    expect(error.message).toContain(`up to ${schemaVersion}`);
    expect(error.hint).toContain("Update eigennas");
  });

  it("is refused when it is a text file, and left as it was", () => {
    path = join(folder, "notes.txt");
    const text = "these are notes, not a database. ".repeat(40);
    writeFileSync(path, text);
    const error = failureOf(() => openStore(path));
    expect([error.code, error.details.code]).toEqual(["store", "SQLITE_NOTADB"]);
    expect(error.message).toContain("not a SQLite database");
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it("is refused when it was truncated", () => {
    const store = openStore(path);
    const id = store.create(makeProtocol(), createdAt);
    store.append(id, makeRun().rows);
    store.close();
    tamper("PRAGMA wal_checkpoint(TRUNCATE)");
    truncateSync(path, 8192);
    const error = failureOf(() => {
      const reopened = openStore(path);
      try {
        reopened.load(id);
      } finally {
        reopened.close();
      }
    });
    expect([error.code, error.details.code]).toEqual(["store", "SQLITE_CORRUPT"]);
    expect(error.hint).toContain("recover");
  });

  it("is refused when it belongs to another program", () => {
    path = join(folder, "other.sqlite");
    tamper("CREATE TABLE bookmarks (url TEXT)");
    expect(failureOf(() => openStore(path)).message).toContain("another program");
  });

  it("is refused when its folder cannot be made, or when it is a folder", () => {
    writeFileSync(join(folder, "file"), "");
    const below = failureOf(() => openStore(join(folder, "file", "store.sqlite")));
    expect(below.code).toBe("store");
    expect(below.hint).toContain("folder");
    const itself = failureOf(() => openStore(folder));
    expect(itself.code).toBe("store");
    expect(itself.message).toContain("expected a file for the store, this is a folder");
    expect(itself.hint).toContain(join(folder, "runs.sqlite"));
  });

  it("reading makes nothing, and an abandoned run is interrupted", () => {
    const path = join(folder, "read.sqlite");
    expect(failureOf(() => openStore(path, "read")).code).toBe("not-found");
    expect(existsSync(path)).toBe(false);
    const store = openStore(path);
    const id = store.create(makeProtocol(), createdAt);
    expect(store.load(id).status).toBe("running");
    store.close();
    const database = new Database(path);
    database.prepare("UPDATE runs SET process = ?").run(2 ** 22 + 7);
    database.close();
    const reader = openStore(path, "read");
    expect(reader.load(id).status).toBe("interrupted");
    reader.close();
  });
});

describe("storeFailure", () => {
  const raised = (sql: string): unknown => {
    const database = new Database(":memory:");
    database.exec("CREATE TABLE t (x)");
    try {
      database.exec(sql);
    } catch (error) {
      return error;
    } finally {
      database.close();
    }
    throw new Error("expected an error of SQLite");
  };

  it.each([
    ["PRAGMA max_page_count = 2; INSERT INTO t VALUES (zeroblob(100000))", "the disk is full"],
    ["PRAGMA query_only = 1; INSERT INTO t VALUES (1)", "cannot be written"],
    ["SELECT absent", "no such column"],
  ])("explains %s", (sql, words) => {
    const error = storeFailure("runs.sqlite", raised(sql));
    expect(error.code).toBe("store");
    expect(error.message).toContain("runs.sqlite: ");
    expect(error.message).toContain(words);
    expect(error.hint).toBeTruthy();
  });

  it("knows extended codes and those of the file system", () => {
    const of = (code: string): string => storeFailure("x", Object.assign(new Error("raw"), { code })).message;
    expect(of("SQLITE_IOERR_WRITE")).toContain("reading or writing the file failed");
    expect(of("SQLITE_BUSY_SNAPSHOT")).toContain("another process");
    expect(of("EACCES")).toContain("cannot be written");
    expect(of("EROFS")).toContain("cannot be written");
    expect(of("ENOSPC")).toContain("the disk is full");
    expect(of("EWHATEVER")).toBe("x: raw");
  });
});
