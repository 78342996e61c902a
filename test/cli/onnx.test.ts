import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { layeredGraph, modelPresets, parseGenotype } from "../../src/index.js";
import { toOnnx } from "../../src/export/onnx.js";
import { exportedNetwork, initialTensors } from "../../src/export/tensors.js";
import { Workshop } from "./support.js";

const workshop = new Workshop();
afterAll(() => workshop.close());

for (const name of ["mlp", "layernorm", "resnet", "activations"])
  workshop.write(`${name}.onnx`, readFileSync(new URL(`../golden/onnx/${name}.onnx`, import.meta.url)));
/** The same layers, 8 and 64 units wide. */
function twoNetworks(): { readonly narrow: Uint8Array; readonly wide: Uint8Array } {
  const bytes = (width: number): Uint8Array => {
    const graph = layeredGraph(parseGenotype("relu-relu"), modelPresets.he, 5, width);
    return toOnnx(exportedNetwork(graph, initialTensors(graph, "kaiming", 1)), { version: "0" });
  };
  return { narrow: bytes(8), wide: bytes(64) };
}

const data = ["--data", "sphere:n=12,d=5"];
const images = ["--data", "sphere:n=6,d=192"];

interface Scored {
  readonly draws: number;
  readonly lambdaMin: { readonly mean: number; readonly values: readonly number[] };
  readonly layers: readonly { readonly layer: string; readonly trace: number }[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
  readonly spectrum?: readonly number[];
  readonly kernel?: readonly (readonly number[])[];
}

describe("eigennas score model.onnx", () => {
  it("names the file that is none, and says what the data lacks", async () => {
    workshop.write("cut.onnx", readFileSync(workshop.path("mlp.onnx")).subarray(0, 100));
    const cut = await workshop.run("score", "cut.onnx", ...data);
    expect([cut.code, cut.err]).toEqual([1, expect.stringMatching(/cut\.onnx: Expected an ONNX file/)]);
    workshop.write("narrow.onnx", twoNetworks().narrow);
    const short = await workshop.run("score", "narrow.onnx", "--data", "sphere:n=12,d=4");
    expect(short.err).toMatch(/reads \[5\], the data .* has \[4\]\nhint: .* add --normalize affine/);
    const affine = await workshop.run("score", "narrow.onnx", "--data", "sphere:n=12,d=4", "--normalize", "affine");
    expect(affine.code, affine.err).toBe(0);
    const other = await workshop.run("score", "narrow.onnx", "--data", "sphere:n=12,d=9");
    expect(other.err).toMatch(/hint: Name data of the network's shape\.\n/);
  });

  it("prints a card: network, spectrum, every layer's part", async () => {
    const { code, out } = await workshop.run("score", "resnet.onnx", ...images, "--draws", "2");
    expect(code).toBe(0);
    for (const words of [
      /network +5,\d+ parameters in 7 layers, 21 nodes/,
      /written by +pytorch 1.13.0, opset 13/,
      /kernel +2 draws by ntk, ntk parameterisation, sum of the outputs/,
      /batch norms +instance: each image's own statistics/,
      /λmin .*±/,
      /effective rank .* of 6/,
      /layer +of the trace +of λmin/,
      /layer2\.shortcut\.0 +\d+\.\d %/,
    ])
      expect(out).toMatch(words);
  });

  it("draws by seed, or keeps the file's weights with their running statistics", async () => {
    const drawn = (await workshop.json("score", "resnet.onnx", ...images, "--seed", "3", "--bn", "eval")) as Scored;
    expect(drawn.settings).toMatchObject({ keep: false, draws: 5, init: "ntk", bn: "eval", seed: 3 });
    expect(new Set(drawn.lambdaMin.values).size).toBe(5);
    const kept = (await workshop.json("score", "resnet.onnx", ...images, "--weights", "keep")) as Scored;
    expect(kept.settings).toMatchObject({ keep: true, draws: 1, bn: "eval", parameterisation: "standard" });
    const other = (await workshop.json(
      "score",
      "resnet.onnx",
      ...images,
      "--weights",
      "keep",
      "--seed",
      "1",
    )) as Scored;
    expect(kept.lambdaMin.values).toHaveLength(1);
    // Another seed draws other points, not other weights.
    expect(other.lambdaMin.values).not.toEqual(drawn.lambdaMin.values);
  });

  it("several files, with spectrum and kernel", async () => {
    const { results } = (await workshop.json(
      ...["score", "layernorm.onnx", "layernorm.onnx", ...data, "--spectrum", "--kernel", "--engine", "reference"],
    )) as { results: Scored[] };
    expect(results).toHaveLength(2);
    expect(results[0].spectrum).toHaveLength(12);
    expect(results[0].kernel).toHaveLength(12);
    expect(results[0].lambdaMin).toEqual(results[1].lambdaMin);
    expect(results[0].notes.join()).toContain("LogSoftmax at the output is left out");
    expect(results[0].layers.map(({ layer }) => layer)).toEqual(["first", "norm1", "second", "norm2", "third"]);
  });

  it("the float64 reference takes over where no program runs the network, and says so", async () => {
    const { out } = await workshop.run("score", "layernorm.onnx", ...data, "--engine", "wasm");
    expect(out).toMatch(/computed by +reference in float64/);
    expect(out).toContain("note: wasm does not run this network; the reference did.");
  });

  it.each([
    [["score", "none.onnx", ...data], 1, /none\.onnx: there is no such file/],
    [["score", "mlp.onnx", ...data], 1, /mlp\.onnx: the network reads \[3, 4, 4\], the data sphere.* has \[5\]/],
    [["score", "mlp.onnx", "relu", ...data], 2, /genotypes or \.onnx files, got both \(mlp\.onnx\)/],
    [["score", "relu", "--weights", "keep", ...data], 2, /--weights: it belongs to \.onnx files/],
    [["score", "relu", "--bn", "eval", ...data], 2, /--bn: it belongs to \.onnx files/],
    [["score", "layernorm.onnx", "--width", "8", ...data], 2, /--width: it belongs to genotypes/],
    [["score", "layernorm.onnx", "--weights", "keep", "--draws", "3", ...data], 2, /--draws: there is nothing to draw/],
    [["score", "layernorm.onnx", "--weights", "kept", ...data], 2, /did you mean keep/],
    [["score", "layernorm.onnx", "--output", "label", ...data], 2, /--output label: expected a class/],
    [["score", "layernorm.onnx", "--output", "each", ...data], 2, /expected sum, label or trace/],
    [
      ["score", "layernorm.onnx", "--memory", "1MB", "--engine", "reference", "--data", "sphere:n=200,d=5"],
      1,
      /needs .* the limit is 1\.00 MB/,
    ],
    [["compare", "mlp.onnx", ...data], 2, /expected two \.onnx files/],
    [["compare", "relu", "tanh", ...data], 2, /expected two \.onnx files, got "relu"\nhint: .*eigennas score/],
    [["compare", "mlp.onnx", "mlp.onnx", "--confidence", "1", ...data], 2, /--confidence/],
  ] as const)("%j", async (argv, exit, words) => {
    const { code, err } = await workshop.run(...argv);
    expect(err).toMatch(words);
    expect(code).toBe(exit);
  });

  it("a file that is none, and one with operators that are not read", async () => {
    workshop.write("text.onnx", "no network");
    const { code, err } = await workshop.run("score", "text.onnx", ...data);
    expect(code).toBe(1);
    expect(err).toMatch(/Expected an ONNX file.*\nhint: PyTorch writes one/);
  });
});

describe("eigennas compare a.onnx b.onnx", () => {
  it("the same network twice cannot be told apart", async () => {
    const same = await workshop.run("compare", "layernorm.onnx", "layernorm.onnx", ...data, "--draws", "3");
    expect(same.out).toContain("Neither: the draws do not tell them apart.");
  });

  it("the better one is found, with its probability, by a score that it names, and what it does not mean", async () => {
    const { narrow, wide } = twoNetworks();
    workshop.write("narrow.onnx", narrow);
    workshop.write("wide.onnx", wide);
    const { out } = await workshop.run("compare", "narrow.onnx", "wide.onnx", ...data);
    expect(out).toMatch(/score +log det by layer \(ntk_layer_logdet\)/);
    expect(out).toMatch(/A less B +-/);
    const flat = out.replace(/\s+/g, " ");
    expect(flat).toMatch(
      /Train wide\.onnx: its mean log det by layer is the larger one with probability (> 0\.999|0\.99\d)\./,
    );
    expect(flat).toContain(
      "over draws of the weights, on all 12 rows. It is not that of the better network after training",
    );
    const found = (await workshop.json("compare", "narrow.onnx", "wide.onnx", ...data)) as Record<string, unknown>;
    expect(found).toMatchObject({ train: "wide.onnx", decided: true, score: { name: "ntk_layer_logdet" } });
    const swapped = (await workshop.json("compare", "wide.onnx", "narrow.onnx", ...data)) as Record<string, unknown>;
    expect(swapped.train).toBe("wide.onnx");
    expect(swapped.probability).toBeCloseTo(found.probability as number, 12);
  });

  it("by another score, on other rows in every draw", async () => {
    const argv = ["compare", "narrow.onnx", "wide.onnx", "--data", "sphere:n=40,d=5", "--samples", "12"];
    const { out } = await workshop.run(...argv, "--score", "lambda_min");
    expect(out.replace(/\s+/g, " ")).toContain("over draws of the weights and of 12 of 40 rows");
    expect(out).toMatch(/λmin of A +\d/);
    const values = async (...more: string[]) =>
      ((await workshop.json(...argv, "--draws", "3", ...more)) as { a: { values: number[] } }).a.values;
    const found = await values();
    expect(await values()).toEqual(found);
    expect(new Set(found).size).toBe(3);
    const refused = await workshop.run(...argv, "--score", "lambda_max");
    expect(refused).toMatchObject({ code: 2, out: "" });
  });
});
