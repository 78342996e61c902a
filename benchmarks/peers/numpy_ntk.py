"""The obvious way in numpy: the matrix recursion of the NTK and eigvalsh, one architecture at a time.

usage: numpy_ntk.py architectures INPUTS.f64 N D GENOTYPES.txt   -> seconds per architecture and least eigenvalues
       numpy_ntk.py eigvalsh MATRIX.f64 N REPEATS                -> seconds of one eigvalsh (median) and its least value

Run with one thread (OPENBLAS_NUM_THREADS=1). c1 = co = 1, c = 2, unit inputs; activations with closed forms
(linear, relu, leaky_relu, gelu, sin, erf), so that numpy needs no quadrature.
"""
import json
import math
import sys
import time

import numpy as np


def dual(name, q, k):
    """E[s(u)s(v)], E[s'(u)s'(v)], E[s(u)] for variances q and covariances k (matrix, diagonal q)."""
    if name in ("linear", "relu") or name.startswith("leaky_relu"):
        slope = 1.0 if name == "linear" else 0.0 if name == "relu" else float(name[11:-1])
        p, m = (1 + slope) / 2, (1 - slope) / 2
        rho = np.clip(k / q, -1, 1)
        angle = np.arcsin(rho)
        s = p * p * k + m * m * (2 / np.pi) * q * (np.sqrt(1 - rho * rho) + rho * angle)
        d = p * p + m * m * (2 / np.pi) * angle
        return s, d, (1 - slope) * math.sqrt(q / (2 * np.pi))
    if name == "sin":
        return math.exp(-q) * np.sinh(k), math.exp(-q) * np.cosh(k), 0.0
    if name == "erf":
        w = 1 + 2 * q
        return (2 / np.pi) * np.arcsin(2 * k / w), (4 / np.pi) / np.sqrt(w * w - 4 * k * k), 0.0
    if name == "gelu":
        p = q + 1
        w = p * p - k * k
        root = np.sqrt(w)
        nn = q * q + k * k - 2 * q * k * k / p
        angle = np.arcsin(k / p) / (2 * np.pi)
        s = k * (0.25 + angle) + nn / (2 * np.pi * root)
        d = 0.25 + angle + k / (2 * np.pi * root) + (2 * k - 4 * q * k / p) / (2 * np.pi * root) + nn * k / (2 * np.pi * w * root)
        return s, d, q / math.sqrt(2 * np.pi * (1 + q))
    raise SystemExit("no closed form for " + name)


def ntk(layers, g0):
    feature, tangent, eta = g0, np.zeros_like(g0), 0.0
    for index, (name, skip) in enumerate(layers):
        c = 1.0 if index == 0 else 2.0
        a = c * feature
        s, d, mean = dual(name, a[0, 0], a)
        nxt = s + (feature + 2 * mean * eta if skip else 0.0)
        tangent = d * (a + c * tangent) + (tangent if skip else 0.0)
        eta = mean + (eta if skip else 0.0)
        feature = nxt
    return feature + tangent


def blas():
    """The BLAS that numpy runs on, from the libraries mapped into this process (Linux)."""
    maps = open("/proc/self/maps").read()
    return "OpenBLAS" if "openblas" in maps else "MKL" if "mkl" in maps else "reference BLAS"


def parse(genotype):
    layers, name, skip = [], "", False
    depth = 0
    for ch in genotype + "-":
        depth += (ch == "(") - (ch == ")")
        if ch in "+-" and depth == 0:
            layers.append((name, skip))
            name, skip = "", ch == "+"
        else:
            name += ch
    return layers


if sys.argv[1] == "architectures":
    n, d = int(sys.argv[3]), int(sys.argv[4])
    x = np.fromfile(sys.argv[2]).reshape(n, d)
    genotypes = open(sys.argv[5]).read().split()
    g0 = x @ x.T
    np.fill_diagonal(g0, 1.0)
    parsed = [parse(g) for g in genotypes]
    np.linalg.eigvalsh(ntk(parsed[0], g0))
    start = time.perf_counter()
    values = [float(np.linalg.eigvalsh(ntk(layers, g0))[0]) for layers in parsed]
    print(json.dumps({"seconds": (time.perf_counter() - start) / len(parsed), "values": values, "blas": blas()}))
else:
    n, repeats = int(sys.argv[3]), int(sys.argv[4])
    k = np.fromfile(sys.argv[2]).reshape(n, n)
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        value = float(np.linalg.eigvalsh(k)[0])
        times.append(time.perf_counter() - start)
    print(json.dumps({"seconds": sorted(times[1:])[repeats // 2], "value": value, "blas": blas()}))
