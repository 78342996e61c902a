"""Golden random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011) in plain
integers, checked against the known answers of Random123, then uniform and Box-Muller normal numbers in float64.

Run: /usr/bin/python3 test/golden/draws.py > test/golden/draws.json
"""
import json
import math

MASK = 0xFFFFFFFF


def philox(counter, key):
    c, (k0, k1) = list(counter), key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k0, p1 & MASK, (p0 >> 32) ^ c[3] ^ k1, p0 & MASK]
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return c


# kat_vectors of Random123
assert philox([0] * 4, [0, 0]) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
assert philox([MASK] * 4, [MASK, MASK]) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


def numbers(index, key, kind):
    """Number `index` of a key: blocks of 16, word by word, four counters a block."""
    block, word, lane = index // 16, index % 16 // 4, index % 4
    words = philox([4 * block + lane, 0, 0, 0], key)
    if kind == "uniform":
        signed = words[word] - (words[word] >> 31 << 32)
        return (signed >> 8) * 2.0**-23
    u, v = words[word & 2], words[word | 1]
    radius = math.sqrt(-2 * math.log(u * 2.0**-32 + 2.0**-33))
    angle = 2 * math.pi * v * 2.0**-32
    return radius * (math.sin(angle) if word & 1 else math.cos(angle))


indices = list(range(64)) + list(range(99_990, 100_010))
cases = [
    {"key": key, "kind": kind, "values": [numbers(i, key, kind) for i in indices]}
    for key in ([0, 0], [1, 2], [MASK, 0x80000000])
    for kind in ("uniform", "normal")
]
print(json.dumps({"indices": indices, "cases": cases}, indent=1))
