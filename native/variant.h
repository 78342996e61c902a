// The kernels as compiled for one instruction set; the addon picks one at run time.
#pragma once

struct Variant {
  const char *name;
  void (*run)(const int *program, int words, float *A, long act, long S, int s0, int s1, bool byInstruction);
  void (*reduce)(const int *instruction, float *A, long act, long S, int s0, int s1, double *part);
  void (*batch)(const int *program, int words, float *A, long act, long S, int n, bool byInstruction);
  /** Rows first..last of one sample's gradient, and the factor of its products. */
  void (*weightRows)(const int *args, const float *sample, int first, int last, float *G);
  double (*weightScale)(const int *args);
  void (*weightSum)(const int *args, const float *A, long act, long S, int n, int first, int last, float *G);
  void (*gram)(const float *X, int n, long ld, long k, double *K, double scale, int i0, int i1);
  /** A step of an optimizer on `count` weights; constants as in native/descend.h. */
  void (*descend)(const double *constants, float *w, const float *g, float *first, float *second, long count);
  /** Multiply-adds in registers only, `rounds` times; returns the floating-point operations done. */
  double (*peak)(long rounds, float *sink);
};

extern const Variant baselineVariant, avx2Variant, avx512Variant;
