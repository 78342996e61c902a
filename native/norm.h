// Sums over the pixels of an image by channel, and the normalisations built on them. Runs of about 64 pixels are
// summed in float32, in four interleaved sums, and added up in float64.
#pragma once
#include "pointwise.h"

struct Grid {
  int height, width, channels;
};

enum { pixelRun = 64 };

INLINE void flush(V *part, double *totals) {
  float lanes[LANES] __attribute__((aligned(64)));
  *(V *)lanes = (part[0] + part[1]) + (part[2] + part[3]);
  for (int l = 0; l < LANES; l++) totals[l] += lanes[l];
  UNROLL for (int u = 0; u < 4; u++) part[u] = zero();
}

/** totals[l] += sum over pixels of f(y, offset along the row) for the vector of channels from c. */
template <typename F> INLINE void sumPixels(const Grid &g, int c, double *totals, F f) {
  V part[4] = {zero(), zero(), zero(), zero()};
  const Index step = g.channels;
  int count = 0;
  for (int y = 0; y < g.height; y++) {
    int x = 0;
    Index k = c;
    for (; x + 4 <= g.width; x += 4, k += 4 * step) {
      UNROLL for (int u = 0; u < 4; u++) part[u] = part[u] + f(y, k + u * step);
      if ((count += 4) >= pixelRun) {
        flush(part, totals);
        count = 0;
      }
    }
    for (; x < g.width; x++, k += step, count++) part[0] = part[0] + f(y, k);
    if (count >= pixelRun) {
      flush(part, totals);
      count = 0;
    }
  }
  flush(part, totals);
}

/** sums[l] += sum over pixels of y, products[l] += sum of y x, for the vector of channels from c, in one pass. */
INLINE void sumPair(const Grid &g, int c, Plane y, Plane x, double *sums, double *products) {
  V first[4] = {zero(), zero(), zero(), zero()}, second[4] = {zero(), zero(), zero(), zero()};
  const Index step = g.channels;
  int count = 0;
  for (int row = 0; row < g.height; row++) {
    const float *a = at(y, row, c), *b = at(x, row, c);
    int p = 0;
    for (; p + 4 <= g.width; p += 4, a += 4 * step, b += 4 * step) {
      UNROLL for (int u = 0; u < 4; u++) {
        const V value = load(a + u * step);
        first[u] = first[u] + value;
        second[u] = value * load(b + u * step) + second[u];
      }
      if ((count += 4) >= pixelRun) {
        flush(first, sums);
        flush(second, products);
        count = 0;
      }
    }
    for (; p < g.width; p++, a += step, b += step, count++) {
      const V value = load(a);
      first[0] = first[0] + value;
      second[0] = value * load(b) + second[0];
    }
    if (count >= pixelRun) {
      flush(first, sums);
      flush(second, products);
      count = 0;
    }
  }
  flush(first, sums);
  flush(second, products);
}

/** totals[c] += sum over pixels of x[c], times y[c] when y is given. */
KERNEL void channelSums(const Grid &g, Plane x, const Plane *y, double *totals) {
  for (int c = 0; c < g.channels; c += LANES) {
    if (y)
      sumPixels(g, c, totals + c, [&](int row, Index k) { return load(at(x, row, k)) * load(at(*y, row, k)); });
    else
      sumPixels(g, c, totals + c, [&](int row, Index k) { return load(at(x, row, k)); });
  }
}

/** totals[c] += sum over pixels of (x[c] - mean[c])^2. */
KERNEL void channelSquares(const Grid &g, Plane x, const float *mean, double *totals) {
  for (int c = 0; c < g.channels; c += LANES) {
    const V m = load(mean + c);
    sumPixels(g, c, totals + c, [&](int row, Index k) {
      V d = load(at(x, row, k)) - m;
      return d * d;
    });
  }
}

/** x := (x - mean) inverse on one vector of channels. */
INLINE void standardiseVector(const Grid &g, int c, Plane x, V mean, V inverse) {
  for (int y = 0; y < g.height; y++)
    for (int p = 0; p < g.width; p++) {
      float *to = at(x, y, (Index)p * g.channels + c);
      store(to, (load(to) - mean) * inverse);
    }
}

/** x := (x - mean) inverse, channel by channel. */
KERNEL void standardise(const Grid &g, Plane x, const float *mean, const float *inverse) {
  for (int c = 0; c < g.channels; c += LANES) standardiseVector(g, c, x, load(mean + c), load(inverse + c));
}

/** x := (x - mean(x)) / sqrt(var(x) + epsilon) by the image's own statistics; inverse[c] = 1 / sqrt(var + epsilon). */
KERNEL void normalise(const Grid &g, Plane x, float *inverse, float epsilon) {
  const double area = (double)g.height * g.width;
  for (int c = 0; c < g.channels; c += LANES) {
    double totals[LANES] = {}, squares[LANES] = {};
    float means[LANES] __attribute__((aligned(64)));
    sumPixels(g, c, totals, [&](int row, Index k) { return load(at(x, row, k)); });
    for (int l = 0; l < LANES; l++) means[l] = (float)(totals[l] / area);
    const V mean = *(V *)means;
    sumPixels(g, c, squares, [&](int row, Index k) {
      V d = load(at(x, row, k)) - mean;
      return d * d;
    });
    for (int l = 0; l < LANES; l++) inverse[c + l] = (float)(1 / root(squares[l] / area + epsilon));
    standardiseVector(g, c, x, mean, load(inverse + c));
  }
}

/** dst (+)= gain inverse (y - mean(y) - xhat mean(y xhat)): the transpose of `normalise` times the gain. */
KERNEL void normaliseTranspose(const Grid &g, Plane xhat, Plane y, const float *gain, const float *inverse, Plane dst, bool accumulate) {
  const double area = (double)g.height * g.width;
  for (int c = 0; c < g.channels; c += LANES) {
    double totals[LANES] = {}, products[LANES] = {};
    float first[LANES] __attribute__((aligned(64))), second[LANES] __attribute__((aligned(64)));
    sumPair(g, c, y, xhat, totals, products);
    for (int l = 0; l < LANES; l++) {
      first[l] = (float)(totals[l] / area);
      second[l] = (float)(products[l] / area);
    }
    const V factor = load(gain + c) * load(inverse + c), m = *(V *)first, s = *(V *)second;
    for (int row = 0; row < g.height; row++)
      for (int p = 0; p < g.width; p++) {
        const Index k = (Index)p * g.channels + c;
        put(at(dst, row, k), factor * ((load(at(y, row, k)) - m) - load(at(xhat, row, k)) * s), accumulate);
      }
  }
}

/** dst[c] = sum over pixels of y, times xhat when it is given. */
KERNEL void channelRow(const Grid &g, Plane y, const Plane *xhat, float *dst, double factor) {
  for (int c = 0; c < g.channels; c += LANES) {
    double totals[LANES] = {};
    if (xhat)
      sumPixels(g, c, totals, [&](int row, Index k) { return load(at(y, row, k)) * load(at(*xhat, row, k)); });
    else
      sumPixels(g, c, totals, [&](int row, Index k) { return load(at(y, row, k)); });
    for (int l = 0; l < LANES; l++) dst[c + l] = (float)(totals[l] * factor);
  }
}
