"""VDM · 5 steps · class 4 · seed 6, images 3 to 4 of 4

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
    (999, -10.117673183301033, 0, -6.757518785342237, 6.902262454229769, 0.9885175025343405),
    (784.8165138879239, -6.252090473245657, 0, -6.472972373196621, 6.617852936351919, 0.9468928888818534),
    (492.11439835853963, -2.38650776319028, 0, -2.9137733380382156, 3.1099444504437876, 0.42623868827658934),
    (138.04048260425714, 1.4790749468650954, 0, -0.4662226923556564, 1.105447859592859, 0.06820096341750803),
    (16.81069952418907, 5.344657656920473, 0, -0.06909113640313025, 1.0023839509536632, 0),
]

# The model's names for these classes.
NAMES = {4: "coat"}
labels = torch.tensor([4, 4])
# Some images of a larger batch. The generator draws the noise of the whole batch in order, so all of it is drawn.
WHOLE, IMAGES = (4, 1, 28, 28), slice(2, 4)
generator = torch.Generator("cpu").manual_seed(6)
x = torch.randn(WHOLE, generator=generator)[IMAGES]


def placed(images):  # The scheduler draws noise for a whole batch.
    batch = torch.zeros(WHOLE)
    batch[IMAGES] = images
    return batch


with torch.no_grad():
    for t, log_snr, c_x0, c_eps, c_xt, c_z in PLAN:
        signal = 1 / math.sqrt(1 + math.exp(-log_snr))
        sigma = 1 / math.sqrt(1 + math.exp(log_snr))
        output = unet(x, torch.tensor(t), labels).sample
        eps = output
        x0 = (x - sigma * eps) / signal
        x = c_x0 * x0 + c_eps * eps + c_xt * x
        if c_z > 0:
            x = x + c_z * torch.randn(WHOLE, generator=generator)[IMAGES]

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row[0].numpy()).save("unnoise-vdm-5-seed6-image3.png")
