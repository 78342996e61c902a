import { shapedNodes, type GraphArchitecture, type ShapedNode } from "../arch/graph.js";

/** Nodes of one name before the last dots that have one way in and one way out: a module of its own in source code. */
export interface Block {
  readonly name: string;
  readonly nodes: readonly ShapedNode[];
  /** The node outside that it reads. */
  readonly input: string;
  /** The node that others read. */
  readonly output: string;
  readonly inputChannels: number;
  readonly outputChannels: number;
}

/** What a network consists of, in order: single nodes and blocks. */
export type Piece =
  { readonly kind: "node"; readonly node: ShapedNode } | { readonly kind: "block"; readonly block: Block };

/** `stage0.cell1` of `stage0.cell1.0-2.conv`; `reduction1` of `reduction1.a.relu`; nothing for names without dots. */
const blockName = /^((?:stage\d+\.)?[A-Za-z]\w*)\./;

/** Names that are written out where they stand: a stem of two nodes is no module. */
const least = 4;

/** Divides a network into blocks by the names of its nodes; a group that is read or reads in several places stays single nodes. */
export function piecesOf(graph: GraphArchitecture): readonly Piece[] {
  const shaped = shapedNodes(graph);
  const groups = new Map<string, ShapedNode[]>();
  for (const item of shaped) {
    const name = blockName.exec(item.node.id)?.[1];
    if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  // The sum that ends a residual block has the block's own name.
  for (const item of shaped) groups.get(item.node.id)?.push(item);
  const blocks = new Map<string, Block>();
  for (const [name, nodes] of groups) {
    const block = blockOf(name, nodes, shaped, graph.output);
    if (block !== undefined) for (const { node } of nodes) blocks.set(node.id, block);
  }
  const done = new Set<Block>();
  const pieces: Piece[] = [];
  for (const item of shaped) {
    const block = blocks.get(item.node.id);
    if (block === undefined) pieces.push({ kind: "node", node: item });
    else if (!done.has(block)) {
      done.add(block);
      pieces.push({ kind: "block", block });
    }
  }
  return pieces;
}

function blockOf(
  name: string,
  nodes: readonly ShapedNode[],
  all: readonly ShapedNode[],
  networkOutput: string,
): Block | undefined {
  if (nodes.length < least) return undefined;
  const inside = new Set(nodes.map(({ node }) => node.id));
  const inputs = new Set(nodes.flatMap(({ node }) => node.from.filter((from) => !inside.has(from))));
  const outputs = nodes.filter(
    ({ node }) =>
      node.id === networkOutput || all.some((other) => !inside.has(other.node.id) && other.node.from.includes(node.id)),
  );
  if (inputs.size !== 1 || outputs.length !== 1) return undefined;
  const [input] = inputs;
  const reader = nodes.find(({ node }) => node.from.includes(input))!;
  const [inputChannels] = reader.inputs[reader.node.from.indexOf(input)];
  const [outputChannels] = outputs[0].shape;
  // Channel counts other than these two cannot be said by the block's arguments.
  const sayable = nodes.every(({ shape }) => [inputChannels, outputChannels].includes(shape[0]));
  return sayable ? { name, nodes, input, output: outputs[0].node.id, inputChannels, outputChannels } : undefined;
}
