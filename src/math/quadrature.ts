/** Nodes and weights of a quadrature rule: int f ~ sum_i weights[i] f(nodes[i]). */
export interface QuadratureRule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/** Nodes a panel of two-dimensional composite rules: degree 31 exact. */
export const legendreNodesPerPanel = 16;

const legendreRules = new Map<number, QuadratureRule>();

/** Gauss-Legendre rule of n nodes on [-1, 1], ascending; Newton's iteration on P_n, kept per n. */
export function gaussLegendre(n: number): QuadratureRule {
  const known = legendreRules.get(n);
  if (known !== undefined) return known;
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < (n + 1) >> 1; i++) {
    let x = n % 2 === 1 && i === (n - 1) / 2 ? 0 : Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 8; step++) {
      const [p, previous] = legendrePair(n, x);
      slope = (n * (x * p - previous)) / (x * x - 1);
      const correction = p / slope;
      x -= correction;
      if (Math.abs(correction) < 1e-16) break;
    }
    nodes[n - 1 - i] = x;
    nodes[i] = -x;
    weights[i] = weights[n - 1 - i] = 2 / ((1 - x * x) * slope * slope);
  }
  const rule = { nodes, weights };
  legendreRules.set(n, rule);
  return rule;
}

/** P_n(x) and P_{n-1}(x), n >= 1. */
export function legendrePair(n: number, x: number): [number, number] {
  let previous = 1;
  let current = x;
  for (let k = 2; k <= n; k++) {
    const next = ((2 * k - 1) * x * current - (k - 1) * previous) / k;
    previous = current;
    current = next;
  }
  return [current, previous];
}

/** Gauss-Legendre with `perPanel` nodes on each panel [breaks[i], breaks[i+1]]; breaks ascending. */
export function compositeRule(breaks: readonly number[], perPanel: number): QuadratureRule {
  const { nodes: x, weights: w } = gaussLegendre(perPanel);
  const panels = Math.max(breaks.length - 1, 0);
  const nodes = new Float64Array(panels * perPanel);
  const weights = new Float64Array(panels * perPanel);
  for (let p = 0; p < panels; p++) {
    const half = (breaks[p + 1] - breaks[p]) / 2;
    const middle = (breaks[p + 1] + breaks[p]) / 2;
    for (let i = 0; i < perPanel; i++) {
      nodes[p * perPanel + i] = middle + half * x[i];
      weights[p * perPanel + i] = half * w[i];
    }
  }
  return { nodes, weights };
}

/**
 * Breakpoints of [from, to] that contain every point of `centres` inside it and double their distance away from each:
 * centre + first, + 2 first, + 4 first, ... until half way to the next centre. The usual grading towards kinks and poles.
 */
export function gradedBreaks(from: number, to: number, centres: readonly number[], first: number): number[] {
  const inside = [...new Set(centres)].filter((c) => c > from && c < to).sort((x, y) => x - y);
  const ends = [from, ...inside, to];
  const isCentre = (i: number) => centres.includes(ends[i]);
  const breaks: number[] = [from];
  for (let i = 0; i + 1 < ends.length; i++) {
    const [left, right] = [ends[i], ends[i + 1]];
    const both = isCentre(i) && isCentre(i + 1);
    const reach = both ? (right - left) / 2 : right - left;
    const rising: number[] = [];
    const falling: number[] = [];
    for (let d = first; d < reach * (1 - 1e-9); d *= 2) {
      if (isCentre(i)) rising.push(left + d);
      if (isCentre(i + 1)) falling.unshift(right - d);
    }
    if (both) rising.push((left + right) / 2);
    breaks.push(...rising, ...falling, right);
  }
  return breaks;
}

/**
 * Halves panels until the last two Legendre coefficients of f on each are below 1e-14 of the largest |f| seen (at most six
 * times): products of two such functions are then integrated to rounding by `perPanel` nodes.
 */
export function resolvedBreaks(f: (x: number) => number, breaks: readonly number[], perPanel: number): number[] {
  const { nodes, weights } = gaussLegendre(perPanel);
  let largest = 0;
  for (const x of compositeRule(breaks, perPanel).nodes) largest = Math.max(largest, Math.abs(f(x)));
  const split = (left: number, right: number, depth: number): number[] => {
    const middle = (left + right) / 2;
    let last = 0;
    let beforeLast = 0;
    for (let i = 0; i < perPanel; i++) {
      const [p, previous] = legendrePair(perPanel - 1, nodes[i]);
      const y = weights[i] * f(middle + ((right - left) / 2) * nodes[i]);
      last += y * p;
      beforeLast += y * previous;
    }
    const tail = Math.max(Math.abs(last), Math.abs(beforeLast)) * perPanel;
    if (depth === 6 || tail <= 1e-14 * largest) return [right];
    return [...split(left, middle, depth + 1), ...split(middle, right, depth + 1)];
  };
  return [breaks[0], ...breaks.slice(1).flatMap((right, i) => split(breaks[i], right, 0))];
}

/**
 * Rule for E f(sqrt(q) z), z ~ N(0,1): nodes are the values x = sqrt(q) z, weights hold the density. Panels are graded
 * towards `centres` (0 and the kinks of f, in units of x), the first as long as min(sqrt(q), feature).
 * NaN when q is negative or not finite.
 * @param resolve functions whose panels are halved until resolved (see `resolvedBreaks`)
 * @param reach half-width of the support in standard deviations; 9.5 leaves out less than 1e-19 of the mass
 */
export function gaussianRule(
  q: number,
  centres: readonly number[] = [0],
  reach = 9.5,
  feature = 1,
  perPanel = 24,
  resolve: readonly ((x: number) => number)[] = [],
): QuadratureRule {
  const deviation = Math.sqrt(q);
  if (!Number.isFinite(deviation)) return { nodes: Float64Array.of(NaN), weights: Float64Array.of(NaN) };
  if (deviation === 0) return { nodes: Float64Array.of(0), weights: Float64Array.of(1) };
  const graded = gradedBreaks(-reach * deviation, reach * deviation, centres, Math.min(deviation, feature));
  const damping = (x: number) => Math.exp((-0.25 * x * x) / q);
  const breaks = resolve.reduce((refined, f) => resolvedBreaks((x) => f(x) * damping(x), refined, perPanel), graded);
  const { nodes, weights } = compositeRule(breaks, perPanel);
  for (let i = 0; i < nodes.length; i++) {
    const z = nodes[i] / deviation;
    weights[i] *= Math.exp(-0.5 * z * z) / (deviation * Math.sqrt(2 * Math.PI));
  }
  return { nodes, weights };
}

/** E f(sqrt(q) z), z ~ N(0,1), by `gaussianRule`. */
export function gaussianExpectation(f: (x: number) => number, q: number, centres: readonly number[] = [0]): number {
  const { nodes, weights } = gaussianRule(q, centres);
  let sum = 0;
  for (let i = 0; i < nodes.length; i++) sum += weights[i] * f(nodes[i]);
  return sum;
}
