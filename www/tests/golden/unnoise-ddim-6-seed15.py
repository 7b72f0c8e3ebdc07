"""DDIM · 6 steps · class 6 · seed 15

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
    (800, -6.495780000943128, 0.12933563144221913, 0.9916008745656907, 0, 0),
    (512, -2.6052765399808266, 0.539723829092062, 0.841842139780495, 0, 0),
    (288, -0.3090512431812865, 0.9222414327545578, 0.38661445874516953, 0, 0),
    (128, 1.638620919077075, 1, 0, 0, 0),
    (32, 4.274632672988525, 1, 0, 0, 0),
    (0, 9.210240366975848, 1, 0, 0, 0),
]

# The model's names for these classes.
NAMES = {6: "shirt"}
labels = torch.tensor([6, 6])
generator = torch.Generator("cpu").manual_seed(15)
x = torch.randn((2, 1, 28, 28), generator=generator)

with torch.no_grad():
    for t, log_snr, c_x0, c_eps, c_xt, c_z in PLAN:
        signal = 1 / math.sqrt(1 + math.exp(-log_snr))
        sigma = 1 / math.sqrt(1 + math.exp(log_snr))
        output = unet(x, torch.tensor(t), labels).sample
        eps = output
        x0 = (x - sigma * eps) / signal
        x0 = x0.clamp(-1, 1)
        x = c_x0 * x0 + c_eps * eps + c_xt * x
        if c_z > 0:
            x = x + c_z * torch.randn(x.shape, generator=generator)

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row[0].numpy()).save("unnoise-ddim-6-seed15.png")
