"""Training in PyTorch, for benchmarks/train.ts.

usage: torch_train.py steps THREADS REPEATS             milliseconds of a step: least and median, by part and as a whole
       torch_train.py mnist FOLDER THREADS              the recipe of benchmarks/train.ts on MNIST
       torch_train.py cifar FILE TEST THREADS EPOCHS    the same network and recipe on CIFAR-10 records

Prints JSON. MLPs are 784-w-w-10 with ReLU and biases; the cell network is NAS-Bench-201's (C = 16, N = 5).
"""
import gzip
import json
import math
import pathlib
import statistics
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

sys.path.append(str(pathlib.Path(__file__).parents[2] / "test" / "golden"))
from cell_net import CellNet  # noqa: E402

torch.set_default_dtype(torch.float32)


def mlp(width):
    return nn.Sequential(
        nn.Linear(784, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10)
    ).float()


def timed(name, net, x, optimizer, repeats):
    labels = torch.arange(x.shape[0]) % 10
    parts = []
    for _ in range(repeats + 2):
        start = time.perf_counter()
        loss = F.cross_entropy(net(x), labels)
        forward = time.perf_counter()
        optimizer.zero_grad()
        loss.backward()
        backward = time.perf_counter()
        optimizer.step()
        end = time.perf_counter()
        parts.append([1000 * t for t in (forward - start, backward - forward, end - backward, end - start)])
    columns = list(zip(*parts[2:]))
    return {"name": name, "least": [min(c) for c in columns], "median": statistics.median(columns[3])}


def steps(repeats):
    out = []
    for width in (256, 512):
        for kind in ("sgd", "adam"):
            net = mlp(width)
            make = {
                "sgd": lambda p: torch.optim.SGD(p, 0.01, momentum=0.9, weight_decay=5e-4),
                "adam": lambda p: torch.optim.Adam(p, 0.001, weight_decay=5e-4),
            }[kind]
            out.append(timed(f"mlp {width} {kind}", net, torch.randn(128, 784), make(net.parameters()), 30 * repeats))
    net = CellNet(["conv3", "skip", "conv1", "avg", "conv3", "conv3"], channels=16, cells=5).float()
    optimizer = torch.optim.SGD(net.parameters(), 0.01, momentum=0.9, nesterov=True, weight_decay=5e-4)
    out.append(timed("cell", net, torch.randn(64, 3, 32, 32), optimizer, repeats))
    return out


def learn(net, train, test, optimizer, epochs, batch, rate, augment):
    (x, y), (tx, ty) = train, test
    n = len(x)
    per_epoch = math.ceil(n / batch)
    total = epochs * per_epoch
    start, step, curve = time.perf_counter(), 0, []
    for _ in range(epochs):
        net.train()
        order = torch.randperm(n)
        for k in range(per_epoch):
            rows = order[k * n // per_epoch : (k + 1) * n // per_epoch]
            bx = augmented(x[rows]) if augment else x[rows]
            for group in optimizer.param_groups:
                group["lr"] = rate * (1 + math.cos(math.pi * step / total)) / 2
            loss = F.cross_entropy(net(bx), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
        curve.append(loss.item())
    seconds = time.perf_counter() - start
    net.eval()
    with torch.no_grad():
        right = sum((net(tx[i : i + 500]).argmax(1) == ty[i : i + 500]).sum().item() for i in range(0, len(tx), 500))
    return {"seconds": seconds, "accuracy": right / len(tx), "loss": curve[-1]}


def augmented(x):
    n, _, h, w = x.shape
    flip = torch.rand(n) < 0.5
    x = torch.where(flip[:, None, None, None], x.flip(3), x)
    padded = F.pad(x, (4, 4, 4, 4))
    shift = torch.randint(0, 9, (n, 2))
    return torch.stack([padded[i, :, dy : dy + h, dx : dx + w] for i, (dy, dx) in enumerate(shift.tolist())])


def mnist(folder):
    def images(name):
        raw = np.frombuffer(pathlib.Path(folder, f"{name}-images-idx3-ubyte").read_bytes(), np.uint8, offset=16)
        labels = np.frombuffer(pathlib.Path(folder, f"{name}-labels-idx1-ubyte").read_bytes(), np.uint8, offset=8)
        rows = raw.reshape(-1, 784).astype(np.float32)
        rows *= 28 / np.linalg.norm(rows, axis=1, keepdims=True)
        return torch.from_numpy(rows), torch.from_numpy(labels.astype(np.int64))

    torch.manual_seed(0)
    net = mlp(512)
    for p in net.parameters():
        nn.init.normal_(p, 0, math.sqrt(2 / p.shape[1])) if p.dim() == 2 else nn.init.zeros_(p)
    optimizer = torch.optim.Adam(net.parameters())
    return learn(net, images("train"), images("t10k"), optimizer, 5, 128, 0.001, False)


def cifar(file, test, epochs):
    def images(name):
        opened = gzip.open(name) if name.endswith(".gz") else open(name, "rb")
        raw = np.frombuffer(opened.read(), np.uint8).reshape(-1, 3073)
        return raw[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32), torch.from_numpy(raw[:, 0].astype(np.int64))

    (x, y), (tx, ty) = images(file), images(test)
    mean, std = x.mean((0, 2, 3), keepdims=True), x.std((0, 2, 3), keepdims=True)
    torch.manual_seed(0)
    net = CellNet(["conv3", "none", "none", "skip", "none", "conv3"], channels=16, cells=1).float()
    optimizer = torch.optim.SGD(net.parameters(), 0.05, momentum=0.9, nesterov=True, weight_decay=5e-4)
    scale = lambda a: torch.from_numpy((a - mean) / std)  # noqa: E731
    return learn(net, (scale(x), y), (scale(tx), ty), optimizer, epochs, 64, 0.05, True)


if __name__ == "__main__":
    task, *rest = sys.argv[1:]
    if task == "steps":
        torch.set_num_threads(int(rest[0]))
        result = steps(int(rest[1]))
    elif task == "mnist":
        torch.set_num_threads(int(rest[1]))
        result = mnist(rest[0])
    else:
        torch.set_num_threads(int(rest[2]))
        result = cifar(rest[0], rest[1], int(rest[3]))
    print(json.dumps(result))
