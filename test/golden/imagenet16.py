"""Small batches as those of downsampled ImageNet, for test/data/imagenet16.test.ts:
/usr/bin/python3 test/golden/imagenet16.py > test/golden/imagenet16.json"""

import base64
import json
import pickle

import numpy as np

random = np.random.default_rng(1)


def batch(labels):
    images = random.integers(0, 4, (len(labels), 768), dtype=np.uint8)
    return {"data": images, "labels": labels, "mean": images.mean(0)}


def python2(batch):
    """As Python 2's cPickle writes it by protocol 2: str as BINSTRING, memo numbers from 1."""
    raw = batch["data"].tobytes()
    size = len(batch["labels"])
    labels = b"".join(b"M" + label.to_bytes(2, "little") for label in batch["labels"])
    out = (
        b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85U\x01b\x87Rq\x05"
        + b"(K\x01K" + bytes([size]) + b"M\x00\x03\x86cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        + b"T" + len(raw).to_bytes(4, "little") + raw
        + b"tbU\x06labelsq\x07]q\x08(" + labels + b"eu."
    )
    read = pickle.loads(out, encoding="latin1")
    assert (read["data"] == batch["data"]).all() and read["labels"] == batch["labels"]
    return out


first, second, val = batch([3, 121, 120, 1000]), batch([1, 7]), batch([2] * 86 + [500])
print(
    json.dumps(
        {
            "train_data_batch_1": base64.b64encode(pickle.dumps(first, 3)).decode(),
            "train_data_batch_10": base64.b64encode(pickle.dumps(second, 2)).decode(),
            "val_data": base64.b64encode(python2(val)).decode(),
            "sums": [int(row.sum()) for row in first["data"]],
            "firstRow": first["data"][0].tolist(),
            "valSum": int(val["data"][:86].sum()),
        }
    )
)
