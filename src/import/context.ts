import type { NetworkBuilder } from "./builder.js";
import type { Attribute, Constant, FileNode } from "./onnx-file.js";
import { NotImported, type Tensor, type Value } from "./values.js";

/** One operator while it is read: its inputs and attributes, checked as they are asked for. */
export class NodeContext {
  readonly #used = new Set<string>();

  constructor(
    readonly node: FileNode,
    readonly builder: NetworkBuilder,
    readonly inputs: readonly (Value | undefined)[],
    readonly opset: number,
    /** Whether nothing but this operator reads its k-th input. */
    readonly alone: (k: number) => boolean,
    readonly isOutput: boolean,
  ) {}

  tensor(k: number): Tensor {
    const value = this.inputs[k];
    if (value?.kind === "tensor") return value;
    throw new NotImported(
      `input ${k + 1} is ${value === undefined ? "missing" : `not data but ${value.kind === "constant" ? "a constant" : `a ${value.kind}`}`}`,
    );
  }

  /** An image; not one that the graph has as a vector. */
  image(k: number): Tensor {
    const value = this.tensor(k);
    if (value.shape.length === 3 && !value.flat) return value;
    throw new NotImported(
      value.flat
        ? "an image of one pixel, the mean of another, is read as an image again"
        : `expected an image [channels, height, width], got the shape [${value.shape.join(", ")}]`,
    );
  }

  vector(k: number): Tensor {
    const value = this.tensor(k);
    if (value.shape.length === 1) return value;
    throw new NotImported(
      `expected a vector, got the shape [${value.shape.join(", ")}]`,
      "A network begins its dense layers with Flatten or a mean over pixels.",
    );
  }

  constant(k: number): Constant {
    const value = this.inputs[k];
    if (value?.kind === "constant") return value.constant;
    throw new NotImported(`input ${k + 1} is ${value === undefined ? "missing" : "computed"}, expected a constant`);
  }

  maybe(k: number): Constant | undefined {
    return this.inputs[k] === undefined ? undefined : this.constant(k);
  }

  int(name: string, otherwise: number): number {
    const value = this.#attribute(name) ?? otherwise;
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    throw new NotImported(`the attribute ${name} is no whole number`);
  }

  float(name: string, otherwise: number): number {
    const value = this.#attribute(name) ?? otherwise;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new NotImported(`the attribute ${name} is no number`);
  }

  text(name: string, otherwise: string): string {
    const value = this.#attribute(name) ?? otherwise;
    if (typeof value === "string") return value;
    throw new NotImported(`the attribute ${name} is no text`);
  }

  ints(name: string): readonly number[] | undefined {
    const value = this.#attribute(name);
    if (value === undefined || isList(value)) return value;
    throw new NotImported(`the attribute ${name} is no list of numbers`);
  }

  attribute(name: string): Attribute | undefined {
    return this.#attribute(name);
  }

  /** Numbers that older operator sets have as an attribute and newer ones as an input. */
  listed(name: string, k: number): readonly number[] | undefined {
    const { constant } = (this.inputs[k]?.kind === "constant" ? this.inputs[k] : {}) as { constant?: Constant };
    if (this.inputs[k] !== undefined && constant === undefined) throw new NotImported(`${name} are computed`);
    return constant === undefined ? this.ints(name) : Array.from(constant.values);
  }

  /** Attributes that nobody asked for. */
  get unread(): readonly string[] {
    return [...this.node.attributes.keys()].filter((name) => !this.#used.has(name));
  }

  #attribute(name: string): Attribute | undefined {
    this.#used.add(name);
    return this.node.attributes.get(name);
  }

  /** `features.0` of the weight `features.0.weight`, else the operator's own name. */
  wanted(weight?: string): string {
    const own = /^(.+)\.(weight|kernel|gamma)$/.exec(weight ?? "")?.[1];
    if (own !== undefined && !own.includes("::")) return own;
    const { name, op } = this.node;
    const parts = name.split("/").filter((part) => part !== "");
    const last = parts.at(-1) ?? "";
    const anonymous = last === op || last.startsWith(`${op}_`);
    return (parts.length > 1 && anonymous ? parts.slice(0, -1) : parts).join(".");
  }
}

const isList = (value: Attribute): value is readonly number[] => Array.isArray(value);
