import { create, toBinary } from "@bufbuild/protobuf";
import { AttributeProto_AttributeType as AttributeType, ModelProtoSchema, TensorProto_DataLocation } from "onnx-buf";

interface FileTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** Float by default. */
  readonly type?: number;
  /** Name of another file with the values. */
  readonly external?: string;
}

interface FileNode {
  readonly op: string;
  readonly name: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | string | readonly number[]>>;
}

type Dims = readonly (number | string)[] | undefined;

export interface FileParts {
  readonly nodes: readonly FileNode[];
  readonly tensors: readonly FileTensor[];
  readonly input?: Dims;
  readonly inputs?: readonly (readonly [name: string, shape: Dims])[];
  readonly opset?: number;
}

export const tensor = (name: string, shape: readonly number[], values: Float32Array): FileTensor => ({
  name,
  shape,
  values,
});

/** An ONNX file with anything in it: input "x" unless `inputs` says otherwise, output "y". */
export function file({ nodes, tensors, input, inputs = [["x", input]], opset = 17 }: FileParts): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: opset === 0 ? [] : [{ domain: "", version: BigInt(opset) }],
      graph: {
        name: "made",
        node: nodes.map(({ op, name, domain = "", inputs: from, outputs, attributes = {} }) => ({
          opType: op,
          name,
          domain,
          input: [...from],
          output: [...outputs],
          attribute: Object.entries(attributes).map(([key, value]) => {
            if (typeof value === "string")
              return { name: key, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
            if (typeof value !== "number") return { name: key, type: AttributeType.INTS, ints: value.map(BigInt) };
            return Number.isInteger(value)
              ? { name: key, type: AttributeType.INT, i: BigInt(value) }
              : { name: key, type: AttributeType.FLOAT, f: value };
          }),
        })),
        initializer: tensors.map(({ name, shape, values, type = 1, external }) => ({
          name,
          dims: shape.map(BigInt),
          dataType: type,
          ...(external === undefined
            ? { rawData: new Uint8Array(values.slice().buffer) }
            : {
                dataLocation: TensorProto_DataLocation.EXTERNAL,
                externalData: [{ key: "location", value: external }],
              }),
        })),
        input: inputs.map(([name, shape]) => ({
          name,
          type: {
            value: {
              case: "tensorType" as const,
              value: {
                elemType: 1,
                ...(shape && {
                  shape: {
                    dim: shape.map((size) =>
                      typeof size === "number"
                        ? { value: { case: "dimValue" as const, value: BigInt(size) } }
                        : { value: { case: "dimParam" as const, value: size } },
                    ),
                  },
                }),
              },
            },
          },
        })),
        output: [{ name: "y" }],
      },
    }),
  );
}
