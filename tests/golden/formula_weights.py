"""Weights in closed form: a network that any program can build without a file."""

import math

import torch


def fill(state_dict):
    """Element i of the k-th tensor (tensors in byte order of their names, i and k from 0) is, computed in f64 and rounded to f32 once,

    wave = sin(0.37 (i + 1) + 1.7 (k + 1))
    - rank 2 and more (convolution, linear, embedding): wave / sqrt(fan_in), fan_in = the product of all dimensions but the first
    - rank 1, name ending in `.weight` (a norm's scale): 1 + 0.1 wave
    - rank 1, name ending in `.bias`: 0.1 wave
    """
    return {name: tensor(k, name, state_dict[name].shape) for k, name in enumerate(sorted(state_dict))}


def tensor(k, name, shape):
    i = torch.arange(math.prod(shape), dtype=torch.float64)
    wave = torch.sin(0.37 * (i + 1) + 1.7 * (k + 1))
    if len(shape) >= 2:
        values = wave / math.sqrt(math.prod(shape[1:]))
    elif name.endswith(".weight"):
        values = 1 + 0.1 * wave
    else:
        assert name.endswith(".bias"), name
        values = 0.1 * wave
    return values.reshape(shape).to(torch.float32)
