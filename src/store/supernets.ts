import { z } from "zod";
import { openLines, type LineFile } from "./lines.js";

const recordSchema = z.object({
  seed: z.number(),
  /** Rows that it learnt from. */
  rows: z.number(),
  /** Weights of the choices of every hidden layer: its activations, and its skip where it may have one. */
  layers: z.array(z.object({ activations: z.array(z.number()).readonly(), skip: z.number().optional() })).readonly(),
});

/** What one trained supernet chose. */
export type SupernetRecord = z.output<typeof recordSchema>;

/** Opens the supernets of a protocol in a folder, which is made. Throws AppError `store` when it cannot be read or written. */
export const openSupernets = (folder: string, protocol: unknown): LineFile<SupernetRecord> =>
  openLines(folder, protocol, { schema: recordSchema, keyOf: ({ seed }) => String(seed) });
