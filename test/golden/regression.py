"""Writes regression.json: kernel ridge regression with an intercept, restricted likelihood and centred alignment in numpy."""

import json

import numpy as np

rng = np.random.default_rng(5)
n, d, m = 12, 3, 4
x = rng.normal(size=(n, d))
t = rng.normal(size=(m, d))
kernel = lambda a, b: np.exp(-0.5 * ((a[:, None] - b[None]) ** 2).sum(-1))
k, cross = kernel(x, x), kernel(t, x)
y = np.sin(x[:, 0]) + 0.1 * rng.normal(size=n)
labels = np.argsort(np.argsort(x[:, 1])) // 4
cases = []
for ridge in (1e-4, 1e-2, 1.0):
    r = ridge * np.trace(k) / n
    a = k + r * np.eye(n)
    bordered = np.block([[a, np.ones((n, 1))], [np.ones((1, n)), np.zeros((1, 1))]])
    solution = np.linalg.solve(bordered, np.append(y, 0))
    left = []
    for i in range(n):
        rest = [j for j in range(n) if j != i] + [n]
        s = np.linalg.solve(bordered[np.ix_(rest, rest)], np.append(np.delete(y, i), 0))
        left.append(np.append(np.delete(k[i], i), 1) @ s)
    # restricted likelihood: the density of the contrasts Q'y with Q an orthonormal basis of the complement of 1
    q = np.linalg.svd(np.eye(n) - 1 / n)[0][:, : n - 1]
    cov = q.T @ (a * n / np.trace(k)) @ q
    z = q.T @ y
    s2 = z @ np.linalg.solve(cov, z) / (n - 1)
    evidence = -0.5 * ((n - 1) * np.log(2 * np.pi * s2) + np.linalg.slogdet(cov)[1] + n - 1)
    cases.append(
        {
            "ridge": ridge,
            "weights": solution[:n].tolist(),
            "intercept": solution[n],
            "leftOut": left,
            "predicted": (cross @ solution[:n] + solution[n]).tolist(),
            "evidence": evidence - 0.5 * np.log(n),
        }
    )
h = np.eye(n) - 1 / n
codes = np.where(labels[:, None] == np.arange(3), 1.0, -1.0)
kc, yc = h @ k @ h, h @ codes @ codes.T @ h
alignment = (kc * yc).sum() / np.linalg.norm(kc) / np.linalg.norm(yc)
json.dump(
    {
        "n": n,
        "kernel": k.ravel().tolist(),
        "cross": cross.ravel().tolist(),
        "y": y.tolist(),
        "labels": labels.tolist(),
        "alignment": alignment,
        "cases": cases,
    },
    open("regression.json", "w"),
)
