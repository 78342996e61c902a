"""Empirical NTKs in PyTorch, the network built from the graph that our own engine gets, with the same weights.

usage: torch_ntk.py NETWORK.json WEIGHTS.f64 INPUTS.f64 N THREADS TASK MODE COUNT REPEATS

TASK  loop     the usual way: one forward pass, then a backward pass through the whole batch for every sample.
               the median of COUNT of the n passes is scaled to n; their Gram matrix is not counted
      hooks    one forward and one backward pass, per-sample gradients of every layer by hooks, unfold and bmm, their
               Gram matrix at once: the strongest way we know in PyTorch (dense layers never form gradients)
      single   one image at a time, the median of COUNT of the n is scaled; the Gram matrix is not counted
      kernel   no timing: the kernel in float64, by autograd, one sample at a time (coupled: one row at a time)
MODE  frozen (statistics of the batch as constants), instance (each image's own), coupled (train mode)

Gradients of weights and norm gains; sum of the outputs. Prints JSON: the median of seconds or the kernel, and the BLAS.
"""
import json
import statistics
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

network, weights, inputs, n, threads, task, mode, count, repeats = sys.argv[1:]
n, threads, count, repeats = int(n), int(threads), int(count), int(repeats)
torch.set_num_threads(threads)
exact = task == "kernel"
if exact:
    torch.set_default_dtype(torch.float64)


class Norm(nn.Module):
    def __init__(self, channels, eps):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.eps, self.mean, self.var = eps, None, None

    def forward(self, x):
        if mode == "instance":
            return F.instance_norm(x, None, None, self.weight, self.bias, True, 0.0, self.eps)
        if mode == "coupled":
            return F.batch_norm(x, None, None, self.weight, self.bias, True, 0.0, self.eps)
        if self.mean is None:
            self.mean = x.mean((0, 2, 3)).detach()
            self.var = x.var((0, 2, 3), unbiased=False).detach()
        return F.batch_norm(x, self.mean, self.var, self.weight, self.bias, False, 0.0, self.eps)


class Average(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class Zero(nn.Module):
    def forward(self, x):
        return x.mul(0.0)


def layer(node, channels):
    op, bias = node["op"], node.get("bias", False)
    if op == "dense":
        return nn.Linear(channels, node["units"], bias), node["units"]
    if op == "conv":
        sizes = node["kernel"], node.get("stride", 1), node.get("padding", 0)
        return nn.Conv2d(channels, node["channels"], *sizes, bias=bias), node["channels"]
    if op == "averagePool":
        sizes = node["kernel"], node.get("stride", 1), node.get("padding", 0)
        return nn.AvgPool2d(*sizes, count_include_pad=False), channels
    made = {"norm": lambda: Norm(channels, node.get("epsilon", 1e-5)), "activation": nn.ReLU, "globalAverage": Average, "zero": Zero}
    return made[op](), channels


class Net(nn.Module):
    """Nodes in the order of the graph, which is an order of evaluation."""

    def __init__(self, graph):
        super().__init__()
        self.nodes, self.output = graph["nodes"], graph["output"]
        self.layers, channels = nn.ModuleList(), {"input": graph["input"][0]}
        self.last = {}
        for index, node in enumerate(self.nodes):
            made, channels[node["id"]] = (nn.Identity(), channels[node["from"][0]]) if node["op"] == "add" else layer(node, channels[node["from"][0]])
            self.layers.append(made)
            for source in node["from"]:
                self.last[source] = index

    def forward(self, x):
        values = {"input": x}
        for index, (node, made) in enumerate(zip(self.nodes, self.layers)):
            terms = [values[source] for source in node["from"]]
            if node["op"] == "add":
                total = terms[0]
                for term in terms[1:]:
                    total = total + term
                values[node["id"]] = total
            else:
                values[node["id"]] = made(terms[0])
            for source in set(node["from"]):
                if self.last[source] == index:
                    del values[source]
        return values[self.output]

    def load(self, parameters, values):
        by_id = {node["id"]: made for node, made in zip(self.nodes, self.layers)}
        names = {"weight": "weight", "gain": "weight", "shift": "bias", "bias": "bias"}
        at = 0
        for parameter in parameters:
            node, kind = parameter["name"].rsplit(".", 1)
            size = int(np.prod(parameter["shape"]))
            target = getattr(by_id[node], names[kind])
            with torch.no_grad():
                target.copy_(torch.tensor(values[at:at + size]).reshape(target.shape))
            at += size


description = json.load(open(network))
net = Net(description["graph"])
net.load(description["parameters"], np.fromfile(weights))
x = torch.tensor(np.fromfile(inputs).reshape([n, *description["graph"]["input"]]), dtype=torch.get_default_dtype())
learned = [p for made in net.layers for name, p in made.named_parameters() if name == "weight"]
if mode == "frozen":
    with torch.no_grad():
        net(x)


def row():
    return torch.cat([p.grad.reshape(-1) if p.grad is not None else torch.zeros(p.numel()) for p in learned])


def clear():
    for p in net.parameters():
        p.grad = None


def typical(backward):
    """Median seconds of COUNT gradients, each laid out as a row, after one that does not count."""
    rows, times = [], []
    for i in range(count + 1):
        start = time.perf_counter()
        clear()
        backward(i)
        rows.append(row())
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def loop():
    net(x)
    start = time.perf_counter()
    outputs = net(x).sum(1)
    forward = time.perf_counter() - start
    return forward + typical(lambda i: outputs[i].backward(retain_graph=True)) * n


def single():
    return typical(lambda i: net(x[i:i + 1]).sum().backward()) * n


def hooks():
    start = time.perf_counter()
    kernel = torch.zeros(n, n)
    kept, handles = {}, []

    def forward(module, given, made):
        kept[module] = made.detach() if isinstance(module, Norm) else given[0].detach()

    def backward(module, _, cotangents):
        d, a = cotangents[0], kept.pop(module)
        if isinstance(module, nn.Linear):
            kernel.add_((d @ d.T) * (a @ a.T))
            return
        if isinstance(module, nn.Conv2d):
            patches = F.unfold(a, module.kernel_size, padding=module.padding, stride=module.stride)
            g = torch.bmm(d.reshape(n, d.shape[1], -1), patches.transpose(1, 2)).reshape(n, -1)
        else:
            g = (d * (a - module.bias.detach()[:, None, None]) / module.weight.detach()[:, None, None]).sum((2, 3))
        kernel.addmm_(g, g.T)

    for module in net.layers:
        if isinstance(module, (nn.Conv2d, nn.Linear, Norm)):
            handles += [module.register_forward_hook(forward), module.register_full_backward_hook(backward)]
    net(x).sum().backward()
    for handle in handles:
        handle.remove()
    clear()
    hooks.kernel = kernel
    return time.perf_counter() - start


def kernel():
    rows = []
    outputs = net(x).sum(1) if mode == "coupled" else None
    for i in range(n):
        clear()
        if mode == "coupled":
            outputs[i].backward(retain_graph=True)
        else:
            net(x[i:i + 1]).sum().backward()
        rows.append(row())
    rows = torch.stack(rows)
    return (rows @ rows.T).reshape(-1).tolist()


if exact:
    result = {"kernel": kernel()}
else:
    run = {"loop": loop, "hooks": hooks, "single": single}[task]
    if task == "hooks":
        run()
    result = {"seconds": statistics.median(run() for _ in range(repeats))}
    if task == "hooks":
        result["kernel"] = hooks.kernel.reshape(-1).tolist()
print(json.dumps({**result, "version": torch.__version__}))
