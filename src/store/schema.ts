/**
 * The store's layout, one SQL script per version: script i takes a database from `PRAGMA user_version` i to i + 1.
 * Scripts that were published are never edited; a change of layout is one more script.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE runs (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'running',
    seconds REAL NOT NULL DEFAULT 0,
    evaluated INTEGER NOT NULL DEFAULT 0,
    skipped_by_bound INTEGER NOT NULL DEFAULT 0,
    exact_top_k INTEGER NOT NULL DEFAULT 0,
    protocol TEXT NOT NULL,
    artifacts TEXT
  );
  CREATE TABLE rows (
    key INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (key),
    genotype TEXT NOT NULL,
    score REAL,
    lambda_min REAL,
    lambda_min_normalized REAL,
    lb REAL,
    ub_pair REAL,
    residual REAL,
    failure TEXT
  );
  CREATE INDEX rows_of_run ON rows (run);
  `,
  `
  ALTER TABLE runs ADD COLUMN host TEXT;
  ALTER TABLE runs ADD COLUMN process INTEGER;
  `,
  `
  CREATE TABLE steps (
    run INTEGER NOT NULL REFERENCES runs (key),
    number INTEGER NOT NULL,
    reply BLOB NOT NULL,
    PRIMARY KEY (run, number)
  );
  `,
];

export const schemaVersion = migrations.length;

export const statements = {
  insertRun: "INSERT OR IGNORE INTO runs (id, created_at, protocol, host, process) VALUES (?, ?, ?, ?, ?)",
  insertRow: `INSERT INTO rows (run, genotype, score, lambda_min, lambda_min_normalized, lb, ub_pair, residual, failure)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  insertStep: "INSERT INTO steps (run, number, reply) VALUES (?, ?, ?)",
  stepOfRun: "SELECT reply FROM steps WHERE run = (SELECT key FROM runs WHERE id = ?) AND number = ?",
  dropSteps: "DELETE FROM steps WHERE run = (SELECT key FROM runs WHERE id = ?)",
  progressOfRun: "UPDATE runs SET seconds = ?, skipped_by_bound = ? WHERE key = ?",
  claimRun: "UPDATE runs SET status = 'running', host = ?, process = ?, exact_top_k = 0, artifacts = NULL WHERE id = ?",
  finishRun: `UPDATE runs SET status = ?, seconds = ?, evaluated = ?, skipped_by_bound = ?, exact_top_k = ?, artifacts = ?
    WHERE id = ?`,
  amendRun: "UPDATE runs SET artifacts = ? WHERE id = ?",
  keyOfRun: "SELECT key FROM runs WHERE id = ?",
  ids: "SELECT id FROM runs ORDER BY created_at DESC, key DESC",
  summaries: `SELECT id, created_at, status, host, process, seconds, protocol, skipped_by_bound, exact_top_k,
      CASE status WHEN 'running' THEN (SELECT count(*) FROM rows WHERE run = runs.key) ELSE evaluated END AS evaluated
    FROM runs ORDER BY created_at DESC, key DESC`,
  run: `SELECT key, id, created_at, status, host, process, seconds, protocol, skipped_by_bound, exact_top_k, artifacts,
      CASE status WHEN 'running' THEN (SELECT count(*) FROM rows WHERE run = runs.key) ELSE evaluated END AS evaluated
    FROM runs WHERE id = ?`,
  rowsOfRun: `SELECT genotype, score, lambda_min, lambda_min_normalized, lb, ub_pair, residual, failure
    FROM rows WHERE run = ? ORDER BY key`,
} as const;
