import { compositeRule } from "../../math/quadrature.js";

/**
 * What f is far from 0: `bump` 0, `step` 1 for x > 0 and 0 otherwise, `ramp` max(x, 0). The rest f - limit decays like
 * e^-|x|, is even (bump, ramp) or odd (step), and f is analytic for |Im x| < pi.
 */
export type Limit = "bump" | "step" | "ramp";

/** Equal variances and moments are right from here on. */
export const leastLargeVariance = 4 ** 6;

/** s sin(theta) from which the expansion about independence is used; below it the one about the diagonal. */
const farDistance = 8;
const panels = [0, 2, 4, 8, 16, 32, 56];
const perPanel = 20;
const maximalPower = 120;

/** Trapezoidal step in (u + v)/2 and (u - v)/2: error e^(-2 pi pi/h). */
const step = 0.5;
const tail = 40;
/** Largest sd of (u - v)/2 near the diagonal; below the second one the step follows the sd. */
const largestSpread = farDistance / 2 + 0.05;
const leastSpread = 0.83;
const relativeStep = 0.6;
const reach = 8.7;
const powers = 18;

/**
 * Expectations of a function f that is its limit but for a neighbourhood of 0, at Gaussian arguments of large variance,
 * f(x) = L(x) + r(x), moments m_k(A) = int_0^inf x^k r(x) e^(-x^2/2A) dx.
 *
 * Far from the diagonal, with A = a sin^2, B = b sin^2, c = rho/(sqrt(ab) sin^2), cot_b = cot(theta)/sqrt(b):
 *   E L L = 0 | (pi - theta)/2pi | sqrt(ab) (sin + (pi - theta) cos)/2pi,
 *   E L(u) r(v) = 0 | 1/(pi sqrt b) sum_{k odd} cot_b^k/k!! m_k(B) | sqrt(a/b) sin/pi sum_{k even} cot_b^k/(k-1)!! m_k(B),
 *   E r r = 2/(pi sqrt(ab) sin) sum_k c^k/k! m_k(A) m_k(B), k even | odd | even:
 * the bivariate density and the conditional mean of L, both expanded by rho under the weight that they share.
 *
 * Near it (equal variances q) u = m + d, v = m - d with independent m, d of sd C = sqrt(q) cos(theta/2) and
 * D = sqrt(q) sin(theta/2), Delta = f(u) - f(v): E f f = E f^2 - E Delta^2/2, where Delta^2 (for a ramp
 * Delta^2 - 2 d Delta, and E 2 d Delta = 2 D^2) is analytic and lives at |m| < |d| + 40: two trapezoidal sums. The weight
 * e^(-m^2/2C^2) is expanded, and the sums over m kept for a lattice of d.
 */
export class LocalizedFunction {
  readonly #limit: Limit;
  readonly #value: (x: number) => number;
  readonly #nodes: Float64Array;
  readonly #squares: Float64Array;
  /** Weight times r at the nodes. */
  readonly #rest: Float64Array;
  readonly #restAt: Float64Array;
  #rows: readonly Float64Array[] | undefined;
  #known = { root: NaN, second: NaN };

  /** @param rest f(x) - limit(x) for x > 0, to full relative accuracy */
  constructor(limit: Limit, value: (x: number) => number, rest: (x: number) => number) {
    const { nodes, weights } = compositeRule(panels, perPanel);
    this.#limit = limit;
    this.#value = value;
    this.#nodes = nodes;
    this.#squares = nodes.map((x) => x * x);
    this.#restAt = nodes.map(rest);
    this.#rest = weights.map((w, i) => w * this.#restAt[i]);
  }

  /** E f(root z). */
  mean(root: number): number {
    if (this.#limit === "step") return 0.5;
    let sum = 0;
    for (let i = 0; i < this.#nodes.length; i++) sum += this.#rest[i] * Math.exp(-0.5 * (this.#nodes[i] / root) ** 2);
    const rest = (2 * sum) / (root * Math.sqrt(2 * Math.PI));
    return this.#limit === "ramp" ? root / Math.sqrt(2 * Math.PI) + rest : rest;
  }

  /** E f(root z)^2. */
  second(root: number): number {
    if (this.#known.root === root) return this.#known.second;
    let square = 0;
    let mixed = 0;
    for (let i = 0; i < this.#nodes.length; i++) {
      const weighted = this.#rest[i] * Math.exp(-0.5 * (this.#nodes[i] / root) ** 2);
      square += weighted * this.#restAt[i];
      mixed += weighted * (this.#limit === "ramp" ? this.#nodes[i] : 1);
    }
    const local = this.#limit === "bump" ? square : square + mixed;
    const limit = { bump: 0, step: 0.5, ramp: 0.5 * root * root }[this.#limit];
    const second = limit + (2 * local) / (root * Math.sqrt(2 * Math.PI));
    this.#known = { root, second };
    return second;
  }

  /** E f(u) f(v), deviations rootA and rootB, correlation cos(theta); undefined near the diagonal of unequal variances. */
  dual(rootA: number, rootB: number, theta: number): number | undefined {
    const acute = theta > Math.PI / 2 ? Math.PI - theta : theta;
    if (Math.min(rootA, rootB) * Math.sin(acute) >= farDistance) return this.#far(rootA, rootB, theta, acute);
    if (rootA !== rootB) return undefined;
    const near = this.#near(rootA, acute);
    if (acute === theta || this.#limit === "bump") return near;
    // f(-x) = 1 - f(x) for a step, f(x) - x for a ramp
    return this.#limit === "step" ? 0.5 - near : near - 0.5 * rootA * rootA * Math.cos(acute);
  }

  #far(rootA: number, rootB: number, theta: number, acute: number): number {
    const sine = Math.sin(acute);
    const cosine = Math.cos(theta);
    const [a, b] = [rootA * sine, rootB * sine];
    const density = cosine / a / b;
    const [slopeA, slopeB] = [cosine / a, cosine / b];
    const start = this.#limit === "step" ? 1 : 0;
    const equal = rootA === rootB;
    const x = this.#damped(a, start);
    const y = equal ? x : this.#damped(b, start);
    let [product, factorA, factorB] = start === 1 ? [density, slopeA, slopeB] : [1, 1, 1];
    let [rest, mixedA, mixedB] = [0, 0, 0];
    for (let k = start; k < maximalPower; k += 2) {
      const p = this.#sumAndRaise(x);
      const r = equal ? p : this.#sumAndRaise(y);
      const [restTerm, termA, termB] = [product * p * r, factorA * p, factorB * r];
      rest += restTerm;
      mixedA += termA;
      mixedB += termB;
      const ended = (term: number, sum: number) => Math.abs(term) <= 1e-17 * Math.abs(sum);
      if (ended(restTerm, rest) && (this.#limit === "bump" || (ended(termA, mixedA) && ended(termB, mixedB)))) break;
      product *= (density / (k + 1)) * (density / (k + 2));
      const over = this.#limit === "step" ? k + 2 : k + 1;
      factorA *= (slopeA * slopeA) / over;
      factorB *= (slopeB * slopeB) / over;
    }
    const local = (2 * rest) / (Math.PI * rootA * b);
    if (this.#limit === "bump") return local;
    const wide = Math.PI - theta;
    if (this.#limit === "step") return (0.5 * wide + mixedA / rootA + mixedB / rootB) / Math.PI + local;
    const mixed = sine * (mixedB * (rootA / rootB) + mixedA * (rootB / rootA));
    return (0.5 * rootA * rootB * (sine + wide * cosine) + mixed) / Math.PI + local;
  }

  #damped(root: number, start: number): Float64Array {
    return this.#rest.map((w, i) => {
      const x = this.#nodes[i];
      return w * Math.exp(-0.5 * (x / root) ** 2) * (start === 1 ? x : 1);
    });
  }

  /** The moment, and the integrand raised by x^2 for the next one. */
  #sumAndRaise(weighted: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < weighted.length; i++) {
      sum += weighted[i];
      weighted[i] *= this.#squares[i];
    }
    return sum;
  }

  #near(root: number, theta: number): number {
    const second = this.second(root);
    const spread = root * Math.sin(theta / 2);
    if (spread === 0) return second;
    const middle = root * Math.cos(theta / 2);
    const minusHalf = -0.5 / (middle * middle);
    let sum = 0;
    if (spread >= leastSpread) {
      const rows = (this.#rows ??= this.#lattice());
      const count = Math.min(rows.length, Math.ceil((reach * spread) / step));
      for (let j = 0; j < count; j++) {
        let inner = 0;
        for (let k = powers - 1; k >= 0; k--) inner = (inner * minusHalf) / (k + 1) + rows[j][k];
        sum += inner * Math.exp(-0.5 * (((j + 1) * step) / spread) ** 2);
      }
      sum *= step / spread;
    } else {
      for (let z = relativeStep; z < reach; z += relativeStep) {
        let inner = 0;
        this.#alongMiddle(z * spread, (m, difference) => {
          inner += difference * Math.exp(minusHalf * m * m);
        });
        sum += inner * Math.exp(-0.5 * z * z);
      }
      sum *= relativeStep;
    }
    // both sums over half a line: 4 times the product of the normal factors, here without 1/D, that is in the steps
    const square = (4 * sum * step) / (2 * Math.PI * middle);
    return second - 0.5 * (this.#limit === "ramp" ? square + 2 * spread * spread : square);
  }

  /** Row j: sum over m > 0 (half of m = 0) of m^2k times the squared difference at d = (j + 1) step. */
  #lattice(): Float64Array[] {
    return Array.from({ length: Math.ceil((reach * largestSpread) / step) }, (_, j) => {
      const row = new Float64Array(powers);
      this.#alongMiddle((j + 1) * step, (m, difference) => {
        let term = difference;
        for (let k = 0; k < powers; k++) {
          row[k] += term;
          term *= m * m;
        }
      });
      return row;
    });
  }

  #alongMiddle(d: number, visit: (m: number, difference: number) => void): void {
    for (let m = 0; m < d + tail; m += step) {
      const delta = this.#value(m + d) - this.#value(m - d);
      const difference = this.#limit === "ramp" ? delta * (delta - 2 * d) : delta * delta;
      visit(m, m === 0 ? 0.5 * difference : difference);
    }
  }
}
