import { AppError } from "../errors.js";

/** What SQLite's result codes mean to the person at the terminal: what happened, and what to do about it. */
const explanations: Readonly<Record<string, readonly [happened: string, hint: string]>> = {
  SQLITE_NOTADB: [
    "the file is not a SQLite database",
    "Give another path for the store, or move this file away; a new store is made on the next run.",
  ],
  SQLITE_CORRUPT: [
    "the database is damaged",
    "Move the file away to start a new store; `sqlite3 FILE .recover` can save most of its rows.",
  ],
  SQLITE_READONLY: [
    "the store cannot be written",
    "Allow writing to the file and its folder, or give another path for the store.",
  ],
  SQLITE_PERM: [
    "the store cannot be written",
    "Allow writing to the file and its folder, or give another path for the store.",
  ],
  SQLITE_FULL: ["the disk is full", "Free some space, or give a path on another disk for the store."],
  SQLITE_BUSY: [
    "another process has held the store for too long",
    "Wait until the other process ends, or give each process a store of its own.",
  ],
  SQLITE_LOCKED: [
    "another process has held the store for too long",
    "Wait until the other process ends, or give each process a store of its own.",
  ],
  SQLITE_IOERR: [
    "reading or writing the file failed",
    "Check the disk; network drives often lack the file locks that SQLite needs.",
  ],
  SQLITE_CANTOPEN: [
    "the file cannot be opened",
    "Check that the path is a file, that its folder exists and that both may be written.",
  ],
};

/** The message of a failed store operation as an AppError `store`; errors that are one already pass through. */
export function storeFailure(path: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const code = codeOf(cause, text);
  const [happened, hint] = explanations[code] ?? [
    text,
    "Give another path for the store to see whether the file is the cause.",
  ];
  return new AppError("store", `${path}: ${happened}`, { hint, details: { path, code, reason: text }, cause });
}

function codeOf(cause: unknown, text: string): string {
  if (text.startsWith("ConnectionFailed")) return "SQLITE_CANTOPEN";
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ENOSPC") return "SQLITE_FULL";
  if (code === "EROFS") return "SQLITE_READONLY";
  if (code === "EACCES" || code === "EPERM") return "SQLITE_PERM";
  if (code === "ENOTDIR" || code === "EEXIST" || code === "ENOENT") return "SQLITE_CANTOPEN";
  const base = /^SQLITE_[A-Z]+/.exec(code);
  return base === null ? code : base[0];
}
