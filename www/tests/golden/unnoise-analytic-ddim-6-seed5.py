"""Analytic-DDIM η 0.3 · 6 steps · class 4 · seed 5

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
# diffusers has no Analytic-DPM, so this is the plan of the run, one step per line:
# x = x0 * (predicted image) + eps * (predicted noise) + xt * x + z * (fresh noise)
PLAN = [  # t, log SNR, x0, eps, xt, z
    (999, -10.117673183301033, 0.03914191550816019, 0.9544471775135198, 0, 0.29764521488218576),
    (799, -6.479589492200242, 0.1608707227040859, 0.9441998777841092, 0, 0.2874146853748748),
    (599, -3.628088249389514, 0.43996819165326784, 0.8613259385958497, 0, 0.2976584075935962),
    (400, -1.426965020727633, 0.8101524581949665, 0.5626822634652557, 0, 0.24105253143802363),
    (200, 0.6470572096350768, 0.9999499987499375, 0.009539482118688705, 0, 0.00982991480247451),
    (0, 9.210240366975848, 1, 0, 0, 0),
]

# The model's names for these classes.
NAMES = {4: "coat"}
labels = torch.tensor([4, 4])
generator = torch.Generator("cpu").manual_seed(5)
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
Image.fromarray(row[0].numpy()).save("unnoise-analytic-ddim-6-seed5.png")
