"""DDPM small · 8 steps · class 3 · guidance 3 · seed 23

pip install diffusers torch pillow (written for diffusers 0.42)
"""

import pathlib
import urllib.request

import torch
from diffusers import DDPMScheduler, UNet2DModel
from PIL import Image

# The model, from where the page has it. Files that are already beside this script are not downloaded again.
MODEL = pathlib.Path("thresholding")
for file in [
    "unet/config.json",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "scheduler/scheduler_config.json",
]:
    if not (MODEL / file).exists():
        (MODEL / file).parent.mkdir(parents=True, exist_ok=True)
        urllib.request.urlretrieve("https://unnoise.example/thresholding/" + file, MODEL / file)

unet = UNet2DModel.from_pretrained(MODEL, subfolder="unet", variant="fp16", use_safetensors=True).float()
scheduler = DDPMScheduler.from_pretrained(MODEL, subfolder="scheduler", timestep_spacing="trailing", clip_sample=False, thresholding=False, variance_type="fixed_small")
scheduler.set_timesteps(8)

# The model's names for these classes.
NAMES = {3: "food"}
labels = torch.tensor([3, 3])
generator = torch.Generator("cpu").manual_seed(23)
x = torch.randn((2, 3, 32, 32), generator=generator)

with torch.no_grad():
    for t in scheduler.timesteps:
        # Classifier-free guidance: no class + weight * (class - no class).
        none = unet(x, t, torch.full_like(labels, 5)).sample
        output = none + 3 * (unet(x, t, labels).sample - none)
        step = scheduler.step(output, t, x, generator=generator)
        # The last listed timestep is not 0, so diffusers would add noise to the finished image.
        x = step.pred_original_sample if t == scheduler.timesteps[-1] else step.prev_sample

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row.permute(1, 2, 0).numpy()).save("unnoise-ddpm-8-seed23.png")
