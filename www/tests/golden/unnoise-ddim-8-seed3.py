"""DDIM · 8 steps · class 8 · guidance 2 · seed 3

pip install diffusers torch pillow (written for diffusers 0.42)
"""

import math
import pathlib
import urllib.request

import torch
from diffusers import UNet2DModel
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
# DDIMScheduler cannot follow the list "quadratic", so this is the plan of the run, one step per line:
# x = x0 * (predicted image) + eps * (predicted noise) + xt * x + z * (fresh noise)
PLAN = [  # t, log SNR, x0, eps, xt, z
    (800, -6.495780000943128, 0.17287448022485136, 0.9849438634191228, 0, 0),
    (587, -3.48003772953602, 0.42578655518609987, 0.9048236344298012, 0, 0),
    (408, -1.5076037381694463, 0.7016864223651569, 0.7124859048910278, 0, 0),
    (261, -0.03054703379250967, 0.8919497088007832, 0.45213462261830606, 0, 0),
    (146, 1.3588595551677594, 0.9756262413788328, 0.2194389143543402, 0, 0),
    (65, 2.9840113287828878, 0.9977975479797035, 0.06633289716039241, 0, 0),
    (16, 5.421728874867979, 0.9999499987499375, 0.010000000000000009, 0, 0),
    (0, 9.210240366975848, 1, 0, 0, 0),
]

# The model's names for these classes.
NAMES = {8: "bag"}
labels = torch.tensor([8, 8])
generator = torch.Generator("cpu").manual_seed(3)
x = torch.randn((2, 1, 28, 28), generator=generator)

with torch.no_grad():
    for t, log_snr, c_x0, c_eps, c_xt, c_z in PLAN:
        signal = 1 / math.sqrt(1 + math.exp(-log_snr))
        sigma = 1 / math.sqrt(1 + math.exp(log_snr))
        # Classifier-free guidance: no class + weight * (class - no class).
        none = unet(x, torch.tensor(t), torch.full_like(labels, 10)).sample
        output = none + 2 * (unet(x, torch.tensor(t), labels).sample - none)
        eps = output
        x0 = (x - sigma * eps) / signal
        x0 = x0.clamp(-1, 1)
        eps = (x - signal * x0) / sigma
        x = c_x0 * x0 + c_eps * eps + c_xt * x
        if c_z > 0:
            x = x + c_z * torch.randn(x.shape, generator=generator)

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row[0].numpy()).save("unnoise-ddim-8-seed3.png")
