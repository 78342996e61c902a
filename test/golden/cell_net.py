"""NAS-Bench-201's network of one cell in PyTorch, and reproducible numbers, for the programs beside this file.

Written from the benchmark's description with torch.nn modules only. Module names are those of cellNetwork (src/arch/cells.ts),
but for norms, whose weight is called gain there and whose bias is called shift. Edges that lead nowhere are "none".
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def uniform(name, count):
    """`count` numbers in [-1, 1): a 32-bit linear congruential generator that starts at the character codes of the name."""
    state, out = sum((k + 1) * ord(c) for k, c in enumerate(name)), []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        out.append(state / 2**31 - 1)
    return torch.tensor(out)


class Block(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.norm(self.conv(self.relu(x)))


class Cell(nn.ModuleDict):
    pairs = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]

    def __init__(self, ops, c):
        super().__init__()
        self.ops = ops
        for (i, j), op in zip(self.pairs, ops):
            if op.startswith("conv"):
                self[f"{i}-{j}"] = Block(c, c, int(op[-1]))

    def edge(self, op, key, x):
        if op == "none":
            return torch.zeros_like(x)
        if op == "skip":
            return x
        if op == "avg":
            return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        return self[key](x)

    def forward(self, x):
        nodes = [x]
        for node in (1, 2, 3):
            nodes.append(sum(self.edge(op, f"{i}-{j}", nodes[i]) for (i, j), op in zip(self.pairs, self.ops) if j == node))
        return nodes[-1]


class Reduction(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.a, self.b = Block(inputs, outputs, 3, 2), Block(outputs, outputs, 3)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x):
        return self.b(self.a(x)) + self.shortcut(F.avg_pool2d(x, 2))


class CellNet(nn.Module):
    def __init__(self, ops, channels=4, cells=1, classes=10):
        super().__init__()
        self.stem = nn.Sequential()
        self.stem.add_module("conv", nn.Conv2d(3, channels, 3, padding=1, bias=False))
        self.stem.add_module("norm", nn.BatchNorm2d(channels))
        self.order = []
        for stage in range(3):
            c = channels << stage
            if stage > 0:
                self.step(f"reduction{stage}", Reduction(c // 2, c))
            cell = nn.Sequential()
            for k in range(cells):
                cell.add_module(f"cell{k}", Cell(ops, c))
            self.step(f"stage{stage}", cell)
        self.last = nn.Sequential()
        self.last.add_module("norm", nn.BatchNorm2d(channels * 4))
        self.last.add_module("relu", nn.ReLU())
        self.out = nn.Linear(channels * 4, classes)

    def step(self, name, module):
        self.add_module(name, module)
        self.order.append(name)

    def forward(self, x):
        x = self.stem(x)
        for name in self.order:
            x = getattr(self, name)(x)
        return self.out(self.last(x).mean((2, 3)))


def our_name(model, name):
    """Name of a parameter in eigennas."""
    owner = model.get_submodule(name.rpartition(".")[0])
    if isinstance(owner, (nn.BatchNorm2d, nn.BatchNorm1d)):
        return name.replace(".weight", ".gain").replace(".bias", ".shift")
    return name


def set_parameters(model):
    """Weights uniform with variance 2 / fan-in, gains 1 + 0.3 u, shifts and biases 0.2 u; u from `uniform(name)`."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            name = our_name(model, name)
            u = uniform(name, p.numel()).reshape(p.shape)
            if name.endswith(".weight"):
                p.copy_(u * math.sqrt(6 / (p.numel() // p.shape[0])))
            else:
                p.copy_(1 + 0.3 * u if name.endswith(".gain") else 0.2 * u)
    return model


def images(name, n, channels, side):
    return uniform(name, n * channels * side * side).reshape(n, channels, side, side) * math.sqrt(3)


def labels(n, classes=10):
    return torch.tensor([(7 * i + 3) % classes for i in range(n)])
