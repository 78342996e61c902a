import { chebyshevCoefficients, chebyshevNodes } from "../../math/chebyshev.js";
import { gaussLegendre, legendrePair } from "../../math/quadrature.js";
import { correlationParts } from "./covariance.js";
import type { DualPair } from "./activation.js";

const perPanel = 24;
const maximalSamples = 2 ** 18;
const maximalSplits = 7;
/** Radii beyond 9 standard deviations have less than 3e-18 of the mass. */
const radialReach = 9;
const maximalProfileNumbers = 4e6;
const maximalSpectra = 64;

/** Expansions sigma(R cos p) = sum_k c_k(R) cos(k p) at the Gauss-Legendre radii of one panel. */
interface Panel {
  readonly lower: number;
  readonly upper: number;
  readonly radii: Float64Array;
  readonly weights: Float64Array;
  /** rows[i][k] = c_k(radii[i]); rows end where the rest is negligible. */
  readonly rows: readonly Float64Array[];
}

/** E sigma(u) sigma(v) = sum_k terms[k] cos(k theta), E sigma' sigma' = sum_k slopes[k] sin(k theta)/sin(theta). */
interface Spectrum {
  readonly terms: Float64Array;
  readonly slopes: Float64Array;
}

/**
 * Duals of a smooth activation by circular harmonics. With (u, v) = (sqrt(a) r cos p, sqrt(b) r cos(p - theta)), r Rayleigh
 * and p uniform, sigma(R cos p) = sum_k c_k(R) cos(k p) gives E sigma(u) sigma(v) = sum_k B_k cos(k theta) with
 * B_k = 1/2 int c_k(sqrt(a) r) c_k(sqrt(b) r) r exp(-r^2/2) dr (k = 0: without the 1/2), and E sigma'(u) sigma'(v) is its
 * derivative by the covariance. c_k(R) are the Chebyshev coefficients of x -> sigma(R x); for k > 0 they come from those of
 * sigma', so that small R loses no digits. They depend on R alone: kept for dyadic panels of R, they serve every variance.
 */
export class CircularHarmonics {
  readonly #value: (x: number) => number;
  readonly #derivative: (x: number) => number;
  readonly #baseExponent: number;
  readonly #panels = new Map<string, readonly Panel[]>();
  readonly #spectra = new Map<number, Spectrum>();
  readonly #profiles = new Map<string, readonly Float64Array[]>();
  #profileNumbers = 0;

  /** @param baseExponent sigma(R x) is resolved by a polynomial in R of degree 23 on [0, 2^baseExponent] */
  constructor(value: (x: number) => number, derivative: (x: number) => number, baseExponent: number) {
    this.#value = value;
    this.#derivative = derivative;
    this.#baseExponent = baseExponent;
  }

  /** Duals for any covariance [[a, k], [k, b]] with a, b > 0. */
  dual(a: number, b: number, k: number): DualPair {
    const { scale, rho, sine } = correlationParts(a, b, k);
    const spectrum = a === b ? this.#spectrum(a) : this.#mixedSpectrum(a, b, scale);
    return sumSpectrum(spectrum, rho, sine);
  }

  /** Duals for equal variances q > 0 at the angles theta (correlation cos theta). */
  dualsAtAngles(q: number, theta: Float64Array, value: Float64Array, derivative: Float64Array): void {
    const spectrum = this.#spectrum(q);
    for (let j = 0; j < theta.length; j++) {
      const pair = sumSpectrum(spectrum, Math.cos(theta[j]), Math.sin(theta[j]));
      value[j] = pair.value;
      derivative[j] = pair.derivative;
    }
  }

  #spectrum(q: number): Spectrum {
    const known = this.#spectra.get(q);
    if (known !== undefined) return known;
    const root = Math.sqrt(q);
    const panels = this.#panelsUpTo(root);
    const terms = new Float64Array(panels.reduce((length, panel) => Math.max(length, longest(panel.rows)), 0));
    for (const panel of panels) {
      for (let i = 0; i < perPanel; i++) {
        const r = panel.radii[i] / root;
        addProducts(terms, panel.rows[i], panel.rows[i], ((panel.weights[i] * r) / root) * Math.exp(-0.5 * r * r));
      }
    }
    const spectrum = finishSpectrum(terms, q);
    if (this.#spectra.size >= maximalSpectra) this.#spectra.delete(this.#spectra.keys().next().value!);
    this.#spectra.set(q, spectrum);
    return spectrum;
  }

  #mixedSpectrum(a: number, b: number, scale: number): Spectrum {
    const level = Math.max(0, Math.ceil(Math.log2(Math.sqrt(Math.max(a, b)))) - this.#baseExponent);
    const first = this.#profile(a, level);
    const second = this.#profile(b, level);
    const { radii, weights } = radialRule(level);
    const terms = new Float64Array(Math.min(longest(first), longest(second)));
    for (let i = 0; i < radii.length; i++) {
      addProducts(terms, first[i], second[i], weights[i] * radii[i] * Math.exp(-0.5 * radii[i] * radii[i]));
    }
    return finishSpectrum(terms, scale);
  }

  /** c_k(sqrt(a) r) at the radii r of `radialRule(level)`, interpolated in R inside the panels. */
  #profile(a: number, level: number): readonly Float64Array[] {
    const key = `${String(a)} ${String(level)}`;
    const known = this.#profiles.get(key);
    if (known !== undefined) return known;
    const root = Math.sqrt(a);
    const panels = this.#panelsUpTo(root);
    const { radii } = radialRule(level);
    let index = 0;
    const rows = Array.from(radii, (r) => {
      while (index + 1 < panels.length && panels[index].upper < r * root) index++;
      return interpolateRow(panels[index], r * root);
    });
    const size = rows.reduce((sum, row) => sum + row.length, 0);
    while (this.#profileNumbers + size > maximalProfileNumbers && this.#profiles.size > 0) {
      const [oldest, dropped] = this.#profiles.entries().next().value!;
      this.#profiles.delete(oldest);
      this.#profileNumbers -= dropped.reduce((sum, row) => sum + row.length, 0);
    }
    this.#profiles.set(key, rows);
    this.#profileNumbers += size;
    return rows;
  }

  /** Panels that cover R in [0, 9 root]: one from 0, then dyadic. */
  #panelsUpTo(root: number): readonly Panel[] {
    let exponent = Math.min(this.#baseExponent, Math.floor(Math.log2(root)));
    const panels = [...this.#dyadic(0, 2 ** exponent)];
    for (; 2 ** exponent < radialReach * root; exponent++)
      panels.push(...this.#dyadic(2 ** exponent, 2 ** (exponent + 1)));
    return panels;
  }

  #dyadic(lower: number, upper: number): readonly Panel[] {
    const key = `${String(lower)} ${String(upper)}`;
    let panels = this.#panels.get(key);
    if (panels === undefined) {
      panels = this.#resolve(lower, upper, 0);
      this.#panels.set(key, panels);
    }
    return panels;
  }

  #resolve(lower: number, upper: number, splits: number): readonly Panel[] {
    const { nodes, weights } = gaussLegendre(perPanel);
    const half = (upper - lower) / 2;
    const middle = (upper + lower) / 2;
    const radii = nodes.map((x) => middle + half * x);
    const rows = Array.from(radii, (radius) => this.#expand(radius));
    if (splits < maximalSplits && !isResolved(rows)) {
      return [...this.#resolve(lower, middle, splits + 1), ...this.#resolve(middle, upper, splits + 1)];
    }
    return [{ lower, upper, radii, weights: weights.map((w) => half * w), rows }];
  }

  /** c_k(radius), k = 0.., from a number of samples doubled until the coefficients of sigma' have died out. */
  #expand(radius: number): Float64Array {
    let samples = 32;
    while (samples < 4 * radius) samples *= 2;
    for (; ; samples *= 2) {
      const nodes = chebyshevNodes(samples);
      const slope = chebyshevCoefficients(nodes.map((x) => this.#derivative(radius * x)));
      const largest = slope.reduce((m, c) => Math.max(m, Math.abs(c)), 0);
      let length = samples;
      while (length > 1 && Math.abs(slope[length - 1]) <= 1e-11 * largest) length--;
      if (length > 0.8 * samples && samples < maximalSamples) continue;
      const row = new Float64Array(length + 1);
      row[0] = nodes.reduce((sum, x) => sum + this.#value(radius * x), 0) / samples;
      if (length >= 1) row[1] = radius * (slope[0] - (length > 2 ? slope[2] / 2 : 0));
      for (let k = 2; k <= length; k++) {
        row[k] = (radius * (slope[k - 1] - (k + 1 < length ? slope[k + 1] : 0))) / (2 * k);
      }
      return row;
    }
  }
}

const longest = (rows: readonly Float64Array[]) => rows.reduce((length, row) => Math.max(length, row.length), 0);

function addProducts(terms: Float64Array, x: Float64Array, y: Float64Array, weight: number): void {
  const length = Math.min(x.length, y.length);
  for (let k = 0; k < length; k++) terms[k] += weight * x[k] * y[k];
}

/** `sums` holds int c_k c_k w dr; cuts off the orders that change no digit of either dual. */
function finishSpectrum(sums: Float64Array, scale: number): Spectrum {
  const slope = (k: number) => (0.5 * k * sums[k]) / scale;
  let total = 0;
  for (let k = 0; k < sums.length; k++) total += Math.abs(k * slope(k));
  let length = sums.length;
  for (let rest = 0; length > 2; length--) {
    rest += Math.abs((length - 1) * slope(length - 1));
    if (rest > 1e-17 * total) break;
  }
  const terms = new Float64Array(length);
  const slopes = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    terms[k] = k === 0 ? sums[0] : 0.5 * sums[k];
    slopes[k] = slope(k);
  }
  return { terms, slopes };
}

/** Both sums by the rotation recurrence; at sine = 0 the factors sin(k theta)/sin(theta) are k (or their limit at pi). */
function sumSpectrum({ terms, slopes }: Spectrum, cosine: number, sine: number): DualPair {
  const squared = sine * sine;
  let c = 1;
  let s = 0;
  let value = terms[0];
  let derivative = 0;
  for (let k = 1; k < terms.length; k++) {
    const nextS = s * cosine + c;
    c = c * cosine - s * squared;
    s = nextS;
    value += terms[k] * c;
    derivative += slopes[k] * s;
  }
  return { value, derivative };
}

const radialRules = new Map<number, { readonly radii: Float64Array; readonly weights: Float64Array }>();

/** Radii in units of standard deviations on [0, 2^-level], [2^-level, 2^(1-level)], ..., [4, 9]. */
function radialRule(level: number) {
  let rule = radialRules.get(level);
  if (rule === undefined) {
    const { nodes, weights } = gaussLegendre(perPanel);
    const breaks = [0];
    for (let e = -level; e <= 2; e++) breaks.push(2 ** e);
    breaks.push(radialReach);
    const radii: number[] = [];
    const scaled: number[] = [];
    for (let p = 0; p + 1 < breaks.length; p++) {
      const half = (breaks[p + 1] - breaks[p]) / 2;
      for (let i = 0; i < perPanel; i++) {
        radii.push(breaks[p] + half * (1 + nodes[i]));
        scaled.push(half * weights[i]);
      }
    }
    rule = { radii: Float64Array.from(radii), weights: Float64Array.from(scaled) };
    radialRules.set(level, rule);
  }
  return rule;
}

/** Barycentric weights of the Gauss-Legendre nodes: (-1)^i sqrt((1 - x_i^2) w_i). */
const barycentric = gaussLegendre(perPanel).nodes.map((x, i) => {
  return (i % 2 === 0 ? 1 : -1) * Math.sqrt((1 - x * x) * gaussLegendre(perPanel).weights[i]);
});

function interpolateRow(panel: Panel, radius: number): Float64Array {
  const factors = new Float64Array(perPanel);
  let total = 0;
  for (let i = 0; i < perPanel; i++) {
    const distance = radius - panel.radii[i];
    if (distance === 0) return panel.rows[i];
    factors[i] = barycentric[i] / distance;
    total += factors[i];
  }
  const row = new Float64Array(longest(panel.rows));
  for (let i = 0; i < perPanel; i++) {
    const source = panel.rows[i];
    const factor = factors[i] / total;
    for (let k = 0; k < source.length; k++) row[k] += factor * source[k];
  }
  return row;
}

/** The last Legendre coefficients in R of every c_k that all rows hold are negligible beside the largest c_k. */
function isResolved(rows: readonly Float64Array[]): boolean {
  const { nodes, weights } = gaussLegendre(perPanel);
  const length = rows.reduce((m, row) => Math.min(m, row.length), Infinity);
  const last = new Float64Array(length);
  const beforeLast = new Float64Array(length);
  let largest = 0;
  for (let i = 0; i < perPanel; i++) {
    const [p, previous] = legendrePair(perPanel - 1, nodes[i]);
    const row = rows[i];
    for (let k = 0; k < length; k++) {
      last[k] += weights[i] * p * row[k];
      beforeLast[k] += weights[i] * previous * row[k];
      largest = Math.max(largest, Math.abs(row[k]));
    }
  }
  const tolerance = 2e-15 * largest;
  for (let k = 0; k < length; k++)
    if (Math.abs(last[k]) > tolerance || Math.abs(beforeLast[k]) > tolerance) return false;
  return true;
}
