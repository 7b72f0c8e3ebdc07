"""VDM · 4 steps · 2 of 10 classes · seeds 2, 8

pip install diffusers torch pillow (written for diffusers 0.42)
"""

import math
import pathlib
import urllib.request

import torch
from diffusers import UNet2DModel
from diffusers.utils.torch_utils import randn_tensor
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
    (999, -10.117673183301033, 0, -11.083540311746793, 11.172819575174033, 0.9934945481862784),
    (721.5636697640962, -5.285694795731812, 0, -8.689233575351478, 8.781197430965747, 0.7788762382972126),
    (302.3082630477024, -0.45371640816259173, 0, -1.2369157584882748, 1.5944445709097608, 0.11087333361537831),
    (30.147506402083067, 4.378261979406629, 0, -0.1120140476950759, 1.0062540170757255, 0),
]

# The model's names for these classes.
NAMES = {0: "T-shirt/top", 7: "sneaker"}
labels = torch.tensor([0, 7])
generator = [torch.Generator("cpu").manual_seed(seed) for seed in [2, 8]]
x = randn_tensor((2, 1, 28, 28), generator=generator)

with torch.no_grad():
    for t, log_snr, c_x0, c_eps, c_xt, c_z in PLAN:
        signal = 1 / math.sqrt(1 + math.exp(-log_snr))
        sigma = 1 / math.sqrt(1 + math.exp(log_snr))
        output = unet(x, torch.tensor(t), labels).sample
        eps = output
        x0 = (x - sigma * eps) / signal
        x = c_x0 * x0 + c_eps * eps + c_xt * x
        if c_z > 0:
            x = x + c_z * randn_tensor(x.shape, generator=generator)

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row[0].numpy()).save("unnoise-vdm-4-seed2-8.png")
