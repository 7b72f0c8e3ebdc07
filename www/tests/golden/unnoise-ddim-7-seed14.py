"""DDIM · 7 steps · class 4 · seed 14

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
# DDIMScheduler steps by a constant stride, and so misses its own list "trailing". The page did not: this is the plan of its run, one step per line. With Steps set to "as diffusers" on the page, both step alike.
# x = x0 * (predicted image) + eps * (predicted noise) + xt * x + z * (fresh noise)
PLAN = [  # t, log SNR, x0, eps, xt, z
    (999, -10.117673183301033, 0.02429582067871079, 0.9997048129810859, 0, 0),
    (856, -7.4343114027252, 0.0755264070910218, 0.9971438019824028, 0, 0),
    (713, -5.160825272700512, 0.1909537805547365, 0.9815990289786627, 0, 0),
    (570, -3.27430298406889, 0.3911985997454319, 0.9203062835584757, 0, 0),
    (428, -1.7109823455570408, 0.6563695347991831, 0.7544395494587383, 0, 0),
    (285, -0.2785024188243562, 0.8972867581607104, 0.44144815508669066, 0, 0),
    (142, 1.4186298252832072, 1, 0, 0, 0),
]

# The model's names for these classes.
NAMES = {4: "coat"}
labels = torch.tensor([4, 4])
generator = torch.Generator("cpu").manual_seed(14)
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
Image.fromarray(row[0].numpy()).save("unnoise-ddim-7-seed14.png")
