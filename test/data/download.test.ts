import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { getDataset, remoteDataset, remoteDatasets } from "../../src/data/download/index.js";
import type { DownloadEvent, GetSettings, RemoteDataset, RemoteFile } from "../../src/data/download/index.js";
import { openDataset } from "../../src/data/index.js";
import type { AppError } from "../../src/errors.js";
import { rng } from "../../src/rng.js";
import { HostileServer, type behaviours } from "../support/hostile-server.js";
import { errorOf } from "./error-of.js";
import { idxBytes } from "./idx-bytes.js";

const random = rng(1, "download");
const content = Buffer.from(Uint8Array.from({ length: 50_000 }, () => random.integer(256)));
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");

const contents = new Map<string, Buffer>([["data.bin", content]]);
const server = new HostileServer(contents);
beforeAll(() => server.start());
afterAll(() => server.close());

let folder: string;
let events: DownloadEvent[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eigennas-download-"));
  events = [];
  server.forget();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file: RemoteFile = { name: "data.bin", bytes: content.length, sha256: sha256(content) };
const made: RemoteDataset = { name: "made", title: "Made", addresses: [], files: [file] };

const get = (from: keyof typeof behaviours, more: Partial<GetSettings> = {}, dataset = made) =>
  getDataset(dataset, {
    ...{ folder, from: server.address(from), silence: 200, pause: 1, onEvent: (event) => events.push(event) },
    ...more,
  });

const failure = (from: keyof typeof behaviours, more?: Partial<GetSettings>): Promise<AppError> =>
  errorOf(() => get(from, more));

const retries = (): number => events.filter(({ type }) => type === "retry").length;

describe("a download", () => {
  it.each([
    ["honest", 0],
    ["breaks-off", 1],
    ["ignores-range", 1],
    ["says-nothing-of-length", 0],
    ["other-range", 1],
    ["changed-meanwhile", 1],
    ["leads-on", 0],
    ["500-twice", 2],
    ["hangs-midway", 1],
  ] as const)("comes whole from a server that is %s", async (behaviour, leastRetries) => {
    expect(await get(behaviour)).toEqual({ folder, files: ["data.bin"], present: false });
    expect(readdirSync(folder)).toEqual(["data.bin"]);
    expect(readFileSync(join(folder, "data.bin")).equals(content)).toBe(true);
    expect(retries()).toBeGreaterThanOrEqual(leastRetries);
    expect(events.at(-1)).toEqual({ type: "checked", file: "data.bin" });
    const received = events.flatMap((event) => (event.type === "progress" ? event.received : []));
    expect(received.at(-1)).toBe(content.length);
  });

  it("asks only for what is missing, in the same call and in the next", async () => {
    await get("breaks-off");
    const starts = server.requests.map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? "bytes=0-")![1]));
    expect(starts.length).toBeGreaterThan(2);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));

    rmSync(join(folder, "data.bin"));
    writeFileSync(join(folder, "data.bin.part"), content.subarray(0, 30_000));
    server.forget();
    await get("honest");
    expect(server.requests).toEqual([{ path: "/honest/data.bin", range: "bytes=30000-" }]);
    expect(readFileSync(join(folder, "data.bin")).equals(content)).toBe(true);
  });

  it("begins anew when what came earlier turns out to be wrong", async () => {
    writeFileSync(join(folder, "data.bin.part"), Buffer.alloc(20_000, 3));
    await get("honest");
    expect(server.requests.map(({ range }) => range)).toEqual(["bytes=20000-", undefined]);
    expect(readFileSync(join(folder, "data.bin")).equals(content)).toBe(true);
  });

  it.each([
    ["announces-less", /expected 50000 bytes, the server announces 100/],
    ["announces-more", /expected 50000 bytes, the server announces 50100/],
    ["endless", /expected 50000 bytes, more came/],
    ["other-bytes", /expected the SHA-256 checksum [0-9a-f]{64}, got [0-9a-f]{64}; the file was removed/],
    ["loops", /redirects more than 10 times/],
    ["leads-to-file", /expected an address that begins with http/],
    ["404", /answered 404/],
    ["500", /answered 500/],
    ["never-answers", /no answer within 0\.2 s/],
  ] as const)("is refused from a server of the kind %s, and nothing is left", async (behaviour, message) => {
    const error = await failure(behaviour, { attempts: 2 });
    expect(error.code).toBe("data");
    expect(error.message).toMatch(message);
    expect(error.hint).toContain("--from");
    expect(readdirSync(folder)).toEqual([]);
    if (behaviour === "404") expect(retries()).toBe(0);
    if (behaviour === "500") expect(server.requests).toHaveLength(2);
  });

  it("gives up a server that drips, and keeps what came", async () => {
    expect((await failure("drips", { attempts: 1 })).message).toMatch(/less than 1 kB came within 0\.2 s/);
    expect(existsSync(join(folder, "data.bin.part"))).toBe(true);
  });

  it("takes the next address when one fails", async () => {
    const addresses = [server.address("404"), server.address("other-bytes"), server.address("honest")];
    await getDataset({ ...made, addresses }, { folder, pause: 1, silence: 200 });
    expect(readFileSync(join(folder, "data.bin")).equals(content)).toBe(true);
  });

  it("ends by its signal, keeps what came, and goes on", async () => {
    const abort = new AbortController();
    const onEvent = ({ type }: DownloadEvent): void => {
      if (type === "progress") abort.abort();
    };
    expect((await failure("hangs-midway", { signal: abort.signal, onEvent, silence: 60_000 })).code).toBe("cancelled");
    expect(readFileSync(join(folder, "data.bin.part"))).toHaveLength(5000);
    await get("hangs-midway");
    expect(server.requests.at(-1)?.range).toBe("bytes=5000-");
  });

  it("does nothing a second time, and puts a damaged file right", async () => {
    await get("honest");
    server.forget();
    expect((await get("honest")).present).toBe(true);
    expect(server.requests).toEqual([]);
    writeFileSync(join(folder, "data.bin"), Buffer.alloc(content.length));
    expect((await get("honest")).present).toBe(false);
    expect(readFileSync(join(folder, "data.bin")).equals(content)).toBe(true);
  });

  it("looks at the free space first", async () => {
    const error = await failure("honest", { freeBytes: () => Promise.resolve(10_000) });
    expect([error.code, server.requests.length]).toEqual(["limit", 0]);
    expect(error.message).toContain("of free space");
    expect(error.hint).toContain("--to");
  });
});

describe("an archive", () => {
  const inside = (members: RemoteFile["members"], archive: Buffer): RemoteDataset => ({
    ...made,
    files: [{ name: "made.tar.gz", bytes: archive.length, md5: md5(archive), members: members! }],
  });

  /** Made by the system's tar, with a link, a path that leads out, and a file that nobody asked for. */
  function archive(format: string): Buffer {
    const source = join(folder, `source-${format}`);
    mkdirSync(join(source, "made", "x".repeat(60), "y".repeat(60)), { recursive: true });
    writeFileSync(join(source, "made", "a.bin"), content);
    writeFileSync(join(source, "made", "names.txt"), "one\ntwo\n");
    writeFileSync(join(source, "made", "other.txt"), "not asked for");
    writeFileSync(join(source, "outside.txt"), "evil");
    symlinkSync("/etc/passwd", join(source, "made", "link.txt"));
    writeFileSync(join(source, "made", "x".repeat(60), "y".repeat(60), "long.txt"), "long");
    const into = ["--format", format, "-P", "-czf", join(folder, "made.tgz")];
    execFileSync("tar", [...into, "-C", source, "made", "-C", join(source, "made"), "../outside.txt"]);
    const bytes = readFileSync(join(folder, "made.tgz"));
    rmSync(source, { recursive: true });
    rmSync(join(folder, "made.tgz"));
    return bytes;
  }

  it.each(["ustar", "gnu", "posix"])(
    "of the format %s gives the members that are wanted and nothing else",
    async (format) => {
      const bytes = archive(format);
      contents.set("made.tar.gz", bytes);
      const members = [{ path: "made/a.bin", bytes: content.length, md5: md5(content) }, { path: "made/names.txt" }];
      const dataset = inside(members, bytes);
      expect(await get("honest", {}, dataset)).toMatchObject({ files: ["a.bin", "names.txt"], present: false });
      expect(readdirSync(folder).sort()).toEqual(["a.bin", "names.txt"]);
      expect(existsSync(join(folder, "..", "outside.txt"))).toBe(false);
      expect(readFileSync(join(folder, "a.bin")).equals(content)).toBe(true);
      server.forget();
      expect((await get("honest", {}, dataset)).present).toBe(true);
      expect(server.requests).toEqual([]);
    },
  );

  it("is refused without the members, with others, cut off, or when it is none; links are never followed", async () => {
    const bytes = archive("gnu");
    contents.set("made.tar.gz", bytes);
    const absent = await errorOf(() => get("honest", {}, inside([{ path: "made/b.bin" }], bytes)));
    expect(absent.message).toContain("expected made/b.bin in it");
    const link = await errorOf(() => get("honest", {}, inside([{ path: "made/link.txt" }], bytes)));
    expect(link.message).toContain("expected made/link.txt in it");
    const other = await errorOf(() => get("honest", {}, inside([{ path: "made/a.bin", bytes: 7 }], bytes)));
    expect(other.message).toContain("made/a.bin: expected 7 bytes, got 50000");
    expect(existsSync(join(folder, "a.bin"))).toBe(false);
    for (const [broken, message] of [
      [bytes.subarray(0, bytes.length >> 1), /whole gzip file/],
      [gzipSync(Buffer.alloc(3000, 65)), /whole tar archive, but a header has a wrong checksum/],
      [gzipSync(Buffer.alloc(100)), /ends before its last block/],
    ] as const) {
      rmSync(join(folder, "made.tar.gz"));
      contents.set("made.tar.gz", Buffer.from(broken));
      const error = await errorOf(() => get("honest", {}, inside([{ path: "made/a.bin" }], Buffer.from(broken))));
      expect(error.code).toBe("data");
      expect(error.message).toMatch(message);
    }
  });
});

describe("the catalogue", () => {
  it("has checksums for every file, and its nearest name for a slip", async () => {
    for (const { files } of remoteDatasets) {
      for (const { md5: sum, sha256: other = "0".repeat(64) } of files) {
        expect(sum).toMatch(/^[0-9a-f]{32}$/);
        expect(other).toMatch(/^[0-9a-f]{64}$/);
      }
    }
    expect((await errorOf(() => remoteDataset("cifar-10"))).hint).toContain("cifar10");
    expect(remoteDataset("mnist").files).toHaveLength(4);
  });

  it("puts files where the specs look for them", async () => {
    const images = idxBytes(0x08, [3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const labels = idxBytes(0x08, [3], [0, 9, 5]);
    for (const name of ["mnist", "fashion-mnist"]) {
      const place = join(folder, ".eigennas", "data", name);
      mkdirSync(place, { recursive: true });
      const [imageFile, labelFile] = remoteDataset(name).files;
      writeFileSync(join(place, imageFile.name), gzipSync(images));
      writeFileSync(join(place, labelFile.name), gzipSync(labels));
    }
    const digits = await openDataset("mnist", { cwd: folder });
    expect(digits).toMatchObject({ n: 3, d: 4, classNames: ["0", "5", "9"] });
    const clothes = await openDataset("fashion-mnist", { cwd: folder });
    expect(clothes).toMatchObject({ n: 3, classNames: ["T-shirt/top", "Sandal", "Ankle boot"], hash: digits.hash });
    const absent = await errorOf(() => openDataset("fashion-mnist", { cwd: join(folder, "..") }));
    expect(absent.hint).toContain("eigennas data get fashion-mnist");
  });
});
