"""Makes measures_gradient.json: measures from gradients of five networks, by PyTorch in float64.

usage: python3 measures_gradient.py > measures_gradient.json   (Debian's python3-torch, python3-numpy)

Each measure is written here from its definition, with autograd alone: second derivatives for GraSP, hooks for Fisher and for
what each image adds to a weight's gradient. Weights and images are those of cell_net.py; batches have a quarter of the images that the measures ask for, KNAS has its 50.
"""
import json
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from cell_net import CellNet, images, labels, set_parameters

N, SIDE = 16, 8


def layers(net):
    return [m for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]


def gradient_scores(net, x, y):
    weights = [m.weight for m in layers(net)]
    grads = torch.autograd.grad(F.cross_entropy(net(x), y), weights)
    pairs = list(zip(weights, grads))
    return {
        "grad_norm": sum(g.norm() for g in grads).item(),
        "snip": sum((w * g).abs().sum() for w, g in pairs).item(),
        "plain": sum((w * g).sum() for w, g in pairs).item(),
        "l2_norm": sum(w.norm() for w in weights).item(),
    }


def grasp(net, x, y):
    weights = [m.weight for m in layers(net)]
    grads = torch.autograd.grad(F.cross_entropy(net(x), y), weights, create_graph=True)
    product = sum((g * g.detach()).sum() for g in grads)
    hg = torch.autograd.grad(product, weights)
    return {"grasp": sum(-(w * h).sum() for w, h in zip(weights, hg)).item()}


def recorded(net, run):
    """Runs `run()` (forward and backward); returns (layer, input, output, gradient by the output) of every layer."""
    kept, handles = [], []
    for m in layers(net):
        def hook(module, inputs, out):
            out.retain_grad()
            kept.append((module, inputs[0], out))
        handles.append(m.register_forward_hook(hook))
    net.zero_grad()
    run()
    for handle in handles:
        handle.remove()
    return [(m, i.detach(), o.detach(), o.grad) for m, i, o in kept]


def fisher(net, x, y):
    total = 0
    for m, _, a, g in recorded(net, lambda: F.cross_entropy(net(x), y).backward()):
        product = (a * g).sum((2, 3)) if a.dim() == 4 else a * g
        channel = (0.5 * product.pow(2).mean(0)).abs()
        total += channel.reshape(-1, *[1] * (m.weight.dim() - 1)).expand_as(m.weight).sum()
    return {"fisher": total.item()}


def jacob_cov(net, x):
    x = x.clone().requires_grad_()
    net(x).sum().backward()
    v = np.linalg.eigvalsh(np.corrcoef(x.grad.reshape(len(x), -1).numpy()))
    return {"jacob_cov": -np.sum(np.log(v + 1e-5) + 1 / (v + 1e-5))}


def label_kernel(net, x, y):
    rows = []
    for m, i, _, g in recorded(net, lambda: net(x).gather(1, y[:, None]).sum().backward()):
        if isinstance(m, nn.Linear):
            rows.append(torch.einsum("no,ni->noi", g, i).flatten(1))
        else:
            patches = F.unfold(i, m.kernel_size, padding=m.padding, stride=m.stride)
            rows.append(torch.einsum("nol,nkl->nok", g.flatten(2), patches).flatten(1))
    j = torch.cat(rows, 1)
    v = torch.linalg.eigvalsh(j @ j.T)
    return {"nasi_trace": (v.sum() / len(x)).sqrt().item(), "hnas_kappa": (v[-1] / v[0]).item()}


def synflow(ops, channels=4, depth=1):
    net = CellNet(ops, channels, depth)
    set_parameters(net)
    with torch.no_grad():
        for p in net.parameters():
            p.abs_()
    for parent in list(net.modules()):
        for key, child in list(parent.named_children()):
            if isinstance(child, nn.BatchNorm2d):
                setattr(parent, key, nn.Identity())
    net(torch.ones(1, 3, SIDE, SIDE)).sum().backward()
    pairs = [(m.weight, m.weight.grad) for m in layers(net)]
    return {
        "synflow": np.log(sum((w * g).abs().sum() for w, g in pairs).item()),
        "log_synflow": sum((w * torch.log(g + 1)).abs().sum() for w, g in pairs).item(),
    }


def zico(net, x, y):
    batches = []
    for half in (slice(0, N), slice(N, 2 * N)):
        grads = torch.autograd.grad(F.cross_entropy(net(x[half]), y[half]), [m.weight for m in layers(net)])
        batches.append([g.flatten().numpy() for g in grads])
    total = 0
    for g in zip(*batches):
        g = np.array(g)
        deviation = g.std(axis=0)
        some = deviation != 0
        value = (np.abs(g).mean(axis=0)[some] / deviation[some]).sum()
        total += np.log(value) if value != 0 else 0
    return {"zico": total}


def knas(net, x, y):
    names = [name for name, p in net.named_parameters() if p.numel() >= 50][:11]
    mean, kept = 0, {name: [] for name in names}
    for i in range(50):
        net.zero_grad()
        F.cross_entropy(net(x[i : i + 1]), y[i : i + 1]).backward()
        mean = mean + torch.cat([p.grad.flatten() for p in net.parameters()]) / 50
        for name in names:
            kept[name].append(net.get_parameter(name).grad.flatten()[:50].clone())
    code = 0
    for name in names:
        g = torch.stack(kept[name])
        a, b = g[:25] - g[:25].mean(0), g[25:] - g[25:].mean(0)
        code += (a * b).sum() / 2500
    return {"knas": (mean @ mean).item(), "knas_code": code.item()}


cells = [
    ["conv3"] * 6,
    ["conv3", "avg", "conv1", "skip", "conv1", "conv3"],
    ["avg", "none", "skip", "none", "conv3", "avg"],
    ["none", "none", "none", "conv1", "none", "none"],
    ["skip", "conv3", "avg", "none", "skip", "conv1"],
]
x, y = images("measures", 50, 3, SIDE), labels(50)
cases = []
for ops in cells:
    net = set_parameters(CellNet(ops))
    scores = {}
    for found in (
        gradient_scores(net, x[:N], y[:N]), fisher(net, x[:N], y[:N]), grasp(net, x[:N], y[:N]), jacob_cov(net, x[:N]),
        label_kernel(net, x[:N], y[:N]), synflow(ops), zico(net, x, y), knas(net, x, y),
    ):
        scores.update(found)
    cases.append({"ops": ops, "scores": scores})
deep = [{"ops": ops, "channels": 16, "cells": 5, "scores": synflow(ops, 16, 5)} for ops in cells[:2]]
json.dump({"side": SIDE, "cases": cases, "deep": deep}, sys.stdout, indent=1)
