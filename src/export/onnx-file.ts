import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  TensorProto_DataType as DataType,
  type AttributeProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "onnx-buf";

/** What an ONNX node is made of, without protobuf. */
export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Whole numbers become ints, `{ float }` floats. */
  readonly attributes?: Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  readonly type?: "float" | "int64";
}

export interface OnnxModel {
  readonly name: string;
  readonly producerVersion: string;
  readonly description: string;
  readonly input: readonly number[];
  readonly outputs: number;
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Opset 17 and IR 8: read by every runtime since 2022. */
const opset = 17n;
const irVersion = 8n;

/** The bytes of an ONNX file: input "input" [N, ...], output "output" [N, outputs], float32. */
export function onnxBytes(model: OnnxModel): Uint8Array {
  const message = create(ModelProtoSchema, {
    irVersion,
    opsetImport: [{ domain: "", version: opset }],
    producerName: "eigennas",
    producerVersion: model.producerVersion,
    docString: model.description,
    metadataProps: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: model.name,
      node: model.nodes.map(nodeProto),
      initializer: model.tensors.map(tensorProto),
      input: [valueProto("input", model.input)],
      output: [valueProto("output", [model.outputs])],
    },
  });
  return toBinary(ModelProtoSchema, message);
}

function nodeProto({ op, name, inputs, output, attributes = {} }: OnnxNode): MessageInitShape<typeof NodeProtoSchema> {
  const attribute = Object.entries(attributes).map(([key, value]): MessageInitShape<typeof AttributeProtoSchema> => {
    if (typeof value === "number") return { name: key, type: AttributeType.INT, i: BigInt(value) };
    if ("float" in value) return { name: key, type: AttributeType.FLOAT, f: value.float };
    return { name: key, type: AttributeType.INTS, ints: value.map(BigInt) };
  });
  return { opType: op, name, input: [...inputs], output: [output], attribute };
}

function tensorProto({ name, shape, values, type }: OnnxTensor): MessageInitShape<typeof TensorProtoSchema> {
  const dims = shape.map(BigInt);
  if (type === "int64") {
    return { name, dims, dataType: DataType.INT64, int64Data: Array.from(values, (value) => BigInt(value)) };
  }
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i], true);
  return { name, dims, dataType: DataType.FLOAT, rawData: bytes };
}

function valueProto(name: string, shape: readonly number[]): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = [
    { value: { case: "dimParam" as const, value: "N" } },
    ...shape.map((size) => ({ value: { case: "dimValue" as const, value: BigInt(size) } })),
  ];
  return { name, type: { value: { case: "tensorType", value: { elemType: DataType.FLOAT, shape: { dim } } } } };
}
