import { clenshaw } from "./chebyshev.js";

/** (1 + 2x) erfcx(x) in Chebyshev polynomials of t = (x - 3)/(x + 3), x >= 0; made by test/golden/special.py. */
// prettier-ignore
const scaledErfc = Float64Array.of(
  1.17756257419656,
  0.005353904539615676,
  -0.09377550342284209,
  0.05436652555744322,
  -0.018976596707845208,
  0.004453426061462712,
  -0.0006335531710553147,
  1.7661719523171593e-05,
  1.2841532864056671e-05,
  -2.0072285659059913e-06,
  -1.807522790414837e-07,
  7.549828343825093e-08,
  1.885668523838603e-09,
  -2.699519049798364e-09,
  -1.460079119939105e-11,
  1.0361607445969489e-10,
  1.475715976623473e-12,
  -4.277340064396911e-12,
  -2.07922492859799e-13,
  1.8134502003176963e-13,
  1.973425574544739e-14,
  -7.287943737592673e-15,
  -1.5169878690228116e-15,
  2.3514112258781403e-16,
  1.0006111691821667e-16,
  -2.0572528169538546e-18,
  -5.608608218863183e-18,
);

/** erf(x)/x in Chebyshev polynomials of t = 2x^2 - 1, |x| <= 1; made by test/golden/special.py. */
// prettier-ignore
const erfOverX = Float64Array.of(
  0.9754769393826541,
  -0.14226120510371365,
  0.010035582187599796,
  -0.0005768764699767485,
  2.741993125219606e-05,
  -1.1043175507344507e-06,
  3.8488755420345036e-08,
  -1.1808582533875466e-09,
  3.2334215826050907e-11,
  -7.991015947004549e-13,
  1.7990725113961456e-14,
  -3.718635487818693e-16,
  7.103599003714253e-18,
);

/** exp(factor x^2) with the rounding of x^2 compensated (Dekker's split), so that the relative error stays one ulp. */
function expSquare(x: number, factor: 1 | -1 | -0.5): number {
  const scaled = 134217729 * x;
  const high = scaled - (scaled - x);
  const low = x - high;
  const square = x * x;
  const error = high * high - square + 2 * high * low + low * low;
  return Math.exp(factor * square) * (1 + factor * error);
}

/** Error function, erf(x) = 2/sqrt(pi) int_0^x exp(-t^2) dt; relative error about 1e-15. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (Math.abs(x) <= 1) return x * clenshaw(erfOverX, 2 * x * x - 1);
  if (x > 6) return 1;
  if (x < -6) return -1;
  return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
}

/** Complementary error function, erfc(x) = 1 - erf(x) without cancellation for large x; 0 above 27.3 (underflow). */
export function erfc(x: number): number {
  if (x < 0) return 1 + erf(-x);
  if (x < 0.5) return 1 - erf(x);
  return x > 28 ? 0 : expSquare(x, -1) * erfcx(x);
}

/** Scaled complementary error function exp(x^2) erfc(x): neither over- nor underflows for x >= 0; Infinity below -26.7. */
export function erfcx(x: number): number {
  if (x < 0) return x < -27 ? Infinity : 2 * expSquare(x, 1) - erfcx(-x);
  if (x > 1e8) return 1 / (x * Math.sqrt(Math.PI));
  return clenshaw(scaledErfc, (x - 3) / (x + 3)) / (1 + 2 * x);
}

/** Normal density phi(x) = exp(-x^2/2)/sqrt(2 pi). */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** Normal distribution function P(x) = erfc(-x/sqrt 2)/2, relative accuracy in the left tail too. */
export function normalCdf(x: number): number {
  if (x > -1) return 0.5 * erfc(-x * Math.SQRT1_2);
  return x < -40 ? 0 : expSquare(x, -0.5) * scaledNormalTail(-x);
}

/** exp(x^2/2) P(-x), the scaled left tail: exp(q/2) P(-sqrt q) without overflow. */
export function scaledNormalTail(x: number): number {
  return 0.5 * erfcx(x * Math.SQRT1_2);
}
