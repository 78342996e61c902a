import type { GraphArchitecture } from "../../arch/graph.js";
import type { MeasureGroup } from "./measure.js";
import { drawnWeights, measurePass } from "./measure-pass.js";
import { layerWeights, sumOf } from "./passes.js";
import { withFlowScales, withoutNorms } from "./flow-network.js";

/** log of the least positive number: the value of a network through which nothing flows. */
const noFlow = Math.log(Number.MIN_VALUE);

const needs = { labels: false, images: false, backward: true };
const protocol =
  "g = dR/dw of the sum R of the outputs for an image of ones, with norms left out and |w| for every parameter; PyTorch's " +
  "default weights, weights of convolutions and dense layers";

/** Synaptic flow, in the log domain: the flow through a deep network overflows float32. */
export const synflowGroup: MeasureGroup = {
  id: "synflow",
  measures: [
    {
      name: "synflow",
      label: "log of synflow",
      direction: "larger",
      needs,
      card: `log of the sum of |w g|; ${protocol} (Tanaka et al. 2020; Abdelfattah et al. 2021 without the log, NASLib with it).`,
    },
    {
      name: "log_synflow",
      label: "LogSynflow",
      direction: "larger",
      needs,
      card: `Sum of |w| log(1 + g); ${protocol} (Cavagnero et al. 2023, FreeREA).`,
    },
  ],
  compute(context) {
    const { graph, logScale } = withFlowScales(withoutNorms(context.architecture));
    return flowScores(context, graph, logScale);
  },
};

/** The two scores; gradients of `graph` are those that are meant times exp(logScale). */
function flowScores(
  context: Parameters<MeasureGroup["compute"]>[0],
  graph: GraphArchitecture,
  logScale: number,
): Record<string, number> {
  const [channels, height, width] = context.shape;
  const pass = measurePass(context, graph, 1, { bn: "eval" });
  const parameters = drawnWeights(context, "pytorch")(pass.graph, 0).map((values) => values.map(Math.abs));
  const outputs = pass.forward(new Float64Array(channels * height * width).fill(1), parameters);
  pass.backward(new Float64Array(outputs.length).fill(1));
  let [flow, logFlow] = [0, 0];
  for (const index of layerWeights(pass.graph)) {
    const weights = parameters[index];
    const gradient = pass.gradient(index);
    flow += sumOf(gradient, (value, at) => Math.abs(weights[at] * value));
    logFlow += sumOf(gradient, (value, at) => weights[at] * softplus(Math.log(Math.abs(value)) - logScale));
  }
  return { synflow: flow === 0 ? noFlow : Math.log(flow) - logScale, log_synflow: logFlow };
}

/** log(1 + exp(t)) without overflow. */
const softplus = (t: number): number => (t > 40 ? t : Math.log1p(Math.exp(t)));
