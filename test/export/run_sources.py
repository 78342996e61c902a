"""Runs exported sources in the folders given: each has torch_network.py, keras_network.py, weights.npz (PyTorch's names), tensors.npz (nodes'
names) and data.npz (inputs, outputs). Prints the largest relative difference from the outputs, for PyTorch and Keras, as JSON."""
import importlib.util
import json
import os
import sys

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "keras"))
import keras  # noqa: E402 the stand-in beside this file

torch.manual_seed(0)


def load(path):
    spec = importlib.util.spec_from_file_location("network", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def difference(found, expected):
    return float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-30))


results = []
for folder in sys.argv[1:]:
    stored = np.load(os.path.join(folder, "data.npz"))
    inputs, outputs = stored["inputs"], stored["outputs"]
    source = load(os.path.join(folder, "torch_network.py"))
    model = source.load_weights(source.Network(), os.path.join(folder, "weights.npz")).eval()
    with torch.no_grad():
        found = model(torch.from_numpy(inputs)).numpy()
    result = {"torch": difference(found, outputs), "parameters": sum(p.numel() for p in model.parameters())}
    path = os.path.join(folder, "keras_network.py")
    if os.path.exists(path):
        last = inputs if inputs.ndim == 2 else inputs.transpose(0, 2, 3, 1)
        keras.feed(last.astype(np.float64))
        keras.Weighted.weights.clear()
        source = load(path)
        source.load_weights(source.network(), os.path.join(folder, "tensors.npz"))
        result["keras"] = difference(source.network().outputs.numpy(), outputs)
    results.append(result)
print(json.dumps(results))
