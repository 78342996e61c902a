"""Makes finite.json: empirical NTKs of small networks by PyTorch in float64, every BN mode and output functional.

usage: python3 finite.py > finite.json   (Debian's python3-torch)

A network is the graph that src/arch/graph.ts describes, so that the test runs the very same one. Weights are not random:
value k of parameter NAME is a sine (see `values`), which the test computes anew. Every gradient is PyTorch's autograd of one
output of one sample by every parameter.
"""
import json
import math
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
N, CLASSES = 4, 3


class Net:
    def __init__(self, name, shape):
        self.name, self.shape, self.nodes, self.count = name, shape, [], 0

    def add(self, op, *inputs, **attributes):
        self.count += 1
        node = {"id": f"{op}{self.count}", "op": op, "from": list(inputs), **attributes}
        self.nodes.append(node)
        return node["id"]

    def graph(self, output):
        return {"kind": "graph", "input": self.shape, "nodes": self.nodes, "output": output}


def edge(net, op, x, channels):
    if op == "none":
        return net.add("zero", x)
    if op == "skip":
        return x
    if op == "avg":
        return net.add("averagePool", x, kernel=3, padding=1)
    kernel = int(op[-1])
    y = net.add("conv", net.add("activation", x, activation="relu"), channels=channels, kernel=kernel, padding=kernel // 2)
    return net.add("norm", y)


def cell(net, x, ops, channels):
    nodes, k = [x], 0
    for _ in range(3):
        edges = []
        for source in list(nodes):
            edges.append(edge(net, ops[k], source, channels))
            k += 1
        nodes.append(net.add("add", *edges))
    return nodes[-1]


def head(net, x):
    y = net.add("globalAverage", net.add("activation", net.add("norm", x), activation="relu"))
    return net.graph(net.add("dense", y, units=CLASSES, bias=True))


def cell_net(name, ops, channels=4, size=6):
    net = Net(name, [3, size, size])
    x = net.add("norm", net.add("conv", "input", channels=channels, kernel=3, padding=1))
    return name, head(net, cell(net, x, ops, channels))


def nets():
    yield cell_net("cell, every edge conv3x3", ["conv3"] * 6)
    yield cell_net("cell, every operator", ["conv3", "avg", "conv1", "skip", "conv1", "conv3"])
    yield cell_net("cell with none edges, odd size", ["conv1", "none", "skip", "none", "conv3", "avg"], channels=3, size=5)
    yield cell_net("cell, dead output", ["conv3", "conv1", "skip", "none", "none", "none"])

    net = Net("reduction block", [2, 6, 6])
    x = net.add("conv", "input", channels=3, kernel=3, padding=1)
    a = net.add("norm", net.add("conv", net.add("activation", x, activation="relu"), channels=5, kernel=3, stride=2, padding=1))
    b = net.add("norm", net.add("conv", net.add("activation", a, activation="relu"), channels=5, kernel=3, padding=1))
    d = net.add("conv", net.add("averagePool", x, kernel=2, stride=2), channels=5, kernel=1)
    yield net.name, head(net, net.add("add", b, d))

    net = Net("MLP of every activation", [5])
    x = "input"
    for name in ["linear", "relu", "leaky_relu(0.2)", "sigmoid", "tanh", "silu", "gelu", "elu", "softplus", "sin", "erf"]:
        x = net.add("activation", net.add("dense", x, units=6, bias=True), activation=name)
    yield net.name, net.graph(net.add("dense", x, units=CLASSES))

    net = Net("residual MLP with branch scales", [4])
    x = net.add("activation", net.add("dense", "input", units=7, variance=1, fan=1), activation="relu")
    for name in ["tanh", "gelu", "elu"]:
        branch = net.add("scale", net.add("activation", net.add("dense", x, units=7, variance=2), activation=name), factor=0.5)
        x = net.add("add", branch, x)
    yield net.name, net.graph(net.add("dense", x, units=CLASSES, variance=1))

    net = Net("convolutions of smooth activations, flattened", [2, 5, 4])
    x = net.add("activation", net.add("conv", "input", channels=3, kernel=3, bias=True), activation="tanh")
    x = net.add("activation", net.add("conv", x, channels=4, kernel=2, padding=1, stride=2), activation="gelu")
    yield net.name, net.graph(net.add("dense", net.add("flatten", x), units=CLASSES, bias=True))

    net = Net("one channel, kernel 5, no padding", [1, 7, 7])
    x = net.add("activation", net.add("norm", net.add("conv", "input", channels=1, kernel=5)), activation="softplus")
    yield net.name, net.graph(net.add("dense", net.add("flatten", x), units=CLASSES))

    net = Net("norms in a row and pools with stride", [3, 8, 6])
    x = net.add("norm", net.add("norm", "input"))
    x = net.add("averagePool", net.add("conv", x, channels=4, kernel=1, bias=True), kernel=3, stride=2, padding=1)
    x = net.add("activation", net.add("norm", x, epsilon=0.1), activation="silu")
    yield net.name, head(net, x)

    net = Net("two readers of every node", [2, 4, 4])
    x = net.add("conv", "input", channels=3, kernel=3, padding=1)
    y = net.add("activation", x, activation="erf")
    z = net.add("add", x, y, net.add("scale", x, factor=-0.7), net.add("norm", y))
    yield net.name, head(net, net.add("add", z, net.add("averagePool", z, kernel=3, padding=1)))

    net = Net("max pools that overlap, of negative values and after ReLU", [2, 7, 6])
    x = net.add("norm", net.add("maxPool", net.add("conv", "input", channels=3, kernel=3, padding=1), kernel=3, stride=2, padding=1))
    y = net.add("conv", net.add("activation", x, activation="relu"), channels=4, kernel=3, padding=1)
    y = net.add("maxPool", net.add("activation", y, activation="relu"), kernel=2)
    z = net.add("maxPool", net.add("conv", x, channels=4, kernel=1, bias=True), kernel=2)
    yield net.name, head(net, net.add("add", y, z))

    net = Net("linear classifier of one image row", [3, 1, 5])
    x = net.add("norm", net.add("conv", "input", channels=2, kernel=3, padding=1))
    yield net.name, net.graph(net.add("dense", net.add("globalAverage", x), units=CLASSES, bias=True))


def reference_nets():
    """Networks of operators that the float64 reference runs, and no compiled program."""
    net = Net("convolutions of groups, depthwise with a multiplier", [4, 6, 5])
    x = net.add("conv", "input", channels=6, kernel=3, padding=1, groups=2, bias=True)
    x = net.add("activation", net.add("norm", x), activation="relu")
    x = net.add("conv", x, channels=6, kernel=3, stride=2, padding=1, groups=6)
    x = net.add("conv", net.add("activation", x, activation="silu"), channels=12, kernel=2, groups=6, bias=True)
    yield net.name, head(net, x)

    net = Net("concatenated channels, twice and with the input", [2, 6, 6])
    x = net.add("conv", "input", channels=3, kernel=3, padding=1)
    y = net.add("conv", net.add("activation", net.add("norm", x), activation="relu"), channels=2, kernel=3, padding=1, bias=True)
    c = net.add("concat", x, y, x)
    z = net.add("conv", net.add("activation", net.add("norm", c), activation="relu"), channels=2, kernel=1)
    c = net.add("averagePool", net.add("concat", c, z, "input"), kernel=2, stride=2)
    yield net.name, head(net, c)

    net = Net("MLP of layer norms, concatenated with its input", [5])
    x = net.add("layerNorm", net.add("dense", "input", units=6, bias=True))
    x = net.add("layerNorm", net.add("dense", net.add("activation", x, activation="gelu"), units=4), epsilon=0.01)
    x = net.add("concat", net.add("activation", x, activation="tanh"), net.add("layerNorm", "input"), "input")
    yield net.name, net.graph(net.add("dense", x, units=CLASSES))


def running_nets():
    """Compiled networks whose eval statistics are not 0 and 1."""
    net = Net("running statistics", [2, 4, 4])
    x = net.add("conv", "input", channels=3, kernel=3, padding=1)
    x = net.add("norm", x, epsilon=0.001, running={"mean": [0.5, -0.25, 0.125], "variance": [2.0, 0.25, 1.5]})
    x = net.add("conv", net.add("activation", x, activation="relu"), channels=3, kernel=1)
    x = net.add("norm", x, running={"mean": [0.1, 0.2, -0.3], "variance": [0.5, 1.25, 3.0]})
    x = net.add("globalAverage", net.add("activation", x, activation="tanh"))
    yield net.name, net.graph(net.add("dense", x, units=CLASSES, bias=True))


def size(shape):
    return math.prod(shape)


def values(name, shape, base, scale):
    offset = sum(map(ord, name))
    return torch.tensor([base + scale * math.sin(0.7 * k + offset) for k in range(size(shape))]).reshape(shape)


def activate(name, x):
    return {
        "linear": lambda: x, "relu": lambda: F.relu(x), "leaky_relu(0.2)": lambda: F.leaky_relu(x, 0.2), "sigmoid": lambda: torch.sigmoid(x),
        "tanh": lambda: torch.tanh(x), "silu": lambda: F.silu(x), "gelu": lambda: F.gelu(x), "elu": lambda: F.elu(x),
        "softplus": lambda: F.softplus(x), "sin": lambda: torch.sin(x), "erf": lambda: torch.erf(x),
    }[name]()


def normalise(x, mode, epsilon, running):
    if mode == "eval" and running is None:
        return x / math.sqrt(1 + epsilon)
    if mode == "eval":
        shape = [1, -1] + [1] * (x.dim() - 2)
        mean, var = (torch.tensor(running[key]).reshape(shape) for key in ("mean", "variance"))
        return (x - mean) / torch.sqrt(var + epsilon)
    dims = tuple(range(2, x.dim())) if mode == "instance" else (0, *range(2, x.dim()))
    mean = x.mean(dims, keepdim=True)
    var = x.var(dims, unbiased=False, keepdim=True)
    if mode == "frozen":
        mean, var = mean.detach(), var.detach()
    return (x - mean) / torch.sqrt(var + epsilon)


def forward(graph, x, mode, parameters):
    """Outputs; fills `parameters`: name -> (tensor, scale of its gradient product in NTK parameterisation, is a weight)."""
    known = {"input": x}

    def parameter(name, shape, base, scale, product, weight):
        if name not in parameters:
            parameters[name] = (values(name, shape, base, scale).requires_grad_(), product, weight)
        return parameters[name][0]

    def get(name):
        if name not in known:
            known[name] = compute(next(node for node in graph["nodes"] if node["id"] == name))
        return known[name]

    def compute(node):
        op, ident = node["op"], node["id"]
        x = get(node["from"][0])
        if op in ("dense", "conv"):
            units = node["units"] if op == "dense" else node["channels"]
            groups = node.get("groups", 1)
            shape = (units, x.shape[1]) if op == "dense" else (units, x.shape[1] // groups, node["kernel"], node["kernel"])
            fan = size(shape[1:])
            w = parameter(f"{ident}.weight", shape, 0, math.sqrt(2 / fan), node.get("variance", 2) / node.get("fan", fan), True)
            b = parameter(f"{ident}.bias", (units,), 0, 0.2, 1, False) if node.get("bias") else None
            return F.linear(x, w, b) if op == "dense" else F.conv2d(x, w, b, node.get("stride", 1), node.get("padding", 0), 1, groups)
        if op == "norm":
            shape = [1, x.shape[1]] + [1] * (x.dim() - 2)
            g = parameter(f"{ident}.gain", (x.shape[1],), 1, 0.3, 1, True)
            s = parameter(f"{ident}.shift", (x.shape[1],), 0, 0.2, 1, False)
            return normalise(x, mode, node.get("epsilon", 1e-5), node.get("running")) * g.reshape(shape) + s.reshape(shape)
        if op == "layerNorm":
            g = parameter(f"{ident}.gain", (x.shape[1],), 1, 0.3, 1, True)
            s = parameter(f"{ident}.shift", (x.shape[1],), 0, 0.2, 1, False)
            return F.layer_norm(x, (x.shape[1],), g, s, node.get("epsilon", 1e-5))
        if op == "concat":
            return torch.cat([get(name) for name in node["from"]], 1)
        if op == "activation":
            return activate(node["activation"], x)
        if op == "add":
            return sum(get(name) for name in node["from"])
        if op == "scale":
            return node["factor"] * x
        if op == "averagePool":
            return F.avg_pool2d(x, node["kernel"], node.get("stride", 1), node.get("padding", 0), count_include_pad=False)
        if op == "maxPool":
            return F.max_pool2d(x, node["kernel"], node.get("stride", 1), node.get("padding", 0))
        if op == "globalAverage":
            return x.mean((2, 3))
        if op == "flatten":
            return x.flatten(1)
        if op == "zero":
            return torch.zeros_like(x)
        raise SystemExit("unknown operator " + op)

    return get(graph["output"])


def ntk(graph, x, mode, labels):
    parameters = {}
    out = forward(graph, x, mode, parameters)
    tensors = [entry[0] for entry in parameters.values()]
    rows = []
    for c in range(CLASSES):
        for i in range(N):
            grads = torch.autograd.grad(out[i, c], tensors, retain_graph=True, allow_unused=True)
            rows.append([torch.zeros(t.numel()) if g is None else g.flatten() for g, t in zip(grads, tensors)])

    def kernel(left, weights_only, standard):
        total = torch.zeros(len(left), len(left))
        for k, (_, product, weight) in enumerate(parameters.values()):
            if weights_only and not weight:
                continue
            j = torch.stack([sum(rows[r][k] for r in combination) for combination in left])
            total += (1 if standard else product) * (j @ j.T)
        return total.flatten().tolist()

    summed = [[c * N + i for c in range(CLASSES)] for i in range(N)]
    labelled = [[labels[i] * N + i] for i in range(N)]
    full = [[r] for r in range(CLASSES * N)]
    return {
        "outputs": out.flatten().tolist(),
        "sum": kernel(summed, True, False),
        "sumAll": kernel(summed, False, False),
        "sumStandard": kernel(summed, True, True),
        "label": kernel(labelled, True, False),
        "full": kernel(full, True, False),
    }


def case(name, graph):
    x = torch.tensor([math.sin(1.3 * k + 0.5) + 0.3 * math.cos(0.37 * k * k) for k in range(N * size(graph["input"]))]).reshape([N, *graph["input"]])
    labels = [0, 2, 1, 2]
    kernels = {mode: ntk(graph, x, mode, labels) for mode in ("instance", "frozen", "coupled", "eval")}
    return {"name": name, "graph": graph, "labels": labels, "inputs": x.flatten().tolist(), "kernels": kernels}


cases = [case(*item) for item in [*nets(), *running_nets()]]
reference = [case(*item) for item in reference_nets()]
json.dump({"samples": N, "classes": CLASSES, "cases": cases, "referenceCases": reference}, sys.stdout)
