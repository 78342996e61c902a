/** Every bound of a network on five points, in order. Run: npx tsx examples/bounds-ladder.ts */
import { dataTerms, infiniteKernel, lambdaMin, modelPresets, parseGenotype, theoryBounds } from "../src/index.js";

const n = 5;
const angles = Array.from({ length: n }, (_, i) => (i * Math.PI) / n);
const points = { n, d: 2, inputs: Float64Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])) };

const architecture = parseGenotype("relu+relu+relu");
const model = modelPresets.lecun;
const theta = infiniteKernel(architecture, points, model).data;
const { bounds } = theoryBounds(architecture, model, dataTerms(points), theta);

const steps = bounds
  .filter((bound) => bound.of === "ntk")
  .map(({ name, value, kind, reference }) => ({ name, value, note: `${kind} bound, ${reference}` }));
steps.push({ name: "lambda_min", value: lambdaMin(theta, n).value, note: "certified" });

for (const { name, value, note } of steps.sort((a, b) => a.value - b.value)) {
  console.log(name.padEnd(20), value.toFixed(9).padStart(13), ` ${note}`);
}
