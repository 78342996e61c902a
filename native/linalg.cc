// Dense symmetric linear algebra in float64 for the spectrum of kernels: blocked Cholesky, triangular solves,
// Householder tridiagonalisation, Gram matrices and kernels from Chebyshev coefficients.
// Freestanding C++ without a library; built to WebAssembly SIMD by native/build-wasm.sh. WebAssembly has no fused
// multiply-add and one rounding per operation, so every machine gives the same bytes.
// Matrices are row-major with leading dimension ld (in doubles); symmetric ones are read from their lower triangle.

typedef double v2 __attribute__((vector_size(16), aligned(8)));
typedef unsigned long usize;

#define EXPORT(name) extern "C" __attribute__((export_name(#name))) 
#define INLINE static inline __attribute__((always_inline))

extern unsigned char __heap_base;

INLINE v2 load(const double *p) { return *(const v2 *)p; }
INLINE void store(double *p, v2 x) { *(v2 *)p = x; }
INLINE v2 splat(double x) { return (v2){x, x}; }
INLINE double sum(v2 x) { return x[0] + x[1]; }
INLINE double root(double x) { return __builtin_sqrt(x); }
INLINE double magnitude(double x) { return __builtin_fabs(x); }
INLINE int least(int a, int b) { return a < b ? a : b; }

EXPORT(heapBase) usize heapBase() { return (usize)&__heap_base; }

INLINE double dotInline(int n, const double *x, const double *y) {
  v2 a = splat(0), b = splat(0), c = splat(0), d = splat(0);
  int k = 0;
  for (; k + 8 <= n; k += 8) {
    a += load(x + k) * load(y + k);
    b += load(x + k + 2) * load(y + k + 2);
    c += load(x + k + 4) * load(y + k + 4);
    d += load(x + k + 6) * load(y + k + 6);
  }
  double s = sum((a + b) + (c + d));
  for (; k < n; k++) s += x[k] * y[k];
  return s;
}

EXPORT(dot) double dot(int n, const double *x, const double *y) { return dotInline(n, x, y); }

// y = K x for a full symmetric matrix.
EXPORT(multiply) void multiply(int n, const double *K, int ld, const double *x, double *y) {
  for (int i = 0; i < n; i++) y[i] = dotInline(n, K + (usize)i * ld, x);
}

// Block (up to 4 x 4) of X Y' at row i, column j: dot products of rows of d entries; rows beyond the last are repeated.
INLINE void dotBlock(int n, int m, int d, const double *X, const double *Y, int i, int j, double block[4][4]) {
  const double *x[4], *y[4];
  for (int r = 0; r < 4; r++) {
    x[r] = X + (usize)least(i + r, n - 1) * d;
    y[r] = Y + (usize)least(j + r, m - 1) * d;
  }
  v2 s[4][4];
  for (int r = 0; r < 4; r++)
    for (int c = 0; c < 4; c++) s[r][c] = splat(0);
  int k = 0;
  for (; k + 2 <= d; k += 2) {
    v2 b0 = load(y[0] + k), b1 = load(y[1] + k), b2 = load(y[2] + k), b3 = load(y[3] + k);
#pragma clang loop unroll(full)
    for (int r = 0; r < 4; r++) {
      v2 a = load(x[r] + k);
      s[r][0] += a * b0;
      s[r][1] += a * b1;
      s[r][2] += a * b2;
      s[r][3] += a * b3;
    }
  }
  for (int r = 0; r < 4; r++)
    for (int c = 0; c < 4; c++) block[r][c] = sum(s[r][c]) + (k < d ? x[r][k] * y[c][k] : 0);
}

// C = X X', full n x n, rows of X have d entries.
EXPORT(gram) void gram(int n, int d, const double *X, double *C, int ld) {
  for (int i = 0; i < n; i += 4)
    for (int j = 0; j <= i; j += 4) {
      double t[4][4];
      dotBlock(n, n, d, X, X, i, j, t);
      for (int r = 0; r < 4 && i + r < n; r++)
        for (int c = 0; c < 4 && j + c < n; c++) C[(usize)(i + r) * ld + j + c] = C[(usize)(j + c) * ld + i + r] = t[r][c];
    }
}

// C = X Y', n x m, rows of X and Y have d entries; Y by panels that stay in cache.
EXPORT(products) void products(int n, int m, int d, const double *X, const double *Y, double *C) {
  for (int j0 = 0; j0 < m; j0 += 32)
    for (int i = 0; i < n; i += 4)
      for (int j = j0; j < least(j0 + 32, m); j += 4) {
        double t[4][4];
        dotBlock(n, m, d, X, Y, i, j, t);
        for (int r = 0; r < 4 && i + r < n; r++)
          for (int c = 0; c < 4 && j + c < m; c++) C[(usize)(i + r) * m + j + c] = t[r][c];
      }
}

// out = in - shift I, lower triangle.
EXPORT(shifted) void shifted(int n, const double *in, double *out, int ld, double shift) {
  for (int i = 0; i < n; i++) {
    const double *a = in + (usize)i * ld;
    double *b = out + (usize)i * ld;
    int k = 0;
    for (; k + 2 <= i; k += 2) store(b + k, load(a + k));
    for (; k < i; k++) b[k] = a[k];
    b[i] = a[i] - shift;
  }
}

// Cholesky of a diagonal block in place; -1, or the index of the first pivot that is not positive.
INLINE int factorBlock(int w, double *A, int ld) {
  for (int j = 0; j < w; j++) {
    double *rj = A + (usize)j * ld;
    double s = rj[j] - dotInline(j, rj, rj);
    if (!(s > 0)) return j;
    double pivot = root(s), inverse = 1 / pivot;
    rj[j] = pivot;
    for (int i = j + 1; i < w; i++) {
      double *ri = A + (usize)i * ld;
      ri[j] = (ri[j] - dotInline(j, ri, rj)) * inverse;
    }
  }
  return -1;
}

// Strip (w x 4, element (k, c) at strip[4 k + c]) := L11^-1 strip, two strips at a time.
INLINE void solveStrips(int w, const double *L, int ld, const double *reciprocal, double *p, double *q) {
  for (int k = 0; k < w; k++) {
    const double *row = L + (usize)k * ld;
    v2 a = load(p + 4 * k), b = load(p + 4 * k + 2), c = load(q + 4 * k), d = load(q + 4 * k + 2);
    for (int l = 0; l < k; l++) {
      v2 f = splat(row[l]);
      a -= f * load(p + 4 * l);
      b -= f * load(p + 4 * l + 2);
      c -= f * load(q + 4 * l);
      d -= f * load(q + 4 * l + 2);
    }
    v2 r = splat(reciprocal[k]);
    store(p + 4 * k, a * r);
    store(p + 4 * k + 2, b * r);
    store(q + 4 * k, c * r);
    store(q + 4 * k + 2, d * r);
  }
}

// C (4 x 4, rows ld apart) -= A (4 rows of w, strip form) times B' (strip form).
INLINE void updateTile(int w, const double *a, const double *b, v2 acc[4][2]) {
  v2 c00 = splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (int k = 0; k < w; k++) {
    v2 b0 = load(b + 4 * k), b1 = load(b + 4 * k + 2);
    v2 x = splat(a[4 * k]);
    c00 += x * b0;
    c01 += x * b1;
    x = splat(a[4 * k + 1]);
    c10 += x * b0;
    c11 += x * b1;
    x = splat(a[4 * k + 2]);
    c20 += x * b0;
    c21 += x * b1;
    x = splat(a[4 * k + 3]);
    c30 += x * b0;
    c31 += x * b1;
  }
  acc[0][0] = c00; acc[0][1] = c01; acc[1][0] = c10; acc[1][1] = c11;
  acc[2][0] = c20; acc[2][1] = c21; acc[3][0] = c30; acc[3][1] = c31;
}

// Lower Cholesky factor in place. `pack` holds block * (n + 8) doubles. Returns -1, or the failing pivot's index.
EXPORT(cholesky) int cholesky(int n, double *A, int ld, double *pack, int block) {
  double reciprocal[64];
  for (int k0 = 0; k0 < n; k0 += block) {
    int w = least(block, n - k0), k1 = k0 + w, m = n - k1;
    double *diagonal = A + (usize)k0 * ld + k0;
    int bad = factorBlock(w, diagonal, ld);
    if (bad >= 0) return k0 + bad;
    if (m == 0) break;
    for (int k = 0; k < w; k++) reciprocal[k] = 1 / diagonal[(usize)k * ld + k];
    int strips = (m + 3) / 4, even = strips + (strips & 1);
    for (int s = 0; s < even; s++) {
      double *p = pack + (usize)s * 4 * w;
      for (int c = 0; c < 4; c++) {
        int i = k1 + 4 * s + c;
        if (i < n) {
          const double *row = A + (usize)i * ld + k0;
          for (int k = 0; k < w; k++) p[4 * k + c] = row[k];
        } else
          for (int k = 0; k < w; k++) p[4 * k + c] = 0;
      }
    }
    for (int s = 0; s < even; s += 2) solveStrips(w, diagonal, ld, reciprocal, pack + (usize)s * 4 * w, pack + (usize)(s + 1) * 4 * w);
    for (int s = 0; s < strips; s++) {
      const double *p = pack + (usize)s * 4 * w;
      for (int c = 0; c < 4 && k1 + 4 * s + c < n; c++) {
        double *row = A + (usize)(k1 + 4 * s + c) * ld + k0;
        for (int k = 0; k < w; k++) row[k] = p[4 * k + c];
      }
    }
    for (int t = 0; t < strips; t++) {
      const double *b = pack + (usize)t * 4 * w;
      for (int s = t; s < strips; s++) {
        v2 acc[4][2];
        updateTile(w, pack + (usize)s * 4 * w, b, acc);
        int i = k1 + 4 * s, j = k1 + 4 * t;
        if (s > t && i + 4 <= n) {
          for (int r = 0; r < 4; r++) {
            double *c = A + (usize)(i + r) * ld + j;
            store(c, load(c) - acc[r][0]);
            store(c + 2, load(c + 2) - acc[r][1]);
          }
        } else
          for (int r = 0; r < 4 && i + r < n; r++)
            for (int c = 0; c < 4 && j + c <= i + r; c++) A[(usize)(i + r) * ld + j + c] -= acc[r][c >> 1][c & 1];
      }
    }
  }
  return -1;
}

// x := L^-1 x.
EXPORT(solveLower) void solveLower(int n, const double *L, int ld, double *x) {
  int i = 0;
  for (; i + 4 <= n; i += 4) {
    const double *r0 = L + (usize)i * ld, *r1 = r0 + ld, *r2 = r1 + ld, *r3 = r2 + ld;
    v2 a = splat(0), b = a, c = a, d = a;
    for (int k = 0; k < i; k += 2) {
      v2 y = load(x + k);
      a += load(r0 + k) * y;
      b += load(r1 + k) * y;
      c += load(r2 + k) * y;
      d += load(r3 + k) * y;
    }
    double x0 = (x[i] - sum(a)) / r0[i];
    double x1 = (x[i + 1] - sum(b) - r1[i] * x0) / r1[i + 1];
    double x2 = (x[i + 2] - sum(c) - r2[i] * x0 - r2[i + 1] * x1) / r2[i + 2];
    double x3 = (x[i + 3] - sum(d) - r3[i] * x0 - r3[i + 1] * x1 - r3[i + 2] * x2) / r3[i + 3];
    x[i] = x0;
    x[i + 1] = x1;
    x[i + 2] = x2;
    x[i + 3] = x3;
  }
  for (; i < n; i++) x[i] = (x[i] - dotInline(i, L + (usize)i * ld, x)) / L[(usize)i * ld + i];
}

// x := L^-T x.
EXPORT(solveUpper) void solveUpper(int n, const double *L, int ld, double *x) {
  int i = n;
  for (; i & 3; i--) {
    const double *row = L + (usize)(i - 1) * ld;
    double t = x[i - 1] /= row[i - 1];
    for (int k = 0; k < i - 1; k++) x[k] -= t * row[k];
  }
  for (i -= 4; i >= 0; i -= 4) {
    const double *r0 = L + (usize)i * ld, *r1 = r0 + ld, *r2 = r1 + ld, *r3 = r2 + ld;
    double x3 = x[i + 3] / r3[i + 3];
    double x2 = (x[i + 2] - r3[i + 2] * x3) / r2[i + 2];
    double x1 = (x[i + 1] - r3[i + 1] * x3 - r2[i + 1] * x2) / r1[i + 1];
    double x0 = (x[i] - r3[i] * x3 - r2[i] * x2 - r1[i] * x1) / r0[i];
    x[i] = x0;
    x[i + 1] = x1;
    x[i + 2] = x2;
    x[i + 3] = x3;
    v2 a = splat(x0), b = splat(x1), c = splat(x2), d = splat(x3);
    for (int k = 0; k < i; k += 2) store(x + k, load(x + k) - a * load(r0 + k) - b * load(r1 + k) - c * load(r2 + k) - d * load(r3 + k));
  }
}

// w := w - sum_j <q_j, w> q_j for the `count` rows of Q, one after the other (modified Gram-Schmidt).
EXPORT(orthogonalise) void orthogonalise(int n, int count, const double *Q, int ld, double *w) {
  for (int j = 0; j < count; j++) {
    const double *q = Q + (usize)j * ld;
    double c = dotInline(n, q, w);
    v2 f = splat(c);
    int k = 0;
    for (; k + 2 <= n; k += 2) store(w + k, load(w + k) - f * load(q + k));
    for (; k < n; k++) w[k] -= c * q[k];
  }
}

// p = A v for the k x k leading lower triangle.
INLINE void symmetricMultiply(int k, const double *A, int ld, const double *v, double *p) {
  for (int i = 0; i < k; i++) p[i] = 0;
  int i = 0;
  for (; i + 2 <= k; i += 2) {
    const double *r0 = A + (usize)i * ld, *r1 = r0 + ld;
    v2 f0 = splat(v[i]), f1 = splat(v[i + 1]), a = splat(0), b = splat(0);
    for (int j = 0; j < i; j += 2) {
      v2 x0 = load(r0 + j), x1 = load(r1 + j), y = load(v + j);
      a += x0 * y;
      b += x1 * y;
      store(p + j, load(p + j) + x0 * f0 + x1 * f1);
    }
    p[i] = sum(a) + r0[i] * v[i] + r1[i] * v[i + 1];
    p[i + 1] = sum(b) + r1[i] * v[i] + r1[i + 1] * v[i + 1];
  }
  for (; i < k; i++) {
    const double *r = A + (usize)i * ld;
    double vi = v[i], s = 0;
    for (int j = 0; j < i; j++) {
      s += r[j] * v[j];
      p[j] += r[j] * vi;
    }
    p[i] = s + r[i] * vi;
  }
}

// Householder reduction of the lower triangle (destroyed) to tridiagonal form: diagonal d, subdiagonal e[1..n-1].
// v and p are work space of n + 2 doubles each.
EXPORT(tridiagonalise) void tridiagonalise(int n, double *A, int ld, double *d, double *e, double *v, double *p) {
  for (int k = n - 1; k > 1; k--) {
    const double *row = A + (usize)k * ld;
    d[k] = row[k];
    double scale = 0;
    for (int j = 0; j < k; j++) scale += magnitude(row[j]);
    double off = scale - magnitude(row[k - 1]), alpha = row[k - 1];
    if (off == 0) {
      e[k] = alpha;
      continue;
    }
    double h = 0;
    for (int j = 0; j < k; j++) {
      v[j] = row[j] / scale;
      h += v[j] * v[j];
    }
    double f = v[k - 1], g = f >= 0 ? -root(h) : root(h);
    e[k] = scale * g;
    h -= f * g;
    v[k - 1] = f - g;
    symmetricMultiply(k, A, ld, v, p);
    double inverse = 1 / h, kappa = 0;
    for (int i = 0; i < k; i++) {
      p[i] *= inverse;
      kappa += p[i] * v[i];
    }
    kappa *= 0.5 * inverse;
    for (int i = 0; i < k; i++) p[i] -= kappa * v[i];
    for (int i = 0; i < k; i++) {
      double *r = A + (usize)i * ld;
      v2 a = splat(v[i]), b = splat(p[i]);
      int j = 0;
      for (; j + 2 <= i + 1; j += 2) store(r + j, load(r + j) - a * load(p + j) - b * load(v + j));
      for (; j <= i; j++) r[j] -= v[i] * p[j] + p[i] * v[j];
    }
  }
  d[0] = A[0];
  if (n > 1) {
    d[1] = A[ld + 1];
    e[1] = A[ld];
  }
}

// Clenshaw sums out[i] = sum_k c[k] T_k(x[i]), k < terms; count is a multiple of 8 (pad x).
EXPORT(chebyshevSums) void chebyshevSums(int count, const double *x, int terms, const double *c, double *out) {
  for (int i = 0; i < count; i += 8) {
    v2 t[4], b1[4], b2[4];
    for (int r = 0; r < 4; r++) {
      v2 y = load(x + i + 2 * r);
      t[r] = y + y;
      b1[r] = splat(0);
      b2[r] = splat(0);
    }
    for (int k = terms - 1; k > 0; k--) {
      v2 ck = splat(c[k]);
#pragma clang loop unroll(full)
      for (int r = 0; r < 4; r++) {
        v2 b = t[r] * b1[r] - b2[r] + ck;
        b2[r] = b1[r];
        b1[r] = b;
      }
    }
    for (int r = 0; r < 4; r++) store(out + i + 2 * r, load(x + i + 2 * r) * b1[r] - b2[r] + splat(c[0]));
  }
}

// Full symmetric matrix from the packed strict lower triangle (row by row) and one diagonal value.
EXPORT(unpack) void unpack(int n, const double *packed, double diagonal, double *K, int ld) {
  for (int i = 0; i < n; i++) {
    double *row = K + (usize)i * ld;
    for (int j = 0; j < i; j++) {
      double x = *packed++;
      row[j] = x;
      K[(usize)j * ld + i] = x;
    }
    row[i] = diagonal;
  }
}

// w[k] = 2 sum_{i > j} v_i v_j T_k(x_ij), k < terms, x packed as above: v'Kv = diagonal <v,v> + sum_k c_k w_k.
EXPORT(chebyshevMoments) void chebyshevMoments(int n, const double *x, const double *v, int terms, double *w) {
  for (int k = 0; k < terms; k++) w[k] = 0;
  for (int i = 1; i < n; i++) {
    double vi = 2 * v[i];
    for (int j = 0; j < i; j++) {
      double y = *x++, f = vi * v[j], a = 1, b = y, t = y + y;
      for (int k = 0; k < terms; k++) {
        w[k] += f * a;
        double next = t * b - a;
        a = b;
        b = next;
      }
    }
  }
}
