"""Makes onnx/*.onnx and onnx.json: small networks as PyTorch's exporter writes them, trained for a few steps so that nothing is 0 or 1.

usage: python3 onnx.py   (Debian's python3-torch; torch.onnx.export needs no further package)

The test runs them by onnxruntime-node and by the float64 reference. onnx.json has the empirical NTK of some of them in float64
with the same weights, in eval mode: autograd of the sum of the outputs by every parameter that is called a weight.
"""
import json
import math
import os
import warnings

import torch
import torch.nn.functional as F
from torch import nn

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx")
os.makedirs(here, exist_ok=True)


class Block(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != channels:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.layer1, self.layer2 = Block(8, 8, 1), Block(8, 16, 2)
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.layer2(self.layer1(F.relu(self.bn(self.stem(x)))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).view(x.size(0), -1))


class Inverted(nn.Module):
    def __init__(self, inputs, channels, stride, expand=3):
        super().__init__()
        middle = inputs * expand
        self.layers = nn.Sequential(
            nn.Conv2d(inputs, middle, 1, bias=False), nn.BatchNorm2d(middle), nn.ReLU6(),
            nn.Conv2d(middle, middle, 3, stride, 1, groups=middle, bias=False), nn.BatchNorm2d(middle), nn.ReLU6(),
            nn.Conv2d(middle, channels, 1, bias=False), nn.BatchNorm2d(channels),
        )
        self.skip = stride == 1 and inputs == channels

    def forward(self, x):
        return x + self.layers(x) if self.skip else self.layers(x)


class MobileNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(),
            Inverted(8, 8, 1), Inverted(8, 12, 2), nn.Conv2d(12, 24, 1), nn.Hardswish(),
        )
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(24, 10))

    def forward(self, x):
        return self.classifier(self.features(x).mean([2, 3]))


class DenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 6, 3, padding=1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(6 + 4 * k) for k in range(3))
        self.convs = nn.ModuleList(nn.Conv2d(6 + 4 * k, 4, 3, padding=1, bias=False) for k in range(3))
        self.transition = nn.Sequential(nn.BatchNorm2d(18), nn.ReLU(), nn.Conv2d(18, 9, 1), nn.AvgPool2d(2))
        self.fc = nn.Linear(9, 10)

    def forward(self, x):
        x = self.stem(x)
        for norm, conv in zip(self.norms, self.convs):
            x = torch.cat([x, conv(F.relu(norm(x)))], 1)
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(self.transition(x), 1), 1))


class Activations(nn.Module):
    """One activation after the other, each behind a layer of its own."""

    def __init__(self):
        super().__init__()
        self.acts = [
            F.relu, lambda x: F.leaky_relu(x, 0.2), torch.sigmoid, torch.tanh, F.silu, F.gelu, F.elu, lambda x: F.elu(x, 0.5), F.selu,
            F.softplus, torch.sin, torch.erf, F.mish, F.hardswish, F.hardsigmoid, F.relu6, F.hardtanh, lambda x: F.gelu(x, approximate="tanh"),
            lambda x: x * torch.sigmoid(x), lambda x: 0.5 * x * (1 + torch.erf(x / 2**0.5)), lambda x: torch.sigmoid(torch.tanh(x)),
            lambda x: x + torch.relu(x), lambda x: torch.clamp(x, min=0) * -0.25,
        ]
        self.layers = nn.ModuleList(nn.Linear(6, 6) for _ in self.acts)
        self.prelu = nn.PReLU()
        self.out = nn.Linear(6, 3)

    def forward(self, x):
        for layer, act in zip(self.layers, self.acts):
            x = act(layer(x)) + 0.5 * x
        return self.out(self.prelu(x))


class LayerNorms(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.Linear(5, 12), nn.Linear(12, 12), nn.Linear(12, 4)
        self.norm1, self.norm2 = nn.LayerNorm(12), nn.LayerNorm(12, eps=1e-3)

    def forward(self, x):
        x = F.gelu(self.norm1(self.first(x)))
        x = x + F.gelu(self.norm2(self.second(x)))
        return F.log_softmax(self.third(x), 1)


class Shapes(nn.Module):
    """Reshapes by computed sizes, grouped convolution, products with constants, pools of other windows."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 8, 3, groups=2)
        self.fc = nn.Linear(8 * 4 + 8, 5)
        self.scale = nn.Parameter(torch.tensor(0.7))

    def forward(self, x):
        x = torch.tanh(self.conv(x)) * self.scale
        a = F.max_pool2d(x, 3, 3)
        b = x.mean((2, 3), keepdim=True)
        a = a.reshape(a.shape[0], -1)
        return self.fc(torch.cat([a, b.view(b.size(0), b.size(1))], 1)) / 3


def trained(model, shape):
    torch.manual_seed(1)
    optimizer = torch.optim.SGD(model.parameters(), 0.02)
    for _ in range(5):
        loss = F.cross_entropy(model(torch.randn(16, *shape)), torch.arange(16) % 3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


kernels = {}


def ntk(model, shape):
    model = model.double().eval()
    n, size = 4, math.prod(shape)
    inputs = torch.tensor([math.sin(1.3 * k + 0.5) + 0.3 * math.cos(0.37 * k * k) for k in range(n * size)]).double().reshape(n, *shape)
    weights = [parameter for name, parameter in model.named_parameters() if name.endswith("weight")]
    rows = [torch.cat([g.flatten() for g in torch.autograd.grad(model(x[None]).sum(), weights)]) for x in inputs]
    j = torch.stack(rows)
    return {"inputs": inputs.flatten().tolist(), "kernel": (j @ j.T).flatten().tolist()}


def export(name, model, shape, fold=False, opset=13, dynamic=True, batch=2):
    torch.manual_seed(0)
    for module in model.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.kaiming_normal_(module.weight)
    mode = torch.onnx.TrainingMode.EVAL if fold else torch.onnx.TrainingMode.PRESERVE
    axes = {"image": {0: "batch"}, "logits": {0: "batch"}} if dynamic else None
    torch.onnx.export(
        trained(model, shape), torch.randn(batch, *shape), os.path.join(here, f"{name}.onnx"), training=mode, do_constant_folding=fold,
        opset_version=opset, input_names=["image"], output_names=["logits"], dynamic_axes=axes,
    )
    if name in ("resnet", "mobilenet", "densenet", "vgg"):
        kernels[name] = ntk(model, shape)


if __name__ == "__main__":
    torch.manual_seed(0)
    export("mlp", nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 4, 24), nn.Tanh(), nn.Linear(24, 24, bias=False), nn.ReLU(), nn.Linear(24, 10)), (3, 4, 4))
    export("resnet", ResNet(), (3, 8, 8))
    export("resnet-folded", ResNet(), (3, 8, 8), fold=True, opset=11)
    export("mobilenet", MobileNet(), (3, 16, 16), opset=14)
    vgg = nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(8 * 9, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 10),
    )
    export("vgg", vgg, (3, 12, 12), opset=9, dynamic=False)
    export("densenet", DenseNet(), (1, 6, 6))
    export("activations", Activations(), (6,), opset=14)
    export("layernorm-written-out", LayerNorms(), (5,), opset=13)
    export("layernorm", LayerNorms(), (5,), opset=17)
    export("shapes", Shapes(), (4, 8, 8), dynamic=True)
    export("shapes-fixed", Shapes(), (4, 8, 8), dynamic=False, batch=1, fold=True)
    with open(os.path.join(here, "..", "onnx.json"), "w") as file:
        json.dump(kernels, file)
