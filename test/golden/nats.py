"""Small files as NATS-Bench packs them, with the answers of its API rules computed by numpy, for test/tables:
/usr/bin/python3 test/golden/nats.py > test/golden/nats.json

The rules are those of nats_bench/api_utils.py: mean over seeds; sums of seconds; seed 888 where params or flops differ."""

import base64
import bz2
import collections
import json
import os
import pickle

import numpy as np

random = np.random.default_rng(1)
datasets = {
    "cifar10-valid": ["x-valid", "ori-test"],
    "cifar10": ["ori-test"],
    "cifar100": ["ori-test", "x-valid", "x-test"],
    "ImageNet16-120": ["x-test", "ori-test", "x-valid"],
}
archs = [
    "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
    "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|",
    "|avg_pool_3x3~0|+|skip_connect~0|none~1|+|nor_conv_1x1~0|skip_connect~1|nor_conv_1x1~2|",
]


def trial(name, seed, epochs, every, arch, legacy, latency):
    evaluated = {}
    losses = {}
    times = {}
    for set_name in datasets[name]:
        for epoch in range(epochs):
            if every or epoch == epochs - 1:
                evaluated[f"{set_name}@{epoch}"] = float(random.uniform(10, 90))
                losses[f"{set_name}@{epoch}"] = float(random.uniform(0, 3))
            times[f"{set_name}@{epoch}"] = float(random.uniform(1, 2))
    return {
        "name": name,
        "train_acc1es": {e: float(random.uniform(10, 90)) for e in range(epochs)},
        "train_acc5es": None,
        "train_losses": {e: float(random.uniform(0, 3)) for e in range(epochs)},
        "train_times": collections.OrderedDict((e, float(random.uniform(5, 9))) for e in range(epochs)),
        "arch_config": {"channel": 16, "num_cells": 5, "arch_str": arch, "class_num": 10},
        "params": np.float64(0.129306 + (0.01 if legacy and seed != 888 else 0)),
        "flop": 15.64737,
        "seed": f"0{seed}",
        "epochs": epochs,
        "latency": latency,
        "eval_names": datasets[name],
        "eval_acc1es": evaluated,
        "eval_times": times,
        "eval_losses": losses,
        "net_state_dict": None,
    }


def recipe(index, epochs, every, seeds, legacy=False, latency=None):
    names = list(datasets)
    return {
        "arch_index": index,
        "arch_str": archs[index],
        "all_results": {
            (name, seed): trial(name, seed, epochs, every, archs[index], legacy, latency)
            for seed in reversed(seeds)
            for name in names
        },
        "dataset_seed": {name: list(seeds) for name in names},
        "clear_net_done": True,
    }


architectures = [
    collections.OrderedDict({"12": recipe(0, 2, True, [111]), "200": recipe(0, 4, False, [777, 888, 999])}),
    collections.OrderedDict(
        {
            "12": recipe(1, 2, True, [111]),
            "200": recipe(1, 4, False, [777, 888], legacy=True, latency=[np.float64(0.25), np.float64(0.75)]),
        }
    ),
]


def answers(results):
    out = {}
    for name, sets in datasets.items():
        trials = [results["all_results"][(name, seed)] for seed in results["dataset_seed"][name]]
        last = trials[0]["epochs"] - 1
        words = {"valid": "x-valid", "test": "ori-test" if name.startswith("cifar10") and name != "cifar100" else "x-test"}
        if name not in ("cifar10", "cifar10-valid"):
            words["valtest"] = "ori-test"
        info = {
            "train": {
                "accuracy": np.mean([t["train_acc1es"][last] for t in trials]),
                "loss": np.mean([t["train_losses"][last] for t in trials]),
                "allSeconds": np.mean([sum(t["train_times"].values()) for t in trials]),
            }
        }
        for word, set_name in words.items():
            if set_name in sets:
                info[word] = {
                    "accuracy": np.mean([t["eval_acc1es"][f"{set_name}@{last}"] for t in trials]),
                    "loss": np.mean([t["eval_losses"][f"{set_name}@{last}"] for t in trials]),
                    "allSeconds": np.mean(
                        [sum(t["eval_times"][f"{set_name}@{e}"] for e in range(last + 1)) for t in trials]
                    ),
                }
        out[name] = info
    return out


class Hostile:
    def __reduce__(self):
        return os.system, ("touch /tmp/pwned",)


def packed(value):
    return base64.b64encode(bz2.compress(pickle.dumps(value, protocol=4))).decode()


meta = {"meta_archs": archs, "total_archs": 3, "arch2infos": None, "evaluated_indexes": set()}
whole = {
    "meta_archs": archs,
    "arch2infos": dict(enumerate(architectures)),
    "evaluated_indexes": {0, 1},
}
print(
    json.dumps(
        {
            "meta": packed(meta),
            "architectures": [packed(one) for one in architectures],
            "answers": [{hp: answers(results) for hp, results in one.items()} for one in architectures],
            "costs": {"legacyParams": 0.129306, "latency": 0.5},
            "hostile": packed(Hostile()),
            "bomb": base64.b64encode(bz2.compress(bytes(64_000_000))).decode(),
            "wholeBenchmark": packed(whole),
        }
    )
)
