"""randn.json: what torch.randn draws on the CPU, for any element count, and how a stream goes on from draw to draw."""

import hashlib

import torch

from files import f32_list, write_json

COUNTS = (1, 2, 3, 5, 8, 15, 16, 17, 24, 31, 32, 33, 100, 784, 1568, 3137)
SEEDS = (0, 1, 7, 42, 2**32 - 1, 2**40 + 3)
STREAMS = {0: (5, 5, 16, 3, 17, 1), 7: (1, 16, 1, 15, 15, 100, 2), 42: (784, 784, 3, 784), 2**40 + 3: (15, 15, 15)}
ENDS = 16
STRIDE = 61


def make():
    write_json(
        "randn.json",
        {
            "note": "first and last: up to 16 values; strided: every 61st value from the first on (only above 32 values); "
            "sha256 of the little-endian f32 bytes; seeds count modulo 2^32; under 16 elements normals come in pairs, "
            "and the second one waits in the generator for the next such draw",
            "stride": STRIDE,
            "single": [{"seed": seed, "n": n} | described(torch.randn(n, generator=seeded(seed))) for seed in SEEDS for n in COUNTS],
            "streams": [stream(seed, counts) for seed, counts in STREAMS.items()],
        },
    )


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def described(values):
    n = len(values)
    content = {"first": f32_list(values[:ENDS])}
    if n > ENDS:
        content["last"] = f32_list(values[-ENDS:])
    if n > 2 * ENDS:
        content["strided"] = f32_list(values[::STRIDE])
    return content | {"sha256": hashlib.sha256(values.numpy().astype("<f4").tobytes()).hexdigest()}


def stream(seed, counts):
    generator = seeded(seed)
    draws = [{"n": n} | described(torch.randn(n, generator=generator)) for n in counts]
    return {"seed": seed, "draws": draws}
