"""DDIM · 9 steps · class 0 · seed 31

pip install diffusers torch pillow (written for diffusers 0.42)
"""

import pathlib
import urllib.request

import torch
from diffusers import DDIMScheduler, UNet2DModel
from PIL import Image

# The model, from where the page has it. Files that are already beside this script are not downloaded again.
MODEL = pathlib.Path("pndm")
for file in [
    "unet/config.json",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "scheduler/scheduler_config.json",
]:
    if not (MODEL / file).exists():
        (MODEL / file).parent.mkdir(parents=True, exist_ok=True)
        urllib.request.urlretrieve("https://unnoise.example/pndm/" + file, MODEL / file)

unet = UNet2DModel.from_pretrained(MODEL, subfolder="unet", variant="fp16", use_safetensors=True).float()
scheduler = DDIMScheduler.from_pretrained(MODEL, subfolder="scheduler", timestep_spacing="leading", clip_sample=True, num_train_timesteps=1000, beta_start=0.0001, beta_end=0.02, beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction", clip_sample_range=1, thresholding=False, dynamic_thresholding_ratio=0.995, sample_max_value=2, steps_offset=0, rescale_betas_zero_snr=False, set_alpha_to_one=True)
scheduler.set_timesteps(9)

# The model's names for these classes.
NAMES = {0: "face"}
labels = torch.tensor([0, 0])
generator = torch.Generator("cpu").manual_seed(31)
x = torch.randn((2, 3, 32, 32), generator=generator)

with torch.no_grad():
    for t in scheduler.timesteps:
        output = unet(x, t, labels).sample
        x = scheduler.step(output, t, x, eta=0, generator=generator).prev_sample

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row.permute(1, 2, 0).numpy()).save("unnoise-ddim-9-seed31.png")
