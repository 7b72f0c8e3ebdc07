"""VDM · 9 steps · class 4 · seed 4

pip install diffusers torch pillow (written for diffusers 0.42)
"""

import math
import pathlib
import urllib.request

import torch
from diffusers import UNet2DModel
from PIL import Image

# The model, from where the page has it. Files that are already beside this script are not downloaded again.
MODEL = pathlib.Path("emoji")
for file in [
    "unet/config.json",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "scheduler/scheduler_config.json",
]:
    if not (MODEL / file).exists():
        (MODEL / file).parent.mkdir(parents=True, exist_ok=True)
        urllib.request.urlretrieve("https://unnoise.example/models/emoji/" + file, MODEL / file)

unet = UNet2DModel.from_pretrained(MODEL, subfolder="unet", variant="fp16", use_safetensors=True).float()
# diffusers has no VDM, so this is the plan of the run, one step per line:
# x = x0 * (predicted image) + eps * (predicted noise) + xt * x + z * (fresh noise)
PLAN = [  # t, log SNR, x0, eps, xt, z
    (999, -19.835882151624144, 0, -5.084592999631108, 5.274195374299771, 0.9818609241575048),
    (998.5185626839996, -16.510229822392343, 0, -5.084588393499838, 5.274190768168582, 0.9818600346899888),
    (998.0371253679992, -13.184577493160543, 0, -5.08446026912472, 5.2740626438558245, 0.9818352932175899),
    (994.335457862254, -9.858925163928742, 0, -5.08090009311481, 5.270502516031834, 0.9811478050140092),
    (974.5373106001783, -6.533272834696941, 0, -4.984768885400334, 5.174407166389158, 0.9625843769375109),
    (871.6416371797071, -3.2076205054651368, 0, -3.487772429054261, 3.690280178258279, 0.6735067016555187),
    (476.12825643787846, 0.11803182376666044, 0, -0.8946250386964228, 1.3528484126948972, 0.17275667242838127),
    (104.77842402709852, 3.4436841529984648, 0, -0.17221232442020556, 1.0152649826985543, 0.03325508099051447),
    (14.167104482160422, 6.769336482230262, 0, -0.033888883419080806, 1.0005740634352822, 0),
]

# The model's names for these classes.
NAMES = {4: "plant"}
labels = torch.tensor([4, 4])
generator = torch.Generator("cpu").manual_seed(4)
x = torch.randn((2, 3, 32, 32), generator=generator)

with torch.no_grad():
    for t, log_snr, c_x0, c_eps, c_xt, c_z in PLAN:
        signal = 1 / math.sqrt(1 + math.exp(-log_snr))
        sigma = 1 / math.sqrt(1 + math.exp(log_snr))
        output = unet(x, torch.tensor(t), labels).sample
        x0 = signal * x - sigma * output
        eps = signal * output + sigma * x
        x = c_x0 * x0 + c_eps * eps + c_xt * x
        if c_z > 0:
            x = x + c_z * torch.randn(x.shape, generator=generator)

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row.permute(1, 2, 0).numpy()).save("unnoise-vdm-9-seed4.png")
