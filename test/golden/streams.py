"""Numbers from a name: the streams that fill weights, inputs and cotangents, and the summary of a large tensor.

`streams.ts` says the same in TypeScript; `data/streams.json` holds values that both must reproduce. Element i of the
stream `name` is fmix32(i * 0x9e3779b1 + fnv1a(name)) / 2^32, in [0, 1): murmur3's finaliser over a counter.
"""

import functools

import numpy as np

WHOLE = 128  # a tensor of at most this many elements is stored whole
SAMPLES = 96  # a larger one by this many elements,
PROJECTIONS = 4  # this many weighted sums over all of it, and its largest magnitude


def seed_of(name):
    """FNV-1a, 32 bits, of an ASCII name."""
    h = 0x811C9DC5
    for byte in name.encode("ascii"):
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return h


def units(name, n):
    """n float64 numbers in [0, 1)."""
    with np.errstate(over="ignore"):
        x = np.arange(n, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed_of(name))
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return x.astype(np.float64) / 4294967296.0


def uniform(name, shape, scale=1.0):
    """float64 numbers in [-scale, scale), each rounded to float32 so that a float32 program starts from the same ones."""
    n = int(np.prod(shape, dtype=np.int64))
    return ((2.0 * units(name, n) - 1.0) * scale).astype(np.float32).astype(np.float64).reshape(shape)


def integers(name, shape, bound):
    """int64 numbers in [0, bound)."""
    n = int(np.prod(shape, dtype=np.int64))
    return np.floor(units(name, n) * bound).astype(np.int64).reshape(shape)


@functools.lru_cache(maxsize=None)
def positions(n):
    """One place in each of SAMPLES equal parts of [0, n): a plain stride would visit a single column."""
    return np.floor((np.arange(SAMPLES) + units("positions", SAMPLES)) * n / SAMPLES).astype(np.int64)


def projection(k, n):
    """The weights of projection k, in [-1, 1)."""
    return 2.0 * units(f"projection/{k}", n) - 1.0


def summary(values):
    """What is stored of a tensor: all of it, or samples, projections and the largest magnitude."""
    flat = np.ascontiguousarray(values, dtype=np.float64).reshape(-1)
    entry = {"shape": list(np.shape(values)), "max": float(np.abs(flat).max(initial=0.0))}
    if flat.size <= WHOLE:
        return {**entry, "values": flat.tolist()}
    return {
        **entry,
        "sample": flat[positions(flat.size)].tolist(),
        "projections": [float(projection(k, flat.size) @ flat) for k in range(PROJECTIONS)],
    }


def self_check():
    """Values for data/streams.json."""
    return {
        "seed": {name: seed_of(name) for name in ["", "x", "lstm-01/weight_ih_l0"]},
        "uniform": {"x": uniform("x", [8], 1.0).tolist(), "lstm-01/bias_hh_l2": uniform("lstm-01/bias_hh_l2", [8], 0.3).tolist()},
        "integers": {"x": integers("x", [12], 65).tolist()},
        "positions": {"129": positions(129).tolist(), "1700000": positions(1700000).tolist()},
        "projection": {"3": projection(3, 8).tolist()},
    }
