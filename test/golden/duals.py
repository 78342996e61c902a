"""Writes duals.json: E[s(u)s(v)] and E[s'(u)s'(v)] for every activation, variance q and correlation rho, and for unequal
variances, in 30-digit arithmetic (mpmath, with gmpy2 when present).

Scheme, independent of the package: with u = sqrt(q) x and v = sqrt(b) (rho x + sqrt(1-rho^2) y) the smooth activations use
the trapezoidal rule in the rotated coordinates s = (u/sqrt(q) + v/sqrt(b))/2 and d = (u/sqrt(q) - v/sqrt(b))/2, which are
independent, with variances (1+rho)/2 and (1-rho)/2: it converges exponentially for functions analytic in a strip. The
piecewise linear ones, sin, erf, gelu use the closed forms of docs/theory.md 4.4, ELU one-dimensional integrals by mp.quad.
"""

import json
from mpmath import mp, mpf, exp, sqrt, pi, log, erf, asin, acos, sinh, cosh, sin, cos, ncdf, quad, npdf, tanh, ceil, nstr

mp.dps = 30
QS = ["1e-3", "0.1", "1", "2", "8", "50"]
RHOS = ["-1", "-0.999", "-0.5", "0", "0.3", "0.9", "0.999", "0.999999", "1"]


def logistic(x):
    return 1 / (1 + exp(-x))


# value, derivative, distance of the nearest pole from the real axis
SMOOTH = {
    "sigmoid": (logistic, lambda x: logistic(x) * (1 - logistic(x)), pi),
    "tanh": (tanh, lambda x: 1 - tanh(x) ** 2, pi / 2),
    "silu": (lambda x: x * logistic(x), lambda x: logistic(x) * (1 + x * (1 - logistic(x))), pi),
    "softplus": (lambda x: log(1 + exp(x)), logistic, pi),
}


def smooth(f, g, pole, q, b, rho):
    """Two trapezoidal sums on a lattice; values are good to about 1e-19."""
    ru, rv = sqrt(q), sqrt(b)
    big = max(ru, rv)
    axes = []
    for variance in ((1 + rho) / 2, (1 - rho) / 2):
        if variance == 0:
            axes.append([(mpf(0), mpf(1))])
            continue
        sd = sqrt(variance)
        h = min(sd * mpf("0.55"), 2 * pi * pole / (64 * big))
        count = int(ceil(mpf("9.4") * sd / h))
        axes.append([(k * h, h * exp(-((k * h / sd) ** 2) / 2) / (sd * sqrt(2 * pi))) for k in range(-count, count + 1)])
    return axes, ru, rv


def fast_smooth(name, q, b, rho):
    """The lattice sum in numpy's long double: 64-bit mantissa, enough for 1e-17."""
    import numpy as np

    axes, ru, rv = smooth(*SMOOTH[name], q, b, rho)
    ld = lambda x: np.longdouble(nstr(x, 25))
    s = np.array([ld(x) for x, _ in axes[0]])[:, None]
    ws = np.array([ld(w) for _, w in axes[0]])[:, None]
    d = np.array([ld(x) for x, _ in axes[1]])[None, :]
    wd = np.array([ld(w) for _, w in axes[1]])[None, :]
    u, v = ld(ru) * (s + d), ld(rv) * (s - d)
    e = lambda x: np.exp(-np.abs(x))
    lo = lambda x: np.where(x >= 0, 1 / (1 + e(x)), e(x) / (1 + e(x)))
    ls = lambda x: e(x) / (1 + e(x)) ** 2
    table = {
        "sigmoid": (lo, ls),
        "tanh": (np.tanh, lambda x: 4 * ls(2 * x)),
        "silu": (lambda x: x * lo(x), lambda x: lo(x) + x * ls(x)),
        "softplus": (lambda x: np.maximum(x, 0) + np.log1p(e(x)), lo),
    }
    f, g = table[name]
    w = ws * wd
    return [float(np.sum(w * f(u) * f(v))), float(np.sum(w * g(u) * g(v)))]


def linear_pieces(slope):
    p, n = (1 + slope) / 2, (1 - slope) / 2

    def pair(q, b, rho):
        root = sqrt(q * b)
        k = rho * root
        value = p**2 * k + n**2 * (2 / pi) * root * (sqrt(1 - rho**2) + rho * asin(rho))
        return [value, p**2 + n**2 * (2 / pi) * asin(rho)]

    return pair


def sine(q, b, rho):
    k = rho * sqrt(q * b)
    return [exp(-(q + b) / 2) * sinh(k), exp(-(q + b) / 2) * cosh(k)]


def error_function(q, b, rho):
    k = rho * sqrt(q * b)
    return [2 / pi * asin(2 * k / sqrt((1 + 2 * q) * (1 + 2 * b))), 4 / pi / sqrt((1 + 2 * q) * (1 + 2 * b) - 4 * k**2)]


def gelu(q, b, rho):
    k = rho * sqrt(q * b)
    p, r = q + 1, b + 1
    w = p * r - k**2
    d = sqrt(w)
    n = q * b + k**2 - q * k**2 / p - b * k**2 / r
    a = mpf(1) / 4 + asin(k / sqrt(p * r)) / (2 * pi)
    return [
        k * a + n / (2 * pi * d),
        a + k / (2 * pi * d) + (2 * k - 2 * q * k / p - 2 * b * k / r) / (2 * pi * d) + n * k / (2 * pi * w * d),
    ]


def elu(q, b, rho):
    """One-dimensional integral over u of s(u) E[s(v)|u] (docs/theory.md 4.4), split at 0 and graded towards it."""
    f = lambda x: x if x > 0 else mp.expm1(x)
    g = lambda x: mpf(1) if x > 0 else exp(x)
    root, k = sqrt(q), rho * sqrt(q * b)
    t2 = b - k**2 / q
    if abs(rho) == 1:
        inner = lambda u: (f(k / q * u), g(k / q * u))
        width = mpf(1)
    else:
        t = sqrt(t2)
        width = min(mpf(1), t / max(abs(k) / root, t))

        def inner(u):
            mu = k / q * u
            z = mu / t
            tail = exp(mu + t2 / 2) * ncdf(-(z + t))
            return mu * ncdf(z) + t * npdf(z) + tail - ncdf(-z), ncdf(z) + tail

    points = [mpf(0)]
    step = width / 2
    while step < 14:
        points.append(step)
        step *= 2
    points = [-x for x in reversed(points + [mpf(14)])] + points[1:] + [mpf(14)]
    rule = gauss()
    value = slope = mpf(0)
    for left, right in zip(points, points[1:]):
        for x, w in rule:
            z = (left + right) / 2 + (right - left) / 2 * x
            a, c = inner(root * z)
            weight = w * (right - left) / 2 * npdf(z)
            value += weight * f(root * z) * a
            slope += weight * g(root * z) * c
    return [value, slope]


RULE = []


def gauss(n=26):
    if not RULE:
        for i in range(1, n + 1):
            x = cos(pi * (i - mpf(1) / 4) / (n + mpf(1) / 2))
            for _ in range(8):
                p0, p1 = mpf(1), x
                for j in range(2, n + 1):
                    p0, p1 = p1, ((2 * j - 1) * x * p1 - (j - 1) * p0) / j
                dp = n * (x * p1 - p0) / (x * x - 1)
                x -= p1 / dp
            RULE.append((x, 2 / ((1 - x * x) * dp * dp)))
    return RULE


CLOSED = {
    "linear": linear_pieces(mpf(1)),
    "relu": linear_pieces(mpf(0)),
    "leaky_relu(0.2)": linear_pieces(mpf("0.2")),
    "sin": sine,
    "erf": error_function,
    "gelu": gelu,
    "elu": elu,
}

rows = []
for name in [*CLOSED, *SMOOTH]:
    for q in QS:
        for ratio in ("1", "0.3") if q in ("0.1", "2", "50") else ("1",):
            for rho in RHOS:
                a, b, r = mpf(q), mpf(q) * mpf(ratio), mpf(rho)
                pair = CLOSED[name](a, b, r) if name in CLOSED else fast_smooth(name, a, b, r)
                rows.append([name, float(a), float(b), float(r), float(pair[0]), float(pair[1])])
with open(__file__.replace("duals.py", "duals.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
