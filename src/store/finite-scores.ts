import type { FiniteWidthScore } from "../score/finite-width.js";
import { finiteSchema } from "./codec.js";
import { openLines, type LineFile } from "./lines.js";

/** Scores at a finite width under one protocol: of several of one network the first counts. */
export type FiniteScoreFile = LineFile<FiniteWidthScore>;

/**
 * Opens the finite-width scores of a protocol in a folder, which is made.
 *
 * @throws AppError "store" when the file cannot be read or written.
 */
export const openFiniteScores = (folder: string, protocol: unknown): FiniteScoreFile =>
  openLines<FiniteWidthScore>(folder, protocol, { schema: finiteSchema, keyOf: ({ genotype }) => genotype });
