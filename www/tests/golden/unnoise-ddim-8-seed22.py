"""DDIM · 8 steps · class 0 · guidance 3 · seed 22

pip install diffusers torch pillow (written for diffusers 0.42)
"""

import math
import pathlib
import urllib.request

import torch
from diffusers import UNet2DModel
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
# DDIMScheduler steps by a constant stride, and so misses its own list "linspace". The page did not: this is the plan of its run, one step per line. With Steps set to "as diffusers" on the page, both step alike.
# x = x0 * (predicted image) + eps * (predicted noise) + xt * x + z * (fresh noise)
PLAN = [  # t, log SNR, x0, eps, xt, z
    (999, -19.835882151624144, 0.22101858008235364, 0.975269597218318, 0, 0),
    (856, -2.968934343977702, 0.429700384433741, 0.9029715275785252, 0, 0),
    (714, -1.4852056731248002, 0.6186523899361491, 0.7856648270263159, 0, 0),
    (571, -0.4779734499259709, 0.777010165518186, 0.6294880480846329, 0, 0),
    (428, 0.4210931327513413, 0.8969424407044638, 0.4421473261969582, 0, 0),
    (285, 1.4146970952079332, 0.9721536806364081, 0.234344236594555, 0, 0),
    (143, 2.845445537400474, 0.9999793576745363, 0.006425280135665512, 0, 0),
    (0, 10.094988811462066, 1, 0, 0, 0),
]

# The model's names for these classes.
NAMES = {0: "face"}
labels = torch.tensor([0, 0])
generator = torch.Generator("cpu").manual_seed(22)
x = torch.randn((2, 3, 32, 32), generator=generator)

with torch.no_grad():
    for t, log_snr, c_x0, c_eps, c_xt, c_z in PLAN:
        signal = 1 / math.sqrt(1 + math.exp(-log_snr))
        sigma = 1 / math.sqrt(1 + math.exp(log_snr))
        # Classifier-free guidance: no class + weight * (class - no class).
        none = unet(x, torch.tensor(t), torch.full_like(labels, 5)).sample
        output = none + 3 * (unet(x, torch.tensor(t), labels).sample - none)
        x0 = signal * x - sigma * output
        eps = signal * output + sigma * x
        # Dynamic thresholding (Saharia et al. 2022, section 2.3).
        bound = x0.abs().flatten(1).quantile(0.9, dim=1).clamp(1, 2).view(-1, 1, 1, 1)
        x0 = x0.clamp(-bound, bound) / bound
        eps = (x - signal * x0) / sigma
        x = c_x0 * x0 + c_eps * eps + c_xt * x
        if c_z > 0:
            x = x + c_z * torch.randn(x.shape, generator=generator)

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row.permute(1, 2, 0).numpy()).save("unnoise-ddim-8-seed22.png")
