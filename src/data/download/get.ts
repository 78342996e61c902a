import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, statfs } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AppError } from "../../errors.js";
import { readChunks } from "../files.js";
import type { RemoteDataset, RemoteFile } from "./catalogue.js";
import { faultOf, lengthOf } from "./checksum.js";
import { diskFailure, downloadFile, type DownloadSettings } from "./file.js";
import { readTar } from "./tar.js";

export interface GetSettings extends DownloadSettings {
  /** Where the files go; made when absent. */
  readonly folder: string;
  /** An address that has the files instead of the official ones. */
  readonly from?: string | undefined;
  /** Free bytes of the disk that holds a folder; the system's answer by default. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** What a folder holds afterwards. */
export interface GotDataset {
  readonly folder: string;
  /** Names in the folder. */
  readonly files: readonly string[];
  /** Whether everything was there before. */
  readonly present: boolean;
}

/** Unpacked CIFAR is a little larger than its archive; both are on the disk for a moment. */
const unpackedShare = 1.2;

/**
 * Brings a public data set into a folder: downloads what is not there (see `downloadFile`), checks it, and unpacks what the
 * readers need. A second call does nothing; one that was ended goes on.
 *
 * @throws AppError "data" for files that cannot be had or are damaged, "limit" when the disk is too small, "cancelled"
 * @example await getDataset(remoteDataset("mnist"), { folder: ".eigennas/data/mnist" })
 */
export async function getDataset(dataset: RemoteDataset, settings: GetSettings): Promise<GotDataset> {
  const { folder, from, onEvent, freeBytes = freeBytesOf } = settings;
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw diskFailure(folder, error);
  }
  const missing: RemoteFile[] = [];
  for (const file of dataset.files) {
    if (await isPresent(folder, file)) onEvent?.({ type: "present", file: file.name });
    else missing.push(file);
  }
  await checkSpace(folder, missing, freeBytes);
  const bases = from === undefined ? dataset.addresses : [from.endsWith("/") ? from : `${from}/`];
  for (const file of missing) {
    const path = join(folder, file.name);
    if ((await faultOf(path, file)) !== undefined) {
      const addresses = bases.map((base) => base + file.name);
      await downloadFile(file.name, addresses, path, file, settings);
    }
    if (file.members === undefined) continue;
    await unpack(folder, path, file);
    onEvent?.({ type: "unpacked", file: file.name });
  }
  return { folder, files: dataset.files.flatMap(filesOf), present: missing.length === 0 };
}

const filesOf = ({ name, members }: RemoteFile): string[] => members?.map(({ path }) => basename(path)) ?? [name];

/** Whether a file is there and right. Members of an archive are known by their length: the archive was checked. */
async function isPresent(folder: string, file: RemoteFile): Promise<boolean> {
  if (file.members === undefined) return (await faultOf(join(folder, file.name), file)) === undefined;
  for (const { path, bytes } of file.members) {
    const length = await lengthOf(join(folder, basename(path)));
    if (length === undefined || (bytes !== undefined && length !== bytes)) return false;
  }
  return true;
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function checkSpace(
  folder: string,
  files: readonly RemoteFile[],
  freeBytes: (folder: string) => Promise<number>,
): Promise<void> {
  let needed = 0;
  for (const { name, bytes, members } of files) {
    const path = join(folder, name);
    const have = (await lengthOf(path)) ?? (await lengthOf(`${path}.part`)) ?? 0;
    needed += Math.max(0, bytes - have) + (members === undefined ? 0 : unpackedShare * bytes);
  }
  const free = await freeBytes(folder);
  if (needed <= free) return;
  const megabytes = (value: number): string => `${Math.ceil(value / 1e6).toLocaleString("en-US")} MB`;
  throw new AppError("limit", `${folder}: expected ${megabytes(needed)} of free space, there are ${megabytes(free)}`, {
    hint: "Free some space, or name a folder on another disk with --to.",
    details: { folder, needed, free },
  });
}

/** Writes the members that are wanted beside their archive, each under its last name, and removes the archive. */
async function unpack(folder: string, archive: string, { name, members = [] }: RemoteFile): Promise<void> {
  const wanted = new Map(members.map((member) => [member.path, member]));
  const found = new Set<string>();
  try {
    await readTar(
      name,
      readChunks(archive, folder),
      (path) => wanted.has(path) && !found.has(path),
      async (path, body) => {
        const target = join(folder, basename(path));
        await pipeline(Readable.from(body, { objectMode: true }), createWriteStream(`${target}.part`));
        const fault = await faultOf(`${target}.part`, wanted.get(path)!);
        if (fault !== undefined) {
          await rm(`${target}.part`, { force: true });
          throw new AppError("data", `${name}: ${path}: ${fault}`, {
            hint: "Remove the archive and repeat the command.",
          });
        }
        await rename(`${target}.part`, target);
        found.add(path);
      },
    );
  } catch (error) {
    throw diskFailure(archive, error);
  }
  const absent = members.find(({ path }) => !found.has(path));
  if (absent !== undefined) {
    throw new AppError("data", `${name}: expected ${absent.path} in it, it is not there`, {
      hint: "Remove the archive and repeat the command.",
    });
  }
  await rm(archive, { force: true });
}
