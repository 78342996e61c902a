import { rng } from "../../rng.js";
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

/** Values of every parameter of one draw: keyed by seed, draw and the parameter's name, so that a change elsewhere changes nothing. */
export function drawParameters(
  graph: IrGraph,
  init: Initialisation,
  seed: number | string,
  draw: number,
): Float64Array[] {
  return graph.parameters.map((parameter) => {
    const values = new Float64Array(sizeOf(parameter.shape));
    if (parameter.kind === "gain") return values.fill(1);
    if (parameter.kind === "shift" || (parameter.kind === "bias" && init !== "pytorch")) return values;
    const generator = rng(seed, "parameters", draw, parameter.name);
    if (init === "pytorch") {
      const bound = 1 / Math.sqrt(parameter.fanIn);
      return values.map(() => bound * (2 * generator.uniform() - 1));
    }
    const deviation = deviations[init](parameter);
    return values.map(() => deviation * generator.normal());
  });
}

const deviations: Readonly<Record<Exclude<Initialisation, "pytorch">, (parameter: Parameter) => number>> = {
  ntk: ({ variance, fan }) => Math.sqrt(variance / fan),
  paper: ({ fan }) => Math.sqrt(2 / fan),
  kaiming: ({ fanIn }) => Math.sqrt(2 / fanIn),
  normal: () => 1,
};
