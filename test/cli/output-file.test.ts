import { existsSync, readFileSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workshop } from "./support.js";

const shop = new Workshop();
afterAll(() => shop.close());

beforeAll(async () => {
  shop.write("file", "kept");
  shop.write("points.csv", "0.6,0.8\n1,0\n0,1\n-0.8,0.6\n");
  await shop.json("search", "--data", "csv:points.csv", "--depth", "2", "--activations", "relu,tanh", "--threads", "1");
});

describe("files that a command will write", () => {
  // Nothing of what else is named here exists: that would be found as soon as the work began.
  it.each([
    [["bench", "--images", "absent.bin", "--scores-csv", "file/scores.csv"], "--scores-csv", "file/scores.csv"],
    [["bench", "--table", "absent.csv", "--report", "file/page.html"], "--report", "file/page.html"],
    [["predict", "absent", "--data", "absent.csv", "--out", "file/new.csv"], "--out", "file/new.csv"],
    [["train", "relu", "--data", "csv:absent.csv", "--out", "file/page.html"], "--out", "file/page.html"],
    [["train", "relu", "--data", "csv:absent.csv", "--weights", "file/w.npz"], "--weights", "file/w.npz"],
    [["supernet", "--data", "csv:absent.csv", "--out", "/proc/none/page.html"], "--out", "/proc/none/page.html"],
    [["width", "relu", "--data", "csv:absent.csv", "--out", "/proc/page.html"], "--out", "/proc/page.html"],
    [["explain", "absent", "--report", "file/why.html"], "--report", "file/why.html"],
    [["export", "absent", "--to", "onnx", "--out", "file/x.onnx"], "--out", "file/x.onnx"],
    [["export", "absent", "--to", "keras", "--out", "file/x.py"], "--out", "file/x.py"],
    [["report", "latest", "--out", "file/page.html"], "--out", "file/page.html"],
    [["report", "latest", "--figures", "file"], "--figures", "file"],
    [["study", "tables", ".", "--out", "file"], "--out", "file/results.jsonl"],
  ])("are checked before anything is done: %j", async (argv, flag, file) => {
    const { code, err, out } = await shop.run(...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(`${flag}: expected a place where files can be written, ${file} gives E`);
  });

  it("are neither made nor changed by that, but their folders are made", async () => {
    const failing = ["width", "rellu", "--data", "csv:points.csv", "--out"];
    expect((await shop.run(...failing, "a/b/page.html")).err).toContain("unknown activation");
    expect(readdirSync(shop.path("a/b"))).toEqual([]);
    expect((await shop.run(...failing, "file")).err).toContain("unknown activation");
    expect(readFileSync(shop.path("file"), "utf8")).toBe("kept");
    expect((await shop.run(...failing, "a")).err).toContain(
      "--out: expected a place where files can be written, a gives EISDIR",
    );
  });

  it("of an export get their folder; weights that are read are seen before one of them is written", async () => {
    const sizes = ["--input-dimension", "3", "--width", "8"];
    const { files } = (await shop.json("export", "relu", "--to", "pytorch", ...sizes, "--out", "new/own.py")) as {
      files: string[];
    };
    expect(files).toEqual(["new/own.py", "new/own.npz"]);
    const over = await shop.run(...["export", "relu", "--to", "keras", "--weights", "new/own.npz"], "--out", "new/own");
    expect([over.code, over.err]).toEqual([2, expect.stringContaining("new/own.npz would be written over --weights")]);
    expect(existsSync(shop.path("new/own"))).toBe(false);
  });
});
