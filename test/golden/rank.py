"""Golden values of test/math/rank.test.ts: scipy 1.10 for the correlations, plain numpy for the rest.

/usr/bin/python3 test/golden/rank.py > test/golden/rank.json
"""
import json
import numpy as np
from scipy import stats

generator = np.random.default_rng(7)


def ndcg(score, accuracy, top):
    """Straight from the definition; `score` has no ties, or they are in the order of the index."""
    by_score = np.argsort(-score, kind="stable")[:top]
    ideal = np.argsort(-accuracy, kind="stable")[:top]
    discount = 1 / np.log2(1 + np.arange(1, len(by_score) + 1))
    return float(((2 ** accuracy[by_score] - 1) * discount).sum() / ((2 ** accuracy[ideal] - 1) * discount).sum())


def precision(score, accuracy, share):
    count = max(1, round(share * len(score)))
    first = set(np.argsort(-score, kind="stable")[:count])
    return len(first & set(np.argsort(-accuracy, kind="stable")[:count])) / count


def partial_spearman(x, y, z):
    """Correlation of the residuals of a least-squares fit of the ranks on the ranks of z."""
    ranks = [stats.rankdata(v) for v in (x, y, z)]
    design = np.stack([np.ones(len(x)), ranks[2]], 1)
    left, right = (r - design @ np.linalg.lstsq(design, r, rcond=None)[0] for r in ranks[:2])
    return float(np.corrcoef(left, right)[0, 1])


def case(name, x, y, z, weights=None):
    weights = np.ones(len(x), int) if weights is None else weights
    a, b, c = (np.repeat(v, weights) for v in (x, y, z))
    best = np.argsort(-b, kind="stable")[: round(0.2 * len(b))]
    return {
        "name": name,
        "x": x.tolist(), "y": y.tolist(), "z": z.tolist(), "weights": weights.tolist(),
        "tau": float(stats.kendalltau(a, b).statistic),
        "rho": float(stats.spearmanr(a, b).statistic),
        "partial": partial_spearman(a, b, c),
        "ndcg": ndcg(a, b, 50),
        "precision": precision(a, b, 0.1),
        "regret": [float(b.max() - b[np.argsort(-a, kind="stable")[:k]].max()) for k in (1, 5, 10)],
        "tauBest": float(stats.kendalltau(a[best], b[best]).statistic),
    }


n = 200
quality = generator.normal(size=n)
accuracy = np.round(90 + 3 * quality, 3)
score = quality + generator.normal(size=n)
size = quality + 0.5 * generator.normal(size=n)
print(json.dumps([
    case("no ties", score, accuracy, size),
    case("ties in both", np.round(score), np.round(accuracy), np.round(2 * size)),
    case("weights", score, accuracy, size, generator.multinomial(n, np.full(n, 1 / n))),
    case("weights and ties", np.round(2 * score), np.round(accuracy), np.round(size), generator.multinomial(n, np.full(n, 1 / n))),
    case("against", -score, accuracy, size),
], indent=1))
