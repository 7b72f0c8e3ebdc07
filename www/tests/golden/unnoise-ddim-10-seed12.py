"""DDIM η 0.5 · 10 steps · class 8 · seed 12

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
# DDIMScheduler steps by a constant stride, and so misses its own list "linspace". The page did not: this is the plan of its run, one step per line. With Steps set to "as diffusers" on the page, both step alike.
# x = x0 * (predicted image) + eps * (predicted noise) + xt * x + z * (fresh noise)
PLAN = [  # t, log SNR, x0, eps, xt, z
    (999, -10.117673183301033, 0.018322845700433847, 0.8830527638566626, 0, 0.46891586619621567),
    (888, -7.99887741456854, 0.04663998796339863, 0.8870162963807393, 0, 0.45937653561949626),
    (777, -6.128416332175273, 0.10480567817916013, 0.8889854231153244, 0, 0.44578098581015546),
    (666, -4.500249652660428, 0.20796651004698308, 0.8810942874112169, 0, 0.424762036192264),
    (555, -3.096543216157238, 0.36450626038538314, 0.8451680116949499, 0, 0.39092994020344385),
    (444, -1.87586271450502, 0.5644686483467843, 0.752892438701848, 0, 0.33842003601905485),
    (333, -0.7600986207282148, 0.7725340293061423, 0.5781321942618275, 0, 0.26259158311343694),
    (222, 0.39218601282942833, 0.9346683866007499, 0.3186902171411704, 0, 0.15758030520234687),
    (111, 1.933216340247053, 0.9999499987499375, 0.00866125169882564, 0, 0.004998271602223126),
    (0, 9.210240366975848, 1, 0, 0, 0),
]

# The model's names for these classes.
NAMES = {8: "bag"}
labels = torch.tensor([8, 8])
generator = torch.Generator("cpu").manual_seed(12)
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
Image.fromarray(row[0].numpy()).save("unnoise-ddim-10-seed12.png")
