"""VDM · 6 steps · class 1 · seed 4

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
# diffusers has no VDM, so this is the plan of the run, one step per line:
# x = x0 * (predicted image) + eps * (predicted noise) + xt * x + z * (fresh noise)
PLAN = [  # t, log SNR, x0, eps, xt, z
    (999, -10.117673183301033, 0, -4.803926752403072, 5.003682616043775, 0.9793505397173918),
    (824.3611140146339, -6.8963542582548865, 0, -4.746572849256988, 4.946343703294356, 0.9676581099831291),
    (602.7651494308126, -3.675035333208739, 0, -3.7585654391385552, 3.9640806535321342, 0.7662383881149213),
    (302.3082630477024, -0.45371640816259173, 0, -1.1684505645720729, 1.5562836094432582, 0.23820569089117052),
    (72.79812709838362, 2.7676025168835547, 0, -0.2403225735503382, 1.0296384215254253, 0.04899326202154551),
    (10.965413267048275, 5.988921441929705, 0, -0.0500636180677446, 1.001252398675795, 0),
]

# The model's names for these classes.
NAMES = {1: "trouser"}
labels = torch.tensor([1, 1])
generator = torch.Generator("cpu").manual_seed(4)
x = torch.randn((2, 1, 28, 28), generator=generator)

with torch.no_grad():
    for t, log_snr, c_x0, c_eps, c_xt, c_z in PLAN:
        signal = 1 / math.sqrt(1 + math.exp(-log_snr))
        sigma = 1 / math.sqrt(1 + math.exp(log_snr))
        output = unet(x, torch.tensor(t), labels).sample
        eps = output
        x0 = (x - sigma * eps) / signal
        x = c_x0 * x0 + c_eps * eps + c_xt * x
        if c_z > 0:
            x = x + c_z * torch.randn(x.shape, generator=generator)

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row[0].numpy()).save("unnoise-vdm-6-seed4.png")
