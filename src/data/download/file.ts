import { open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { AppError } from "../../errors.js";
import type { Expected } from "./catalogue.js";
import { faultOf, lengthOf } from "./checksum.js";
import { request, RequestFailure } from "./request.js";

/** What is told while a file comes. */
export type DownloadEvent =
  | { readonly type: "progress"; readonly file: string; readonly received: number; readonly bytes: number }
  | { readonly type: "retry"; readonly file: string; readonly reason: string; readonly seconds: number }
  | { readonly type: "present" | "checked" | "unpacked"; readonly file: string };

export interface DownloadSettings {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: DownloadEvent) => void) | undefined;
  /** Milliseconds in which at least a kilobyte must come, or the connection is given up and made again; 30,000 by default. */
  readonly silence?: number;
  /** Attempts in a row that bring nothing before an address is given up; 5 by default. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt, doubled before each further one; 1,000 by default. */
  readonly pause?: number;
}

const leastBytes = 1024;
const longestPause = 60_000;
/** Attempts at one address in all, however many of them brought something. */
const mostAttempts = 200;

/**
 * Downloads one file to `path`, from the first address that has it. What came is kept in `path`.part, and the next attempt,
 * or the next call, goes on behind it (HTTP Range). The file gets its name only when length and checksum are right; a
 * finished one that is wrong is removed.
 *
 * @throws AppError "data" when no address gives the file, "cancelled" when the signal ends it (what came is kept), "limit"
 * when the disk is full
 */
export async function downloadFile(
  name: string,
  addresses: readonly string[],
  path: string,
  expected: Expected,
  settings: DownloadSettings,
): Promise<void> {
  const failures: string[] = [];
  for (const address of addresses) {
    try {
      await fromAddress(name, address, path, expected, settings);
      return;
    } catch (error) {
      if (settings.signal?.aborted === true) {
        throw new AppError("cancelled", `${name}: the download was ended`, { cause: error });
      }
      if (!(error instanceof RequestFailure)) throw diskFailure(path, error);
      failures.push(error.message);
    }
  }
  throw new AppError("data", `${name}: it could not be downloaded: ${failures.join("; ")}`, {
    hint: `Try again later, give a mirror with --from, or put the file from ${addresses[0]} to ${path} yourself and repeat the command.`,
    details: { addresses, path },
  });
}

async function fromAddress(
  name: string,
  address: string,
  path: string,
  expected: Expected,
  { signal, onEvent, silence = 30_000, attempts = 5, pause = 1000 }: DownloadSettings,
): Promise<void> {
  const part = new Part(path, address, expected.bytes);
  let before = await part.length();
  let fromEarlier = before > 0;
  for (let vain = 0, all = 0; ;) {
    try {
      if ((await part.length()) < expected.bytes) {
        await part.receive((received) => onEvent?.({ type: "progress", file: name, received, bytes: expected.bytes }), {
          silence,
          signal,
        });
      }
      const fault = await faultOf(part.path, expected);
      if (fault === undefined) {
        await part.keep();
        onEvent?.({ type: "checked", file: name });
        return;
      }
      await part.remove();
      if (!fromEarlier) throw new RequestFailure(`${address}: ${fault}; the file was removed`, true);
      fromEarlier = false;
      throw new RequestFailure(`${fault}; it begins anew`, false);
    } catch (error) {
      if (!(error instanceof RequestFailure) || error.final || signal?.aborted === true) throw error;
      const length = await part.length();
      vain = length > before ? 0 : vain + 1;
      before = length;
      if (vain >= attempts || ++all >= mostAttempts) throw error;
      const delay = Math.min(longestPause, Math.max(1000 * (error.retryAfter ?? 0), pause * 2 ** vain));
      onEvent?.({ type: "retry", file: name, reason: error.message, seconds: delay / 1000 });
      await wait(delay, undefined, signal && { signal });
    }
  }
}

/** The part of a file that has come, and what its server calls that version of it. */
class Part {
  readonly path: string;
  readonly #note: string;

  constructor(
    readonly target: string,
    readonly address: string,
    readonly bytes: number,
  ) {
    this.path = `${target}.part`;
    this.#note = `${target}.part.json`;
  }

  async length(): Promise<number> {
    return (await lengthOf(this.path)) ?? 0;
  }

  async keep(): Promise<void> {
    await rename(this.path, this.target);
    await rm(this.#note, { force: true });
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
    await rm(this.#note, { force: true });
  }

  /** One request for what is missing. Returns when the body ended; throws RequestFailure for everything else. */
  async receive(
    onProgress: (received: number) => void,
    { silence, signal }: { readonly silence: number; readonly signal: AbortSignal | undefined },
  ): Promise<void> {
    const have = await this.length();
    const version = await this.#version();
    const range = { Range: `bytes=${have}-`, ...(version !== undefined && { "If-Range": version }) };
    const reply = await request(this.address, have > 0 ? range : {}, { silence, signal });
    try {
      const from = await this.#begin(reply.statusCode ?? 0, reply.headers, have);
      let received = from;
      let last = from;
      const watch = setInterval(() => {
        if (received - last < leastBytes) reply.destroy(new Error(`less than 1 kB came within ${silence / 1000} s`));
        last = received;
      }, silence);
      const file = await open(this.path, from > 0 ? "a" : "w");
      try {
        for await (const chunk of ofNetwork(this.address, reply)) {
          received += chunk.length;
          if (received > this.bytes) break;
          await file.appendFile(chunk);
          onProgress(received);
        }
      } finally {
        clearInterval(watch);
        await file.close();
      }
      if (received > this.bytes) {
        await this.remove();
        throw new RequestFailure(`${this.address}: expected ${this.bytes} bytes, more came`, true);
      }
      if (received < this.bytes) {
        throw new RequestFailure(
          `${this.address}: the connection ended after ${received} of ${this.bytes} bytes`,
          false,
        );
      }
    } finally {
      reply.destroy();
    }
  }

  /** Reads status and headers; returns the position at which the body begins. */
  async #begin(
    status: number,
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
    have: number,
  ): Promise<number> {
    const text = (name: string): string | undefined => (typeof headers[name] === "string" ? headers[name] : undefined);
    if (status === 416) {
      await this.remove();
      throw new RequestFailure(`${this.address}: the server cannot go on at ${have} bytes; it begins anew`, false);
    }
    if (status !== 200 && status !== 206) {
      const final = status < 500 && status !== 408 && status !== 425 && status !== 429;
      const retryAfter = Number(text("retry-after"));
      throw new RequestFailure(`${this.address}: the server answered ${status}`, final, {
        ...(retryAfter > 0 && { retryAfter }),
      });
    }
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(text("content-range") ?? "");
    if (status === 206 && (range === null || Number(range[1]) !== have)) {
      await this.remove();
      throw new RequestFailure(`${this.address}: the server sent another part than asked for; it begins anew`, false);
    }
    const from = status === 206 ? have : 0;
    const total = status === 206 ? range?.[2] : text("content-length");
    if (total !== undefined && total !== "*" && Number(total) !== this.bytes) {
      await this.remove();
      throw new RequestFailure(`${this.address}: expected ${this.bytes} bytes, the server announces ${total}`, true);
    }
    const tag = text("etag");
    const version = tag?.startsWith('"') === true ? tag : text("last-modified");
    if (from === 0) await writeFile(this.#note, JSON.stringify({ address: this.address, version }));
    return from;
  }

  /** The version of what has come, when it is of this address. */
  async #version(): Promise<string | undefined> {
    try {
      const note = JSON.parse(await readFile(this.#note, "utf8")) as { address?: unknown; version?: unknown };
      return note.address === this.address && typeof note.version === "string" ? note.version : undefined;
    } catch {
      return undefined;
    }
  }
}

/** The chunks of a body; what breaks it off becomes a RequestFailure, so that a full disk is not taken for it. */
async function* ofNetwork(address: string, body: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new RequestFailure(`${address}: the connection broke off (${reason})`, false, { cause });
      });
      if (next.done === true) return;
      yield next.value as Uint8Array;
    }
  } finally {
    await chunks.return?.().catch(() => undefined);
  }
}

/** An error of the file system with what to do; others as they are. */
export function diskFailure(path: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (error instanceof AppError || code === "") return error;
  const full = code === "ENOSPC" || code === "EDQUOT";
  return new AppError(
    full ? "limit" : "data",
    `${path}: ${full ? "the disk is full" : `it cannot be written (${code})`}`,
    {
      hint: full
        ? "Free some space and repeat the command: it goes on where it was; or name another folder with --to."
        : "Check the folder, or name another one with --to.",
      details: { path, code },
      cause: error,
    },
  );
}
