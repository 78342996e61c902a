import type { BankEntry } from "../score/bank.js";
import { EigenvectorBank } from "../score/bank.js";
import { chunksOf } from "../score/scan.js";
import type { ScoredRow } from "../score/types.js";
import type { SpaceSpec } from "../spaces/space.js";
import type { Backend } from "./backend.js";

/** Genotypes of one task: the same pieces whatever the number of threads, so that the numbers are the same bytes. */
const pieceSize = 16;

/** `evaluate` for a search: splits a batch into pieces and runs them on the backend. */
export function evaluateOn(
  backend: Backend,
): (genotypes: readonly string[], signal?: AbortSignal) => Promise<readonly ScoredRow[]> {
  return async (genotypes, signal) => {
    const pieces = split(genotypes);
    return (await Promise.all(pieces.map((piece) => backend.run({ kind: "rows", genotypes: piece }, signal)))).flat();
  };
}

/** What an exact search needs of a space (the BoundScanner of src/search), with one bank of eigenvectors for all chunks. */
export interface BankScanner {
  readonly chunks: number;
  readonly total: bigint;
  prime(genotypes: readonly string[], signal?: AbortSignal): Promise<readonly ScoredRow[]>;
  scan(
    chunks: readonly number[],
    threshold: number,
    signal?: AbortSignal,
  ): Promise<readonly { readonly chunk: number; readonly solved: readonly ScoredRow[]; readonly skipped: number }[]>;
}

/** Scans on the backend. Chunks of one call see the same bank and threshold, so the outcome does not depend on timing. */
export function scannerOn(backend: Backend, spec: SpaceSpec, total: bigint, top: number): BankScanner {
  const bank = new EigenvectorBank();
  const remember = (entries: readonly (BankEntry | undefined)[]): void => {
    for (const entry of entries) if (entry !== undefined) bank.insert(entry);
  };
  return {
    chunks: chunksOf(spec).length,
    total,
    prime: async (genotypes, signal) => {
      const pieces = split(genotypes);
      const primed = (
        await Promise.all(pieces.map((piece) => backend.run({ kind: "prime", genotypes: piece }, signal)))
      ).flat();
      remember(primed.map(({ entry }) => entry));
      return primed.map(({ row }) => row);
    },
    scan: async (chunks, threshold, signal) => {
      const entries = [...bank.entries];
      const results = await Promise.all(
        chunks.map((chunk) => backend.run({ kind: "scan", chunk, threshold, top, bank: entries }, signal)),
      );
      for (const result of results) remember(result.entries);
      return results;
    },
  };
}

function split(genotypes: readonly string[]): string[][] {
  const pieces: string[][] = [];
  for (let i = 0; i < genotypes.length; i += pieceSize) pieces.push(genotypes.slice(i, i + pieceSize));
  return pieces;
}
