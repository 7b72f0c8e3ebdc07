"""shapes.json, shapes.bin: networks of the shapes that most people's checkpoints have, and some of many levels, layers and pixels.

No weights are stored: `random_weights.py` makes them here, `random_weights.rs` in the test. Of an output there are some elements, and the norm of each row.
"""

import math

import torch
from diffusers import UNet2DModel

import random_weights
from files import Arrays, config_of, write_json
from unet_variants import every_tensor_matters, size_of

SEED, ELEMENTS = 19, 256
LEAST = 5e-5
"""What each tensor must change, relative L2: five times the tolerance of the test that reads these files."""


def network(channels, attention, size, **config):
    """A network with attention at the levels of these numbers; the first is 0."""
    types = [f"{'Attn' * (level in attention)}%sBlock2D" for level in range(len(channels))]
    blocks = {"down_block_types": [name % "Down" for name in types], "up_block_types": [name % "Up" for name in reversed(types)]}
    return dict(in_channels=3, out_channels=3, layers_per_block=2, block_out_channels=channels, sample_size=size) | blocks | config


# What the converted checkpoints of Ho et al. 2020 have in place of diffusers' defaults.
DDPM = dict(attention_head_dim=None, downsample_padding=0, flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-6)
GREY = dict(in_channels=1, out_channels=1)
FAMILY_256 = (128, 128, 256, 256, 512, 512), [4]
BUTTERFLIES = network((64, 128, 128, 256), [2, 3], 32)
# A constant that is added to a channel is forgotten by a norm whose groups are single channels: at this level 32 of 32 channels.
CONSTANTS = ("conv1.bias", "time_emb_proj.weight", "time_emb_proj.bias")
FORGOTTEN = tuple(f"{block}.resnets.{layer}.{name}" for block, layer in (("down_blocks.0", 0), ("up_blocks.2", 0), ("up_blocks.2", 1)) for name in CONSTANTS)
LAST = ("up_blocks.2.resnets.1.conv2.bias", "up_blocks.2.resnets.1.conv_shortcut.bias")
CASES = {
    # google/ddpm-cifar10-32
    "cifar10-32": dict(config=network((128, 256, 256, 256), [1], 32, **DDPM), timesteps=(321, 17)),
    # google/ddpm-celebahq-256, church, bedroom, cat. To leave out each tensor in turn would take hours: the next one has the same.
    "celebahq-256": dict(config=network(*FAMILY_256, 256, **DDPM), timesteps=(321,), forgets=None),
    # What diffusers' train_unconditional.py makes.
    "train_unconditional-64": dict(config=network(*FAMILY_256, 64), timesteps=(17,)),
    "butterflies-32": dict(config=BUTTERFLIES, timesteps=(999, 17)),
    # 1aurent/ddpm-mnist: of its config the size of its file is known here, 1.07 M numbers; of three usual levels these are the nearest.
    "mnist": dict(config=network((32, 64, 64), [], 28, layers_per_block=1, **GREY), timesteps=(500, 0), forgets=FORGOTTEN + LAST),
    # teticio/audio-diffusion-256
    "audio-diffusion-256": dict(config=network(*FAMILY_256, (256, 256), **GREY), timesteps=(999,), forgets=None),
    # 4096 pixels that attend to one another.
    "attention at 64x64": dict(config=network((8, 8, 16, 16), [2], 256, layers_per_block=1, norm_num_groups=1), timesteps=(321,)),
    # The lowest has one pixel, whose attention has nothing to choose from.
    "9 levels": dict(
        config=network((8,) * 9, [7], 256, layers_per_block=1, norm_num_groups=1),
        timesteps=(321,),
        forgets=tuple(f"mid_block.attentions.0.{name}" for name in ("to_q.weight", "to_q.bias", "to_k.weight")),
    ),
    "17 layers": dict(config=network((8, 16), [1], 8, layers_per_block=17, norm_num_groups=4), timesteps=(321, 17)),
}


def make():
    arrays = Arrays()
    note = (
        "arrays: element offset and shape in shapes.bin; weights: random_weights.py; x: torch.randn of seed; "
        "output of UNet2DModel in f64: elements are every stride-th, rows the root mean square of each row"
    )
    write_json("shapes.json", {"note": note, "seed": SEED, "cases": [case(arrays, name, **of) for name, of in CASES.items()]})
    arrays.write("shapes.bin")


@torch.no_grad()
def case(arrays, name, config, timesteps, forgets=()):
    unet = formula_network(config)
    parameters = sum(p.numel() for p in unet.parameters())
    x = torch.randn((len(timesteps), config["in_channels"], *size_of(config)), generator=torch.Generator().manual_seed(SEED))
    t = torch.tensor(timesteps)
    output = unet(x, t).sample
    if forgets is not None:
        every_tensor_matters(unet, x[:1], t[:1], None, output[:1], LEAST, ("to_k.bias", *forgets))
    exact = unet.double()(x.double(), t).sample
    print(f"  {name}: {parameters} parameters", flush=True)
    stride = next(n for n in range(math.ceil(exact.numel() / ELEMENTS), exact.numel()) if math.gcd(n, exact.numel()) == 1)
    return {
        "name": name,
        "config": config_of(unet),
        "parameters": parameters,
        "timesteps": timesteps,
        "relative_l2_of_f32_to_f64": ((output - exact).norm() / exact.norm()).item(),
        "stride": stride,
        "elements": arrays.add(exact.flatten()[::stride]),
        "rows": arrays.add(exact.pow(2).mean(dim=3).sqrt().flatten()),
    }


def formula_network(config):
    unet = UNet2DModel(**config).eval()
    unet.load_state_dict(random_weights.fill(unet.state_dict()))
    return unet
