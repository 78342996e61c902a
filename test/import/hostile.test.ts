import { createHash } from "node:crypto";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.js";
import { fromOnnx, readOnnx } from "../../src/import/index.js";
import { file, tensor, type FileParts } from "./make-file.js";
import { fileOf } from "./support.js";
import { appErrorOf } from "../support/app-error.js";

const weight = (name: string, shape: readonly number[]) =>
  tensor(name, shape, new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(0.1));

/** Data [batch, 4] through a dense layer of 3 units; the parts can be replaced. */
const dense = (parts: Partial<FileParts> = {}): Uint8Array =>
  file({
    nodes: [{ op: "Gemm", name: "fc", inputs: ["x", "w"], outputs: ["y"], attributes: { transB: 1 } }],
    tensors: [weight("w", [3, 4])],
    input: ["N", 4],
    ...parts,
  });

/** The error of reading these bytes. */
const problemOf = (bytes: Uint8Array): AppError => appErrorOf(() => fromOnnx(bytes));

/** A protobuf field of bytes. */
const field = (number: number, bytes: Uint8Array | readonly number[]): Uint8Array =>
  Buffer.concat([Uint8Array.of((number << 3) | 2), Uint8Array.from(varint(bytes.length)), Uint8Array.from(bytes)]);

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

describe("bytes that are no ONNX file", () => {
  it.each([
    ["nothing", new Uint8Array(0), /no graph/],
    ["text", new TextEncoder().encode("this is not protobuf at all"), /Expected an ONNX file/],
    ["zeros", new Uint8Array(1000), /Expected an ONNX file/],
    ["a file that ends early", fileOf("mlp").subarray(0, 5000), /Expected an ONNX file/],
    [
      "a length of 4 GB",
      Uint8Array.of(0x3a, 255, 255, 255, 255, 15, 1, 2),
      /Expected an ONNX file.*4294967295 bytes where 2/,
    ],
    ["a length of an endless varint", Uint8Array.of(0x3a, ...Array<number>(20).fill(255)), /Expected an ONNX file/],
    ["a graph without operators", field(7, field(2, [65])), /no graph of operators/],
  ])("%s", (_, bytes, message) => {
    const error = problemOf(bytes);
    expect(error.message).toMatch(message);
    expect(error.code).toBe("data");
    expect(error.hint).toContain("torch.onnx.export");
  });

  it("graphs within graphs a thousand deep", () => {
    let graph: Uint8Array = Uint8Array.of();
    for (let depth = 0; depth < 1000; depth++) graph = field(1, field(5, field(6, graph)));
    expect(problemOf(field(7, graph)).code).toBe("limit");
  });

  it.each([
    [
      "a million empty operators",
      field(
        7,
        new Uint8Array(2_000_000).map((_, k) => (k % 2 === 0 ? 10 : 0)),
      ),
      /records/,
    ],
    ["ten million integers of a byte", field(7, field(1, field(5, field(8, new Uint8Array(10_000_000))))), /integers/],
    ["a million unknown messages", field(7, field(99, new Uint8Array(2_000_000))), /records/],
  ])("%s are refused before they are made", (_, bytes, message) => {
    const error = problemOf(bytes);
    expect(error.code).toBe("limit");
    expect(error.message).toMatch(message);
  });

  it("operator sets that are not known", () => {
    expect(problemOf(dense({ opset: 99 })).message).toMatch(/operator set 99; known are 6 to 26/);
    expect(problemOf(dense({ opset: 0 })).message).toMatch(/operator set none/);
  });
});

describe("graphs that are broken", () => {
  const relu = (input: string, output: string) => ({ op: "Relu", name: output, inputs: [input], outputs: [output] });
  it.each([
    ["a cycle", dense({ nodes: [relu("b", "a"), relu("a", "b"), relu("b", "y")] }), /form a cycle \(at Relu/],
    ["a value that nobody makes", dense({ nodes: [relu("nowhere", "y")] }), /"nowhere" is read and never made/],
    ["a value made twice", dense({ nodes: [relu("x", "y"), relu("x", "y")] }), /"y" is made twice/],
    ["an output that nobody makes", dense({ nodes: [relu("x", "other")] }), /"y" is read and never made/],
    [
      "two inputs",
      dense({
        inputs: [
          ["x", ["N", 4]],
          ["z", ["N", 4]],
        ],
      }),
      /one input, the file has x, z/,
    ],
    [
      "the input as the output",
      dense({ nodes: [{ op: "Identity", name: "i", inputs: ["x"], outputs: ["y"] }] }),
      /output of the file is its input/,
    ],
    [
      "an image as the output",
      dense({ nodes: [relu("x", "y")], input: ["N", 1, 4, 4] }),
      /Expected a vector of outputs.*\[1, 4, 4\]/,
    ],
    ["open sizes", dense({ input: ["N", "F"] }), /shape \[N, F\]; expected \[batch, features\]/],
    ["no shape", dense({ inputs: [["x", undefined]] }), /\[not said\]/],
  ])("%s", (_, bytes, message) => {
    expect(problemOf(bytes).message).toMatch(message);
  });

  it("open sizes are those of the data", () => {
    const bytes = dense({ input: ["N", "F"] });
    expect(fromOnnx(bytes, { input: [4] }).graph.input).toEqual([4]);
    expect(() => fromOnnx(bytes, { input: [5] })).toThrow(/weights for 4 features, got 5/);
    expect(() => fromOnnx(bytes, { input: [1, 2, 2] })).toThrow(/that fits \[1, 2, 2\]/);
  });

  it("5,000 operators in a row are read, 5,001 are not; any order", () => {
    const chain = (count: number) =>
      Array.from({ length: count }, (_, k) => ({
        op: k % 2 === 0 ? "Gemm" : "Tanh",
        name: `n${k}`,
        inputs: k % 2 === 0 ? [k === 0 ? "x" : `v${k - 1}`, "w"] : [`v${k - 1}`],
        outputs: [k === count - 1 ? "y" : `v${k}`],
      })).reverse();
    const bytes = (count: number) => dense({ nodes: chain(count), tensors: [weight("w", [4, 4])] });
    expect(fromOnnx(bytes(5000)).graph.nodes).toHaveLength(5000);
    expect(problemOf(bytes(5001)).message).toMatch(/5001 operators; at most 5000/);
  });

  it("long chains of functions, sums and products of themselves end", () => {
    const own = (op: string) =>
      Array.from({ length: 4000 }, (_, k) => ({
        op,
        name: `n${k}`,
        inputs: op === "Sigmoid" ? [k === 0 ? "x" : `v${k - 1}`] : Array<string>(2).fill(k === 0 ? "x" : `v${k - 1}`),
        outputs: [k === 3999 ? "y" : `v${k}`],
      }));
    expect(fromOnnx(dense({ nodes: own("Sigmoid") })).graph.nodes.length).toBeGreaterThan(1000);
    for (const op of ["Add", "Mul"]) {
      const read = (): unknown => fromOnnx(dense({ nodes: own(op) }));
      if (op === "Mul") expect(read).toThrow(/a function of single numbers/);
      else expect(read).not.toThrow();
    }
  });

  it.each([
    [[-5], /constants of the shape \[-5\]/],
    [[2 ** 40], /constants of more than/],
    [[0.5], /constants of the shape \[0\.5\]/],
  ] as const)("constants of the sizes %j", (sizes, message) => {
    const nodes = [
      { op: "ConstantOfShape", name: "filled", inputs: ["s"], outputs: ["c"] },
      { op: "Add", name: "add", inputs: ["x", "c"], outputs: ["y"] },
    ];
    const bytes = dense({ nodes, tensors: [tensor("s", [1], Float32Array.from(sizes))] });
    expect(problemOf(bytes).message).toMatch(message);
  });

  it("folding of constants has a limit", () => {
    const nodes = Array.from({ length: 4 }, (_, k) => ({
      op: "Concat",
      name: `c${k}`,
      inputs: Array<string>(1000).fill(k === 0 ? "b" : `v${k - 1}`),
      outputs: [`v${k}`],
      attributes: { axis: 0 },
    }));
    const end = { op: "Add", name: "add", inputs: ["x", "v3"], outputs: ["y"] };
    const bytes = dense({ nodes: [...nodes, end], tensors: [weight("b", [4])] });
    expect(problemOf(bytes).message).toMatch(/constants of more than 67108864 numbers/);
  });
});

describe("weights that lie", () => {
  it.each([
    ["too few numbers", tensor("w", [3, 4], new Float32Array(11)), /"w": it has 11 numbers for the shape \[3, 4\]/],
    [
      "sizes beyond all bounds",
      tensor("w", [2 ** 40, 2 ** 40], new Float32Array(1)),
      /shape \[1099511627776, 1099511627776\] is impossible/,
    ],
    ["a negative size", tensor("w", [-3, 4], new Float32Array(12)), /is impossible/],
    [
      "values in another file",
      { ...tensor("w", [3, 4], new Float32Array(0)), external: "weights.bin" },
      /"w": its values are in another file \(external data\)/,
    ],
    ["complex numbers", { ...tensor("w", [3, 4], new Float32Array(12)), type: 14 }, /type COMPLEX64 are not read/],
    ["another number of features", weight("w", [3, 5]), /weights for 5 features, got 4/],
    ["a tensor of three axes", weight("w", [3, 2, 2]), /matrix of weights, got the shape \[3, 2, 2\]/],
  ])("%s", (_, wrong, message) => {
    expect(problemOf(dense({ tensors: [wrong] })).message).toMatch(message);
  });
});

describe("what is not read is named, all of it at once", () => {
  it("operators by name, domain and node", () => {
    const bytes = dense({
      nodes: [
        { op: "LSTM", name: "memory", inputs: ["x"], outputs: ["a"] },
        { op: "FusedConv", domain: "com.microsoft", name: "fused", inputs: ["a"], outputs: ["b"] },
        { op: "relu", name: "slip", inputs: ["x"], outputs: ["c"] },
        { op: "Gemm", name: "odd", inputs: ["x", "w"], outputs: ["d"], attributes: { transA: 1 } },
        { op: "Add", name: "sum1", inputs: ["b", "c"], outputs: ["e"] },
        { op: "Add", name: "sum2", inputs: ["e", "d"], outputs: ["y"] },
      ],
    });
    const { message, details, hint } = problemOf(bytes);
    expect(message.split("\n")).toEqual([
      "The network has 4 operators that cannot be read:",
      '  LSTM "memory": this operator is not read',
      '  com.microsoft.FusedConv "fused": this operator is not read',
      '  relu "slip": this operator is not read',
      '  Gemm "odd": transA, samples as columns',
    ]);
    expect(details.problems).toHaveLength(4);
    expect(hint).toContain("Read are Abs, Add");
  });

  it.each([
    ["dilations", { dilations: [2, 2] }, /dilations/],
    ["strides", { strides: [1, 2] }, /strides \[1, 2\]. Only square ones/],
    ["pads", { pads: [0, 0, 1, 1] }, /pads \[0, 0, 1, 1\]. Only the same padding/],
    ["group", { group: 3 }, /in 3 groups for 2 channels/],
    ["an attribute that nobody knows", { colour: 3 }, /the attribute colour is not read/],
    ["a huge stride", { strides: [2 ** 31, 2 ** 31] }, undefined],
    ["a huge kernel_shape", { kernel_shape: [2 ** 31, 2 ** 31] }, /kernel_shape that is not the weights'/],
    ["a negative pad", { pads: [-1, -1, -1, -1] }, /pads \[-1/],
  ] as const)("a convolution's %s", (_, attributes, message) => {
    const bytes = dense({
      nodes: [
        { op: "Conv", name: "conv", inputs: ["x", "w"], outputs: ["a"], attributes },
        { op: "GlobalAveragePool", name: "mean", inputs: ["a"], outputs: ["b"] },
        { op: "Flatten", name: "flat", inputs: ["b"], outputs: ["y"] },
      ],
      tensors: [weight("w", [3, 2, 3, 3])],
      input: ["N", 2, 5, 5],
    });
    if (message === undefined) expect(fromOnnx(bytes).graph.nodes).toHaveLength(2);
    else expect(problemOf(bytes).message).toMatch(message);
  });

  it("kernels that are not square, gates and attention", () => {
    const image = (op: string, inputs: string[], w: readonly number[]) =>
      dense({
        nodes: [
          { op, name: "it", inputs, outputs: ["a"] },
          { op: "Flatten", name: "flat", inputs: ["a"], outputs: ["y"] },
        ],
        tensors: [weight("w", w)],
        input: ["N", 2, 5, 5],
      });
    expect(problemOf(image("Conv", ["x", "w"], [3, 2, 1, 3])).message).toMatch(/a kernel \[1, 3\]. Only square/);
    expect(problemOf(image("Mul", ["x", "x"], [1])).message).toMatch(/a function of single numbers/);
    expect(problemOf(image("Mul", ["x", "w"], [2, 1, 5])).message).toMatch(
      /Mul of data \[2, 5, 5\] and constants \[2, 1, 5\]/,
    );
    expect(problemOf(image("MatMul", ["x", "x"], [1])).message).toMatch(/two computed matrices \(attention\)/);
  });
});

describe("files", () => {
  it("no file, a folder, and 2 GB, which are not read into memory", async () => {
    const folder = await mkdtemp(join(tmpdir(), "onnx-"));
    try {
      await expect(readOnnx(join(folder, "none.onnx"))).rejects.toMatchObject({ code: "not-found" });
      await expect(readOnnx(folder)).rejects.toMatchObject({ code: "data", message: /EISDIR/ });
      const large = join(folder, "large.onnx");
      const handle = await open(large, "w");
      await handle.truncate(2e9 + 1);
      await handle.close();
      await expect(readOnnx(large)).rejects.toMatchObject({ code: "limit", message: /2\.0 GB/ });
      const small = join(folder, "small.onnx");
      await writeFile(small, fileOf("mlp"));
      expect((await readOnnx(small)).graph.nodes).toHaveLength(6);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("any bytes", () => {
  /** Reads or refuses by name, in time. */
  function survives(bytes: Uint8Array): void {
    const start = performance.now();
    try {
      fromOnnx(bytes);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
    expect(performance.now() - start, createHash("sha256").update(bytes).digest("hex")).toBeLessThan(5000);
  }

  it.each(["resnet", "shapes", "layernorm-written-out", "activations"])("%s with bytes changed", (name) => {
    const bytes = fileOf(name);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const changed = bytes.slice();
          for (const [at, value] of changes) changed[at] = value;
          survives(changed);
        },
      ),
      { numRuns: 150, seed: 7 },
    );
  });

  it("pieces cut out or doubled, and noise", () => {
    const bytes = fileOf("shapes");
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.nat(bytes.length), (a, b) => {
        survives(Uint8Array.from([...bytes.subarray(0, a), ...bytes.subarray(b)]));
      }),
      { numRuns: 150, seed: 7 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives), { numRuns: 300, seed: 7 });
  });
});
