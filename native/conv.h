// Direct convolution on zero-padded NHWC tensors without im2col: a tap of the kernel is a shift of a pointer. A block
// of pixels x channel vectors is summed in registers over every tap of every edge into the node, then written once
// with bias, accumulation, mask and relu.
#pragma once
#include "kernels.h"

/** What a product writes to, per pixel block: strides between output rows and pixels, and what happens to the sums. */
struct Epilogue {
  float *out;
  const float *bias;
  const float *mask;
  float *relu;
  bool accumulate;
};

/** Pairs (input offset, weight offset) with one input and weight base each. */
struct Segments {
  const float *inputs;
  const float *weights;
  const int *pairs;
  int count;
  int channels;
  /** Floats between weights of successive input channels, and between input pixels. */
  Index weightStride, pixelStride;
};

/**
 * One register block: P pixels from input offset x, CV vectors of output channels from channel c, written at offset o.
 * Step is the pixel stride when it is known, which keeps the addresses of many pixels out of registers, else 0.
 */
template <int P, int CV, int Step> KERNEL void convBlock(const Segments &g, Index x, int c, const Epilogue &e, Index o, Index outStride) {
  V acc[P][CV];
  UNROLL for (int p = 0; p < P; p++) UNROLL for (int v = 0; v < CV; v++) acc[p][v] = zero();
  const Index step = Step ? Step : g.pixelStride, weightStride = g.weightStride;
  for (int s = 0; s < g.count; s++) {
    const float *in = g.inputs + g.pairs[2 * s] + x, *w = g.weights + g.pairs[2 * s + 1] + c;
    for (int i = 0; i < g.channels; i++, w += weightStride, in++) {
      V weights[CV];
      UNROLL for (int v = 0; v < CV; v++) weights[v] = load(w + v * LANES);
      UNROLL for (int p = 0; p < P; p++) {
        V b = splat(in[p * step]);
        UNROLL for (int v = 0; v < CV; v++) acc[p][v] = b * weights[v] + acc[p][v];
      }
    }
  }
  UNROLL for (int v = 0; v < CV; v++) {
    const V bias = e.bias ? load(e.bias + c + v * LANES) : zero();
    UNROLL for (int p = 0; p < P; p++) {
      const Index at = o + p * outStride + c + v * LANES;
      V y = acc[p][v] + bias;
      if (e.accumulate) y = y + load(e.out + at);
      if (e.mask) y = where(load(e.mask + at) > zero(), y);
      store(e.out + at, y);
      if (e.relu) store(e.relu + at, positive(y));
    }
  }
}

/** `count` pixels of a row by the largest blocks that fit. */
template <int CV, int Step> INLINE void convBlocks(const Segments &g, int count, Index x, int c, const Epilogue &e, Index o, Index outStride) {
  int p = 0;
#define BLOCKS(P)                                                                                                      \
  if constexpr (P * CV <= sums)                                                                                        \
    for (; p + P <= count; p += P) convBlock<P, CV, Step>(g, x + p * g.pixelStride, c, e, o + p * outStride, outStride);
  BLOCKS(16)
  BLOCKS(8)
  BLOCKS(4)
  BLOCKS(2)
  BLOCKS(1)
#undef BLOCKS
}

template <int CV> INLINE void convRow(const Segments &g, int count, Index x, int c, const Epilogue &e, Index o, Index outStride) {
  if (CV == 1 && g.pixelStride == group)
    convBlocks<CV, CV == 1 ? group : 0>(g, count, x, c, e, o, outStride);
  else
    convBlocks<CV, 0>(g, count, x, c, e, o, outStride);
}

struct Image {
  int height, width;
  Index inRow, outRow, outPixel;
};

template <int CV> INLINE void convPanel(const Segments &g, const Image &m, int c, const Epilogue &e) {
  for (int y = 0; y < m.height; y++) convRow<CV>(g, m.width, y * m.inRow, c, e, y * m.outRow, m.outPixel);
}

/** All output channels of an image; a panel of channels goes over the whole image so that its weights stay in cache. */
KERNEL void convolve(const Segments &g, const Image &m, int channels, const Epilogue &e) {
  constexpr int wide = sums / 2;
  const int vectors = channels / LANES;
  int v = 0;
  if (m.width <= 2)
    for (; v + wide <= vectors; v += wide) convPanel<wide>(g, m, v * LANES, e);
  for (; v + 2 <= vectors; v += 2) convPanel<2>(g, m, v * LANES, e);
  for (; v < vectors; v++) convPanel<1>(g, m, v * LANES, e);
}

/** Input channels and output channels of a packed panel of weights: 64 KiB, which stays in the second cache level. */
enum { panelDepth = 512, panelWidth = 32 };

INLINE Index padded(int channels) { return (channels + group - 1) / group * group; }

/** panel[i][v] = w[v][i] for i < depth, v < width, 0 from row `rows` on; rows of w are `stride` floats apart. */
KERNEL void packRows(const float *w, Index stride, int rows, int depth, int width, float *panel) {
  for (int i0 = 0; i0 < depth; i0 += group) {
    const int count = least(group, depth - i0);
    for (int v = 0; v < width; v++) {
      const float *from = w + v * stride + i0;
      float *to = panel + i0 * width + v;
      if (v >= rows)
        for (int i = 0; i < count; i++) to[i * width] = 0;
      else if (count == group)
        UNROLL for (int i = 0; i < group; i++) to[i * width] = from[i];
      else
        for (int i = 0; i < count; i++) to[i * width] = from[i];
    }
  }
}

/**
 * Dense layer with the samples as pixels, `stride` floats apart: out[s][co] = sum_ci in[s][ci] w[ci][co]. Weights are
 * packed panel by panel; sums over more than panelDepth inputs accumulate in the output. With `rows` the weights are
 * w[co][ci] of that many outputs, padded to whole groups of inputs; further outputs are 0.
 */
KERNEL void dense(const float *in, const float *weights, const float *bias, float *out, float *relu, bool accumulate, int inputs, int outputs,
                  int rows, Index stride, int samples) {
  float panel[panelDepth * panelWidth] __attribute__((aligned(64)));
  const int pair[2] = {0, 0};
  for (int c = 0; c < outputs; c += panelWidth) {
    const int width = least(panelWidth, outputs - c), vectors = width / LANES;
    for (int i0 = 0; i0 < inputs; i0 += panelDepth) {
      const int depth = least(panelDepth, inputs - i0);
      if (rows)
        packRows(weights + (Index)c * padded(inputs) + i0, padded(inputs), rows - c, depth, width, panel);
      else for (int i = 0; i < depth; i++)
        for (int v = 0; v < width; v += LANES) store(panel + i * width + v, load(weights + (Index)(i0 + i) * outputs + c + v));
      const bool last = i0 + depth == inputs;
      const Segments g = {in + i0, panel, pair, 1, depth, width, stride};
      const Epilogue e = {out + c, i0 == 0 && bias ? bias + c : nullptr, nullptr, last && relu ? relu + c : nullptr, accumulate || i0 > 0};
      int v = 0;
      for (; v + 2 <= vectors; v += 2) convRow<2>(g, samples, 0, v * LANES, e, 0, stride);
      for (; v < vectors; v++) convRow<1>(g, samples, 0, v * LANES, e, 0, stride);
    }
  }
}
