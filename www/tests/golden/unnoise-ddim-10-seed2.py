"""DDIM · 10 steps · class 1 · seed 2

pip install diffusers torch pillow (written for diffusers 0.42)
"""

import pathlib
import urllib.request

import torch
from diffusers import DDIMScheduler, UNet2DModel
from PIL import Image

# The model, from where the page has it. Files that are already beside this script are not downloaded again.
MODEL = pathlib.Path("emoji")
for file in [
    "unet/config.json",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "scheduler/scheduler_config.json",
]:
    if not (MODEL / file).exists():
        (MODEL / file).parent.mkdir(parents=True, exist_ok=True)
        urllib.request.urlretrieve("https://unnoise.example/models/emoji/" + file, MODEL / file)

unet = UNet2DModel.from_pretrained(MODEL, subfolder="unet", variant="fp16", use_safetensors=True).float()
scheduler = DDIMScheduler.from_pretrained(MODEL, subfolder="scheduler", timestep_spacing="trailing", clip_sample=True, set_alpha_to_one=True)
scheduler.set_timesteps(10)

# The model's names for these classes.
NAMES = {1: "animal"}
labels = torch.tensor([1, 1])
generator = torch.Generator("cpu").manual_seed(2)
x = torch.randn((2, 3, 32, 32), generator=generator)

with torch.no_grad():
    for t in scheduler.timesteps:
        output = unet(x, t, labels).sample
        x = scheduler.step(output, t, x, eta=0, generator=generator).prev_sample

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row.permute(1, 2, 0).numpy()).save("unnoise-ddim-10-seed2.png")
