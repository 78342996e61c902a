#!/usr/bin/env node
import { processIo } from "./io.js";
import { runCli } from "./program.js";

/** A reader that has seen enough (`eigennas runs | head -1`) is not an error. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`error: standard output cannot be written: ${error.message}\nhint: Is the disk full?\n`);
  process.exit(1);
});

const argv = process.argv.slice(2);
const debug = (process.env["DEBUG"] ?? "").split(",").some((name) => ["eigennas", "*"].includes(name.trim()));
process.exitCode = await runCli(argv, processIo(argv), debug);
