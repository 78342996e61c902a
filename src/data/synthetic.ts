import { rng, type Rng } from "../rng.js";
import type { Dataset } from "./dataset.js";
import { checkSize, hashOf } from "./source.js";
import { parseNumbers } from "./spec.js";

const seedRule = { integer: true, least: 0, fallback: 0 } as const;
const countRule = { integer: true, least: 1 } as const;

/** n points uniform on the unit sphere of R^d, no labels. `text`: `n=..,d=..[,seed=..]`. Errors: `usage`. */
export function sphere(spec: string, text: string): Dataset {
  const { n, d, seed } = parseNumbers("sphere", text, { n: countRule, d: countRule, seed: seedRule });
  checkSize(spec, n, d);
  return finish(spec, n, d, spherePoints(n, d, rng(seed, "sphere")));
}

/** Hidden units of the random teacher. */
const teacherWidth = 32;

/**
 * n points uniform on the unit sphere of R^d with the sign of a random one-hidden-layer ReLU network as label:
 * y = sign(sum_k a_k relu(<w_k, x>) - m), 32 units, w_k and a_k standard normal, m the median over the points, so that
 * the classes `-1` and `+1` have equal sizes (up to one). `text`: `n=..,d=..[,seed=..]`. Errors: `usage`.
 */
export function teacher(spec: string, text: string): Dataset {
  const { n, d, seed } = parseNumbers("teacher", text, { n: countRule, d: countRule, seed: seedRule });
  checkSize(spec, n, d);
  const inputs = spherePoints(n, d, rng(seed, "teacher", "points"));
  const weights = rng(seed, "teacher", "weights");
  const outputs = new Float64Array(n);
  for (let k = 0; k < teacherWidth; k++) {
    const incoming = Float64Array.from({ length: d }, () => weights.normal());
    const outgoing = weights.normal();
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += incoming[j] * inputs[i * d + j];
      outputs[i] += outgoing * Math.max(0, sum);
    }
  }
  const threshold = outputs.slice().sort()[Math.floor(n / 2)];
  const labels = Int32Array.from(outputs, (output) => (output >= threshold ? 1 : 0));
  return finish(spec, n, d, inputs, { labels, classNames: ["-1", "+1"] });
}

/** Turns of each spiral. */
const spiralTurns = 1.75;

/**
 * Two interleaved spirals, labels 0 and 1 in turn, n points in all: radius t in (0, 1], angle 1.75 turns times t plus
 * pi for class 1, normal noise of the given standard deviation on both coordinates. The third coordinate is 1, so
 * that points on one ray from the origin stay apart when rows are normalised; d = 3.
 * `text`: `n=..[,noise=..,seed=..]`. Errors: `usage`.
 */
export function spirals(spec: string, text: string): Dataset {
  const noiseRule = { integer: false, least: 0, fallback: 0 } as const;
  const { n, noise, seed } = parseNumbers("spirals", text, { n: countRule, noise: noiseRule, seed: seedRule });
  checkSize(spec, n, 3);
  const random = rng(seed, "spirals");
  const perClass = Math.ceil(n / 2);
  const inputs = new Float64Array(n * 3);
  for (let i = 0; i < n; i++) {
    const radius = (Math.floor(i / 2) + 1) / perClass;
    const angle = 2 * Math.PI * spiralTurns * radius + Math.PI * (i % 2);
    inputs[3 * i] = radius * Math.cos(angle) + noise * random.normal();
    inputs[3 * i + 1] = radius * Math.sin(angle) + noise * random.normal();
    inputs[3 * i + 2] = 1;
  }
  return finish(spec, n, 3, inputs, {
    labels: Int32Array.from({ length: n }, (_, i) => i % 2),
    classNames: ["0", "1"],
  });
}

function spherePoints(n: number, d: number, random: Rng): Float64Array {
  const points = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    let square = 0;
    while (square === 0) {
      for (let j = 0; j < d; j++) points[i * d + j] = random.normal();
      for (let j = 0; j < d; j++) square += points[i * d + j] ** 2;
    }
    const norm = Math.sqrt(square);
    for (let j = 0; j < d; j++) points[i * d + j] /= norm;
  }
  return points;
}

function finish(
  spec: string,
  n: number,
  d: number,
  inputs: Float64Array,
  classes: Pick<Dataset, "labels" | "classNames"> = {},
): Dataset {
  return { spec, n, d, inputs, ...classes, hash: hashOf(inputs, classes.labels), notes: [] };
}
