import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError } from "../errors.js";
import { nasbenchStatistics } from "./cifar.js";
import { readBytes } from "./files.js";
import { NumpyArray, arrayGlobals, readPickle } from "./pickle/index.js";
import { recordSource, type RecordFormat } from "./records.js";
import type { RowSource } from "./source.js";
import { integerOption, splitSpec } from "./spec-parts.js";

const pixels = 3 * 16 * 16;
const recordBytes = 2 + pixels;
/** Classes of ImageNet; labels are 1 to 1000. */
const allClasses = 1000;
const trainBatches = 10;
const words = { normalize: ["none", "nasbench"], part: ["train", "test"], classes: [] } as const;
const inFolder = { train: /^train_data_batch_\d+$/, test: /^val_data$/ } as const;

/**
 * ImageNet16-120 from the pickles of downsampled ImageNet (Chrabaszcz et al. 2017): images whose label is at most 120, class
 * k = label k + 1, rows as for CIFAR (planes R, G, B of 16 x 16). `rest`: the folder with `train_data_batch_1` to `_10`
 * (151,700 images) and `val_data` (6,000, with `part=test`), or single files; `normalize=nasbench`: channel means and
 * deviations of NAS-Bench-201; `classes=1000` keeps all. File by file, so that 1.2 GB of pickles need 0.4 GB.
 * Errors: `usage` for a wrong option, `data` for files that are absent, damaged, or ask for code to be run.
 *
 * @example await imagenet16Source("imagenet16-120:ImageNet16,part=test", "ImageNet16,part=test", ".")
 */
export async function imagenet16Source(spec: string, rest: string, cwd: string, limit = Infinity): Promise<RowSource> {
  const { paths, options } = splitSpec(spec, rest, words);
  if (paths.length === 0) {
    throw new AppError("usage", `Expected imagenet16-120:FOLDER, got "${spec}"`, {
      hint: "Name the folder with train_data_batch_1 and so on after the colon.",
    });
  }
  const classes = integerOption(spec, "classes", options.classes ?? "120", allClasses);
  const part = options.part === "test" ? "test" : "train";
  const { files, notes } = await filesOf(paths, part, options.part !== undefined, spec, cwd);
  const kept: { file: string; bytes: Uint8Array }[] = [];
  let images = 0;
  for (const file of files) {
    if (images >= limit) break;
    const bytes = recordsOf(await readBytes(file, cwd), file, classes);
    images += bytes.length / recordBytes;
    if (bytes.length > 0) kept.push({ file, bytes });
  }
  const format: RecordFormat = {
    name: "ImageNet16",
    labelBytes: 2,
    imageShape: { height: 16, width: 16, channels: 3 },
    classNames: Array.from({ length: classes }, (_, k) => String(k + 1)),
    classAt: (bytes, at) => bytes[at] + 256 * bytes[at + 1] - 1,
  };
  const source = recordSource(spec, format, kept, {
    ...(options.normalize === "nasbench" && { statistics: nasbenchStatistics.imagenet16 }),
    ...(Number.isFinite(limit) && { limit }),
  });
  return { ...source, notes: [...source.notes, ...notes] };
}

/** The images of a batch with labels up to `classes` as records: label (little-endian uint16) and 768 bytes. */
function recordsOf(bytes: Uint8Array, file: string, classes: number): Uint8Array {
  const wrong = (expected: string) =>
    new AppError("data", `${file}: expected ${expected}`, {
      hint: "Is this a batch of ImageNet at 16 x 16 pixels (Imagenet16_train.zip, Imagenet16_val.zip)?",
    });
  const value = readPickle(bytes, { file, globals: arrayGlobals });
  if (!(value instanceof Map)) throw wrong("a pickled dict with data and labels");
  const data: unknown = value.get("data");
  const labels: unknown = value.get("labels");
  if (!(data instanceof NumpyArray) || data.type?.code !== "u1" || data.fortran) throw wrong("data to be uint8 rows");
  if (data.shape.length !== 2 || data.shape[1] !== pixels) {
    throw wrong(`data to be N x ${pixels} (3 x 16 x 16), it is ${data.shape.join(" x ")}`);
  }
  if (!Array.isArray(labels) || labels.length !== data.shape[0]) {
    throw wrong(`${data.shape[0]} labels, one for each image`);
  }
  const isLabel = (label: unknown): label is number => Number.isInteger(label) && Number(label) >= 1;
  if (!labels.every((label) => isLabel(label) && label <= allClasses)) {
    throw wrong(`labels from 1 to ${allClasses}`);
  }
  const chosen = (labels as number[]).flatMap((label, row) => (label <= classes ? [row] : []));
  const records = new Uint8Array(chosen.length * recordBytes);
  chosen.forEach((row, k) => {
    const label = labels[row] as number;
    records.set([label & 0xff, label >> 8], k * recordBytes);
    records.set(data.bytes.subarray(row * pixels, (row + 1) * pixels), k * recordBytes + 2);
  });
  return records;
}

async function filesOf(
  paths: readonly string[],
  part: "train" | "test",
  asked: boolean,
  spec: string,
  cwd: string,
): Promise<{ readonly files: readonly string[]; readonly notes: readonly string[] }> {
  const notes: string[] = [];
  const files: string[] = [];
  for (const path of paths) {
    const about = await stat(resolve(cwd, path)).catch(() => undefined);
    if (about?.isDirectory() !== true) {
      if (asked) {
        throw new AppError("usage", `${spec}: part=${part} chooses files of a folder, ${path} is not one`, {
          hint: "Leave it out, or name the folder.",
        });
      }
      files.push(path);
      continue;
    }
    const found = (await readdir(resolve(cwd, path))).filter((file) => inFolder[part].test(file));
    if (found.length === 0) {
      throw new AppError("data", `${path}: expected ${part === "train" ? "train_data_batch_1 to 10" : "val_data"}`, {
        hint: "Unpack Imagenet16_train.zip and Imagenet16_val.zip and name their folder.",
      });
    }
    if (part === "train" && found.length < trainBatches) {
      notes.push(`${path} has ${found.length} of ${trainBatches} training batches.`);
    }
    const number = (file: string) => Number(/\d+$/.exec(file)?.[0] ?? 0);
    files.push(...found.sort((a, b) => number(a) - number(b)).map((file) => join(path, file)));
  }
  return { files, notes };
}
