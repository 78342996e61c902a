import { open } from "node:fs/promises";
import { AppError } from "../errors.js";
import { fromOnnx, type ImportedNetwork, type ImportOptions } from "./from-onnx.js";

/** Bytes of a file at most; its weights take twice as many. */
const mostBytes = 1e9;

/**
 * Reads a network from an ONNX file.
 * @throws AppError "not-found" for no such file, "limit" for a larger one than 1 GB, before it is read, and what `fromOnnx` throws,
 * with the file's name.
 */
export async function readOnnx(path: string, options: ImportOptions = {}): Promise<ImportedNetwork> {
  const bytes = await bytesOf(path);
  try {
    return fromOnnx(bytes, options);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, hint, details } = error;
    throw new AppError(code, `${path}: ${message}`, { details, cause: error, ...(hint !== undefined && { hint }) });
  }
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > mostBytes) {
        throw new AppError("limit", `${path}: expected a file of at most 1 GB, it has ${(size / 1e9).toFixed(1)} GB`, {
          hint: "Kernels of networks as large as that are out of reach here.",
        });
      }
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      throw new AppError("not-found", `${path}: there is no such file`, { hint: "Name an .onnx file.", cause: error });
    }
    throw new AppError("data", `${path}: it cannot be read (${code ?? String(error)})`, { cause: error });
  }
}
