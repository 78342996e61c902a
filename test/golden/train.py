"""Trajectories of training in PyTorch: ten steps of each optimizer on a small MLP and a small convolutional network, both with
batch normalisation, in float64 and float32. Writes train.json. Run: python3 test/golden/train.py"""

import json
import math
import pathlib

import torch
from torch import nn

N, STEPS, CLASSES = 12, 10, 3


def wave(count, k, scale):
    """Numbers that the test makes too: scale sin(1.7 i + k)."""
    return torch.tensor([scale * math.sin(1.7 * i + k) for i in range(count)], dtype=torch.float64)


def mlp():
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 7), nn.Tanh(), nn.Linear(7, CLASSES))


def conv():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
        nn.Conv2d(4, 5, 3, stride=2, padding=1), nn.BatchNorm2d(5), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, CLASSES),
    )


SHAPES = {"mlp": (6,), "conv": (2, 6, 6)}
MAKE = {"mlp": mlp, "conv": conv}
OPTIMIZERS = {
    "sgd": (lambda p, lr: torch.optim.SGD(p, lr), 0.1),
    "momentum": (lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9, weight_decay=5e-3), 0.1),
    "nesterov": (lambda p, lr: torch.optim.SGD(p, lr, momentum=0.8, nesterov=True), 0.1),
    "adam": (lambda p, lr: torch.optim.Adam(p, lr, weight_decay=1e-2), 0.02),
    "adamw": (lambda p, lr: torch.optim.AdamW(p, lr, weight_decay=0.1, betas=(0.8, 0.99), eps=1e-6), 0.02),
}


def initialise(net):
    for k, parameter in enumerate(net.parameters()):
        fan = parameter[0].numel()
        values = wave(parameter.numel(), k, 1 / math.sqrt(fan)).reshape(parameter.shape)
        with torch.no_grad():
            parameter.copy_(values + (1 if parameter.dim() == 1 and k % 3 == 1 else 0))


def trajectory(net_name, optimizer, loss_name, dtype):
    torch.set_default_dtype(dtype)
    net = MAKE[net_name]().to(dtype)
    initialise(net)
    size = math.prod(SHAPES[net_name])
    inputs = wave(N * size, 0.5, 1).to(dtype).reshape(N, *SHAPES[net_name])
    labels = torch.tensor([i * i % CLASSES for i in range(N)])
    targets = wave(N * CLASSES, 2.5, 1).to(dtype).reshape(N, CLASSES)
    function = (
        (lambda out: nn.functional.cross_entropy(out, labels))
        if loss_name == "cross-entropy"
        else (lambda out: nn.functional.mse_loss(out, targets))
    )
    make, rate = OPTIMIZERS[optimizer]
    optim = make(net.parameters(), rate)
    warmup = 3
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optim,
        lambda t: (t + 1) / warmup if t < warmup else (1 + math.cos(math.pi * (t - warmup) / (STEPS - warmup))) / 2,
    )
    losses = []
    for _ in range(STEPS):
        optim.zero_grad()
        loss = function(net(inputs))
        loss.backward()
        optim.step()
        schedule.step()
        losses.append(loss.item())
    net.eval()
    with torch.no_grad():
        final = function(net(inputs)).item()
    tensors = {}
    for name, tensor in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        flat = tensor.double().flatten()
        tensors[name] = [flat[0].item(), flat.norm().item(), (flat * wave(flat.numel(), 9, 1)).sum().item()]
    return {
        "net": net_name, "optimizer": optimizer, "loss": loss_name, "precision": str(dtype).replace("torch.", ""),
        "losses": losses, "evaluated": final, "tensors": tensors,
    }


if __name__ == "__main__":
    cases = [
        trajectory(net, optimizer, "cross-entropy", dtype)
        for net in MAKE
        for optimizer in OPTIMIZERS
        for dtype in (torch.float64, torch.float32)
    ]
    cases += [trajectory(net, "adam", "squared", torch.float64) for net in MAKE]
    document = {"made_by": "test/golden/train.py", "torch": torch.__version__, "cases": cases}
    path = pathlib.Path(__file__).with_name("train.json")
    path.write_text(json.dumps(document, indent=1) + "\n")
