"""Small pictures by PIL and their resized planes by torch and numpy, for test/data/images.test.ts: python3 test/golden/images.py"""
import base64, io, json, os
import numpy as np, torch
from PIL import Image

r = np.random.default_rng(3)
y, x = np.mgrid[0:11, 0:14]
rgb = np.stack([(x * 17 + y * 3) % 256, (y * 23) % 256, (x * y * 2) % 256], -1).astype("u1")
def enc(img, fmt, **k):
    f = io.BytesIO(); img.save(f, fmt, **k); return base64.b64encode(f.getvalue()).decode()
def area(p, size):
    """Exact means over fractional boxes, by the integral of the step function along each axis."""
    for axis in (0, 1):
        p = np.moveaxis(p, axis, 0); n = p.shape[0]
        c = np.concatenate([np.zeros((1,) + p.shape[1:]), np.cumsum(p, 0)])
        e = np.linspace(0, n, size[axis] + 1)
        at = np.stack([np.interp(e, np.arange(n + 1), c[:, j]) for j in range(p.shape[1])], 1)
        p = np.moveaxis(np.diff(at, axis=0) / (n / size[axis]), 0, axis)
    return p
def tri(p, size):
    t = torch.tensor(p, dtype=torch.float64)[None, None]
    return torch.nn.functional.interpolate(t, size=size, mode="bilinear", align_corners=False, antialias=True)[0, 0].numpy()
plane = rgb[:, :, 0].astype(float)
sizes = [(5, 5), (4, 7), (11, 14), (22, 30), (1, 1)]
alpha = np.dstack([rgb, np.where(x < 7, 255, 0).astype("u1")])
jpg = Image.fromarray(np.repeat(np.repeat(rgb[:8, :8] // 2 + 60, 4, 0), 4, 1))
jb = io.BytesIO(); jpg.save(jb, "JPEG", quality=95, subsampling=0)
out = {
    "rgb": rgb.tolist(), "png": enc(Image.fromarray(rgb), "PNG"),
    "palette": enc(Image.fromarray(rgb).quantize(256), "PNG"),
    "palette_rgb": np.array(Image.fromarray(rgb).quantize(256).convert("RGB")).tolist(),
    "alpha": enc(Image.fromarray(alpha, "RGBA"), "PNG"),
    "grey": enc(Image.fromarray(rgb[:, :, 0]), "PNG"),
    "square": enc(Image.fromarray(rgb[:11, :11]), "PNG"),
    "jpeg": base64.b64encode(jb.getvalue()).decode(), "jpeg_rgb": np.array(Image.open(io.BytesIO(jb.getvalue()))).tolist(),
    "resized": [{"size": s, "area": area(plane, s).tolist(), "bilinear": tri(plane, s).tolist()} for s in sizes],
}
with open(os.path.join(os.path.dirname(__file__), "images.json"), "w") as f:
    json.dump(out, f); f.write("\n")
