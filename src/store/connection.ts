import Database from "libsql";
import { AppError } from "../errors.js";
import { storeFailure } from "./failure.js";
import { migrations, schemaVersion } from "./schema.js";

/** How long a process waits for another one that writes, in milliseconds; one append takes a few. */
const patience = 15_000;

export type Connection = InstanceType<typeof Database>;

/** Opens or makes the database, whose folder exists, at `path` in its newest layout, in write-ahead mode so that readers and a writer do not wait. */
export function connect(path: string): Connection {
  let database: Connection | undefined;
  try {
    database = new Database(path, { timeout: patience });
    migrate(database, path);
    return database;
  } catch (cause) {
    database?.close();
    throw storeFailure(path, cause);
  }
}

/** Runs `work` in one write transaction; another process that writes is waited for. */
export function inTransaction<T>(database: Connection, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (cause) {
    if (database.inTransaction) database.exec("ROLLBACK");
    throw cause;
  }
}

function migrate(database: Connection, path: string): void {
  if (versionOf(database, path) < schemaVersion) {
    writeAheadMode(database);
    inTransaction(database, () => {
      for (let version = versionOf(database, path); version < schemaVersion; version++) {
        database.exec(migrations[version]);
        database.exec(`PRAGMA user_version = ${version + 1}`);
      }
    });
  }
  database.exec("PRAGMA synchronous = NORMAL");
}

function versionOf(database: Connection, path: string): number {
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > schemaVersion) {
    throw new AppError(
      "store",
      `${path}: the store has version ${version}, this eigennas knows versions up to ${schemaVersion}`,
      {
        hint: "Update eigennas (`npm install eigennas@latest`), or give another path for the store.",
        details: { path, version, known: schemaVersion },
      },
    );
  }
  const { count } = database.prepare("SELECT count(*) AS count FROM sqlite_master").get() as { count: number };
  if (version === 0 && count > 0) {
    throw new AppError("store", `${path}: expected a store of eigennas, this is a database of another program`, {
      hint: "Give another path for the store.",
      details: { path, tables: count },
    });
  }
  return version;
}

/** SQLite does not wait for other connections when the journal mode changes, so two first openings are tried again. */
function writeAheadMode(database: Connection): void {
  for (let attempt = 1; ; attempt++) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (cause) {
      const busy = cause instanceof Error && "code" in cause && String(cause.code).startsWith("SQLITE_BUSY");
      if (!busy || attempt === 100) throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
