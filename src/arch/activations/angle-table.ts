import { chebyshevCoefficients, chebyshevNodes } from "../../math/chebyshev.js";

/** Writes E[sigma sigma] and E[sigma' sigma'] of variance q at every angle; slow and accurate. */
export type AngleDuals = (q: number, theta: Float64Array, value: Float64Array, derivative: Float64Array) => void;

/** Outside of these variances the table passes the call on; a table may end earlier. */
const lowestSegment = -10;
const highestSegment = 9;
const variableNodes = [24, 32, 48];
/** From q = 4^7 on tables are long: there 1e-13 of the value is aimed at. */
const coarseSegment = 7;
const coarseNodes = [20, 28];
const maximalAngles = 1024;
/** Coefficients below this part of the scale are rounding noise of the source. */
const fineCut = 6e-16;
const coarseCut = 1e-13;

/** Coefficients of T_i(x) T_j(y) for every second j; row by row, row j holds its first `lengths[j]` x-degrees. */
interface Part {
  readonly lengths: Int32Array;
  readonly numbers: Float64Array;
}

/** A function of (x, y): its even and odd part in y. Odd activations have one of the two only, at half the cost. */
interface Table {
  readonly even: Part;
  readonly odd: Part;
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
  readonly #mostAngles: number;
  readonly #coarse: boolean;
  readonly #below: number;
  readonly #segments = new Map<number, Segment>();
  readonly #powers = new Float64Array(variableNodes[variableNodes.length - 1]);
  readonly #even = new Float64Array(maximalAngles / 2);
  readonly #odd = new Float64Array(maximalAngles / 2);

  /**
   * @param mostAngles limit of the number of angles that `source` is asked for
   * @param coarse aim at 1e-13 everywhere, for slow sources
   * @param below from this power of 4 on `source` itself answers: where it costs less than a table
   */
  constructor(source: AngleDuals, mostAngles = maximalAngles, coarse = false, below = highestSegment + 1) {
    this.#source = source;
    this.#mostAngles = mostAngles;
    this.#coarse = coarse;
    this.#below = below;
  }

  /** The same contract as `Activation.dualsAtAngles`, q > 0; angles in [0, pi]. */
  evaluate(q: number, theta: Float64Array, value: Float64Array, derivative: Float64Array): void {
    const position = Math.log2(q) / 2;
    const index = Math.floor(position);
    if (!(index >= lowestSegment && index < this.#below)) {
      this.#source(q, theta, value, derivative);
      return;
    }
    let segment = this.#segments.get(index);
    if (segment === undefined) {
      segment = buildSegment(this.#source, index, this.#mostAngles, this.#coarse || index >= coarseSegment);
      this.#segments.set(index, segment);
    }
    const x = 2 * (position - index) - 1;
    const powers = this.#powers;
    powers[0] = 1;
    powers[1] = x;
    for (let i = 2; i < powers.length; i++) powers[i] = 2 * x * powers[i - 1] - powers[i - 2];
    this.#sum(segment.value, theta, value);
    this.#sum(segment.derivative, theta, derivative);
  }

  #sum(table: Table, theta: Float64Array, result: Float64Array): void {
    contract(table.even, this.#powers, this.#even);
    contract(table.odd, this.#powers, this.#odd);
    sumAtAngles(this.#even, table.even.lengths.length, this.#odd, table.odd.lengths.length, theta, result);
  }
}

function contract(part: Part, powers: Float64Array, series: Float64Array): void {
  const { lengths, numbers } = part;
  let offset = 0;
  for (let j = 0; j < lengths.length; j++) {
    const length = lengths[j];
    let first = 0;
    let second = 0;
    let i = 0;
    for (; i + 1 < length; i += 2) {
      first += numbers[offset + i] * powers[i];
      second += numbers[offset + i + 1] * powers[i + 1];
    }
    if (i < length) first += numbers[offset + i] * powers[i];
    series[j] = first + second;
    offset += length;
  }
}

/**
 * sum_j even_j T_2j(y) + odd_j T_{2j+1}(y), y = 2 theta/pi - 1, by Clenshaw in T_2(y); two angles at a time, so that the
 * recurrences do not wait for each other.
 */
function sumAtAngles(
  even: Float64Array,
  evenLength: number,
  odd: Float64Array,
  oddLength: number,
  theta: Float64Array,
  result: Float64Array,
): void {
  const n = theta.length;
  for (let j = 0; j < n; j += 2) {
    const other = Math.min(j + 1, n - 1);
    const y = (2 / Math.PI) * theta[j] - 1;
    const z = (2 / Math.PI) * theta[other] - 1;
    const twiceY = 4 * y * y - 2;
    const twiceZ = 4 * z * z - 2;
    let p = 0;
    let beforeP = 0;
    let r = 0;
    let beforeR = 0;
    for (let k = evenLength - 1; k > 0; k--) {
      const c = even[k];
      const nextP = c + twiceY * p - beforeP;
      const nextR = c + twiceZ * r - beforeR;
      beforeP = p;
      beforeR = r;
      p = nextP;
      r = nextR;
    }
    let s = 0;
    let beforeS = 0;
    let t = 0;
    let beforeT = 0;
    for (let k = oddLength - 1; k >= 0; k--) {
      const c = odd[k];
      const nextS = c + twiceY * s - beforeS;
      const nextT = c + twiceZ * t - beforeT;
      beforeS = s;
      beforeT = t;
      s = nextS;
      t = nextT;
    }
    const constant = evenLength > 0 ? even[0] : 0;
    result[j] = constant + 0.5 * twiceY * p - beforeP + y * (s - beforeS);
    result[other] = constant + 0.5 * twiceZ * r - beforeR + z * (t - beforeT);
  }
}

/** log2(q)/2 - index = (1 + x)/2 at the Chebyshev nodes x. */
const variancesAt = (index: number, nodes: Float64Array) => nodes.map((x) => 4 ** (index + (1 + x) / 2));

function buildSegment(source: AngleDuals, index: number, mostAngles: number, coarse: boolean): Segment {
  const cut = coarse ? coarseCut : fineCut;
  let angles = 32;
  while (angles < mostAngles && !anglesSuffice(source, index, angles, cut)) angles *= 2;
  const counts = coarse ? coarseNodes : variableNodes;
  let segment = tabulate(source, index, counts[0], angles, cut);
  for (const nodes of counts.slice(1)) if (!segment.complete) segment = tabulate(source, index, nodes, angles, cut);
  return segment;
}

const anglesOf = (count: number) => chebyshevNodes(count).map((y) => ((1 + y) * Math.PI) / 2);

function anglesSuffice(source: AngleDuals, index: number, count: number, cut: number): boolean {
  const theta = anglesOf(count);
  const value = new Float64Array(count);
  const derivative = new Float64Array(count);
  source(4 ** (index + 1), theta, value, derivative);
  return [value, derivative].every((f) => {
    const scale = f.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    return chebyshevCoefficients(f)
      .subarray(-4)
      .every((c) => Math.abs(c) <= 2 * cut * scale);
  });
}

function tabulate(
  source: AngleDuals,
  index: number,
  nodes: number,
  angles: number,
  cut: number,
): Segment & { complete: boolean } {
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
  const value = transform(values, angles, cut);
  const derivative = transform(derivatives, angles, cut);
  return { value, derivative, complete: value.complete && derivative.complete };
}

function transform(samples: readonly Float64Array[], angles: number, cut: number): Table & { complete: boolean } {
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
  const halves: [Float64Array[], Float64Array[]] = [[], []];
  let complete = true;
  for (let j = 0; j < angles; j++) {
    const row = chebyshevCoefficients(Float64Array.from({ length: nodes }, (_, i) => alongAngles[i][j]));
    let length = nodes;
    while (length > 0 && Math.abs(row[length - 1]) <= cut * scale) length--;
    for (let i = nodes - 2; i < nodes; i++) complete &&= Math.abs(row[i]) <= 2 * cut * scale;
    halves[j % 2].push(row.subarray(0, length));
  }
  return { even: pack(halves[0]), odd: pack(halves[1]), complete };
}

function pack(rows: readonly Float64Array[]): Part {
  let count = rows.length;
  while (count > 0 && rows[count - 1].length === 0) count--;
  const lengths = Int32Array.from({ length: count }, (_, j) => rows[j].length);
  const numbers = new Float64Array(lengths.reduce((sum, length) => sum + length, 0));
  let offset = 0;
  for (let j = 0; j < count; j++) {
    numbers.set(rows[j], offset);
    offset += lengths[j];
  }
  return { lengths, numbers };
}
