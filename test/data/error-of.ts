import { AppError } from "../../src/errors.js";

/** The AppError that `run` throws or rejects with. */
export async function errorOf(run: () => unknown): Promise<AppError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("expected an AppError, nothing was thrown");
}
