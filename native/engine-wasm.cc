// The kernels of program.h as WebAssembly SIMD, one thread; built by native/build-wasm.sh. Pointers are byte offsets
// into the module's memory; the caller (src/kernels/finite/engine/wasm.ts) lays it out.
#include "chunks.h"
#include "program.h"
#include "random.h"

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

extern unsigned char __heap_base;

EXPORT(heapBase) unsigned long heapBase() { return (unsigned long)&__heap_base; }

EXPORT(run) void run(const int *program, int words, float *A, Index act, Index S, int s0, int s1, int byInstruction) {
  runProgram(program, words, {A, act, S}, s0, s1, byInstruction != 0);
}

EXPORT(batch) void batch(const int *program, int words, float *A, Index act, Index S, int n, int byInstruction) {
  runBatch(program, words, {A, act, S}, n, byInstruction != 0);
}

EXPORT(reduce) void reduce(const int *instruction, float *A, Index act, Index S, int s0, int s1, double *part) {
  reduceBatch(instruction, {A, act, S}, s0, s1, part);
}

static Chunks chunksFor(const int *args, int n) { return chunksOf((long)args[2] * args[9], args[3], n); }

EXPORT(scratchFloats) long scratchFloats(const int *args, int n) { return chunksFor(args, n).floats; }

EXPORT(weightGram) void weightGramOf(const int *args, const float *A, Index act, Index S, int n, double *K, float *scratch) {
  const Chunks chunks = chunksFor(args, n);
  const int rows = args[2] * args[9];
  for (int first = 0; first < rows; first += chunks.perChunk)
    weightGram(args, A, act, S, n, first, least(rows, first + chunks.perChunk), K, scratch);
}

EXPORT(weightSum) void weightSumOf(const int *args, const float *A, Index act, Index S, int n, float *G) {
  weightSum(args, A, act, S, n, 0, args[2] * args[9], G);
}

EXPORT(gram) void gram(const float *X, int n, Index ld, Index k, double *K, double scale) { gramRange(X, n, ld, k, K, scale, 0, n); }

/** Blocks of 16 random numbers of a key (random.h). */
EXPORT(draw) void draw(unsigned key0, unsigned key1, int kind, float factor, int first, int blocks, float *out) {
  drawBlocks(key0, key1, kind, factor, first, blocks, out);
}
