"""Writes rank_tests.json: signed-rank, Friedman and chi-squared figures of scipy; with ties, all signs are enumerated."""

import itertools
import json

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(11)


def enumerated(d):
    d = d[d != 0]
    r = stats.rankdata(np.abs(d))
    observed = min(r[d > 0].sum(), r[d < 0].sum())
    sums = [sum(x for x, s in zip(r, signs) if s) for signs in itertools.product((0, 1), repeat=len(r))]
    return min(1.0, 2 * np.mean(np.array(sums) <= observed + 1e-9))


signed = []
for n in (5, 9, 20, 45):
    d = rng.normal(0.4, 1, n)
    signed.append({"d": d.tolist(), "p": stats.wilcoxon(d, mode="exact").pvalue})
for n in (6, 10, 14):
    d = rng.integers(-3, 5, n).astype(float)
    signed.append({"d": d.tolist(), "p": enumerated(d)})
d = np.round(rng.normal(0.1, 1, 160), 1)
signed.append({"d": d.tolist(), "p": stats.wilcoxon(d, mode="approx", correction=False).pvalue})
blocks = rng.normal(size=(12, 5)) + np.arange(5) * 0.3
tied = rng.integers(0, 3, (15, 4)).astype(float)
json.dump(
    {
        "scipy": scipy.__version__,
        "signed": signed,
        "friedman": [
            {"blocks": b.tolist(), "statistic": f.statistic, "p": f.pvalue, "ranks": stats.rankdata(-b, axis=1).mean(0).tolist()}
            for b in (blocks, tied)
            for f in [stats.friedmanchisquare(*b.T)]
        ],
        "chi2": [{"x": x, "k": k, "p": stats.chi2.sf(x, k)} for x in (0.3, 2.0, 11.0, 60.0) for k in (1, 2, 3, 6, 11, 18)],
    },
    open("rank_tests.json", "w"),
)
