"""batches.json: the noise of whole batches as diffusers draws it, from one generator per image and from one for all."""

import torch
from diffusers.utils.torch_utils import randn_tensor

from files import f32_list, write_json

# Images below 16 numbers, of 16, and of a count that 16 does not divide: PyTorch draws each kind in its own way.
IMAGES = ((1, 3, 5), (1, 4, 4), (1, 5, 5))
SEEDS = ((0, 1, 2), (7, 7, 42), (2**32, 2**40 + 3))
WHOLE = (3, 5)
DRAWS = 3


def make():
    write_json(
        "batches.json",
        {
            "note": "x_T and the noise of two steps by diffusers' randn_tensor: a list of generators, one per image; "
            "and one generator that walks over the whole batch",
            "lists": [
                {"seeds": seeds, "image": image} | drawn(len(seeds), image, [seeded(seed) for seed in seeds])
                for seeds in SEEDS
                for image in IMAGES
            ],
            "streams": [
                {"seed": 7, "batch": batch, "image": image} | drawn(batch, image, seeded(7))
                for batch in WHOLE
                for image in IMAGES
            ],
        },
    )


def seeded(seed):
    return torch.Generator("cpu").manual_seed(seed)


def drawn(batch, image, generator):
    draws = [randn_tensor((batch, *image), generator=generator) for _ in range(DRAWS)]
    return {"draws": [f32_list(draw) for draw in draws]}
