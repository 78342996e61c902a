"""Small arrays as numpy writes them, for test/data/npy.test.ts: python3 test/golden/npy.py"""
import base64, io, json, os
import numpy as np

a = np.arange(24).reshape(4, 3, 2)
def save(x, **k):
    f = io.BytesIO(); np.save(f, x, **k); return base64.b64encode(f.getvalue()).decode()
def savez(f_, **k):
    f = io.BytesIO(); f_(f, **k); return base64.b64encode(f.getvalue()).decode()

half = np.array([1.5, -0.25, 65504, 6e-8, 0], dtype="<f2")
out = {
    "types": {t: save((a - (0 if t[1] in "ub" else 5)).astype(t)) for t in ["<f8", ">f8", "<f4", "<i8", ">i4", "<u2", "|u1", "|i1", "<u8"]},
    "fortran": save(np.asfortranarray(a.astype("<f8"))),
    "bool": save(np.array([True, False, True])),
    "half": save(half), "half_values": [float(x) for x in half],
    "complex": save(a.astype(complex)), "text": save(np.array(["a", "b"])),
    "object": save(np.array([{}, 1], dtype=object), allow_pickle=True),
    "record": save(np.zeros(2, dtype=[("a", "f8"), ("b", "i4")])),
    "scalar": save(np.float64(3)), "labels": save(np.array([2, 0, 2, 7])),
    "nan": save(np.array([[1, 2], [3, np.nan]])),
    "npz": savez(np.savez, x=a.astype("<f8"), y=np.array([0.5, 1.5, 2.5, 4.0])),
    "npz_compressed": savez(np.savez_compressed, images=a.astype("u1"), labels=np.array([3, 1, 3, 1])),
}
with open(os.path.join(os.path.dirname(__file__), "npy.json"), "w") as f:
    json.dump(out, f, indent=1); f.write("\n")
