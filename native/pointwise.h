// Entrywise instructions, pools and copies on padded NHWC images. An image is its first interior pixel and its row
// stride; pixels are `channels` (a multiple of 16) floats apart. Only interior pixels are written.
#pragma once
#include "functions.h"

struct Plane {
  float *at;
  Index row;
};

/** Calls use(y, offset along the row) for every vector of an image. */
template <typename Use> INLINE void eachVector(int height, int width, int channels, Use use) {
  const Index length = (Index)width * channels;
  for (int y = 0; y < height; y++)
    for (Index k = 0; k < length; k += LANES) use(y, k);
}

INLINE float *at(const Plane &p, int y, Index k) { return p.at + y * p.row + k; }

INLINE void put(float *to, V x, bool accumulate) { store(to, accumulate ? load(to) + x : x); }

/** Vectors of real channels, the partial last one masked, zero beyond: use(pixel offset, mask) gives what is stored. */
template <typename Use> INLINE void eachRealVector(int height, int width, int real, int channels, Use use) {
  for (int c = 0; c < channels; c += LANES) {
    const I mask = laneNumbers(c) < splatInt(real);
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) use(y, (Index)x * channels + c, mask);
  }
}

template <int kind> KERNEL void activationOf(int height, int width, int real, int channels, Plane src, Plane dst, float parameter) {
  eachRealVector(height, width, real, channels, [&](int y, Index k, I mask) __attribute__((always_inline)) {
    store(at(dst, y, k), where(mask, activate<kind>(load(at(src, y, k)), parameter)));
  });
}

template <int kind>
KERNEL void slopeOf(int height, int width, int real, int channels, Plane src, Plane cotangent, Plane dst, bool accumulate, float parameter) {
  eachRealVector(height, width, real, channels, [&](int y, Index k, I mask) __attribute__((always_inline)) {
    put(at(dst, y, k), where(mask, load(at(cotangent, y, k)) * slope<kind>(load(at(src, y, k)), parameter)), accumulate);
  });
}

/** Calls use with the number of an activation as a constant. */
template <template <int> class Use, typename... Arguments> INLINE void byActivation(int kind, Arguments... arguments) {
#define CASE(K)                                                                                                        \
  case K: return Use<K>::run(arguments...);
  switch (kind) {
    CASE(linearUnit) CASE(reluUnit) CASE(leakyUnit) CASE(sigmoidUnit) CASE(tanhUnit) CASE(siluUnit) CASE(geluUnit)
    CASE(eluUnit) CASE(softplusUnit) CASE(sineUnit) CASE(errorUnit)
  }
#undef CASE
}

template <int kind> struct Activate {
  static void run(int h, int w, int real, int channels, Plane src, Plane dst, float parameter) {
    activationOf<kind>(h, w, real, channels, src, dst, parameter);
  }
};
template <int kind> struct Slope {
  static void run(int h, int w, int real, int channels, Plane src, Plane cotangent, Plane dst, bool accumulate, float parameter) {
    slopeOf<kind>(h, w, real, channels, src, cotangent, dst, accumulate, parameter);
  }
};

/** A pool's windows along both axes: kernel, stride, padding; image [H, W] to [Ho, Wo]. */
struct Pool {
  int height, width, outHeight, outWidth, kernel, stride, padding, channels;
};

struct Span {
  int first, last;
};

/** In-image pixels of window `out` along an axis of `size` pixels. */
INLINE Span windowOf(const Pool &p, int out, int size) {
  const int start = out * p.stride - p.padding;
  return {start < 0 ? 0 : start, least(start + p.kernel, size)};
}

/** Calls use(window's first pixel, its rows, its columns, output pixel, 1 / count) for every window that is not empty. */
template <typename Use> INLINE void eachWindow(const Pool &p, Use use) {
  for (int y = 0; y < p.outHeight; y++)
    for (int x = 0; x < p.outWidth; x++) {
      const Span rows = windowOf(p, y, p.height), columns = windowOf(p, x, p.width);
      const int tall = rows.last - rows.first, broad = columns.last - columns.first;
      if (tall > 0 && broad > 0) use(rows.first, columns.first, tall, broad, y, x, 1.f / (tall * broad));
    }
}

/** Calls use(row, column) for the pixels of a window; the usual 3 x 3 is unrolled. */
template <typename Use> INLINE void eachInside(int tall, int broad, Use use) {
  if (tall == 3 && broad == 3) {
    UNROLL for (int a = 0; a < 3; a++) UNROLL for (int b = 0; b < 3; b++) use(a, b);
  } else
    for (int a = 0; a < tall; a++)
      for (int b = 0; b < broad; b++) use(a, b);
}

/** dst = 0 unless it is added to. */
INLINE void start(int height, int width, int channels, Plane dst, bool accumulate) {
  if (!accumulate) eachVector(height, width, channels, [&](int y, Index k) { store(at(dst, y, k), zero()); });
}

/** Average over the in-image pixels of every window; an empty window gives 0. */
KERNEL void pool(const Pool &p, Plane src, Plane dst, bool accumulate) {
  start(p.outHeight, p.outWidth, p.channels, dst, accumulate);
  const Index step = p.channels;
  eachWindow(p, [&](int row, int column, int tall, int broad, int y, int x, float share) {
    const float *from = at(src, row, column * step);
    float *to = at(dst, y, x * step);
    for (int c = 0; c < p.channels; c += LANES) {
      V total = zero();
      eachInside(tall, broad, [&](int a, int b) { total = total + load(from + a * src.row + b * step + c); });
      store(to + c, load(to + c) + total * share);
    }
  });
}

/** Transpose of `pool`: every window gives its pixels their share. */
KERNEL void poolTranspose(const Pool &p, Plane src, Plane dst, bool accumulate) {
  start(p.height, p.width, p.channels, dst, accumulate);
  const Index step = p.channels;
  eachWindow(p, [&](int row, int column, int tall, int broad, int y, int x, float share) {
    const float *from = at(src, y, x * step);
    float *to = at(dst, row, column * step);
    for (int c = 0; c < p.channels; c += LANES) {
      const V value = load(from + c) * share;
      eachInside(tall, broad, [&](int a, int b) {
        float *pixel = to + a * dst.row + b * step + c;
        store(pixel, load(pixel) + value);
      });
    }
  });
}

/** Lanes in which the candidate becomes the largest value: the first of equals stays, NaN wins and so comes out. */
INLINE I wins(V candidate, V largest) { return (candidate > largest) | (candidate != candidate); }

/** Of every window the value of src at the pixel where `by` is largest. */
KERNEL void maxPool(const Pool &p, Plane src, Plane by, Plane dst) {
  const Index step = p.channels;
  eachWindow(p, [&](int row, int column, int tall, int broad, int y, int x, float) {
    const float *from = at(src, row, column * step), *judged = at(by, row, column * step);
    float *to = at(dst, y, x * step);
    for (int c = 0; c < p.channels; c += LANES) {
      V largest = load(judged + c), value = load(from + c);
      eachInside(tall, broad, [&](int a, int b) {
        const V candidate = load(judged + a * by.row + b * step + c);
        const I mask = wins(candidate, largest);
        largest = choose(mask, candidate, largest);
        value = choose(mask, load(from + a * src.row + b * step + c), value);
      });
      store(to + c, value);
    }
  });
}

/** Transpose of `maxPool`: every window gives its value to the pixel where `by` is largest. */
KERNEL void maxPoolTranspose(const Pool &p, Plane src, Plane by, Plane dst) {
  start(p.height, p.width, p.channels, dst, false);
  const Index step = p.channels;
  eachWindow(p, [&](int row, int column, int tall, int broad, int y, int x, float) {
    const float *from = at(src, y, x * step), *judged = at(by, row, column * step);
    float *to = at(dst, row, column * step);
    for (int c = 0; c < p.channels; c += LANES) {
      V largest = load(judged + c);
      I winner = splatInt(0);
      eachInside(tall, broad, [&](int a, int b) {
        const V candidate = load(judged + a * by.row + b * step + c);
        const I mask = wins(candidate, largest);
        largest = choose(mask, candidate, largest);
        winner = (mask & splatInt(a * broad + b)) | (~mask & winner);
      });
      const V value = load(from + c);
      eachInside(tall, broad, [&](int a, int b) {
        float *pixel = to + a * dst.row + b * step + c;
        store(pixel, load(pixel) + where(winner == splatInt(a * broad + b), value));
      });
    }
  });
}

/** dst[c] += src[c] / area for every pixel of dst. */
KERNEL void spreadMean(int height, int width, int channels, const float *src, Plane dst, bool accumulate) {
  const float share = 1.f / ((float)height * width);
  for (int c = 0; c < channels; c += LANES) {
    const V value = load(src + c) * share;
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) put(at(dst, y, (Index)x * channels + c), value, accumulate);
  }
}

KERNEL void scale(int height, int width, int channels, float factor, Plane src, Plane dst, bool accumulate) {
  eachVector(height, width, channels, [&](int y, Index k) { put(at(dst, y, k), load(at(src, y, k)) * factor, accumulate); });
}

INLINE void clear(float *from, Index floats) {
  for (Index k = 0; k < floats; k += LANES) store(from + k, zero());
}

/** The `halo` pixels around an image := 0. */
KERNEL void frame(int height, int width, int channels, int halo, Plane image) {
  const Index side = (Index)halo * channels, inner = (Index)width * channels;
  for (int y = -halo; y < height + halo; y++) {
    float *row = at(image, y, -side);
    if (y < 0 || y >= height)
      clear(row, inner + 2 * side);
    else {
      clear(row, side);
      clear(row + side + inner, side);
    }
  }
}

/** [C, H, W] to padded NHWC. */
KERNEL void copyIn(int height, int width, int real, int channels, const float *src, Plane dst) {
  for (int c = 0; c < real; c++)
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) at(dst, y, (Index)x * channels)[c] = *src++;
}

/** dst = sum of images + sum of gain xhat + shift; pairs (offset, row) and quadruples (offset, row, gain, shift). */
KERNEL void affineSum(int height, int width, int channels, Plane dst, float *relu, const float *A, float *b, int adds, const int *images, int norms,
                      const int *edges) {
  for (int c = 0; c < channels; c += LANES)
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) {
        const Index k = (Index)x * channels + c;
        V total = zero();
        for (int i = 0; i < adds; i++) total = total + load(b + images[2 * i] + (Index)y * images[2 * i + 1] + k);
        for (int i = 0; i < norms; i++) {
          const int *edge = edges + 4 * i;
          total = load(A + edge[2] + c) * load(b + edge[0] + (Index)y * edge[1] + k) + load(A + edge[3] + c) + total;
        }
        store(at(dst, y, k), total);
        if (relu) store(relu + y * dst.row + k, positive(total));
      }
}
