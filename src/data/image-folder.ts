import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError } from "../errors.js";
import { oneClassNote } from "./classes.js";
import { decodeImage, type DecodedImage } from "./decode-image.js";
import { resizePlane, type ResizeFilter } from "./resize.js";
import { checkSize, hashOf, type RowSource } from "./source.js";
import { integerOption, splitSpec } from "./spec-parts.js";

interface Picture {
  readonly file: string;
  readonly label: number;
}

const words = { size: [], filter: ["area", "bilinear"], color: ["rgb", "gray"] } as const;

/**
 * `images:FOLDER[,size=32][,filter=area][,color=gray]`: a folder with one folder of PNG or JPEG pictures a class, or with
 * pictures alone (no labels); folders and files in the order of their names, other files are left out with a note.
 * Rows are planar, v / 255 of 8-bit values. `size=s` resizes to s x s, whatever the shape, by `area` (default) or `bilinear`;
 * without it all pictures must have one size. Colour: one plane when all pictures are grey or with `color=gray` (ITU-R
 * BT.601 weights), else three.
 * Errors: `data` for a folder without pictures, pictures that are none or of several sizes; `limit` beyond 256 MB of float64.
 */
export async function imageFolderSource(spec: string, rest: string, cwd: string, limit?: number): Promise<RowSource> {
  const { paths, options } = splitSpec(spec, rest, words);
  if (paths.length !== 1) {
    throw new AppError("usage", `Expected images:FOLDER[,size=32], got "${spec}"`, { hint: "Name one folder." });
  }
  const size = options.size === undefined ? undefined : integerOption(spec, "size", options.size, 1024);
  const { pictures, classNames, notes } = await findPictures(paths[0], cwd);
  const chosen = pictures.slice(0, limit);
  const filter = (options.filter ?? "area") as ResizeFilter;
  const rows: Uint8Array[][] = [];
  let grey = true;
  let shape: readonly [number, number] | undefined;
  let stretched = 0;
  for (const { file } of chosen) {
    const image = decodeImage(await readFile(resolve(cwd, file)), file);
    shape ??= size === undefined ? [image.height, image.width] : [size, size];
    if (size === undefined) checkShape(image, shape, file, chosen[0].file);
    else if (image.height !== image.width) stretched++;
    checkSize(spec, chosen.length, 3 * shape[0] * shape[1]);
    grey &&= image.grey;
    rows.push(planesAt(image, shape, filter));
  }
  const [height, width] = shape!;
  const single = grey || options.color === "gray";
  const pixels = rows.map((planes) => (!single || options.color === "rgb" ? planes : [toGrey(planes)]));
  const channels = pixels[0].length;
  const plane = height * width;
  const labels = classNames && Int32Array.from(chosen, ({ label }) => label);
  const used = new Set(labels);
  return {
    spec,
    n: chosen.length,
    d: channels * plane,
    ...(labels && { labels, classNames }),
    imageShape: { height, width, channels },
    hash: hashOf(...pixels.flat(), labels),
    notes: [
      ...notes,
      ...(stretched > 0 ? [`${stretched} pictures are not square and were stretched to ${height} x ${width}.`] : []),
      ...(classNames && used.size === 1 ? [oneClassNote(classNames[chosen[0].label])] : []),
    ],
    row: (index, out, offset = 0) => {
      pixels[index].forEach((values, c) => {
        for (let j = 0; j < plane; j++) out[offset + c * plane + j] = values[j] / 255;
      });
    },
  };
}

async function findPictures(
  folder: string,
  cwd: string,
): Promise<{ pictures: Picture[]; classNames?: readonly string[]; notes: string[] }> {
  const top = await list(folder, cwd);
  const others: string[] = [];
  const pick = (base: string, names: readonly string[], label: number): Picture[] =>
    names.flatMap((name) => {
      if (/\.(png|jpe?g)$/i.test(name)) return [{ file: join(base, name), label }];
      if (!name.startsWith(".")) others.push(join(base, name));
      return [];
    });
  const direct = pick(folder, top.files, -1);
  const inClasses: Picture[] = [];
  const names: string[] = [];
  for (const name of top.folders) {
    const base = join(folder, name);
    const found = pick(base, (await list(base, cwd)).files, names.length);
    if (found.length === 0) continue;
    names.push(name);
    inClasses.push(...found);
  }
  if (direct.length > 0 && inClasses.length > 0) others.push(...direct.map(({ file }) => file));
  const pictures = inClasses.length > 0 ? inClasses : direct;
  if (pictures.length === 0) {
    throw new AppError(
      "data",
      `${folder}: expected folders of PNG or JPEG pictures, one folder a class; there is no picture`,
      {
        hint: "Pictures end in .png, .jpg or .jpeg.",
        details: { folder },
      },
    );
  }
  const note = `${others.length} other files were left out, such as ${others[0]}.`;
  return {
    pictures,
    ...(inClasses.length > 0 && { classNames: names }),
    notes: others.length > 0 ? [note] : [],
  };
}

async function list(folder: string, cwd: string): Promise<{ files: string[]; folders: string[] }> {
  try {
    const entries = await readdir(resolve(cwd, folder), { withFileTypes: true });
    const names = (isFolder: boolean) =>
      entries
        .filter((entry) => entry.isDirectory() === isFolder && !(isFolder && entry.name.startsWith(".")))
        .map(({ name }) => name)
        .sort();
    return { files: names(false), folders: names(true) };
  } catch (cause) {
    throw new AppError("data", `${folder}: expected a folder of pictures, it cannot be read`, {
      hint: "Name a folder that holds one folder of pictures a class.",
      details: { folder },
      cause,
    });
  }
}

function checkShape(
  image: DecodedImage,
  [height, width]: readonly [number, number],
  file: string,
  first: string,
): void {
  if (image.height === height && image.width === width) return;
  throw new AppError(
    "data",
    `${file}: expected ${width} x ${height} pixels (width x height) as ${first}, it has ${image.width} x ${image.height}`,
    { hint: "Bring all pictures to one size: add ,size=32 to the spec." },
  );
}

function planesAt(image: DecodedImage, shape: readonly [number, number], filter: ResizeFilter): Uint8Array[] {
  const { height, width, planes } = image;
  if (height === shape[0] && width === shape[1]) return [...planes];
  return planes.map((plane) => {
    const resized = resizePlane(plane, [height, width], shape, filter);
    return Uint8Array.from(resized, (value) => Math.max(0, Math.min(255, Math.round(value))));
  });
}

/** ITU-R BT.601, as PIL's mode L. */
function toGrey([red, green, blue]: readonly Uint8Array[]): Uint8Array {
  return red.map((value, j) => Math.round(0.299 * value + 0.587 * green[j] + 0.114 * blue[j]));
}
