import { fromBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type TensorProto,
  type ValueInfoProto,
} from "onnx-buf";
import { AppError } from "../errors.js";
import { checkBudget } from "./onnx-budget.js";

/** A tensor whose values are in the file. */
export interface Constant {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** A constant, or why there is none, in words. */
export type ConstantOrNot = Constant | { readonly problem: string };

/** `{ kind }`: an attribute of a kind that no operator here has, such as a graph. */
export type Attribute = number | string | readonly number[] | ConstantOrNot | { readonly kind: string };

/** One operator of a file. */
export interface FileNode {
  readonly op: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  /** Its own name, or what tells it from others. */
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** A value that goes in or out. */
export interface FileValue {
  readonly name: string;
  /** Sizes; texts are dynamic ones. Undefined when the file does not say. */
  readonly shape: readonly (number | string)[] | undefined;
}

/** An ONNX file without protobuf. */
export interface FileModel {
  readonly producer: string;
  readonly opset: number;
  readonly nodes: readonly FileNode[];
  readonly constants: ReadonlyMap<string, ConstantOrNot>;
  readonly inputs: readonly FileValue[];
  readonly outputs: readonly FileValue[];
}

/** Operators of a network at most. */
export const mostNodes = 5000;

const knownOpsets = [6, 26] as const;

/**
 * Reads the bytes of an ONNX file.
 * @throws AppError "data" for bytes that are no ONNX file or an operator set that is not known, "limit" for too many parts.
 */
export function readModel(bytes: Uint8Array): FileModel {
  const model = decoded(bytes);
  const { graph } = model;
  if (graph === undefined || graph.node.length === 0) throw noOnnx("it has no graph of operators");
  if (graph.node.length > mostNodes) {
    throw new AppError("limit", `The network has ${graph.node.length} operators; at most ${mostNodes} are read.`);
  }
  const opset = opsetOf(model);
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, constantOf(tensor)]));
  for (const { values } of graph.sparseInitializer)
    if (values !== undefined) constants.set(values.name, { problem: "sparse tensors are not read" });
  return {
    producer: [model.producerName, model.producerVersion].filter((text) => text !== "").join(" "),
    opset,
    nodes: nodesOf(graph),
    constants,
    inputs: graph.input.filter(({ name }) => !constants.has(name)).map(valueOf),
    outputs: graph.output.map(valueOf),
  };
}

function decoded(bytes: Uint8Array): ModelProto {
  try {
    checkBudget(bytes);
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (error) {
    if (error instanceof AppError && error.code === "limit") throw error;
    throw noOnnx(error instanceof Error ? error.message : String(error), error);
  }
}

const noOnnx = (why: string, cause?: unknown): AppError =>
  new AppError("data", `Expected an ONNX file, these bytes are none: ${why}.`, {
    hint: "PyTorch writes one with torch.onnx.export(model, example, 'model.onnx').",
    cause,
  });

function opsetOf({ opsetImport }: ModelProto): number {
  const version = Number(opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx")?.version ?? 0);
  const [first, last] = knownOpsets;
  if (version >= first && version <= last) return version;
  throw new AppError(
    "data",
    `The file is of ONNX operator set ${version === 0 ? "none" : version}; known are ${first} to ${last}.`,
    { hint: "Export the network once more, with opset_version=17 say." },
  );
}

function nodesOf({ node: nodes }: GraphProto): FileNode[] {
  return nodes.map(({ opType, domain, name, input, output, attribute }, at) => ({
    op: opType,
    domain: domain === "ai.onnx" ? "" : domain,
    name: name !== "" ? name : (output.find((text) => text !== "") ?? `operator ${at + 1}`),
    inputs: input,
    outputs: output,
    attributes: new Map(attribute.map((item) => [item.name, attributeOf(item)])),
  }));
}

function attributeOf(attribute: AttributeProto): Attribute {
  const { type, f, i, s, t, floats, ints } = attribute;
  switch (type) {
    case AttributeType.FLOAT:
      return f;
    case AttributeType.INT:
      return Number(i);
    case AttributeType.STRING:
      return new TextDecoder().decode(s);
    case AttributeType.TENSOR:
      return t === undefined ? { problem: "a tensor is missing" } : constantOf(t);
    case AttributeType.FLOATS:
      return floats;
    case AttributeType.INTS:
      return ints.map(Number);
    default:
      return { kind: AttributeType[type] };
  }
}

function valueOf({ name, type }: ValueInfoProto): FileValue {
  const value = type?.value;
  if (value?.case !== "tensorType" || value.value.shape === undefined) return { name, shape: undefined };
  return {
    name,
    shape: value.value.shape.dim.map((dim) =>
      dim.value.case === "dimValue" && dim.value.value > 0n
        ? Number(dim.value.value)
        : dim.value.case === "dimParam"
          ? dim.value.value
          : "?",
    ),
  };
}

/** Types of numbers as files have them (TensorProto.DataType). */
const types = { float: 1, int32: 6, int64: 7, bool: 9, float16: 10, double: 11, bfloat16: 16 } as const;

/** Numbers of raw data, little-endian, by type: bytes each, and how one is read. */
const rawTypes = new Map<number, readonly [size: number, read: (view: DataView, at: number) => number]>([
  [types.float, [4, (view, at) => view.getFloat32(at, true)]],
  [types.double, [8, (view, at) => view.getFloat64(at, true)]],
  [types.float16, [2, (view, at) => halfOf(view.getUint16(at, true))]],
  [types.bfloat16, [2, (view, at) => bfloatOf(view.getUint16(at, true))]],
  [types.int64, [8, (view, at) => Number(view.getBigInt64(at, true))]],
  [types.int32, [4, (view, at) => view.getInt32(at, true)]],
  [types.bool, [1, (view, at) => view.getUint8(at)]],
]);

function constantOf(tensor: TensorProto): ConstantOrNot {
  const { dims, dataType, rawData, externalData, dataLocation } = tensor;
  if (dataLocation === DataLocation.EXTERNAL || externalData.length > 0) {
    return { problem: "its values are in another file (external data); save the network as one file" };
  }
  const shape = dims.map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || !Number.isSafeInteger(count)) {
    return { problem: `its shape [${shape.join(", ")}] is impossible` };
  }
  const type = rawTypes.get(dataType);
  if (type === undefined) return { problem: `numbers of type ${DataType[dataType] ?? dataType} are not read` };
  const listed = listedNumbers(tensor);
  const [size, read] = type;
  const given = listed.length > 0 ? listed.length : rawData.length / size;
  if (given !== count) return { problem: `it has ${given} numbers for the shape [${shape.join(", ")}]` };
  const values = new Float64Array(count);
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  for (let at = 0; at < count; at++) values[at] = listed.length > 0 ? listed[at] : read(view, at * size);
  return { shape, values };
}

function listedNumbers({ dataType, floatData, doubleData, int32Data, int64Data }: TensorProto): readonly number[] {
  if (dataType === types.float16) return int32Data.map(halfOf);
  if (dataType === types.bfloat16) return int32Data.map(bfloatOf);
  if (dataType === types.float) return floatData;
  if (dataType === types.double) return doubleData;
  return dataType === types.int64 ? int64Data.map(Number) : int32Data;
}

/** IEEE 754 binary16. */
function halfOf(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const word = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function bfloatOf(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}
