"""Prints the Chebyshev coefficients used in src/math/special.ts and writes special.json (mpmath, 40 digits)."""

import json
import sys
from mpmath import mp, mpf, erf, erfc, exp, cos, pi, sqrt

mp.dps = 40


def coefficients(f, n):
    values = [f(cos(pi * (j + mpf(1) / 2) / n)) for j in range(n)]
    c = [2 * sum(values[j] * cos(k * pi * (j + mpf(1) / 2) / n) for j in range(n)) / n for k in range(n)]
    c[0] /= 2
    while abs(c[-1]) < mpf("2e-18"):
        c.pop()
    return c


def scaled(t):
    """(1 + 2x) erfcx(x), x = 3 (1 + t)/(1 - t)."""
    x = 3 * (1 + t) / (1 - t)
    if x > 60:
        s, term = mpf(1), mpf(1)
        for k in range(1, 30):
            term *= -(2 * k - 1) / (2 * x * x)
            s += term
        return (1 + 2 * x) * s / (x * sqrt(pi))
    return (1 + 2 * x) * exp(x * x) * erfc(x)


if "--coefficients" in sys.argv:
    for name, c in (
        ("erfcx", coefficients(scaled, 60)),
        ("erf", coefficients(lambda t: (lambda s: erf(s) / s)(sqrt((1 + t) / 2)), 40)),
    ):
        print(name, len(c))
        for v in c:
            print(f"  {float(v)!r},")

points = [mpf(x) for x in (-30, -6.5, -5, -2.5, -1.25, -0.9, -0.3, -1e-8, 0, 1e-300, 1e-8, 0.1, 0.3, 0.5, 0.84, 0.999, 1, 1.001, 1.3, 2, 2.9, 3.7, 5, 6.1, 8, 12, 20, 26)]
rows = [{"x": float(x), "erf": float(erf(x)), "erfc": float(erfc(x)), "erfcx": float(exp(x * x) * erfc(x)) if x > -26 else None} for x in points]
with open(__file__.replace("special.py", "special.json"), "w") as file:
    json.dump(rows, file, indent=1)
    file.write("\n")
