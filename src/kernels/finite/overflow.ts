import { AppError } from "../../errors.js";
import type { IrNode } from "./ir.js";

/** Largest number of float32. */
export const largestFloat32 = 2 ** 128 - 2 ** 104;

export const overflowHint = "Use smaller weight variances, a branch scale, or normalised inputs.";

/** Said of a node whose values are not finite. */
export const nodeOverflow = (node: IrNode, numbers = "", sample?: number): AppError =>
  new AppError(
    "numeric",
    `Node "${node.source}" (${node.op}) overflows${numbers === "" ? "" : ` ${numbers}`}` +
      `${sample === undefined ? "" : ` on sample ${sample + 1}`}: its values are not finite.`,
    { hint: overflowHint, details: { node: node.source, ...(sample !== undefined && { sample }) } },
  );

/** Said of a parameter whose gradients, or their Gram matrix, are not finite. */
export const gradientOverflow = (parameter: string, numbers: string): AppError =>
  new AppError(
    "numeric",
    `The gradient by "${parameter}" overflows ${numbers}: the outputs are finite, it or its Gram matrix is not.`,
    { hint: overflowHint, details: { parameter } },
  );
