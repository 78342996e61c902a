import { rng } from "../../rng.js";
import { drawNumbers, drawnNumbers } from "./engine/draw.js";
import { sizeOf, type IrGraph, type Parameter } from "./ir.js";

/**
 * How weights are drawn. `ntk`: N(0, variance / fan) of each node. `paper`: N(0, 2 / fan). `kaiming`: N(0, 2 / fan-in).
 * `pytorch`: uniform within 1 / sqrt(fan-in), biases too (Kaiming uniform with a = sqrt 5, PyTorch's default). `normal`:
 * N(0, 1). Biases are 0 but for `pytorch`; norm gains are 1 and shifts 0.
 */
export type Initialisation = "ntk" | "paper" | "kaiming" | "pytorch" | "normal";

export const initialisations = [
  "ntk",
  "paper",
  "kaiming",
  "pytorch",
  "normal",
] as const satisfies readonly Initialisation[];

/**
 * Values of every parameter of one draw, float32 numbers: keyed by seed, draw and the parameter's name, so that a change
 * elsewhere changes nothing.
 */
export function drawParameters(
  graph: IrGraph,
  init: Initialisation,
  seed: number | string,
  draw: number,
): Float64Array[] {
  return graph.parameters.map((parameter) => {
    const law = lawOf(parameter, init, seed, draw);
    return "value" in law ? constant(parameter, law.value) : drawNumbers(...law.numbers);
  });
}

/** The same values one parameter at a time, each valid until the next is asked for: no memory for all of them. */
export function parameterDraws(
  graph: IrGraph,
  init: Initialisation,
  seed: number | string,
  draw: number,
): (parameter: number) => Float32Array | Float64Array {
  return (index) => {
    const parameter = graph.parameters[index];
    const law = lawOf(parameter, init, seed, draw);
    return "value" in law ? constant(parameter, law.value) : drawnNumbers(...law.numbers);
  };
}

const constant = ({ shape }: Parameter, value: number): Float64Array => new Float64Array(sizeOf(shape)).fill(value);

function lawOf(
  parameter: Parameter,
  init: Initialisation,
  seed: number | string,
  draw: number,
): { readonly value: number } | { readonly numbers: Parameters<typeof drawNumbers> } {
  const { kind, name, shape, fanIn } = parameter;
  if (kind === "gain") return { value: 1 };
  if (kind === "shift" || (kind === "bias" && init !== "pytorch")) return { value: 0 };
  const generator = rng(seed, "parameters", draw, name);
  const key = [generator.uint32(), generator.uint32()] as const;
  const count = sizeOf(shape);
  if (init === "pytorch") return { numbers: [key, "uniform", 1 / Math.sqrt(fanIn), count] };
  return { numbers: [key, "normal", deviations[init](parameter), count] };
}

const deviations: Readonly<Record<Exclude<Initialisation, "pytorch">, (parameter: Parameter) => number>> = {
  ntk: ({ variance, fan }) => Math.sqrt(variance / fan),
  paper: ({ fan }) => Math.sqrt(2 / fan),
  kaiming: ({ fanIn }) => Math.sqrt(2 / fanIn),
  normal: () => 1,
};
