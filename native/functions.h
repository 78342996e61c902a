// Elementary functions of a vector, to about 2e-7 relative to max(1, |x|). Polynomials are least-maximum fits on the
// stated intervals; coefficients in ascending order.
#pragma once
#include "kernels.h"

template <int N> INLINE V polynomial(const float (&c)[N], V x) {
  V y = splat(c[N - 1]);
  UNROLL for (int k = N - 2; k >= 0; k--) y = y * x + c[k];
  return y;
}

/** 2^k for integers -126 <= k <= 127. */
INLINE V powerOfTwo(I k) { return (V)((k + 127) << 23); }

/** Nearest integer for |x| < 2^22, as float. */
INLINE V nearest(V x) {
  const V shift = splat(12582912.f);
  return (x + shift) - shift;
}

/** e^x; 0 below -87.3, largest at 88. */
INLINE V exponential(V x) {
  static const float c[] = {0.5f, 0.16666576266288757f, 0.04166637361049652f, 0.00836319662630558f, 0.0013941136421635747f};
  const V low = splat(-87.3f), high = splat(88.f);
  I tiny = x < low;
  x = choose(tiny, low, x);
  x = choose(x > high, high, x);
  V k = nearest(x * 1.44269504088896341f);
  V r = x - k * 0.693359375f;
  r = r + k * 2.12194440e-4f;
  V y = r * r * polynomial(c, r) + r + 1.f;
  return where(~tiny, y * powerOfTwo(__builtin_convertvector(k, I)));
}

INLINE V logistic(V x) { return 1.f / (1.f + exponential(-x)); }

/** tanh: odd polynomial to 0.7, (1 - e^-2x) / (1 + e^-2x) beyond. */
INLINE V hyperbolicTangent(V x) {
  static const float c[] = {1.f, -0.3333314061164856f, 0.13328571617603302f, -0.05353493615984917f, 0.02004522830247879f, -0.005105261225253344f};
  V t = magnitude(x);
  V e = exponential(-2.f * t);
  V outer = withSignOf((1.f - e) / (1.f + e), x);
  return choose(t < splat(0.7f), x * polynomial(c, x * x), outer);
}

/** log(1 + x) on [0, 1]. */
INLINE V logOnePlus(V x) {
  static const float c[] = {1.f, -0.49999913573265076f, 0.333302766084671f, -0.24957342445850372f, 0.1969243288040161f,
                            -0.15353213250637054f, 0.10684426128864288f, -0.05775803327560425f, 0.020277172327041626f, -0.0033385970164090395f};
  return x * polynomial(c, x);
}

/** erf: odd polynomial to 1, 1 - exp(-P(x)) beyond with P = -log erfc on [0.95, 4]. */
INLINE V errorFunction(V x) {
  static const float inner[] = {1.1283791065216064f, -0.3761262595653534f, 0.11283600330352783f, -0.026854444295167923f,
                                0.005189535208046436f, -0.0008020838140510023f, 7.889109110692516e-05f};
  static const float outer[] = {-0.00017812939768191427f, 1.1295273303985596f, 0.6333327889442444f, 0.10827857255935669f, -0.025101829320192337f,
                                0.004153809975832701f, -0.00042651573312468827f, 1.926449294842314e-05f, 1.6961797655312694e-07f};
  V t = magnitude(x);
  t = choose(t > splat(4.f), splat(4.f), t);
  V far = withSignOf(1.f - exponential(-polynomial(outer, t)), x);
  return choose(t < splat(1.f), x * polynomial(inner, x * x), far);
}

/** sin(x + shift pi/2) for shift 0 (sine) or 1 (cosine): x minus the nearest multiple of pi, in three parts. */
INLINE V circular(V x, int shift) {
  static const float c[] = {-0.1666666716337204f, 0.00833333283662796f, -0.00019841085304506123f, 2.753642775132903e-06f, -2.4079371385710147e-08f};
  const float half = shift ? 0.5f : 0.f;
  V k = nearest(x * 0.318309886183790672f + half);
  V multiple = k - half;
  V r = x - multiple * 3.140625f;
  r = r - multiple * 9.67502593994140625e-4f;
  r = r - multiple * 1.509957990978376432e-7f;
  V square = r * r;
  V y = r + r * square * polynomial(c, square);
  I odd = __builtin_convertvector(k, I) << 31;
  y = (V)((I)y ^ odd);
  const V one = splat(1.f);
  y = choose(y > one, one, y);
  return choose(y < -one, -one, y);
}

/** Activations by number; the program format's kinds. */
enum Activation { linearUnit, reluUnit, leakyUnit, sigmoidUnit, tanhUnit, siluUnit, geluUnit, eluUnit, softplusUnit, sineUnit, errorUnit };

const float rootHalf = 0.70710678118654752f, inverseRootTwoPi = 0.39894228040143268f, twoOverRootPi = 1.12837916709551257f;

/** sigma(x). */
template <int kind> INLINE V activate(V x, float parameter) {
  if constexpr (kind == reluUnit) return positive(x);
  if constexpr (kind == leakyUnit) return choose(x > zero(), x, x * parameter);
  if constexpr (kind == sigmoidUnit) return logistic(x);
  if constexpr (kind == tanhUnit) return hyperbolicTangent(x);
  if constexpr (kind == siluUnit) return x * logistic(x);
  if constexpr (kind == geluUnit) return 0.5f * x * (1.f + errorFunction(x * rootHalf));
  if constexpr (kind == eluUnit) return choose(x > zero(), x, (exponential(x) - 1.f) * parameter);
  if constexpr (kind == softplusUnit) return positive(x) + logOnePlus(exponential(-magnitude(x)));
  if constexpr (kind == sineUnit) return circular(x, 0);
  if constexpr (kind == errorUnit) return errorFunction(x);
  return x;
}

/** sigma'(x); 0 at 0 for relu, the negative side's slope for leaky_relu and elu. */
template <int kind> INLINE V slope(V x, float parameter) {
  if constexpr (kind == reluUnit) return where(x > zero(), splat(1.f));
  if constexpr (kind == leakyUnit) return choose(x > zero(), splat(1.f), splat(parameter));
  if constexpr (kind == sigmoidUnit) {
    V e = exponential(-magnitude(x)), d = 1.f + e;
    return e / (d * d);
  }
  if constexpr (kind == tanhUnit) {
    V e = exponential(-2.f * magnitude(x)), d = 1.f + e;
    return 4.f * e / (d * d);
  }
  if constexpr (kind == siluUnit) {
    V s = logistic(x);
    return s + x * s * (1.f - s);
  }
  if constexpr (kind == geluUnit) return 0.5f * (1.f + errorFunction(x * rootHalf)) + x * exponential(-0.5f * x * x) * inverseRootTwoPi;
  if constexpr (kind == eluUnit) return choose(x > zero(), splat(1.f), exponential(x) * parameter);
  if constexpr (kind == softplusUnit) return logistic(x);
  if constexpr (kind == sineUnit) return circular(x, 1);
  if constexpr (kind == errorUnit) return exponential(-x * x) * twoOverRootPi;
  return splat(1.f);
}
