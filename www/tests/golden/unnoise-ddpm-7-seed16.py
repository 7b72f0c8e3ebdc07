"""DDPM large · 7 steps · class 3 · seed 16

pip install diffusers torch pillow (written for diffusers 0.42)
"""

import pathlib
import urllib.request

import torch
from diffusers import DDPMScheduler, UNet2DModel
from PIL import Image

# The model, from where the page has it. Files that are already beside this script are not downloaded again.
MODEL = pathlib.Path("fashion-mnist")
for file in [
    "unet/config.json",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "scheduler/scheduler_config.json",
]:
    if not (MODEL / file).exists():
        (MODEL / file).parent.mkdir(parents=True, exist_ok=True)
        urllib.request.urlretrieve("https://unnoise.example/models/fashion-mnist/" + file, MODEL / file)

unet = UNet2DModel.from_pretrained(MODEL, subfolder="unet", variant="fp16", use_safetensors=True).float()
scheduler = DDPMScheduler.from_pretrained(MODEL, subfolder="scheduler", timestep_spacing="trailing", clip_sample=True, variance_type="fixed_large")
scheduler.set_timesteps(7)

# The model's names for these classes.
NAMES = {3: "dress"}
labels = torch.tensor([3, 3])
generator = torch.Generator("cpu").manual_seed(16)
x = torch.randn((2, 1, 28, 28), generator=generator)

with torch.no_grad():
    for t in scheduler.timesteps:
        output = unet(x, t, labels).sample
        x = scheduler.step(output, t, x, generator=generator).prev_sample

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row[0].numpy()).save("unnoise-ddpm-7-seed16.png")
