import { z } from "zod";
import { openLines, type LineFile } from "./lines.js";

/** What one group of measures said of one network under one protocol. */
export interface ScoreRecord {
  readonly cell: number;
  readonly draw: number;
  readonly values: Readonly<Record<string, number>>;
  readonly failure?: string;
  /** Seconds of one thread. */
  readonly seconds: number;
}

/** Records of one protocol: of several of one network and draw the first counts. */
export type ScoreFile = LineFile<ScoreRecord>;

/** JSON has no infinities. */
const number = z.union([
  z.number(),
  z.literal("inf").transform(() => Infinity),
  z.literal("-inf").transform(() => -Infinity),
]);

const infinities = (_: string, value: unknown): unknown =>
  value === Infinity ? "inf" : value === -Infinity ? "-inf" : value;

const recordSchema = z.object({
  cell: z.number(),
  draw: z.number(),
  values: z.record(z.string(), number),
  failure: z.exactOptional(z.string()),
  seconds: z.number(),
});

/**
 * Opens the scores of a protocol in a folder, which is made.
 *
 * @throws AppError "store" when the file cannot be read or written.
 * @example openScores(".eigennas/scores", { group: "ntk", channels: 16 }).records.length
 */
export const openScores = (folder: string, protocol: unknown): ScoreFile =>
  openLines<ScoreRecord>(folder, protocol, {
    schema: recordSchema,
    keyOf: ({ draw, cell }) => `${draw}/${cell}`,
    replacer: infinities,
  });
