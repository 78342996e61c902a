"""Makes pass.json: gradients of the cross-entropy of two networks in train mode, by PyTorch in float64.

usage: python3 pass.py > pass.json   (Debian's python3-torch)

Every gradient is kept as its first entry, its norm, and its product with `uniform(name)`, which no two orders of the entries
share; weights and images are those of cell_net.py.
"""
import json
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

from cell_net import CellNet, images, labels, our_name, set_parameters, uniform


def probe(name, values):
    flat = values.detach().flatten()
    return [flat[0].item(), flat.norm().item(), (flat @ uniform(name, flat.numel())).item()]


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.d1, self.n1, self.d2, self.d3 = nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, 7), nn.Linear(7, 3)

    def forward(self, x):
        return self.d3(torch.tanh(self.d2(torch.relu(self.n1(self.d1(x))))))


def case(name, model, x, y, modules):
    """`modules`: name in eigennas -> module whose output's value and cotangent are kept."""
    set_parameters(model)
    x.requires_grad_()
    kept = {}
    for ident, module in modules.items():
        def hook(_, __, out, ident=ident):
            out.retain_grad()
            kept[ident] = out
        module.register_forward_hook(hook)
    out = model(x)
    loss = F.cross_entropy(out, y)
    loss.backward()
    gradients = {our_name(model, key): p.grad for key, p in model.named_parameters()}
    return {
        "name": name,
        "n": len(y),
        "labels": y.tolist(),
        "loss": loss.item(),
        "outputs": out.flatten().tolist(),
        "gradients": {key: probe(key, value) for key, value in gradients.items()},
        "values": {key: probe(key, value) for key, value in kept.items()},
        "cotangents": {key: probe(key, value.grad) for key, value in kept.items()},
        "input": probe("input", x.grad),
    }


ops = ["conv3", "avg", "conv1", "skip", "none", "conv3"]
net = CellNet(ops)
cell = net.stage1.cell0
modules = {
    "stem.conv": net.stem.conv, "stem.norm": net.stem.norm, "stage0.cell0.0-1.conv": net.stage0.cell0["0-1"].conv,
    "stage0.cell0.3": net.stage0.cell0, "stage1.cell0.0-1.norm": cell["0-1"].norm, "stage1.cell0.1-2.relu": cell["1-2"].relu,
    "stage1.cell0.2-3.conv": cell["2-3"].conv, "reduction1": net.reduction1, "reduction2.shortcut": net.reduction2.shortcut,
    "reduction2.a.norm": net.reduction2.a.norm, "last.relu": net.last.relu, "out": net.out,
}
mlp = Mlp()
json.dump({"cases": [
    {"ops": ops, **case("cell", net, images("images", 6, 3, 8), labels(6), modules)},
    case("mlp", mlp, uniform("rows", 5 * 6).reshape(5, 6) * 2, labels(5, 3), {"d1": mlp.d1, "n1": mlp.n1, "d2": mlp.d2}),
]}, sys.stdout)
