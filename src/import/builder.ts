import type { GraphNode, GraphOp, Shape } from "../arch/graph.js";
import type { NamedTensor } from "../train/types.js";
import { Folding } from "./constants.js";
import { recognise, sampled } from "./pointwise.js";
import { nodeValue, NotImported, type Tensor } from "./values.js";

/** The graph that grows while a file is read. */
export class NetworkBuilder {
  readonly nodes: GraphNode[] = [];
  readonly tensors: NamedTensor[] = [];
  readonly notes = new Set<string>();
  readonly folding = new Folding();
  input: Shape;
  readonly #ids = new Set(["input"]);
  readonly #resolved = new Map<Tensor, string>();
  readonly #at = new Map<string, number>();

  constructor(input: Shape) {
    this.input = input;
  }

  /** A name of its own, near the wanted one. */
  id(wanted: string): string {
    const base = wanted === "" ? "node" : wanted;
    let id = base;
    for (let k = 2; this.#ids.has(id); k++) id = `${base}_${k}`;
    this.#ids.add(id);
    return id;
  }

  add(wanted: string, op: GraphOp, from: readonly string[]): string {
    const id = this.id(wanted);
    this.#at.set(id, this.nodes.push({ ...op, id, from }) - 1);
    return id;
  }

  node(id: string): GraphNode | undefined {
    const at = this.#at.get(id);
    return at === undefined ? undefined : this.nodes[at];
  }

  /** Gives a dense layer or convolution its bias. */
  addBias(id: string, values: Float64Array): void {
    const at = this.#at.get(id)!;
    this.nodes[at] = { ...this.nodes[at], bias: true } as GraphNode;
    this.keep(id, "bias", [values.length], values);
  }

  keep(id: string, ending: string, shape: Shape, values: Float64Array): void {
    this.tensors.push({ name: `${id}.${ending}`, shape, values });
  }

  /** Puts other values in place of a tensor's. */
  replace(id: string, ending: string, values: Float64Array): void {
    const name = `${id}.${ending}`;
    const at = this.tensors.findIndex((tensor) => tensor.name === name);
    this.tensors[at] = { ...this.tensors[at], values };
  }

  /** The node that has a tensor's values: its functions become activations, scales and sums. */
  resolve(tensor: Tensor): string {
    if (tensor.samples === undefined) return tensor.base;
    const known = this.#resolved.get(tensor);
    if (known !== undefined) return known;
    // From the inside out, without recursion: files may have long chains.
    const open: Tensor[] = [tensor];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const missing = this.#needs(top).filter((inner) => !this.#resolved.has(inner));
      if (missing.length > 0) {
        open.push(...missing);
        continue;
      }
      if (!this.#resolved.has(top)) this.#resolved.set(top, this.#make(top));
      open.pop();
    }
    return this.#resolved.get(tensor)!;
  }

  /** Functions that must be nodes before this one can be. */
  #needs({ samples, last }: Tensor): readonly Tensor[] {
    if (last === undefined || recognise(samples!) !== undefined) return [];
    return ("of" in last ? [last.of] : last.sum).filter((inner) => inner.samples !== undefined);
  }

  #make(tensor: Tensor): string {
    const { base, samples, last, made } = tensor;
    const name = made[made.length - 1] ?? "node";
    const whole = recognise(samples!);
    if (whole !== undefined) return this.#activated(base, whole, name);
    const inner = (of: Tensor): string => (of.samples === undefined ? of.base : this.#resolved.get(of)!);
    if (last !== undefined && "sum" in last) return this.add(name, { op: "add" }, last.sum.map(inner));
    const single = last === undefined ? undefined : recognise(last.samples);
    if (last !== undefined && single !== undefined) return this.#activated(inner(last.of), single, name);
    const steps = made.length > 4 ? ["...", ...made.slice(-4)] : made;
    throw new NotImported(
      `a function of single numbers that is none of the known activations, made by ${steps.join(", ")}`,
      "Known are relu, leaky_relu, relu6, sigmoid, tanh, silu, gelu, elu, softplus, sin, erf, mish, hard_sigmoid, hard_swish and multiples of them.",
    );
  }

  #activated(base: string, { activation, factor }: { activation: string; factor: number }, name: string): string {
    const linear = activation === "linear";
    const from = linear ? base : this.add(name, { op: "activation", activation }, [base]);
    if (factor === 1) return from;
    return this.add(linear ? name : `${name}.scale`, { op: "scale", factor }, [from]);
  }

  /** A function of single numbers of a tensor. */
  apply(tensor: Tensor, f: (x: number) => number, name: string): Tensor {
    return {
      ...tensor,
      samples: (tensor.samples ?? sampled((x) => x)).map(f),
      made: [...tensor.made.slice(-4), name],
      last: { of: tensor, samples: sampled(f) },
    };
  }

  /** Two functions of one node's numbers, put together. */
  together(a: Tensor, b: Tensor, f: (x: number, y: number) => number, name: string, sum = false): Tensor {
    const [x, y] = [a, b].map(({ samples }) => samples ?? sampled((value) => value));
    return {
      kind: "tensor",
      shape: a.shape,
      base: a.base,
      flat: a.flat,
      samples: x.map((value, k) => f(value, y[k])),
      made: [...a.made.slice(-2), ...b.made.slice(-2), name],
      ...(sum && { last: { sum: [a, b] as const } }),
    };
  }

  /** The tensor as a node of the graph. */
  settled(tensor: Tensor): Tensor {
    return nodeValue(this.resolve(tensor), tensor.shape, tensor.flat);
  }
}
