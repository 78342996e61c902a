// The vector type of the finite-width kernels: 16 lanes of float32 with AVX-512, 8 with AVX2, else 4 (SSE2, NEON,
// WebAssembly simd128). Vector extensions of GCC and Clang only, so every target shares one source. No library is used:
// the same files are built freestanding for WebAssembly.
#pragma once

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif

#define INLINE static inline __attribute__((always_inline))
#define KERNEL static __attribute__((noinline))
#define UNROLL _Pragma("GCC unroll 32")

typedef __PTRDIFF_TYPE__ Index;
typedef float V __attribute__((vector_size(4 * LANES)));
typedef int I __attribute__((vector_size(4 * LANES)));
typedef float Unaligned __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/** Independent sums that hide the latency of a fused multiply-add: registers of one block of a product. */
enum { sums = LANES == 16 ? 16 : 8 };
/** Floats of a channel group; tensors are padded to a multiple of it. */
enum { group = 16 };

INLINE V load(const float *p) { return *(const Unaligned *)p; }
INLINE void store(float *p, V x) { *(Unaligned *)p = x; }
INLINE V splat(float x) { return x - V{}; }
INLINE V zero() { return V{}; }
INLINE I splatInt(int x) { return x - I{}; }
INLINE V choose(I mask, V yes, V no) { return (V)((mask & (I)yes) | (~mask & (I)no)); }
/** x where the mask is set, else 0. */
INLINE V where(I mask, V x) { return (V)(mask & (I)x); }
/** max(x, 0), NaN stays NaN. */
INLINE V positive(V x) { return where(~(x < zero()), x); }
INLINE V magnitude(V x) { return (V)((I)x & splatInt(0x7fffffff)); }
INLINE V withSignOf(V x, V sign) { return (V)((I)x | ((I)sign & splatInt((int)0x80000000u))); }
INLINE int least(int a, int b) { return a < b ? a : b; }
INLINE Index leastIndex(Index a, Index b) { return a < b ? a : b; }
INLINE double root(double x) { return __builtin_sqrt(x); }

typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));

INLINE float sum(V x) {
  float lanes[LANES] __attribute__((aligned(64)));
  *(V *)lanes = x;
  Four four = *(Four *)lanes;
  UNROLL for (int k = 4; k < LANES; k += 4) four = four + *(Four *)(lanes + k);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

INLINE float asFloat(int bits) {
  float x;
  __builtin_memcpy(&x, &bits, 4);
  return x;
}

/** Lane numbers first, first + 1, ... */
INLINE I laneNumbers(int first) {
  I lanes;
  UNROLL for (int k = 0; k < LANES; k++) lanes[k] = first + k;
  return lanes;
}
