// One instruction set's kernels: compiled once for each with VARIANT (a name) and the flags of the set. Everything but
// the table is local to this file, and no library header is included: a function shared by the linker between the
// sets would run instructions that a machine may lack.
#include "variant.h"
#include "program.h"
#include "descend.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define JOIN_OF(a, b) a##b
#define JOIN(a, b) JOIN_OF(a, b)

static void run(const int *program, int words, float *A, long act, long S, int s0, int s1, bool byInstruction) {
  runProgram(program, words, {A, act, S}, s0, s1, byInstruction);
}

static void reduce(const int *instruction, float *A, long act, long S, int s0, int s1, double *part) {
  reduceBatch(instruction, {A, act, S}, s0, s1, part);
}

static void rowGram(const float *X, int n, long ld, long k, double *K, double scale, int i0, int i1) { gramRange(X, n, ld, k, K, scale, i0, i1); }
static void batch(const int *program, int words, float *A, long act, long S, int n, bool byInstruction) {
  runBatch(program, words, {A, act, S}, n, byInstruction);
}
static void rowsOfWeight(const int *args, const float *sample, int first, int last, float *G) { weightRows<false>(weightTap(args), sample, first, last, G); }
static double scaleOfWeight(const int *args) { return weightTap(args).scale; }
static void perWeightSum(const int *args, const float *A, long act, long S, int n, int first, int last, float *G) {
  weightSum(args, A, act, S, n, first, last, G);
}

static void descend(const double *c, float *w, const float *g, float *first, float *second, long count) {
  descendBy({c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]}, w, g, first, second, count);
}

static double peak(long rounds, float *sink) {
  enum { registers = 12 };
  V x[registers];
  const V a = load(sink), b = load(sink + LANES);
  UNROLL for (int r = 0; r < registers; r++) x[r] = splat((float)r);
  for (long i = 0; i < rounds; i++) UNROLL for (int r = 0; r < registers; r++) x[r] = x[r] * a + b;
  V total = zero();
  UNROLL for (int r = 0; r < registers; r++) total = total + x[r];
  store(sink, total);
  return 2. * LANES * registers * rounds;
}

extern const Variant JOIN(VARIANT, Variant) = {TEXT(VARIANT), run, reduce, batch, rowsOfWeight, scaleOfWeight, perWeightSum, rowGram, descend, peak};
