// Per-sample weight gradients of convolutions and Gram matrices of their rows. Gradients of all samples are made for a
// chunk of rows (tap, input channel), contracted at once into the kernel, and thrown away.
#pragma once
#include "conv.h"

/** One tap's gradient: G[ci][co] = sum over pixels r[pixel][ci] d[pixel][co]. */
struct TapGeometry {
  int height, width;
  Index rRow, rPixel, dRow, dPixel;
  /** Floats between rows of G: the padded number of output channels. */
  Index row;
};

template <int C, int CV, bool accumulate> KERNEL void tapBlock(const TapGeometry &g, const float *r, const float *d, float *G) {
  V acc[C][CV];
  UNROLL for (int i = 0; i < C; i++) UNROLL for (int v = 0; v < CV; v++) acc[i][v] = accumulate ? load(G + i * g.row + v * LANES) : zero();
  for (int y = 0; y < g.height; y++) {
    const float *a = r + y * g.rRow, *b = d + y * g.dRow;
    for (int x = 0; x < g.width; x++, a += g.rPixel, b += g.dPixel) {
      V back[CV];
      UNROLL for (int v = 0; v < CV; v++) back[v] = load(b + v * LANES);
      UNROLL for (int i = 0; i < C; i++) {
        V in = splat(a[i]);
        UNROLL for (int v = 0; v < CV; v++) acc[i][v] = in * back[v] + acc[i][v];
      }
    }
  }
  UNROLL for (int i = 0; i < C; i++) UNROLL for (int v = 0; v < CV; v++) store(G + i * g.row + v * LANES, acc[i][v]);
}

template <int CV, bool accumulate> INLINE void tapColumns(const TapGeometry &g, int rows, const float *r, const float *d, float *G) {
  int i = 0;
#define BLOCKS(C)                                                                                                      \
  if constexpr (C * CV <= sums)                                                                                        \
    for (; i + C <= rows; i += C) tapBlock<C, CV, accumulate>(g, r + i, d, G + i * g.row);
  BLOCKS(16)
  BLOCKS(8)
  BLOCKS(4)
  BLOCKS(2)
  BLOCKS(1)
#undef BLOCKS
}

/** `rows` input channels of one tap, all output channels. */
template <bool accumulate> KERNEL void tapGradient(const TapGeometry &g, int rows, int channels, const float *r, const float *d, float *G) {
  constexpr int wide = sums / 2;
  const int vectors = channels / LANES;
  int v = 0;
  if (rows <= 2)
    for (; v + wide <= vectors; v += wide) tapColumns<wide, accumulate>(g, rows, r, d + v * LANES, G + v * LANES);
  for (; v + 2 <= vectors; v += 2) tapColumns<2, accumulate>(g, rows, r, d + v * LANES, G + v * LANES);
  for (; v < vectors; v++) tapColumns<1, accumulate>(g, rows, r, d + v * LANES, G + v * LANES);
}

enum { gramRows = 4, gramColumns = sums / 4, gramDepth = 1024, gramPanel = 8 };

/** Sums of products of 4 rows with 4 (AVX-512) or 2 rows; k is a multiple of LANES. */
KERNEL void gramBlock(const float *const *x, const float *const *y, Index k, float out[gramRows][gramColumns]) {
  V acc[gramRows][gramColumns];
  UNROLL for (int i = 0; i < gramRows; i++) UNROLL for (int j = 0; j < gramColumns; j++) acc[i][j] = zero();
  const float *const x0 = x[0], *const x1 = x[1], *const x2 = x[2], *const x3 = x[3];
  const float *rows[gramColumns];
  UNROLL for (int j = 0; j < gramColumns; j++) rows[j] = y[j];
  for (Index p = 0; p < k; p += LANES) {
    const V a0 = load(x0 + p), a1 = load(x1 + p), a2 = load(x2 + p), a3 = load(x3 + p);
    UNROLL for (int j = 0; j < gramColumns; j++) {
      const V b = load(rows[j] + p);
      acc[0][j] = a0 * b + acc[0][j];
      acc[1][j] = a1 * b + acc[1][j];
      acc[2][j] = a2 * b + acc[2][j];
      acc[3][j] = a3 * b + acc[3][j];
    }
  }
  UNROLL for (int i = 0; i < gramRows; i++) UNROLL for (int j = 0; j < gramColumns; j++) out[i][j] = sum(acc[i][j]);
}

/** Products of rows i..i+3 with rows j.. into K (lower triangle only); rows beyond the last are repeated and dropped. */
INLINE void gramTile(const float *X, int n, Index ld, Index k, int i, int j, double *K, double scale) {
  const float *x[gramRows], *y[gramColumns];
  for (int r = 0; r < gramRows; r++) x[r] = X + least(i + r, n - 1) * ld;
  for (int c = 0; c < gramColumns; c++) y[c] = X + least(j + c, n - 1) * ld;
  float block[gramRows][gramColumns];
  const Index whole = k - k % LANES;
  gramBlock(x, y, whole, block);
  for (int r = 0; r < gramRows && i + r < n; r++)
    for (int c = 0; c < gramColumns && j + c <= i + r; c++) {
      double t = block[r][c];
      for (Index p = whole; p < k; p++) t += (double)x[r][p] * y[c][p];
      K[(Index)(i + r) * n + j + c] += scale * t;
    }
}

/**
 * Rows i0 <= i < i1 of K += scale X X' (lower triangle, n x n), X of n rows of k floats, `ld` apart. Products are
 * summed in float32 over gramDepth of them and in float64 beyond. i0 is a multiple of gramPanel.
 */
KERNEL void gramRange(const float *X, int n, Index ld, Index k, double *K, double scale, int i0, int i1) {
  for (Index k0 = 0; k0 < k; k0 += gramDepth) {
    const Index depth = leastIndex(gramDepth, k - k0);
    for (int panel = i0; panel < i1; panel += gramPanel) {
      const int end = least(panel + gramPanel, i1);
      for (int j = 0; j < end; j += gramColumns)
        for (int i = panel; i < end; i += gramRows)
          if (j < i + gramRows) gramTile(X + k0, n, ld, depth, i, j, K, scale);
    }
  }
}

/** Arguments of a weight's gradient: H W Ci CoP rRow rPixel dRow dPixel d taps r*taps scale. */
struct WeightTap {
  TapGeometry geometry;
  int inputs, channels, back, taps;
  float scale;
  const int *offsets;
};

INLINE WeightTap weightTap(const int *a) { return {{a[0], a[1], a[4], a[5], a[6], a[7], a[3]}, a[2], a[3], a[8], a[9], asFloat(a[10 + a[9]]), a + 10}; }

/** Rows first <= row < last of a sample's gradient (row = tap * Ci + ci) into G, G[0] being row `first`. */
template <bool accumulate> KERNEL void weightRows(const WeightTap &w, const float *sample, int first, int last, float *G) {
  for (int row = first; row < last;) {
    const int tap = row / w.inputs, channel = row % w.inputs, count = least(w.inputs - channel, last - row);
    tapGradient<accumulate>(w.geometry, count, w.channels, sample + w.offsets[tap] + channel, sample + w.back, G + (Index)(row - first) * w.channels);
    row += count;
  }
}

/** K += scale G G' for rows first..last of every sample's gradient; scratch holds n ((last - first) CoP + group) floats. */
KERNEL void weightGram(const int *args, const float *A, Index act, Index S, int n, int first, int last, double *K, float *scratch) {
  const WeightTap w = weightTap(args);
  const Index length = (Index)(last - first) * w.channels, ld = length + group;
  for (int s = 0; s < n; s++) weightRows<false>(w, A + act + s * S, first, last, scratch + s * ld);
  gramRange(scratch, n, ld, length, K, w.scale, 0, n);
}

/** Rows first..last of G += the sum over samples of their gradients; G[0] is row 0. */
KERNEL void weightSum(const int *args, const float *A, Index act, Index S, int n, int first, int last, float *G) {
  const WeightTap w = weightTap(args);
  for (int s = 0; s < n; s++) weightRows<true>(w, A + act + s * S, first, last, G + (Index)first * w.channels);
}
