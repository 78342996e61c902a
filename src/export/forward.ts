import type { ShapedNode } from "../arch/graph.js";
import type { PythonNames } from "./python-names.js";

/** Longer expressions get a line and a name of their own. */
const width = 88;

/** Source of one node given the source of its inputs. */
export type Expression = (node: ShapedNode, inputs: readonly string[]) => string;

/**
 * Statements that compute nodes in order, and the expression of the last one. What is read once is written where it is read, as
 * far as lines allow; the rest gets a name.
 */
export function statements(
  nodes: readonly ShapedNode[],
  output: string,
  known: ReadonlyMap<string, string>,
  expression: Expression,
  names: PythonNames,
): { readonly lines: readonly string[]; readonly result: string } {
  const readers = new Map<string, number>();
  for (const { node } of nodes) for (const from of node.from) readers.set(from, (readers.get(from) ?? 0) + 1);
  const lines: string[] = [];
  const sources = new Map(known);
  const assign = (id: string, source: string): string => {
    const name = names.of(id);
    lines.push(`${name} = ${source}`);
    sources.set(id, name);
    return name;
  };
  for (const shaped of nodes) {
    const { node } = shaped;
    let inputs = node.from.map((from) => sources.get(from)!);
    if (expression(shaped, inputs).length > width) {
      for (const from of new Set(node.from)) {
        const source = sources.get(from)!;
        if (/\W/.test(source)) assign(from, source);
      }
      inputs = node.from.map((from) => sources.get(from)!);
    }
    const source = expression(shaped, inputs);
    const simple = /^\w+$/.test(source);
    if (node.id === output || simple || (readers.get(node.id) === 1 && node.op !== "add")) sources.set(node.id, source);
    else assign(node.id, source);
  }
  return { lines, result: sources.get(output)! };
}
