import { readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { AppError } from "../errors.js";
import { readBytes } from "./files.js";
import { downloadFolder } from "./folders.js";
import { recordSource, type ChannelStatistics, type RecordFormat } from "./records.js";
import type { RowSource } from "./source.js";
import { integerOption, splitSpec } from "./spec-parts.js";

const bytesOf = (mean: readonly number[], std: readonly number[]): ChannelStatistics => ({
  mean: mean.map((value) => value / 255),
  std: std.map((value) => value / 255),
});

/** Channel statistics that the NAS-Bench-201 networks were trained with (AutoDL-Projects, `get_datasets`). */
export const nasbenchStatistics = {
  cifar10: bytesOf([125.3, 123.0, 113.9], [63.0, 62.1, 66.7]),
  cifar100: bytesOf([129.3, 124.1, 112.4], [68.2, 65.4, 70.4]),
  imagenet16: bytesOf([122.68, 116.66, 104.01], [63.22, 61.26, 65.09]),
} as const;

const cifarShape = { height: 32, width: 32, channels: 3 } as const;
const cifar10Names = "airplane automobile bird cat deer dog frog horse ship truck".split(" ");
const numbered = (count: number, first: number) => Array.from({ length: count }, (_, k) => String(k + first));

const cifarWords = { normalize: ["none", "nasbench"], part: ["train", "test"] } as const;

/**
 * CIFAR-10 in its binary format: records of a label byte and 3072 bytes, the planes R, G, B of 32 x 32, row by row.
 * `rest`: a folder (its `data_batch_*.bin`, or `test_batch.bin` with `part=test`), or files, plain or gzip; nothing: the folder
 * `.eigennas/data/cifar10`. `normalize=nasbench`: channel means and deviations of NAS-Bench-201.
 * Errors: `usage` for a wrong option, `data` for files that are absent or damaged.
 *
 * @example await cifar10Source("cifar10:cifar-10-batches-bin,part=test", "cifar-10-batches-bin,part=test", ".")
 */
export async function cifar10Source(spec: string, rest: string, cwd: string, limit?: number): Promise<RowSource> {
  const { paths, options } = splitSpec(spec, rest, cifarWords);
  const inFolder = options.part === "test" ? /^test_batch\.bin(\.gz)?$/ : /^data_batch_\d+\.bin(\.gz)?$/;
  const files = await filesOf(spec, paths, "cifar10", inFolder, options.part, cwd);
  const format: RecordFormat = {
    name: "CIFAR-10",
    labelBytes: 1,
    imageShape: cifarShape,
    classNames: (await namesBeside(files[0].file, "batches.meta.txt", 10, cwd)) ?? cifar10Names,
    classAt: (bytes, at) => bytes[at],
  };
  return recordSource(spec, format, files, settings(options.normalize, nasbenchStatistics.cifar10, limit));
}

/**
 * CIFAR-100 in its binary format: coarse label, fine label, 3072 bytes. As `cifar10Source`, with `train.bin` and `test.bin`
 * in the folder; `labels=coarse` gives the 20 superclasses instead of the 100 classes.
 */
export async function cifar100Source(spec: string, rest: string, cwd: string, limit?: number): Promise<RowSource> {
  const { paths, options } = splitSpec(spec, rest, { ...cifarWords, labels: ["fine", "coarse"] } as const);
  const inFolder = options.part === "test" ? /^test\.bin(\.gz)?$/ : /^train\.bin(\.gz)?$/;
  const files = await filesOf(spec, paths, "cifar100", inFolder, options.part, cwd);
  const kind = options.labels ?? "fine";
  const count = kind === "coarse" ? 20 : 100;
  const format: RecordFormat = {
    name: "CIFAR-100",
    labelBytes: 2,
    imageShape: cifarShape,
    classNames: (await namesBeside(files[0].file, `${kind}_label_names.txt`, count, cwd)) ?? numbered(count, 0),
    classAt: (bytes, at) => bytes[at + (kind === "coarse" ? 0 : 1)],
  };
  return recordSource(spec, format, files, settings(options.normalize, nasbenchStatistics.cifar100, limit));
}

/**
 * ImageNet at 16 x 16 as plain records: label 1..1000 as little-endian uint16, then 768 bytes, the planes R, G, B.
 * Class k is label k + 1. `classes=120` keeps the first 120 labels (ImageNet16-120); `normalize=nasbench` as for CIFAR.
 */
export async function imagenet16BinSource(spec: string, rest: string, cwd: string, limit?: number): Promise<RowSource> {
  const { paths, options } = splitSpec(spec, rest, { normalize: cifarWords.normalize, classes: [] } as const);
  if (paths.length === 0) throw noPath(spec, "imagenet16-bin:FILE");
  const classes = integerOption(spec, "classes", options.classes ?? "1000", 1000);
  const format: RecordFormat = {
    name: "ImageNet16",
    labelBytes: 2,
    imageShape: { height: 16, width: 16, channels: 3 },
    classNames: numbered(classes, 1),
    classAt: (bytes, at) => {
      const label = bytes[at] + 256 * bytes[at + 1];
      return label > classes && label <= 1000 ? undefined : label - 1;
    },
  };
  const files = await readAll(paths, cwd);
  return recordSource(spec, format, files, settings(options.normalize, nasbenchStatistics.imagenet16, limit));
}

const settings = (normalize: string | undefined, statistics: ChannelStatistics, limit: number | undefined) => ({
  ...(normalize === "nasbench" && { statistics }),
  ...(limit !== undefined && { limit }),
});

const readAll = (files: readonly string[], cwd: string) =>
  Promise.all(files.map(async (file) => ({ file, bytes: await readBytes(file, cwd) })));

async function filesOf(
  spec: string,
  paths: readonly string[],
  name: "cifar10" | "cifar100",
  inFolder: RegExp,
  part: string | undefined,
  cwd: string,
): Promise<{ file: string; bytes: Uint8Array }[]> {
  const places = paths.length > 0 ? paths : [downloadFolder(name)];
  const files = await Promise.all(
    places.map(async (place) => {
      const about = await stat(resolve(cwd, place)).catch(() => undefined);
      if (about === undefined && paths.length === 0) throw notDownloaded(spec, name, place);
      if (about?.isDirectory() !== true) {
        if (part === undefined) return [place];
        throw new AppError("usage", `${spec}: part=${part} chooses files of a folder, ${place} is not one`, {
          hint: "Leave it out, or name the folder.",
        });
      }
      const found = (await readdir(resolve(cwd, place))).filter((file) => inFolder.test(file)).sort();
      if (found.length === 0) throw emptyFolder(place, inFolder);
      return found.map((file) => join(place, file));
    }),
  );
  return readAll(files.flat(), cwd);
}

/** The class names of the file that the data sets bring along, if it is there and has as many. */
async function namesBeside(file: string, meta: string, count: number, cwd: string): Promise<string[] | undefined> {
  const bytes = await readBytes(join(dirname(file), meta), cwd).catch(() => undefined);
  const names =
    bytes &&
    new TextDecoder()
      .decode(bytes)
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "");
  return names?.length === count ? names.map((name) => name.trim()) : undefined;
}

const noPath = (spec: string, form: string): AppError =>
  new AppError("usage", `Expected ${form}, got "${spec}"`, { hint: "Name the file after the colon." });

const notDownloaded = (spec: string, name: string, place: string): AppError =>
  new AppError("data", `${spec}: expected the data in ${place}, there is no such folder`, {
    hint: `Download it: eigennas data get ${name}; or name a file or folder, ${name}:PATH, of the binary version at https://www.cs.toronto.edu/~kriz/cifar.html`,
    details: { place },
  });

const emptyFolder = (place: string, pattern: RegExp): AppError =>
  new AppError("data", `${place}: expected files like ${pattern.source.replace(/[\\^$]/g, "")}, there is none`, {
    hint: "Name the folder that holds the .bin files, or the files themselves.",
    details: { place },
  });
