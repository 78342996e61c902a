import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { AppError } from "../../errors.js";
import { readArchitectureFile, readMetaFile, spaceOfArch } from "./file.js";
import type { NatsResults } from "./results.js";
import type { NatsSpace } from "./row.js";

/** An official folder: what it should hold and which of it is there. */
export interface NatsFolder {
  readonly space: NatsSpace;
  /** The strings of all architectures in official order. */
  readonly archs: readonly string[];
  /** Name of the file of each architecture that is there, by index, ascending. */
  readonly files: ReadonlyMap<number, string>;
  /** The results of one architecture by recipe. Errors: `not-found`, `data`, `limit`. */
  read(index: number): Promise<ReadonlyMap<string, NatsResults>>;
}

const extension = ".pickle.pbz2";
/** The largest file that is looked at; an official one has 85 kB. */
const mostPacked = 16 * 1024 * 1024;

/**
 * Opens `NATS-tss-v1_0-3ffb9-simple` or `NATS-sss-v1_0-50262-simple` (or any part of one, with its meta file).
 * Errors: `data` for a folder that is absent or without `meta.pickle.pbz2`.
 *
 * @example moreInfo((await (await openNats("NATS-tss-v1_0-3ffb9-simple")).read(0)).get("200")!, "cifar10")
 */
export async function openNats(path: string, cwd = process.cwd()): Promise<NatsFolder> {
  const folder = resolve(cwd, path);
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new AppError("data", `${path}: expected a folder of NATS-Bench, it cannot be listed`, {
      hint: `Looked for ${folder}; relative paths start at the working directory.`,
      cause,
    });
  });
  const meta = `meta${extension}`;
  if (!names.includes(meta)) {
    throw new AppError("data", `${path}: expected ${meta} and files such as 000000${extension}, there is no ${meta}`, {
      hint: "Unpack NATS-tss-v1_0-3ffb9-simple.tar and name the folder that it makes.",
    });
  }
  const archs = readMetaFile(await readSmall(join(folder, meta), meta), meta);
  const found = names.flatMap((name) => {
    const match = /^(\d{1,6})\.pickle\.pbz2$/.exec(name);
    return match !== null && Number(match[1]) < archs.length ? [[Number(match[1]), name] as const] : [];
  });
  // Six digits are official, other widths a fallback of the benchmark's own reader.
  found.sort((a, b) => a[0] - b[0] || a[1].length - b[1].length);
  const files = new Map(found);
  return {
    space: spaceOfArch(archs[0]),
    archs,
    files,
    read: async (index) => {
      const name = files.get(index);
      if (name === undefined) {
        throw new AppError("not-found", `${basename(path)}: there is no file of architecture ${index}`, {
          hint: `It has ${files.size} of ${archs.length} architectures.`,
        });
      }
      const recipes = readArchitectureFile(await readSmall(join(folder, name), name), name);
      checkIdentity(recipes, index, archs[index], name);
      return recipes;
    },
  };
}

/** Errors: `data` when the results are not those of this architecture. */
export function checkIdentity(
  recipes: ReadonlyMap<string, NatsResults>,
  index: number,
  arch: string,
  file: string,
): void {
  for (const results of recipes.values()) {
    if (results.index === index && results.arch === arch) continue;
    throw new AppError(
      "data",
      `${file}: expected architecture ${index} (${arch}), it holds ${results.index} (${results.arch})`,
      { hint: "The file has a wrong name or comes from another benchmark." },
    );
  }
}

async function readSmall(path: string, file: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > mostPacked) {
    throw new AppError("limit", `${file}: expected a file of at most ${mostPacked} bytes, it has ${size}`, {
      hint: "An official file has about 85,000 bytes.",
    });
  }
  return readFile(path);
}
