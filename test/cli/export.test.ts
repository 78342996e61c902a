import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as Ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseNpz } from "../../src/data/index.js";
import { Workshop } from "./support.js";

const ort = createRequire(import.meta.url)("onnxruntime-node") as typeof Ort;
const shop = new Workshop();
const read = (file: string): Buffer => readFileSync(join(shop.folder, file));

/** Columns far from 0, and a class that the first one tells. */
const points = Array.from({ length: 60 }, (_, i) => [
  1000 + Math.sin(i),
  Math.cos(2 * i),
  i % 7,
  Math.sin(i) > 0 ? "up" : "down",
]);

interface Prepared {
  readonly mean: readonly number[];
  readonly factor: readonly number[];
  readonly norm: number;
  readonly classes: readonly string[];
}

beforeAll(async () => {
  writeFileSync(join(shop.folder, "points.csv"), `a,b,c,side\n${points.map((row) => row.join()).join("\n")}\n`);
  const found = await shop.run(
    ...[
      "search",
      "--data",
      "csv:points.csv",
      "--target",
      "side",
      "--depth",
      "2-3",
      "--activations",
      "relu,gelu",
      "--quiet",
    ],
  );
  expect(found.code).toBe(0);
});

afterAll(() => {
  shop.close();
});

/** What onnxruntime says of a file for one input. */
async function outputsOf(file: string, input: readonly number[]): Promise<number[]> {
  const session = await ort.InferenceSession.create(read(file));
  const { output } = await session.run({
    input: new ort.Tensor("float32", Float32Array.from(input), [1, input.length]),
  });
  return Array.from(output.data as Float32Array);
}

interface Written {
  readonly genotype: string;
  readonly parameters: number;
  readonly input: readonly number[];
  readonly files: readonly string[];
  readonly origin: string;
}

describe("eigennas export", () => {
  it("the best of a run: inputs and outputs as its data has them", async () => {
    const written = (await shop.json("export", "latest", "--to", "onnx", "--width", "32")) as Written;
    // Three columns and the coordinate of 1 of the affine preparation.
    expect(written).toMatchObject({ input: [4], files: ["network.onnx"], origin: "weights drawn: ntk, seed 0" });
    expect(await outputsOf("network.onnx", [0.1, 0.2, 0.3, 0.4])).toHaveLength(2);
    const second = (await shop.json(
      "export",
      "latest",
      "--to",
      "json",
      "--rank",
      "2",
      "--out",
      "second.json",
    )) as Written;
    expect(second.genotype).not.toBe(written.genotype);
    expect((JSON.parse(read("second.json").toString()) as { genotype: string }).genotype).toBe(second.genotype);
  });

  it("trained weights: the sizes are theirs, the network learnt what the data says", { timeout: 60_000 }, async () => {
    const train = ["train", "latest", "--top", "1", "--random", "0", "--seeds", "1", "--epochs", "30", "--batch", "8"];
    expect((await shop.run(...train, "--width", "48", "--weights", "w.npz", "--quiet")).code).toBe(0);
    const { genotype } = (await shop.json(
      "export",
      "latest",
      "--to",
      "onnx",
      "--out",
      "t.onnx",
      "--weights",
      "w.npz",
    )) as Written;
    const tensors = parseNpz(read("w.npz"), "w.npz");
    expect(tensors.get("g1.weight")!.shape).toEqual([48, 4]);
    // A network without skips and biases by hand; the winner's activations are relu or gelu.
    const source = await shop.json("export", genotype, "--to", "json", "--out", "t.json", "--weights", "w.npz");
    expect(source).toMatchObject({ input: [4], origin: "weights: w.npz" });
    // Training reads inputs of variance 1: a new draw of the exported network has the fan-in of that.
    const { network } = JSON.parse(read("t.json").toString()) as { network: { nodes: { id: string; fan?: number }[] } };
    expect(network.nodes[0]).toMatchObject({ id: "g1", fan: 4 });
    const [a, b] = await outputsOf("t.onnx", [0.5, 0.5, 0.5, 0.5]);
    expect(a).not.toBe(b);
  });

  it("says in numbers how raw rows are prepared, fitted to the rows that were learnt: they are classified by it", async () => {
    const train = ["train", "latest", "--top", "1", "--random", "0", "--seeds", "1", "--epochs", "60", "--batch", "8"];
    await shop.run(...train, "--width", "48", "--lr", "0.01", "--weights", "learnt.npz", "--quiet");
    for (const [to, out] of [
      ["onnx", "p.onnx"],
      ["json", "p.json"],
      ["pytorch", "p.py"],
    ]) {
      await shop.run("export", "latest", "--to", to, "--out", out, "--weights", "learnt.npz");
    }
    const { preparation } = JSON.parse(read("p.json").toString()) as { preparation: Prepared };
    expect(preparation).toMatchObject({ columns: ["a", "b", "c"], classes: ["down", "up"], bias: true, norm: 2 });
    expect(read("p.onnx").toString("latin1")).toContain(JSON.stringify(preparation));
    const { mean, factor, norm } = preparation;
    let right = 0;
    for (const row of points) {
      const standard = [...row.slice(0, 3).map((value, j) => (Number(value) - mean[j]) * factor[j]), 1];
      const scale = norm / Math.hypot(...standard);
      const outputs = await outputsOf(
        "p.onnx",
        standard.map((value) => scale * value),
      );
      if (preparation.classes[outputs[0] > outputs[1] ? 0 : 1] === row[3]) right++;
    }
    expect(right).toBeGreaterThanOrEqual(57); // of 60; a wrong mean or order of classes gives about half
    const source = read("p.py").toString();
    expect(source).toContain('COLUMNS = ["a", "b", "c"]');
    expect(source).toMatch(/def prepare\(rows, path\):/);
    const stored = parseNpz(read("p.npz"), "p.npz");
    expect([...stored.get("inputs.mean")!.values]).toEqual(mean);
  });

  it("PyTorch and Keras sources come with their weights", async () => {
    const cell = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|nor_conv_1x1~1|avg_pool_3x3~2|";
    const sizes = ["--channels", "4", "--cells", "2", "--image-size", "8"];
    const torch = (await shop.json("export", cell, "--to", "pytorch", ...sizes)) as Written;
    expect(torch.files).toEqual(["network.py", "network.npz"]);
    const source = read("network.py").toString();
    expect(source).toContain("self.stage0 = nn.Sequential(*(Cell(4) for _ in range(2)))");
    const names = [...parseNpz(read("network.npz"), "network.npz").keys()];
    expect(names).toContain("stage2.1.conv_0_1.weight");
    const keras = (await shop.json("export", cell, "--to", "keras", "--out", "k.py", ...sizes)) as Written;
    expect(keras).toMatchObject({ files: ["k.py", "k.npz"], parameters: torch.parameters });
    expect(read("k.py").toString()).toContain('layers.Conv2D(4, 3, padding="same", use_bias=False, name="stem_conv")');
  });

  it.each([
    [["latest", "--to", "tf"], 2, "--to: expected onnx, pytorch, keras, json"],
    [["relu+relu", "--to", "onnx"], 2, "--input-dimension: expected how many numbers"],
    [["rellu", "--to", "onnx"], 2, 'unknown activation "rellu"'],
    [["lastest", "--to", "onnx"], 2, "A run is named by its id, a part of it, or latest"],
    [["latest", "--to", "onnx", "--channels", "3"], 2, "--channels: it belongs to cells"],
    [["latest", "--to", "onnx", "--rank", "99"], 2, "expected --rank from 1 to"],
    [["relu", "--to", "onnx", "--weights", "absent.npz"], 1, "absent.npz: no such file"],
    [["relu", "--to", "onnx", "--weights", "points.csv"], 1, "points.csv: expected an .npz file"],
    [["relu", "--to", "json", "--rank", "1"], 2, "--rank: it belongs to runs"],
  ] as const)("%s: says what is wrong", async (argv, code, message) => {
    const ended = await shop.run("export", ...argv);
    expect(ended.err).toContain(message);
    expect(ended.code).toBe(code);
  });

  it("does not write over the weights that it reads, and refuses sizes that they do not have", async () => {
    await shop.run(
      "export",
      "relu+relu",
      "--to",
      "pytorch",
      "--input-dimension",
      "3",
      "--width",
      "8",
      "--out",
      "own.py",
    );
    const before = read("own.npz");
    const over = await shop.run("export", "relu+relu", "--to", "pytorch", "--weights", "own.npz", "--out", "own.py");
    expect(over).toMatchObject({ code: 2 });
    expect(over.err).toContain("would be written over --weights");
    expect(read("own.npz").equals(before)).toBe(true);
    const wide = await shop.run(
      "export",
      "relu+relu",
      "--to",
      "onnx",
      "--weights",
      "own.npz",
      "--width",
      "9",
      "--out",
      "z.onnx",
    );
    expect(wide.err).toContain("--width: expected 8, as the weights have it, got 9");
    const deep = await shop.run("export", "relu+relu+relu", "--to", "onnx", "--weights", "own.npz", "--out", "z.onnx");
    expect(deep.err).toContain('"g3.weight" is expected as [8, 8], got none');
    expect(existsSync(join(shop.folder, "z.onnx"))).toBe(false);
  });
});
