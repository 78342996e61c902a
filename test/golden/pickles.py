"""Pickles as Python and numpy write them, for test/data/pickle.test.ts: python3 test/golden/pickles.py > test/golden/pickles.json"""

import base64
import collections
import io
import json
import os
import pickle

import numpy as np


def b64(data):
    return base64.b64encode(data).decode()


values = {
    "none": None,
    "numbers": [0, 255, 256, 65535, 65536, -1, 2**31, -(2**40), 2**53 - 1, 1.5, -1e300, True, False],
    "text": ["", "ascii", "Größe 日本 😀", "x" * 300],
    "dict": {"a": [1, 2], "b": {"c": None}, "7": {}},
    "many": list(range(2500)),
}
shared = [1, 2]
ordered = collections.OrderedDict([("z", 1.25), ("a", [3])])
nats = collections.OrderedDict(
    {"12": {("cifar10", 777): {"params": np.float64(0.129306), "latency": [np.float64(0.25)], "net": None}}}
)
# As Python 2's cPickle writes protocol 2: str as (SHORT_)BINSTRING, memo numbers from 1.
array = np.arange(12, dtype=np.uint8).reshape(3, 4)
raw = array.tobytes()
python2 = (
    b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85q\x05U\x01bq\x06\x87Rq\x07"
    b"(K\x01K\x03K\x04\x86q\x08cnumpy\ndtype\nq\tU\x02u1q\nK\x00K\x01\x87Rq\x0b(K\x03U\x01|q\x0cNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\rb\x89"
    + b"T"
    + len(raw).to_bytes(4, "little")
    + raw
    + b"q\x0etq\x0fbU\x06labelsq\x10]q\x11(K\x07K\x08K\x09eu."
)
assert (pickle.loads(python2, encoding="latin1")["data"] == array).all()


class Hostile:
    def __reduce__(self):
        return os.system, ("touch /tmp/pwned",)


result = {
    "plain": {
        name: {"value": value, "pickles": [b64(pickle.dumps(value, protocol)) for protocol in (2, 3, 4)]}
        for name, value in values.items()
    },
    "shared": b64(pickle.dumps([shared, shared], 4)),
    "ordered": [b64(pickle.dumps(ordered, protocol)) for protocol in (2, 4)],
    "bytes": [b64(pickle.dumps(bytes(range(256)), protocol)) for protocol in (2, 3, 4)],
    "set": b64(pickle.dumps({1, 2}, 4)),
    "tuples": b64(pickle.dumps([(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)], 4)),
    "big": b64(pickle.dumps([2**70, -(2**70)], 4)),
    "nats": [b64(pickle.dumps(nats, protocol)) for protocol in (2, 4)],
    "scalars": b64(
        pickle.dumps([np.int32(-5), np.uint16(65535), np.float32(0.5), np.int64(-7), np.bool_(True), np.uint8(200)], 4)
    ),
    "python2": b64(python2),
    "arrays": [b64(pickle.dumps(array, protocol)) for protocol in (2, 4)],
    "hostile": [b64(pickle.dumps(Hostile(), protocol)) for protocol in (2, 3, 4)],
}
print(json.dumps(result))
