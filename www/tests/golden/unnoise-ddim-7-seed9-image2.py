"""DDIM η 0.8 · 7 steps · class 8 · seed 9, images 2 to 3 of 4

pip install diffusers torch pillow (written for diffusers 0.42)
"""

import pathlib
import urllib.request

import torch
from diffusers import DDIMScheduler, UNet2DModel
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
scheduler = DDIMScheduler.from_pretrained(MODEL, subfolder="scheduler", timestep_spacing="leading", clip_sample=True, set_alpha_to_one=True)
scheduler.set_timesteps(7)

# The model's names for these classes.
NAMES = {8: "bag"}
labels = torch.tensor([8, 8])
# Some images of a larger batch. The generator draws the noise of the whole batch in order, so all of it is drawn.
WHOLE, IMAGES = (4, 1, 28, 28), slice(1, 3)
generator = torch.Generator("cpu").manual_seed(9)
x = torch.randn(WHOLE, generator=generator)[IMAGES]


def placed(images):  # The scheduler draws noise for a whole batch.
    batch = torch.zeros(WHOLE)
    batch[IMAGES] = images
    return batch


with torch.no_grad():
    for t in scheduler.timesteps:
        output = unet(x, t, labels).sample
        x = scheduler.step(placed(output), t, placed(x), eta=0.8, generator=generator).prev_sample[IMAGES]

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row[0].numpy()).save("unnoise-ddim-7-seed9-image2.png")
