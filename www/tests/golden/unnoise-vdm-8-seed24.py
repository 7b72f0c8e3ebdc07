"""VDM · 8 steps · class 1 · guidance 3 · seed 24

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
# diffusers has no VDM, so this is the plan of the run, one step per line:
# x = x0 * (predicted image) + eps * (predicted noise) + xt * x + z * (fresh noise)
PLAN = [  # t, log SNR, x0, eps, xt, z
    (999, -19.835882151624144, 0.0003123864760451628, 0, 0.15401897264380662, 0.9880678386316053),
    (998.4583830194996, -16.094523281238367, 0.0020282293598178954, 0, 0.15401865584845398, 0.9880657569333213),
    (997.5852554574453, -12.353164410852592, 0.01316752807924531, 0, 0.1540053031014271, 0.9879780144197712),
    (990.3321813439771, -8.611805540466815, 0.08517465109709929, 0, 0.1534456558802899, 0.9843003380616145),
    (942.9469174281121, -4.870446670081039, 0.4825713223596186, 0, 0.13440011309657166, 0.8589206113638496),
    (667.2460831733878, -1.129087799695263, 0.9423219418437624, 0, 0.04632189116694085, 0.25832418181477296),
    (160.9285446010641, 2.6122710706905146, 0.975429694982808, 0, 0.024555295041561568, 0.041184706500271256),
    (18.926871103640337, 6.353629941076289, 1, 0, 0, 0),
]

# The model's names for these classes.
NAMES = {1: "animal"}
labels = torch.tensor([1, 1])
generator = torch.Generator("cpu").manual_seed(24)
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
        x = c_x0 * x0 + c_eps * eps + c_xt * x
        if c_z > 0:
            x = x + c_z * torch.randn(x.shape, generator=generator)

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row.permute(1, 2, 0).numpy()).save("unnoise-vdm-8-seed24.png")
