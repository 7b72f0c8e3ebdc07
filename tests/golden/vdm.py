"""vdm.json: what the training of models/vdm calls its timesteps and features, and what a network with features predicts.

`models/vdm_gamma.py` computes timesteps and features. gamma is straight between its values, by numpy.
"""

import sys

import numpy as np
import torch
from diffusers import UNet2DModel

import random_weights
from files import FOLDER, Arrays, config_of, write_json

sys.path.append(str(FOLDER.parent.parent / "models"))
from train_vdm import gammas_of  # noqa: E402
from vdm_gamma import fourier, timestep_of  # noqa: E402

EXPONENTS = (6, 8)
TIMES = (0.0, 0.03, 0.4, 0.77, 1.0)


def make():
    betas = np.geomspace(2e-6, 0.5, 40).round(9)
    known = gammas_of(torch.from_numpy(betas))
    values = [-12.5, -11.0, -7.25, -1.5, 0.5, 2.0]
    gamma = np.interp(TIMES, np.linspace(0, 1, len(values)), values)
    timesteps = timestep_of(torch.from_numpy(gamma), known)
    unet = UNet2DModel(
        sample_size=8,
        in_channels=7,
        out_channels=1,
        layers_per_block=1,
        block_out_channels=(8, 16),
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=4,
        attention_head_dim=None,
    )
    config = config_of(unet)
    unet.load_state_dict(random_weights.fill(unet.state_dict()))
    z = torch.randn(len(TIMES), 1, 8, 8, generator=torch.Generator().manual_seed(7))
    taken = fourier(z, *EXPONENTS)
    with torch.inference_mode():
        output = unet.double()(taken.double(), timesteps).sample
        others = unet(fourier(z, 5, 7).double(), timesteps).sample
    # Other features would show.
    apart, norm = (of.flatten(1).norm(dim=1) for of in (others - output, output))
    assert (apart / norm).min() > 0.01
    arrays = Arrays()
    content = {
        "config": config,
        "betas": betas.tolist(),
        "vdm": {"fourier": EXPONENTS, "gamma": values},
        "times": TIMES,
        "gamma": gamma.tolist(),
        "timesteps": timesteps.tolist(),
        "z": arrays.add(z),
        "taken": arrays.add(taken),
        "output": arrays.add(output),
    }
    write_json("vdm.json", content)
    arrays.write("vdm.bin")
