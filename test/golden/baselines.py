"""Writes baselines.json: multinomial logistic regression by scipy's optimiser, ridge by normal equations, nearest neighbours by loops."""

import json

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

rng = np.random.default_rng(3)
n, m, d, classes = 40, 7, 3, 3
x, t = rng.normal(size=(n, d)), rng.normal(size=(m, d))
labels = np.argmax(x @ rng.normal(size=(d, classes)) + rng.normal(size=(n, classes)), 1)
y = x @ [1.0, -2.0, 0.5] + 3 + 0.3 * rng.normal(size=n)
penalty = 0.05


def loss(w):
    w = w.reshape(classes, d + 1)
    z = x @ w[:, :d].T + w[:, d]
    value = (logsumexp(z, axis=1) - z[np.arange(n), labels]).mean() + penalty / 2 * (w[:, :d] ** 2).sum()
    p = np.exp(z - logsumexp(z, axis=1, keepdims=True))
    p[np.arange(n), labels] -= 1
    g = np.hstack([p.T @ x / n + penalty * w[:, :d], p.mean(0)[:, None]])
    return value, g.ravel()


w = minimize(loss, np.zeros(classes * (d + 1)), jac=True, method="BFGS", options={"gtol": 1e-10}).x.reshape(classes, d + 1)
z = t @ w[:, :d].T + w[:, d]
probabilities = np.exp(z - logsumexp(z, axis=1, keepdims=True))

ridge = 0.01
r = ridge * np.trace(x @ x.T) / n
design = np.hstack([x, np.ones((n, 1))])
penalised = np.diag([r] * d + [0])
beta = np.linalg.solve(design.T @ design + penalised, design.T @ y)


def left_out(i):
    keep = np.arange(n) != i
    b = np.linalg.solve(design[keep].T @ design[keep] + penalised, design[keep].T @ y[keep])
    return y[i] - design[i] @ b


def neighbours(points, k, skip):
    out = []
    for i, point in enumerate(points):
        order = sorted((j for j in range(n) if not (skip and j == i)), key=lambda j: ((x[j] - point) ** 2).sum())
        out.append(order[:k])
    return out


def vote(order):
    counts = np.bincount(labels[order], minlength=classes)
    return next(labels[j] for j in order if counts[labels[j]] == counts.max())


grid = [1, 2, 3, 5, 7, 10, 15, 20, 30]
class_errors = [np.mean([vote(o) != labels[i] for i, o in enumerate(neighbours(x, k, True))]) for k in grid]
value_errors = [np.mean([(y[o].mean() - y[i]) ** 2 for i, o in enumerate(neighbours(x, k, True))]) for k in grid]
kc, kv = grid[int(np.argmin(class_errors))], grid[int(np.argmin(value_errors))]
json.dump(
    {
        "n": n, "m": m, "d": d, "classes": classes, "penalty": penalty, "ridge": ridge,
        "x": x.ravel().tolist(), "t": t.ravel().tolist(), "labels": labels.tolist(), "y": y.tolist(),
        "loss": loss(w.ravel())[0],
        "probabilities": probabilities.ravel().tolist(),
        "ridgePredictions": (t @ beta[:d] + beta[d]).tolist(),
        "ridgeLeftOut": float(np.mean([left_out(i) ** 2 for i in range(n)])),
        "nearest": {
            "classes": {"k": kc, "error": min(class_errors), "predicted": [int(vote(o)) for o in neighbours(t, kc, False)]},
            "values": {"k": kv, "error": min(value_errors), "predicted": [y[o].mean() for o in neighbours(t, kv, False)]},
        },
    },
    open("baselines.json", "w"),
)  # fmt: skip
