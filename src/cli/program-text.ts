import type { ProgramExplanation, ProgramStep, Work } from "../kernels/finite/compile/explain.js";
import type { Operand } from "../kernels/finite/engine/costs.js";
import { counted, grouped } from "./numbers.js";
import { fields, textTable, wrapped } from "./table.js";

/** Parts of the text, in order. */
export const programParts = ["graph", "ir", "program", "memory", "totals"] as const;

export type ProgramPart = (typeof programParts)[number];

const prefixes = ["", "k", "M", "G", "T", "P"];

/** `1.23 GFLOP`, `640 B`. */
export function scaledText(value: number, unit: string): string {
  const power = value < 1000 ? 0 : Math.min(prefixes.length - 1, Math.floor(Math.log10(value) / 3));
  const shown = value / 1000 ** power;
  return `${power === 0 ? String(shown) : shown.toPrecision(3)} ${prefixes[power]}${unit}`;
}

const intensity = ({ flops, bytes }: Work): string => (flops === 0 ? "-" : (flops / bytes).toPrecision(3));
const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;
/** A sample's float by its offset, a constant after a `c`. */
const operandText = ({ of, at }: Operand): string => `${of === "constants" ? "c" : ""}${at}`;

const texts: { readonly [K in ProgramPart]: (explained: ProgramExplanation, columns: number) => string } = {
  graph: ({ graph, parameters }) =>
    `Graph: ${counted(graph.length, "node")}, ${grouped(parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0))} parameters\n${textTable(
      [
        { title: "node", align: "left" },
        { title: "operator", align: "left" },
        { title: "shape", align: "left" },
        { title: "reads", align: "left" },
      ],
      graph.map(({ id, op, shape, from }) => [id, op, shapeText(shape), from.join(", ")]),
    )}`,
  ir: ({ ir }) =>
    `Tensor graph with reverse mode: ${counted(ir.length, "operation")}\n${textTable(
      [
        { title: "%" },
        { title: "part", align: "left" },
        { title: "operation", align: "left" },
        { title: "shape", align: "left" },
        { title: "reads", align: "left" },
        { title: "of", align: "left" },
      ],
      ir.map(({ index, part, op, shape, inputs, parameter, source }) => [
        String(index),
        part,
        op,
        shapeText(shape),
        [...inputs.map((x) => `%${x}`), ...(parameter === undefined ? [] : [parameter])].join(", "),
        source,
      ]),
    )}`,
  program: ({ steps }, columns) =>
    `Program: ${counted(steps.length, "step")}\n${textTable(
      [
        { title: "#" },
        { title: "part", align: "left" },
        { title: "kernel", align: "left" },
        { title: "of", align: "left" },
        { title: "over", align: "left" },
        { title: "times" },
        { title: "FLOPs" },
        { title: "bytes" },
        { title: "FLOPs/B" },
        { title: "operands", align: "left" },
      ],
      steps.map((step, k) => stepRow(step, k)),
    )}${wrapped(
      "times: samples and passes. Operands are offsets in floats, in the sample's block or (c) among the constants. FLOPs and bytes are of all times; a value that one instruction reads often counts once.",
      columns,
    )}`,
  memory: ({ arena, tensors }, columns) =>
    `Memory\n${fields([
      ["constants", scaledText(arena.constants, "B")],
      [
        "one sample",
        `${scaledText(arena.block, "B")} (${scaledText(arena.unshared, "B")} if no tensors shared memory)`,
      ],
      ["samples", `${grouped(arena.blocks)}, ${scaledText(arena.block * arena.blocks, "B")}`],
      ...(arena.gradients > 0 ? [["rows of gradients", scaledText(arena.gradients, "B")] as const] : []),
      ["kernels", scaledText(arena.kernels, "B")],
      ["peak", scaledText(arena.peak, "B")],
    ])}${textTable(
      [
        { title: "tensor", align: "left" },
        { title: "halo" },
        { title: "offset" },
        { title: "floats" },
        { title: "alive" },
      ],
      tensors.map(({ shape, halo, at, floats, first, last }) => [
        shapeText(shape),
        String(halo),
        String(at),
        String(floats),
        `${first} to ${last ?? "end"}`,
      ]),
    )}${wrapped("offset: in floats, with the halo. alive: from step to step of one pass.", columns)}`,
  totals: ({ totals, needed }, columns) =>
    `Totals\n${textTable(
      [{ title: "", align: "left" }, { title: "FLOPs" }, { title: "bytes" }, { title: "FLOPs/B" }],
      (["forward", "reverse", "kernel", "all"] as const).map((part) => [
        part,
        scaledText(totals[part].flops, "FLOP"),
        scaledText(totals[part].bytes, "B"),
        intensity(totals[part]),
      ]),
    )}${wrapped(
      `Convolutions and dense layers of the forward pass need ${scaledText(needed, "FLOP")}; kernels also work on padded channels.`,
      columns,
    )}`,
};

function stepRow(step: ProgramStep, k: number): string[] {
  const { part, kernel, of, size, times, flops, bytes, reads, writes } = step;
  const operands = [reads, writes].map((list) => list.map(operandText).join(" "));
  return [
    ...[String(k), part, kernel, of, size.join(" x "), grouped(times)],
    ...[scaledText(flops, ""), scaledText(bytes, ""), intensity(step)],
    reads.length + writes.length === 0 ? "" : operands.join(" -> "),
  ];
}

/** The parts of an explanation that are asked for, an empty line between them. */
export const programText = (explained: ProgramExplanation, parts: readonly ProgramPart[], columns: number): string =>
  parts.map((part) => texts[part](explained, columns)).join("\n");
