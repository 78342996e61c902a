// Interpreter of programs: flat int32 instructions [opcode, length, arguments...] over one float32 arena. Constants lie
// at [0, act), sample s at [act + s S, act + (s + 1) S). The format is documented in src/kernels/finite/engine/program.ts.
#pragma once
#include "gradient.h"
#include "norm.h"

enum Opcode {
  opConv = 1, opAffineSum, opActivation, opSlope, opPool, opPoolTranspose, opMean, opMeanTranspose, opScale, opCopyIn,
  opNormalise, opNormaliseTranspose, opChannelSum, opStandardise, opFill, opCopy, opSeed, opFrame, opWeightAdd, opRowAdd,
  opMaxPool, opMaxPoolTranspose,
  opBatchSum = 32, opBatchSquares, opMix, opDense = 64,
};

struct Arena {
  float *constants;
  Index activations, sample;
  float *of(int s) const { return constants + activations + s * sample; }
};

INLINE float *optional(float *base, int offset) { return offset < 0 ? nullptr : base + offset; }

KERNEL void runConv(const int *p, float *A, float *b) {
  // H W CoP Ci xr xp or op out bias acc mask relu nseg (x w)*
  const Segments g = {b, A, p + 14, p[13], p[3], p[2], p[5]};
  const Epilogue e = {b + p[8], optional(A, p[9]), optional(b, p[11]), optional(b, p[12]), p[10] != 0};
  convolve(g, {p[0], p[1], p[4], p[6], p[7]}, p[2], e);
}

/** Runs one instruction on the sample with base b; a is its opcode. */
INLINE void step(const int *a, float *A, float *b) {
  const int *p = a + 2;
  switch (a[0]) {
    case opConv: return runConv(p, A, b);
    case opAffineSum: { // H W CP dst dR relu nadd (src sR)* nbn (xhat xR gain shift)*
      const int *norms = p + 7 + 2 * p[6];
      return affineSum(p[0], p[1], p[2], {b + p[3], p[4]}, optional(b, p[5]), A, b, p[6], p + 7, norms[0], norms + 1);
    }
    case opActivation: // kind parameter H W C CP src sR dst dR
      return byActivation<Activate>(p[0], p[2], p[3], p[4], p[5], Plane{b + p[6], p[7]}, Plane{b + p[8], p[9]}, asFloat(p[1]));
    case opSlope: // kind parameter H W C CP src sR cot cR dst dR acc
      return byActivation<Slope>(p[0], p[2], p[3], p[4], p[5], Plane{b + p[6], p[7]}, Plane{b + p[8], p[9]}, Plane{b + p[10], p[11]}, p[12] != 0,
                                 asFloat(p[1]));
    case opPool: // H W Ho Wo k s p CP src sR dst dR acc
      return pool({p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]}, {b + p[8], p[9]}, {b + p[10], p[11]}, p[12] != 0);
    case opPoolTranspose: return poolTranspose({p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]}, {b + p[8], p[9]}, {b + p[10], p[11]}, p[12] != 0);
    case opMaxPool: // H W Ho Wo k s p CP src sR by yR dst dR
      return maxPool({p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]}, {b + p[8], p[9]}, {b + p[10], p[11]}, {b + p[12], p[13]});
    case opMaxPoolTranspose:
      return maxPoolTranspose({p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]}, {b + p[8], p[9]}, {b + p[10], p[11]}, {b + p[12], p[13]});
    case opMean: // H W CP src sR dst
      return channelRow({p[0], p[1], p[2]}, {b + p[3], p[4]}, nullptr, b + p[5], 1. / ((double)p[0] * p[1]));
    case opMeanTranspose: // H W CP src dst dR acc
      return spreadMean(p[0], p[1], p[2], b + p[3], {b + p[4], p[5]}, p[6] != 0);
    case opScale: // H W CP factor src sR dst dR acc
      return scale(p[0], p[1], p[2], asFloat(p[3]), {b + p[4], p[5]}, {b + p[6], p[7]}, p[8] != 0);
    case opCopyIn: // H W C CP src dst dR
      return copyIn(p[0], p[1], p[2], p[3], b + p[4], {b + p[5], p[6]});
    case opNormalise: // H W CP x xR inv eps
      return normalise({p[0], p[1], p[2]}, {b + p[3], p[4]}, b + p[5], asFloat(p[6]));
    case opNormaliseTranspose: // H W CP xhat xR y yR gain inv dst dR acc
      return normaliseTranspose({p[0], p[1], p[2]}, {b + p[3], p[4]}, {b + p[5], p[6]}, A + p[7], b + p[8], {b + p[9], p[10]}, p[11] != 0);
    case opChannelSum: { // H W CP y yR xhat xR dst
      const Plane xhat = {b + p[5], p[6]};
      return channelRow({p[0], p[1], p[2]}, {b + p[3], p[4]}, p[5] < 0 ? nullptr : &xhat, b + p[7], 1);
    }
    case opStandardise: // H W CP x xR mean inv
      return standardise({p[0], p[1], p[2]}, {b + p[3], p[4]}, A + p[5], A + p[6]);
    case opFill: // count dst value
      for (int i = 0; i < p[0]; i++) b[p[1] + i] = asFloat(p[2]);
      return;
    case opCopy: // count src dst
      for (int i = 0; i < p[0]; i++) b[p[2] + i] = b[p[1] + i];
      return;
    case opSeed: // count src(absolute) dst
      for (int i = 0; i < p[0]; i++) b[p[2] + i] = A[p[1] + i];
      return;
    case opWeightAdd: { // target, then a weight's arguments
      const WeightTap w = weightTap(p + 1);
      return weightRows<true>(w, b, 0, w.taps * w.inputs, A + p[0]);
    }
    case opRowAdd: // count src dst(absolute)
      for (int i = 0; i < p[0]; i++) A[p[2] + i] += b[p[1] + i];
      return;
    case opFrame: // H W CP x xR halo
      return frame(p[0], p[1], p[2], p[5], {b + p[3], p[4]});
  }
}

/** Runs a program over samples s0 <= s < s1, sample by sample, or instruction by instruction (which DENSE needs). */
KERNEL void runProgram(const int *program, int words, const Arena &arena, int s0, int s1, bool byInstruction) {
  if (s0 >= s1) return;
  if (!byInstruction) {
    for (int s = s0; s < s1; s++)
      for (const int *p = program; p < program + words; p += p[1]) step(p, arena.constants, arena.of(s));
    return;
  }
  for (const int *a = program; a < program + words; a += a[1]) {
    if (a[0] == opDense) { // Ci CoP x out w bias acc relu rows
      const int *p = a + 2;
      float *A = arena.constants, *b = arena.of(s0);
      dense(b + p[2], A + p[4], optional(A, p[5]), b + p[3], optional(b, p[7]), p[6] != 0, p[0], p[1], p[8], arena.sample, s1 - s0);
    } else
      for (int s = s0; s < s1; s++) step(a, arena.constants, arena.of(s));
  }
}

/** part[c] += the sums of one BSUM or BSQ instruction over samples s0 <= s < s1. */
KERNEL void reduceBatch(const int *a, const Arena &arena, int s0, int s1, double *part) {
  const int *p = a + 2;
  for (int s = s0; s < s1; s++) {
    float *b = arena.of(s);
    const Grid g = {p[0], p[1], p[2]};
    const Plane x = {b + p[3], p[4]};
    if (a[0] == opBatchSquares) // H W CP x xR mean
      channelSquares(g, x, arena.constants + p[5], part);
    else { // H W CP x xR y yR
      const Plane y = {b + p[5], p[6]};
      channelSums(g, x, p[5] < 0 ? nullptr : &y, part);
    }
  }
}

/** Coefficients of a normalisation's transpose by batch statistics (MIX), and the sums that they are made of. */
KERNEL void mix(const int *a, const Arena &arena, int n) {
  const int *p = a + 2; // H W CP y yR xhat xR scaled shift slope sums products
  enum { most = 256 };
  const Grid g = {p[0], p[1], p[2]};
  float *A = arena.constants;
  const double count = (double)n * g.height * g.width;
  for (int c0 = 0; c0 < g.channels; c0 += most) {
    const int channels = least(most, g.channels - c0);
    double sums[most] = {}, products[most] = {};
    for (int s = 0; s < n; s++) {
      float *b = arena.of(s);
      for (int c = 0; c < channels; c += LANES) sumPair(g, c0 + c, {b + p[3], p[4]}, {b + p[5], p[6]}, sums + c, products + c);
    }
    for (int c = 0; c < channels; c++) {
      const double scaled = A[p[7] + c0 + c];
      A[p[8] + c0 + c] = (float)(-scaled * sums[c] / count);
      A[p[9] + c0 + c] = (float)(-scaled * products[c] / count);
      if (p[10] >= 0) A[p[10] + c0 + c] += (float)sums[c];
      if (p[11] >= 0) A[p[11] + c0 + c] += (float)products[c];
    }
  }
}

/** Runs a program in which MIX instructions, which need all samples, divide stretches that each sample runs alone. */
KERNEL void runBatch(const int *program, int words, const Arena &arena, int n, bool byInstruction) {
  const int *const end = program + words;
  for (const int *p = program; p < end;) {
    if (p[0] == opMix) {
      mix(p, arena, n);
      p += p[1];
      continue;
    }
    const int *stop = p;
    while (stop < end && stop[0] != opMix) stop += stop[1];
    runProgram(p, (int)(stop - p), arena, 0, n, byInstruction);
    p = stop;
  }
}
