"""Makes measures_activation.json: measures of activations, of six cells, by PyTorch in float64.

usage: python3 measures_activation.py > measures_activation.json   (Debian's python3-torch)

The network is the benchmark's with its containers (MeCo hooks every module), written from the description in
docs/nats-bench.md; weights and images are those of cell_net.py, by eigennas's names. Each measure is written as the
published programs do it: hooks on modules, autograd, sorting out of distinct rows.
"""
import json
import math
import sys

import torch
import torch.nn as nn

from cell_net import images, uniform

N, CHANNELS, CELLS, SIDE, REPEATS = 12, 4, 2, 8, 2
CELL_LIST = [
    ["conv3", "avg", "conv1", "skip", "none", "conv3"],
    ["conv3", "conv3", "conv3", "conv3", "conv3", "conv3"],
    ["skip", "none", "none", "skip", "conv1", "none"],
    ["none", "conv1", "none", "skip", "none", "avg"],
    ["skip", "avg", "avg", "none", "skip", "avg"],
    ["none", "none", "none", "skip", "none", "none"],
]
PAIRS = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]


def named(module, ident):
    module.ident = ident
    return module


class Block(nn.Module):
    def __init__(self, ident, inputs, outputs, kernel, stride=1):
        super().__init__()
        self.op = nn.Sequential(
            nn.ReLU(),
            named(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), ident + ".conv"),
            named(nn.BatchNorm2d(outputs), ident + ".norm"),
        )

    def forward(self, x):
        return self.op(x)


class Pool(nn.Module):
    def __init__(self):
        super().__init__()
        self.op = nn.AvgPool2d(3, 1, 1, count_include_pad=False)

    def forward(self, x):
        return self.op(x)


class Zero(nn.Module):
    def forward(self, x):
        return x * 0.0


def edge(op, ident, c):
    if op == "none":
        return Zero()
    if op == "skip":
        return nn.Identity()
    if op == "avg":
        return Pool()
    return Block(ident, c, c, int(op[-1]))


class Cell(nn.Module):
    def __init__(self, ident, ops, c):
        super().__init__()
        self.ident = ident + ".3"
        self.layers = nn.ModuleList(edge(op, f"{ident}.{i}-{j}", c) for (i, j), op in zip(PAIRS, ops))

    def forward(self, x):
        nodes = [x]
        for node in (1, 2, 3):
            nodes.append(sum(layer(nodes[i]) for (i, j), layer in zip(PAIRS, self.layers) if j == node))
        return nodes[3]


class Reduction(nn.Module):
    def __init__(self, ident, c):
        super().__init__()
        self.ident = ident
        self.conv_a, self.conv_b = Block(ident + ".a", c // 2, c, 3, 2), Block(ident + ".b", c, c, 3)
        self.downsample = nn.Sequential(
            nn.AvgPool2d(2, 2), named(nn.Conv2d(c // 2, c, 1, bias=False), ident + ".shortcut")
        )

    def forward(self, x):
        return self.downsample(x) + self.conv_b(self.conv_a(x))


class Net(nn.Module):
    def __init__(self, ops, thin=False):
        super().__init__()
        c = 1 if thin else CHANNELS
        self.thin = thin
        if not thin:
            self.stem = nn.Sequential(
                named(nn.Conv2d(3, c, 3, padding=1, bias=False), "stem.conv"), named(nn.BatchNorm2d(c), "stem.norm")
            )
            self.stem.ident = "stem.norm"
        self.cells = nn.ModuleList([Cell("cell", ops, 1)] if thin else [])
        for stage in range(0 if thin else 3):
            if stage > 0:
                c *= 2
                self.cells.append(Reduction(f"reduction{stage}", c))
            for k in range(CELLS):
                self.cells.append(Cell(f"stage{stage}.cell{k}", ops, c))
        self.lastact = nn.Sequential(named(nn.BatchNorm2d(c), "last.norm"), nn.ReLU())
        self.global_pooling = nn.AdaptiveAvgPool2d(1)
        self.classifier = named(nn.Linear(c, 10), "out")

    def features(self, x):
        found = [x if self.thin else self.stem(x)]
        for cell in self.cells:
            found.append(cell(found[-1]))
        return found

    def before_pool(self, x):
        return self.lastact(self.features(x)[-1])

    def forward(self, x):
        return self.classifier(self.global_pooling(self.before_pool(x)).flatten(1))


def net(ops, prefix="", thin=False):
    model = Net(ops, thin)
    set_weights(model, prefix)
    return model.train()


def set_weights(model, prefix):
    with torch.no_grad():
        for module in model.modules():
            for kind, p in module.named_parameters(recurse=False):
                if isinstance(module, nn.BatchNorm2d):
                    name = f"{module.ident}.{'gain' if kind == 'weight' else 'shift'}"
                    scale, offset = (0.3, 1.0) if kind == "weight" else (0.2, 0.0)
                else:
                    name = f"{module.ident}.{kind}"
                    scale, offset = (math.sqrt(6 / (p.numel() // p.shape[0])) if kind == "weight" else 0.2), 0.0
                p.copy_(offset + scale * uniform(prefix + name, p.numel()).reshape(p.shape))


def relus(model):
    return [module for module in model.modules() if isinstance(module, nn.ReLU)]


def naswot(ops, x):
    model, kernel = net(ops), torch.zeros(N, N)
    visited, handles = set(), []
    for relu in relus(model):
        handles.append(relu.register_full_backward_hook(lambda module, *_: visited.add(module)))
    model(x.clone().requires_grad_()).sum().backward()
    for handle in handles:
        handle.remove()

    def hook(_, inputs, __):
        code = (inputs[0].flatten(1) > 0).double()
        kernel.add_(code @ code.T + (1 - code) @ (1 - code.T))

    for relu in visited:
        relu.register_forward_hook(hook)
    model(x)
    return torch.linalg.slogdet(kernel)[1].item()


def kappa(ops, x):
    model = net(ops)
    weights = [p for name, p in model.named_parameters() if "weight" in name]
    out, rows = model(x), []
    for i in range(N):
        grads = torch.autograd.grad(out[i].sum(), weights, retain_graph=True)
        rows.append(torch.cat([g.flatten() for g in grads]))
    j = torch.stack(rows)
    values = torch.linalg.eigvalsh(j @ j.T)
    return (values[-1] / values[0]).item()


def regions(ops):
    model, codes = net(ops, thin=True), []
    for relu in relus(model):
        relu.register_forward_hook(lambda _, __, out: codes[-1].append(out.flatten(1).sign()))
    for batch in range(3):
        codes.append([])
        model(uniform(f"crops{batch}", 40 * 9).reshape(40, 1, 3, 3))
    return len(torch.unique(torch.cat([torch.cat(c, 1) for c in codes]), dim=0))


def zen(ops):
    model, scores = net(ops), []
    with torch.no_grad():
        for repeat in range(REPEATS):
            set_weights(model, f"{repeat}.")
            a, b = images(f"zen{repeat}", N, 3, SIDE), images(f"other{repeat}", N, 3, SIDE)
            distance = (model.before_pool(a) - model.before_pool(a + 0.01 * b)).abs().sum((1, 2, 3)).mean()
            norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
            scores.append(distance.log().item() + sum(m.running_var.mean().sqrt().log().item() for m in norms))
    return sum(scores) / REPEATS


def meco(ops, x):
    model, least = net(ops), []

    def hook(_, __, out):
        rows = out[0].flatten(1) if out[0].dim() > 1 else out[0][:, None]
        if rows.shape[1] == 1:
            least.append(0.0)  # the correlation of single numbers is not defined: a matrix of zeros
            return
        corr = torch.nan_to_num(torch.corrcoef(rows), 0, 0, 0)
        least.append(torch.linalg.eig(corr)[0].real.min().item())

    for module in model.modules():
        module.register_forward_hook(hook)
    with torch.no_grad():
        model(x[:1])
    return sum(least)


def swap(ops, x):
    total = 0
    for repeat in range(REPEATS):
        model, codes = net(ops, f"{repeat}."), []
        for relu in relus(model):
            relu.register_forward_hook(lambda _, __, out: codes.append(out.flatten(1).sign()))
        model(x)
        total += len(torch.unique(torch.cat(codes, 1).T, dim=0))
    return total / REPEATS


def az_nas(ops, x):
    model = net(ops)
    maps = model.features(x)
    entropies, scores = [], []
    for values in maps:
        rows = values.detach().permute(0, 2, 3, 1).flatten(0, 2)
        rows = rows - rows.mean(0)
        p = torch.linalg.eigvalsh(rows.T @ rows / len(rows))
        p = p / p.sum()
        entropies.append(-(p * (p + 1e-8).log()).sum().item())
    for before, after, cell in zip(maps, maps[1:], model.cells):
        g_out = uniform("signs." + cell.ident, after.numel()).sign().reshape(after.shape)
        g_in = torch.autograd.grad(after, before, g_out, retain_graph=True)[0]
        if g_in.shape == g_out.shape and torch.all(g_in == g_out):
            scores.append(-math.inf)
            continue
        if g_in.shape[2] != g_out.shape[2]:
            g_in = nn.PixelUnshuffle(2)(g_in)
        a, b = (g.permute(0, 2, 3, 1).flatten(0, 2) for g in (g_in, g_out))
        s = torch.linalg.svdvals(a.T @ b / len(b)).max().item()
        scores.append(2 - s - 1 / (s + 1e-6))
    return {
        "expressivity": sum(entropies),
        "progressivity": min(b - a for a, b in zip(entropies, entropies[1:])),
        "trainability": "-inf" if -math.inf in scores else sum(scores) / len(scores),
    }


def case(ops):
    x = images("images", N, 3, SIDE)
    return {
        "ops": ops, "naswot": naswot(ops, x), "kappa": kappa(ops, x), "regions": regions(ops), "zen": zen(ops),
        "meco": meco(ops, x), "swap": swap(ops, x), **az_nas(ops, x),
    }


json.dump({"cases": [case(ops) for ops in CELL_LIST]}, sys.stdout)
