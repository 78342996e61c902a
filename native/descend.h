// One step of an optimizer on weights in place. Counts are whole groups of floats; padding is 0 and stays 0.
#pragma once
#include "kernels.h"

/** Constants of a step: rule (0 momentum, 1 Adam), rate, decay, then momentum and whether Nesterov's, or Adam's. */
struct Descent {
  double rule, rate, decay, beta1, beta2, epsilon, root, shrink;
};

INLINE V rootOf(V x) {
  V y;
  UNROLL for (int k = 0; k < LANES; k++) y[k] = __builtin_sqrtf(x[k]);
  return y;
}

/** g += decay w; b = momentum b + g; w -= rate (b, or g + momentum b). Without b: w -= rate g. */
KERNEL void momentumStep(float *w, const float *g, float *b, Index count, const Descent &d) {
  const V rate = splat((float)d.rate), decay = splat((float)d.decay), momentum = splat((float)d.beta1);
  const bool nesterov = d.beta2 != 0;
  for (Index i = 0; i < count; i += LANES) {
    const V old = load(w + i);
    V step = load(g + i) + decay * old;
    if (b) {
      const V kept = momentum * load(b + i) + step;
      store(b + i, kept);
      step = nesterov ? step + momentum * kept : kept;
    }
    store(w + i, old - rate * step);
  }
}

/** m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; w = shrink w - rate m / (sqrt(v) / root + epsilon). */
KERNEL void adamStep(float *w, const float *g, float *m, float *v, Index count, const Descent &d) {
  const V rate = splat((float)d.rate), decay = splat((float)d.decay), shrink = splat((float)d.shrink), epsilon = splat((float)d.epsilon);
  const V beta1 = splat((float)d.beta1), beta2 = splat((float)d.beta2), root = splat((float)d.root);
  const V rest1 = splat((float)(1 - d.beta1)), rest2 = splat((float)(1 - d.beta2));
  for (Index i = 0; i < count; i += LANES) {
    const V old = load(w + i), step = load(g + i) + decay * old;
    const V first = beta1 * load(m + i) + rest1 * step, second = beta2 * load(v + i) + rest2 * step * step;
    store(m + i, first);
    store(v + i, second);
    store(w + i, old * shrink - rate * first / (rootOf(second) / root + epsilon));
  }
}

KERNEL void descendBy(const Descent &d, float *w, const float *g, float *first, float *second, Index count) {
  if (d.rule == 0)
    momentumStep(w, g, first, count, d);
  else
    adamStep(w, g, first, second, count, d);
}
