"""Weights that look random and are a formula of integers: any program can make those of a large network, in any order, without a file.

The sines of `formula_weights.py` will not do for wide or long networks. Their matrices have rank 2, and a third of the tensors hardly matter: of those
of sd-class-butterflies-32, 140 of 369 change the output by less than 5e-5.
"""

import math

import numpy as np
import torch


def fill(state_dict):
    """Element i of the k-th tensor (tensors in byte order of their names, i and k from 0) is, computed in f64 and rounded to f32 once,

    u = (mix(i xor mix(k + 1)) >> 8) / 2^23 - 1, in [-1, 1)
    - rank 2 and more (convolution, linear, embedding): u sqrt(3 / fan_in), fan_in = the product of all dimensions but the first;
      1.5 times as much in a name ending in `.conv_shortcut.weight`, or blocks of many layers forget what is below them
    - rank 1, name ending in `.weight` (a norm's scale): 1 + 0.3 u
    - rank 1, name ending in `.bias`: 0.3 u
    """
    return {name: tensor(k, name, state_dict[name].shape) for k, name in enumerate(sorted(state_dict))}


def tensor(k, name, shape):
    key = mix(np.array([k + 1], np.uint32))
    bits = mix(np.arange(math.prod(shape), dtype=np.uint32) ^ key)
    u = (bits >> 8) / np.float64(1 << 23) - 1
    if len(shape) >= 2:
        gain = 1.5 if name.endswith(".conv_shortcut.weight") else 1.0
        values = u * (gain * math.sqrt(3 / math.prod(shape[1:])))
    elif name.endswith(".weight"):
        values = 1 + 0.3 * u
    else:
        assert name.endswith(".bias"), name
        values = 0.3 * u
    return torch.from_numpy(values.astype(np.float32)).reshape(tuple(shape))


def mix(x):
    """A permutation of the numbers of 32 bits without a pattern that shows: two multiplications between shifts."""
    x = (x ^ (x >> 16)) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * np.uint32(0x846CA68B)
    return x ^ (x >> 16)
