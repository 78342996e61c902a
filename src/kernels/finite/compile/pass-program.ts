import * as program from "../engine/program.js";
import type { Compiler } from "./compiler.js";
import { extentOf, planeOf } from "./layout.js";
import type { GramArguments, GramStep, MixingStep, Step } from "./steps.js";

/** Reverse mode as one program that sums the gradient of every kept parameter over the samples into a row of constants. */
export interface SummedPass {
  readonly words: Int32Array;
  /** The architecture's node that each instruction is of. */
  readonly sources: readonly string[];
  /** Where the row is, and its floats. */
  readonly row: number;
  readonly count: number;
  /** Each kept parameter's part of the row, in the layout of the kernels, in the order of reverse mode. */
  readonly places: ReadonlyMap<number, { readonly offset: number; readonly count: number }>;
}

/** Joins the steps of reverse mode by batch statistics. Sums that a normalisation takes anyway are its parameters' gradients. */
export function passOf(compiler: Compiler, steps: readonly Step[]): SummedPass {
  const grams = steps.filter((step) => step.kind === "gram");
  const places = new Map<number, { offset: number; count: number }>();
  let total = 0;
  for (const step of grams) {
    const count = gradientFloats(step.gram());
    places.set(step.parameter, { offset: total, count });
    total += program.paddedChannels(count);
  }
  const row = compiler.constants.reserve(total);
  const target = (parameter: number): number => row + places.get(parameter)!.offset;
  const mixed = new Set<GramStep>();
  const words = new Map<Step, program.Instruction>();
  for (const step of steps) {
    if (step.kind !== "mixing") continue;
    // Norms that one sum reads have one cotangent: each takes a shift that no other took.
    const [shift, gain] = [1, 2].map((tensors) =>
      grams.find((gram) => gram.tensors.length === tensors && !mixed.has(gram) && isSumOf(gram, step)),
    );
    for (const gram of [shift, gain]) if (gram !== undefined) mixed.add(gram);
    const [y, normalised] = step.tensors;
    words.set(
      step,
      program.mix({
        ...extentOf(y),
        y: planeOf(y),
        normalised: planeOf(normalised),
        scaled: step.scaled,
        shift: step.shift,
        slope: step.slope,
        ...(shift === undefined ? {} : { sums: target(shift.parameter) }),
        ...(gain === undefined ? {} : { products: target(gain.parameter) }),
      }),
    );
  }
  const instructionsOf = (step: Step): program.Instruction[] => {
    if (step.kind === "run") return [step.instruction()];
    if (step.kind === "mixing") return [words.get(step)!];
    if (step.kind === "statistics" || mixed.has(step)) return [];
    const gram = step.gram();
    const dst = target(step.parameter);
    if (gram.form === "convolution") return [program.weightAdd({ ...gram.arguments, target: dst })];
    const sums = step.sums === undefined ? [] : [step.sums()];
    return gram.form === "rows" ? [...sums, program.rowAdd({ count: gram.count, src: gram.offset, dst })] : sums;
  };
  const instructions = steps.flatMap((step) => instructionsOf(step).map((words) => ({ words, source: step.source })));
  return {
    words: program.program(instructions.map((item) => item.words)),
    sources: instructions.map(({ source }) => source),
    row,
    count: total,
    places,
  };
}

/** Whether a normalisation's transpose needs the same sums over the batch as the gradient of its gain or shift. */
function isSumOf(gram: GramStep, { tensors: [y, normalised] }: MixingStep): boolean {
  const [cotangent, factor] = gram.tensors;
  return gram.sums !== undefined && cotangent === y && (gram.tensors.length === 1 || factor === normalised);
}

/** Floats of a parameter's gradient in the layout of the kernels. */
export function gradientFloats(gram: GramArguments): number {
  if (gram.form === "convolution") return gram.arguments.taps.length * gram.arguments.inputs * gram.arguments.channels;
  return gram.form === "rows" ? gram.count : 0;
}
