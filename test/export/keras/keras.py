"""The part of Keras 3 that exported sources use, by its documentation, on torch tensors in float64 and at once: `Input` is the data
that `feed` was given. Only for tests: Keras itself is not packaged for Debian."""
import sys
import types

import numpy as np
import torch
import torch.nn.functional as F

data = None
made = {}


def feed(values):
    global data
    data = torch.from_numpy(values)
    made.clear()


def Input(shape):
    assert tuple(data.shape[1:]) == tuple(shape), (data.shape, shape)
    return data


class Weighted:
    """A layer whose weights arrive after the model was built: the network is run again once they are there."""

    weights = {}

    def __init__(self, name):
        self.name = name

    def set_weights(self, values):
        Weighted.weights[self.name] = [torch.from_numpy(np.ascontiguousarray(v)).double() for v in values]

    def values(self):
        return Weighted.weights.get(self.name)


def first(x):
    return x.permute(0, 3, 1, 2)


def last(x):
    return x.permute(0, 2, 3, 1)


class Dense(Weighted):
    def __init__(self, units, use_bias=True, name=None):
        super().__init__(name)
        self.units, self.use_bias = units, use_bias

    def __call__(self, x):
        made[self.name] = self
        if self.values() is None:
            return x.new_zeros(x.shape[0], self.units)
        kernel, *bias = self.values()
        assert kernel.shape == (x.shape[-1], self.units) and len(bias) == int(self.use_bias)
        return x @ kernel + (bias[0] if bias else 0)


class Conv2D(Weighted):
    def __init__(self, filters, kernel_size, strides=1, padding="valid", use_bias=True, name=None):
        super().__init__(name)
        self.filters, self.kernel, self.strides, self.padding, self.use_bias = filters, kernel_size, strides, padding, use_bias

    def __call__(self, x):
        made[self.name] = self
        kernel, *bias = self.values() or [x.new_zeros(self.kernel, self.kernel, x.shape[-1], self.filters)]
        if self.padding == "same":
            assert self.strides == 1 and self.kernel % 2 == 1
        pad = self.kernel // 2 if self.padding == "same" else 0
        y = F.conv2d(first(x), kernel.permute(3, 2, 0, 1), bias[0] if bias else None, self.strides, pad)
        return last(y)


class BatchNormalization(Weighted):
    def __init__(self, momentum=0.99, epsilon=1e-3, name=None):
        super().__init__(name)
        self.epsilon = epsilon

    def __call__(self, x):
        made[self.name] = self
        if self.values() is None:
            return x
        gamma, beta, mean, variance = self.values()
        return (x - mean) / torch.sqrt(variance + self.epsilon) * gamma + beta


class Pool:
    def __init__(self, pool_size, strides=None, padding="valid"):
        self.size, self.strides, self.padding = pool_size, strides or pool_size, padding

    def __call__(self, x):
        if self.padding == "same":
            assert self.strides == 1 and self.size % 2 == 1
        return last(self.pool(first(x), self.size // 2 if self.padding == "same" else 0))


class AveragePooling2D(Pool):
    def pool(self, x, pad):
        return F.avg_pool2d(x, self.size, self.strides, pad, count_include_pad=False)


class MaxPooling2D(Pool):
    def pool(self, x, pad):
        return F.max_pool2d(x, self.size, self.strides, pad)


layers = types.SimpleNamespace(
    Dense=Dense,
    Conv2D=Conv2D,
    BatchNormalization=BatchNormalization,
    AveragePooling2D=AveragePooling2D,
    MaxPooling2D=MaxPooling2D,
    GlobalAveragePooling2D=lambda: lambda x: x.mean((1, 2)),
    ZeroPadding2D=lambda p: lambda x: F.pad(x, (0, 0, p, p, p, p)),
    Permute=lambda dims: lambda x: x.permute(0, *dims),
    Flatten=lambda: lambda x: x.reshape(x.shape[0], -1),
    add=lambda xs: sum(xs[1:], xs[0]),
)
ops = types.SimpleNamespace(
    relu=F.relu,
    leaky_relu=F.leaky_relu,
    sigmoid=torch.sigmoid,
    tanh=torch.tanh,
    silu=F.silu,
    gelu=lambda x, approximate=True: F.gelu(x, approximate="tanh" if approximate else "none"),
    elu=F.elu,
    softplus=F.softplus,
    sin=torch.sin,
    erf=torch.erf,
    multiply=lambda x, y: x * y,
    zeros_like=torch.zeros_like,
)


class Model:
    def __init__(self, inputs, outputs):
        self.outputs = outputs

    def get_layer(self, name):
        return made[name]


sys.modules["keras"] = sys.modules[__name__]
