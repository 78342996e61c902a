import { chebyshevCoefficients, chebyshevNodes } from "../../math/chebyshev.js";

/** Writes E[sigma sigma] and E[sigma' sigma'] of variance q at every angle; slow and accurate. */
export type AngleDuals = (q: number, theta: Float64Array, value: Float64Array, derivative: Float64Array) => void;

/** Outside of these variances the table passes the call on. */
const lowestSegment = -10;
const highestSegment = 9;
const variableNodes = [24, 32, 48];
const maximalAngles = 512;
const cut = 1e-16;

/** Coefficients of T_i(x) T_j(y), y-degree j outermost; row j holds its first `lengths[j]` x-degrees. */
interface Table {
  readonly lengths: Int32Array;
  readonly numbers: Float64Array;
}

interface Segment {
  readonly value: Table;
  readonly derivative: Table;
}

/**
 * Duals of equal variances as Chebyshev series in log q and theta: for q in [4^m, 4^(m+1)) one coefficient matrix each for
 * E[sigma sigma] and E[sigma' sigma'], made at first use from `source`, degrees until the tail is below 1e-15 of the value
 * at theta = 0. A call contracts over log q and sums over theta: a few microseconds for 32 angles.
 */
export class AngleTable {
  readonly #source: AngleDuals;
  readonly #segments = new Map<number, Segment>();
  readonly #powers = new Float64Array(variableNodes[variableNodes.length - 1]);
  #valueSeries = new Float64Array(maximalAngles);
  #derivativeSeries = new Float64Array(maximalAngles);

  constructor(source: AngleDuals) {
    this.#source = source;
  }

  /** The same contract as `Activation.dualsAtAngles`, q > 0; angles in [0, pi]. */
  evaluate(q: number, theta: Float64Array, value: Float64Array, derivative: Float64Array): void {
    const position = Math.log2(q) / 2;
    const index = Math.floor(position);
    if (!(index >= lowestSegment && index <= highestSegment)) {
      this.#source(q, theta, value, derivative);
      return;
    }
    let segment = this.#segments.get(index);
    if (segment === undefined) {
      segment = buildSegment(this.#source, index);
      this.#segments.set(index, segment);
    }
    const x = 2 * (position - index) - 1;
    const powers = this.#powers;
    powers[0] = 1;
    powers[1] = x;
    for (let i = 2; i < powers.length; i++) powers[i] = 2 * x * powers[i - 1] - powers[i - 2];
    const valueLength = contract(segment.value, powers, this.#valueSeries);
    const derivativeLength = contract(segment.derivative, powers, this.#derivativeSeries);
    sumAtAngles(this.#valueSeries, valueLength, theta, value);
    sumAtAngles(this.#derivativeSeries, derivativeLength, theta, derivative);
  }
}

function contract(table: Table, powers: Float64Array, series: Float64Array): number {
  const { lengths, numbers } = table;
  let offset = 0;
  for (let j = 0; j < lengths.length; j++) {
    const length = lengths[j];
    let even = 0;
    let odd = 0;
    let i = 0;
    for (; i + 1 < length; i += 2) {
      even += numbers[offset + i] * powers[i];
      odd += numbers[offset + i + 1] * powers[i + 1];
    }
    if (i < length) even += numbers[offset + i] * powers[i];
    series[j] = even + odd;
    offset += length;
  }
  return lengths.length;
}

/** Clenshaw at four angles at a time, so that the recurrences do not wait for each other. */
function sumAtAngles(series: Float64Array, length: number, theta: Float64Array, result: Float64Array): void {
  const n = theta.length;
  const toVariable = 2 / Math.PI;
  for (let j = 0; j < n; j += 4) {
    const last = n - 1;
    const y0 = theta[j] * toVariable - 1;
    const y1 = theta[Math.min(j + 1, last)] * toVariable - 1;
    const y2 = theta[Math.min(j + 2, last)] * toVariable - 1;
    const y3 = theta[Math.min(j + 3, last)] * toVariable - 1;
    let [p0, p1, p2, p3] = [0, 0, 0, 0];
    let [r0, r1, r2, r3] = [0, 0, 0, 0];
    for (let k = length - 1; k > 0; k--) {
      const c = series[k];
      const n0 = c + 2 * y0 * p0 - r0;
      const n1 = c + 2 * y1 * p1 - r1;
      const n2 = c + 2 * y2 * p2 - r2;
      const n3 = c + 2 * y3 * p3 - r3;
      r0 = p0;
      r1 = p1;
      r2 = p2;
      r3 = p3;
      p0 = n0;
      p1 = n1;
      p2 = n2;
      p3 = n3;
    }
    const c = length > 0 ? series[0] : 0;
    result[j] = c + y0 * p0 - r0;
    if (j + 1 < n) result[j + 1] = c + y1 * p1 - r1;
    if (j + 2 < n) result[j + 2] = c + y2 * p2 - r2;
    if (j + 3 < n) result[j + 3] = c + y3 * p3 - r3;
  }
}

/** log2(q)/2 - index = (1 + x)/2 at the Chebyshev nodes x. */
const variancesAt = (index: number, nodes: Float64Array) => nodes.map((x) => 4 ** (index + (1 + x) / 2));

function buildSegment(source: AngleDuals, index: number): Segment {
  let angles = 32;
  while (angles < maximalAngles && !anglesSuffice(source, index, angles)) angles *= 2;
  for (const nodes of variableNodes) {
    const segment = tabulate(source, index, nodes, angles);
    if (segment.complete || nodes === variableNodes[variableNodes.length - 1]) return segment;
  }
  throw new RangeError("unreachable: variableNodes is not empty");
}

const anglesOf = (count: number) => chebyshevNodes(count).map((y) => ((1 + y) * Math.PI) / 2);

function anglesSuffice(source: AngleDuals, index: number, count: number): boolean {
  const theta = anglesOf(count);
  const value = new Float64Array(count);
  const derivative = new Float64Array(count);
  source(4 ** (index + 1), theta, value, derivative);
  return [value, derivative].every((f) => {
    const scale = f.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    return chebyshevCoefficients(f)
      .subarray(-4)
      .every((c) => Math.abs(c) <= 4 * cut * scale);
  });
}

function tabulate(source: AngleDuals, index: number, nodes: number, angles: number): Segment & { complete: boolean } {
  const theta = anglesOf(angles);
  const values: Float64Array[] = [];
  const derivatives: Float64Array[] = [];
  for (const q of variancesAt(index, chebyshevNodes(nodes))) {
    const value = new Float64Array(angles);
    const derivative = new Float64Array(angles);
    source(q, theta, value, derivative);
    values.push(value);
    derivatives.push(derivative);
  }
  const value = transform(values, angles);
  const derivative = transform(derivatives, angles);
  return { value, derivative, complete: value.complete && derivative.complete };
}

function transform(samples: readonly Float64Array[], angles: number): Table & { complete: boolean } {
  const nodes = samples.length;
  const scale = samples.reduce(
    (m, row) =>
      Math.min(
        m,
        row.reduce((s, v) => Math.max(s, Math.abs(v)), 0),
      ),
    Infinity,
  );
  const alongAngles = samples.map((row) => chebyshevCoefficients(row));
  const rows: Float64Array[] = [];
  let complete = true;
  for (let j = 0; j < angles; j++) {
    const row = chebyshevCoefficients(Float64Array.from({ length: nodes }, (_, i) => alongAngles[i][j]));
    let length = nodes;
    while (length > 0 && Math.abs(row[length - 1]) <= cut * scale) length--;
    for (let i = nodes - 2; i < nodes; i++) complete &&= Math.abs(row[i]) <= 10 * cut * scale;
    rows.push(row.subarray(0, length));
  }
  while (rows.length > 1 && rows[rows.length - 1].length === 0) rows.pop();
  const numbers = new Float64Array(rows.reduce((sum, row) => sum + row.length, 0));
  let offset = 0;
  for (const row of rows) {
    numbers.set(row, offset);
    offset += row.length;
  }
  return { lengths: Int32Array.from(rows, (row) => row.length), numbers, complete };
}
