import { AppError } from "../errors.js";
import type { FileModel, FileNode } from "./onnx-file.js";

/** The operators that `output` depends on, each after those that it reads, and how often every value is read. */
export interface Ordered {
  readonly nodes: readonly FileNode[];
  readonly readers: ReadonlyMap<string, number>;
}

/**
 * Puts operators in order; files may have them in any.
 * @throws AppError "data" for values that nobody makes or two make, and for cycles.
 */
export function ordered(model: FileModel, output: string): Ordered {
  const makers = new Map<string, FileNode>();
  const given = new Set([...model.constants.keys(), ...model.inputs.map(({ name }) => name)]);
  for (const node of model.nodes) {
    for (const name of node.outputs) {
      if (name === "") continue;
      if (makers.has(name) || given.has(name)) throw broken(`"${name}" is made twice`, node);
      makers.set(name, node);
    }
  }
  const needed = new Set<FileNode>();
  const open = [output];
  const seen = new Set(open);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (given.has(name)) continue;
    const node = makers.get(name);
    if (node === undefined) throw broken(`"${name}" is read and never made`);
    needed.add(node);
    for (const input of node.inputs) {
      if (input === "" || seen.has(input)) continue;
      seen.add(input);
      open.push(input);
    }
  }
  const readers = new Map<string, number>([[output, 1]]);
  const waiting = new Map<FileNode, number>();
  const following = new Map<FileNode, FileNode[]>();
  for (const node of needed) {
    let before = 0;
    for (const input of node.inputs) {
      readers.set(input, (readers.get(input) ?? 0) + 1);
      const maker = makers.get(input);
      if (maker === undefined) continue;
      before++;
      const list = following.get(maker);
      if (list === undefined) following.set(maker, [node]);
      else list.push(node);
    }
    waiting.set(node, before);
  }
  const ready = model.nodes.filter((node) => waiting.get(node) === 0);
  for (let at = 0; at < ready.length; at++) {
    for (const next of following.get(ready[at]) ?? []) {
      const left = waiting.get(next)! - 1;
      waiting.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  if (ready.length < needed.size) {
    const done = new Set(ready);
    throw broken(
      "its operators form a cycle",
      [...needed].find((node) => !done.has(node)),
    );
  }
  return { nodes: inFileOrder(model, needed, given) ?? ready, readers };
}

/** The operators as the file has them, if each comes after those that it reads, as it should. */
function inFileOrder(
  { nodes }: FileModel,
  needed: ReadonlySet<FileNode>,
  given: ReadonlySet<string>,
): readonly FileNode[] | undefined {
  const made = new Set(["", ...given]);
  const list = nodes.filter((node) => needed.has(node));
  for (const { inputs, outputs } of list) {
    if (inputs.some((name) => !made.has(name))) return undefined;
    for (const name of outputs) made.add(name);
  }
  return list;
}

const broken = (why: string, node?: FileNode): AppError =>
  new AppError(
    "data",
    `The ONNX graph is broken: ${why}${node === undefined ? "" : ` (at ${node.op} "${node.name}")`}.`,
    {
      hint: "Export the network once more.",
    },
  );
