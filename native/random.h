// Keyed random numbers by counter: Philox 4x32-10 (Salmon et al. 2011, Random123), four counters at a time. Number i of a
// key is the same however many are drawn. No library and no fused multiply-add, so that WebAssembly gives the same bytes
// on every machine.
#pragma once
#include <wasm_simd128.h>

typedef unsigned int U4 __attribute__((vector_size(16)));
typedef int I4 __attribute__((vector_size(16)));
typedef float F4 __attribute__((vector_size(16)));

#define RANDOM static inline __attribute__((always_inline))

/** High and low halves of the products of four numbers with a constant. */
RANDOM void multiply(U4 x, unsigned int factor, U4 &high, U4 &low) {
  const v128_t constant = wasm_i32x4_splat((int)factor);
  const U4 first = (U4)wasm_u64x2_extmul_low_u32x4((v128_t)x, constant), last = (U4)wasm_u64x2_extmul_high_u32x4((v128_t)x, constant);
  low = __builtin_shufflevector(first, last, 0, 2, 4, 6);
  high = __builtin_shufflevector(first, last, 1, 3, 5, 7);
}

/** Four blocks of four numbers: block b of counters (first + b, 0, 0, 0); out[w] holds word w of the four. */
RANDOM void philox(unsigned int first, unsigned int key0, unsigned int key1, U4 out[4]) {
  U4 c0 = U4{0, 1, 2, 3} + first, c1 = {}, c2 = {}, c3 = {};
  for (int round = 0; round < 10; round++) {
    U4 high0, low0, high1, low1;
    multiply(c0, 0xD2511F53u, high0, low0);
    multiply(c2, 0xCD9E8D57u, high1, low1);
    c0 = high1 ^ c1 ^ key0;
    c1 = low1;
    c2 = high0 ^ c3 ^ key1;
    c3 = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

RANDOM F4 fours(float x) { return x - F4{}; }
RANDOM F4 either(I4 mask, F4 yes, F4 no) { return (F4)((mask & (I4)yes) | (~mask & (I4)no)); }

/** ln x of numbers in [2^-33, 1] to 2 units in the last place (Cephes logf). */
RANDOM F4 logarithm(F4 x) {
  I4 bits = (I4)x;
  I4 exponent = (bits >> 23) - 126;
  F4 m = (F4)((bits & 0x007fffff) | 0x3f000000); // [1/2, 1)
  const I4 small = m < fours(0.70710678f);
  exponent += small;
  m = either(small, m + m, m) - 1.f;
  const F4 e = __builtin_convertvector(exponent, F4), square = m * m;
  F4 p = fours(7.0376836292e-2f);
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  F4 y = p * m * square + e * -2.12194440e-4f;
  y = y - 0.5f * square;
  return m + y + e * 0.693359375f;
}

/** Sine and cosine of 2 pi u / 2^32 (Cephes sinf, cosf on a quarter of the circle). */
RANDOM void circle(U4 u, F4 &sine, F4 &cosine) {
  const U4 turned = u + 0x20000000u, quarter = turned >> 30;
  const F4 x = __builtin_convertvector((I4)((turned << 2) ^ 0x80000000u), F4) * 3.6572952e-10f; // pi/2 / 2^32
  const F4 z = x * x;
  const F4 s = ((fours(-1.9515295891e-4f) * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * x + x;
  const F4 c = ((fours(2.443315711809948e-5f) * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z - 0.5f * z + 1.f;
  const I4 swap = (I4)((quarter & 1) == 1);
  sine = (F4)((U4)either(swap, c, s) ^ ((quarter & 2) << 30));
  cosine = (F4)((U4)either(swap, s, c) ^ (((quarter + 1) & 2) << 30));
}

/**
 * Numbers 16 first .. of a key, 16 a block of four counters. kind 0: uniform in [-1, 1) with 24 bits; kind 1: standard
 * normal (Box-Muller). Each is multiplied with `factor`.
 */
static void drawBlocks(unsigned int key0, unsigned int key1, int kind, float factor, int first, int blocks, float *out) {
  for (int b = 0; b < blocks; b++, out += 16) {
    U4 words[4];
    philox(4u * (first + b), key0, key1, words);
    F4 *to = (F4 *)out;
    if (kind == 0) {
      for (int w = 0; w < 4; w++) to[w] = __builtin_convertvector((I4)words[w] >> 8, F4) * 0x1p-23f * factor;
      continue;
    }
    for (int w = 0; w < 4; w += 2) {
      const F4 u = __builtin_convertvector(words[w], F4) * 0x1p-32f + 0x1p-33f;
      const F4 r2 = -2.f * logarithm(u);
      const F4 radius = (F4)wasm_f32x4_sqrt((v128_t)r2);
      F4 sine, cosine;
      circle(words[w + 1], sine, cosine);
      to[w] = radius * cosine * factor;
      to[w + 1] = radius * sine * factor;
    }
  }
}
