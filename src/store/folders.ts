import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it. Throws the system's error at the first that cannot be made; `mkdirSync` with
 * `recursive` tries for ever below /proc.
 */
export function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolders(parent);
  try {
    mkdirSync(folder);
  } catch (cause) {
    if (!existsSync(folder)) throw cause;
  }
}
