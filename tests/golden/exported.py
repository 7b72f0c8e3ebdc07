"""exported.json: what diffusers makes of folders that the engine has trained. The engine trains (seconds, the same bits everywhere) and
writes the folders; here diffusers loads and samples them."""

import hashlib
import os
import pathlib
import subprocess
import tempfile

import torch
from diffusers import DDIMScheduler, DDPMScheduler, UNet2DModel

from files import FOLDER, f32_list, write_json

NETWORK = {"block_out_channels": [8, 16], "norm_num_groups": 4}
TRAINING = {"batch": 8, "warmup": 5, "learningRate": 0.005, "network": NETWORK}
# `labels` are those that are sampled; images are trained with labels where there are any.
CASES = [
    {"name": "images", "options": TRAINING | {"seed": 1}, "labels": None, "sampler": "ddim"},
    {"name": "classes", "options": TRAINING | {"seed": 2}, "labels": [0, 1], "sampler": "ddim"},
    {"name": "a learned variance", "options": TRAINING | {"seed": 3, "objective": "l_hybrid"}, "labels": None, "sampler": "ddpm"},
]
TRAINED, SAMPLED, SEED = 60, 10, 7
SHAPE = (2, 1, 8, 8)


def make():
    content = {"trained": TRAINED, "sampled": SAMPLED, "seed": SEED, "cases": CASES}
    write_json("exported.json", content)
    with tempfile.TemporaryDirectory() as folder:
        command = "cargo test --locked --features burn --test training exported"
        environment = os.environ | {"EXPORT_TO": folder}
        subprocess.run(command.split(), cwd=FOLDER.parent.parent, env=environment, check=True)
        content["cases"] = [case | sampled(case, pathlib.Path(folder) / case["name"]) for case in CASES]
    write_json("exported.json", content)


@torch.no_grad()
def sampled(case, folder):
    unet = UNet2DModel.from_pretrained(folder).eval()
    scheduler = {"ddim": DDIMScheduler, "ddpm": DDPMScheduler}[case["sampler"]].from_pretrained(folder)
    labels = None if case["labels"] is None else torch.tensor(case["labels"])
    scheduler.set_timesteps(SAMPLED)
    generator = torch.Generator().manual_seed(SEED)
    noise = x = torch.randn(SHAPE, generator=generator)
    for t in scheduler.timesteps:
        x = scheduler.step(unet(x, t, labels).sample, t, x, generator=generator).prev_sample
    weights = (folder / "diffusion_pytorch_model.safetensors").read_bytes()
    return {
        "sha256": hashlib.sha256(weights).hexdigest(),
        "noise": f32_list(noise),
        "pictures": f32_list(x),
    }
