import jpeg from "jpeg-js";
import { PNG } from "pngjs";
import { AppError } from "../errors.js";

/** A decoded picture: planes of numbers 0..255, row by row. Transparent pixels lie on white. */
export interface DecodedImage {
  readonly height: number;
  readonly width: number;
  /** Red, green, blue. */
  readonly planes: readonly [Uint8Array, Uint8Array, Uint8Array];
  /** Whether the three planes are equal. */
  readonly grey: boolean;
}

/** Larger pictures are more likely a trap than data. */
const mostPixels = 64e6;

/**
 * Decodes a PNG or JPEG, told apart by content. Errors: `data` naming the file for other formats, damaged files and pictures
 * of more than 64 million pixels.
 */
export function decodeImage(bytes: Uint8Array, file: string): DecodedImage {
  const isPng = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, k) => bytes[k] === byte);
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
  if (!isPng && !isJpeg) {
    const start = JSON.stringify(new TextDecoder("latin1").decode(bytes.subarray(0, 12)));
    const came = bytes.length === 0 ? "the file is empty" : `it begins with ${start}`;
    throw new AppError("data", `${file}: expected a PNG or JPEG picture, ${came}`, {
      hint: "Remove the file from the folder, or convert it.",
    });
  }
  if (isPng && bytes.length >= 24) checkPixels(bytes, file);
  try {
    const { width, height, data } = isPng
      ? PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      : jpeg.decode(bytes, { useTArray: true, maxResolutionInMP: mostPixels / 1e6, maxMemoryUsageInMB: 1024 });
    return planesOf(width, height, data);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("data", `${file}: expected a whole ${isPng ? "PNG" : "JPEG"}, but ${reason}`, {
      hint: "The file is cut off or damaged: copy it again, or remove it.",
      cause,
    });
  }
}

function checkPixels(bytes: Uint8Array, file: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width * height <= mostPixels) return;
  throw new AppError(
    "data",
    `${file}: expected a picture of at most ${mostPixels / 1e6} million pixels, it is ${width} x ${height}`,
    {
      hint: "Make it smaller, or remove it from the folder.",
    },
  );
}

function planesOf(width: number, height: number, data: Uint8Array): DecodedImage {
  const size = width * height;
  const planes = [new Uint8Array(size), new Uint8Array(size), new Uint8Array(size)] as const;
  let grey = true;
  for (let i = 0; i < size; i++) {
    const alpha = data[4 * i + 3];
    for (let c = 0; c < 3; c++) {
      const value = data[4 * i + c];
      planes[c][i] = alpha === 255 ? value : Math.round((value * alpha + 255 * (255 - alpha)) / 255);
    }
    if (planes[0][i] !== planes[1][i] || planes[1][i] !== planes[2][i]) grey = false;
  }
  return { height, width, planes, grey };
}
