"""Writes large-variance.json: rows [name, q, theta, E[s(u)s(v)], E[s'(u)s'(v)]] for equal variances q at angles theta, and
the moments E s^2, E s'^2 as theta = 0.

Scheme, independent of the package: E[f(u) E[f(v) | u]] with u = sqrt(q) x and v = u cos(theta) + sqrt(q) sin(theta) y; both
integrals by the trapezoidal rule after x = sinh(t)/width, u and v thus being resolved around 0 (v: around its own zero
y = -u cot(theta)/sqrt(q)) and in the Gaussian tails at once. Long double of numpy, 64 bits of mantissa.
"""

import json
import numpy as np

LD = np.longdouble
PI = LD("3.14159265358979323846264338327950288")
e = lambda x: np.exp(-np.abs(x))
logistic = lambda x: np.where(x >= 0, 1 / (1 + e(x)), e(x) / (1 + e(x)))
slope = lambda x: e(x) / (1 + e(x)) ** 2
FUNCTIONS = {
    "sigmoid": (logistic, slope),
    "tanh": (np.tanh, lambda x: 4 * slope(2 * x)),
    "silu": (lambda x: x * logistic(x), lambda x: logistic(x) + x * slope(x)),
    "softplus": (lambda x: np.maximum(x, 0) + np.log1p(e(x)), logistic),
}


def lattice(scale, h):
    """Nodes x = sinh(t) and weights h cosh(t), |x| <= 9.6 scale + 60."""
    end = np.arcsinh(LD(9.6) * scale + 60)
    count = int(np.ceil(end / h))
    t = np.arange(-count, count + 1).astype(LD) * h
    return np.sinh(t), h * np.cosh(t)


def normal(x, scale):
    return np.exp(-((x / scale) ** 2) / 2) / (scale * np.sqrt(2 * PI))


def expectation(functions, q, theta, h):
    root = np.sqrt(LD(q))
    x, w = lattice(root, h)
    w = w * normal(x, root)
    if theta == 0:
        return [np.sum(w * f(x) ** 2) for f in functions]
    cosine, sine = np.cos(LD(theta)), np.sin(LD(theta))
    delta = root * sine
    # v around 0 when delta is long, otherwise y itself is smooth at the scale of f
    if delta > 1:
        v, wv = lattice(root, h)
        totals = [LD(0)] * len(functions)
        fv = [wv * f(v) for f in functions]
        for i in range(len(x)):
            density = normal(v - x[i] * cosine, delta)
            for j, f in enumerate(functions):
                totals[j] += w[i] * f(x[i]) * np.sum(fv[j] * density)
        return totals
    y = np.arange(-80, 81).astype(LD) * LD(9.6) / 80
    wy = normal(y, LD(1)) * LD(9.6) / 80
    v = x[:, None] * cosine + delta * y[None, :]
    return [np.sum(w[:, None] * f(x)[:, None] * f(v) * wy[None, :]) for f in functions]


if __name__ == "__main__":
    rows = []
    for name, functions in FUNCTIONS.items():
        for q, angles in ((1e8, ("0", "0.5", "1.5", "2.5")), (1e5, ("0", "0.001", "0.5"))):
            for theta in angles:
                h = LD(1) / 64 if theta in ("0", "0.001") else LD(1) / 32
                values = expectation(functions, q, float(theta), h)
                finer = expectation(functions, q, float(theta), h / 2)
                error = max(abs(float(a / b - 1)) for a, b in zip(values, finer))
                print(name, q, theta, [float(v) for v in finer], error)
                rows.append([name, q, float(theta), *(float(v) for v in finer)])
    with open(__file__.replace(".py", ".json"), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
