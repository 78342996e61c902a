import { erf as errorFunction } from "../../math/special.js";
import type { Activation } from "./activation.js";
import { correlationParts } from "./covariance.js";

const half = (order: number, first: number, ratio: (r: number) => number): Float64Array => {
  const mu = new Float64Array(order + 1);
  if (order >= 1) mu[1] = first;
  for (let r = 3; r <= order; r += 2) mu[r] = mu[r - 2] * ratio(r);
  return mu;
};

/** exp(-s) sinh k and exp(-s) cosh k for s >= |k| without overflow. */
function dampedSinhCosh(s: number, k: number): [number, number] {
  const rising = Math.exp(k - s);
  if (Math.abs(k) < 0.3) return [-0.5 * rising * Math.expm1(-2 * k), 0.5 * rising * (1 + Math.exp(-2 * k))];
  const falling = Math.exp(-k - s);
  return [(rising - falling) / 2, (rising + falling) / 2];
}

/** sigma(x) = sin x. S = e^{-(a+b)/2} sinh k, Sd = e^{-(a+b)/2} cosh k (docs/theory.md 4.4). */
export const sin: Activation = {
  name: "sin",
  family: "sin",
  parameters: [],
  kinks: [],
  lipschitz: 1,
  homogeneous: false,
  value: Math.sin,
  derivative: Math.cos,
  moments: (q) => ({
    mean: 0,
    second: -0.5 * Math.expm1(-2 * q),
    derivativeMean: Math.exp(-q / 2),
    derivativeSecond: 0.5 * (1 + Math.exp(-2 * q)),
  }),
  dual(a, b, k) {
    const { scale, rho } = correlationParts(a, b, k);
    const [value, derivative] = dampedSinhCosh((a + b) / 2, rho * scale);
    return { value, derivative };
  },
  dualsAtAngles(q, theta, value, derivative) {
    for (let j = 0; j < theta.length; j++) {
      if (q < 1e4) {
        [value[j], derivative[j]] = dampedSinhCosh(q, q * Math.cos(theta[j]));
        continue;
      }
      // q - q cos(theta) has lost its digits, or q is infinite
      const rising = theta[j] === 0 ? 1 : Math.exp(-2 * q * Math.sin(theta[j] / 2) ** 2);
      const falling = theta[j] === Math.PI ? 1 : Math.exp(-2 * q * Math.cos(theta[j] / 2) ** 2);
      value[j] = (rising - falling) / 2;
      derivative[j] = (rising + falling) / 2;
    }
  },
  // odd r: (-1)^{(r-1)/2} e^{-q/2} q^{r/2}/sqrt(r!)
  hermite: (q, order) => half(order, Math.exp(-q / 2) * Math.sqrt(q), (r) => -q / Math.sqrt(r * (r - 1))),
};

/** sqrt(1 + 2(a + b) + (2 area)^2), area = sqrt(ab) sin(theta), also where the square overflows. */
const areaRoot = (sum: number, area: number) => {
  const square = 1 + 2 * sum + 4 * area * area;
  return square < Infinity ? Math.sqrt(square) : Math.hypot(Math.sqrt(2 * sum), 2 * area);
};

/** sigma(x) = erf x. S = (2/pi) asin(2k/sqrt((1+2a)(1+2b))), Sd = (4/pi)/sqrt((1+2a)(1+2b) - 4k^2) (docs/theory.md 4.4). */
export const erf: Activation = {
  name: "erf",
  family: "erf",
  parameters: [],
  kinks: [],
  lipschitz: 2 / Math.sqrt(Math.PI),
  homogeneous: false,
  value: errorFunction,
  derivative: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
  moments: (q) => ({
    mean: 0,
    second: (2 / Math.PI) * Math.atan2(2 * q, Math.sqrt(1 + 4 * q)),
    derivativeMean: 2 / Math.sqrt(Math.PI * (1 + 2 * q)),
    derivativeSecond: 4 / (Math.PI * Math.sqrt(1 + 4 * q)),
  }),
  dual(a, b, k) {
    const { scale, rho, sine } = correlationParts(a, b, k);
    // (1+2a)(1+2b) - 4k^2 = 1 + 2(a+b) + 4 a b sin^2
    const root = areaRoot(a + b, scale * sine);
    return { value: (2 / Math.PI) * Math.atan2(2 * rho * scale, root), derivative: 4 / (Math.PI * root) };
  },
  dualsAtAngles(q, theta, value, derivative) {
    for (let j = 0; j < theta.length; j++) {
      const root = areaRoot(2 * q, q * Math.sin(theta[j]));
      value[j] = (2 / Math.PI) * Math.atan2(2 * q * Math.cos(theta[j]), root);
      derivative[j] = 4 / (Math.PI * root);
    }
  },
  hermite(q, order) {
    // E[erf(sqrt q z) He_r] = E of the (r-1)-th derivative: the ratio of odd neighbours is -t (r-2)/sqrt(r (r-1)), t = 2q/(1+2q)
    const t = (2 * q) / (1 + 2 * q);
    return half(
      order,
      (Math.sqrt(q) * 2) / Math.sqrt(Math.PI * (1 + 2 * q)),
      (r) => (-t * (r - 2)) / Math.sqrt(r * (r - 1)),
    );
  },
};
