"""DDIM η 0.5 · 30 steps · class 0 · guidance 1.5 · seed 1

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
# DDIMScheduler steps by a constant stride, and so misses its own list "trailing". The page did not: this is the plan of its run, one step per line. With Steps set to "as diffusers" on the page, both step alike.
# x = x0 * (predicted image) + eps * (predicted noise) + xt * x + z * (fresh noise)
PLAN = [  # t, log SNR, x0, eps, xt, z
    (999, -19.835882151624144, 0.05140621172001256, 0.8648805001879554, 0, 0.4993386844529764),
    (966, -5.933346430047232, 0.10422659878712087, 0.8952718111633602, 0, 0.4331572465531948),
    (932, -4.51145321202776, 0.1552150899239049, 0.9167723140802575, 0, 0.3680173908877728),
    (899, -3.7015002174994662, 0.20579320237142354, 0.922973965391257, 0, 0.3252202593130584),
    (866, -3.1184931811677212, 0.25733349730971383, 0.9197343213609309, 0, 0.29642579049924034),
    (832, -2.646249779945464, 0.30666857138717996, 0.9133408403190025, 0, 0.26788597710355155),
    (799, -2.265209053838359, 0.35519283353633124, 0.9013617777843735, 0, 0.2477599575270903),
    (766, -1.9353286710154713, 0.4042039670085486, 0.8843606205261463, 0, 0.23350684340541614),
    (732, -1.6332849928678614, 0.45068999780152386, 0.8661925567810855, 0, 0.21584480642051207),
    (699, -1.3668980582261128, 0.49598443330145475, 0.8442558970265664, 0, 0.2030552197273006),
    (666, -1.1200578233150602, 0.5412786297219615, 0.8181845861310755, 0, 0.19388508974089877),
    (632, -0.880942272309012, 0.5837890370324919, 0.7915050175900717, 0, 0.18085952385875603),
    (599, -0.6596882748331375, 0.6247559437726694, 0.7618073239496482, 0, 0.1712589031186318),
    (566, -0.4459673589009493, 0.6652355068249779, 0.7283467513977616, 0, 0.16423376689232372),
    (532, -0.230866869980617, 0.7027400589411691, 0.6946756817497783, 0, 0.15356466632934448),
    (499, -0.024626882811514372, 0.738386611655215, 0.658498622749399, 0, 0.1454811862938831),
    (466, 0.18135457858499782, 0.7730705267554027, 0.6188379561531095, 0, 0.13928942776236225),
    (432, 0.3956332021438753, 0.804660307922855, 0.579363065218388, 0, 0.12984693879429748),
    (399, 0.6079727095761419, 0.8341226191218196, 0.5378353173111011, 0, 0.12236268925707275),
    (366, 0.8271904783311834, 0.8621703281221409, 0.49311602622017936, 0, 0.11618480963783213),
    (332, 1.0633891045214119, 0.8870797659460109, 0.4489950651025506, 0, 0.1072050388868311),
    (299, 1.306402320202756, 0.9096438220689055, 0.4032736849098931, 0, 0.09959142548969586),
    (266, 1.5676748216200027, 0.9303755940261342, 0.3547104661122473, 0, 0.09263767738317938),
    (232, 1.8625917006341255, 0.9480010129738833, 0.3071693798304594, 0, 0.0833129731498167),
    (199, 2.1829278992504353, 0.9631199783718055, 0.2585225412780118, 0, 0.07460564933201463),
    (166, 2.5503956868919144, 0.9760333826985783, 0.2075096150907288, 0, 0.06556367517816755),
    (132, 3.0014848902713998, 0.9859476340627676, 0.15798552866271826, 0, 0.05429397405967122),
    (99, 3.550564235016731, 0.9932551034578242, 0.10806795072162445, 0, 0.04201925132383428),
    (66, 4.295664602798861, 0.9980371862332628, 0.056785541637645445, 0, 0.026404112492389328),
    (32, 5.537281462945705, 1, 0, 0, 0),
]

# The model's names for these classes.
NAMES = {0: "face"}
labels = torch.tensor([0, 0])
generator = torch.Generator("cpu").manual_seed(1)
x = torch.randn((2, 3, 32, 32), generator=generator)

with torch.no_grad():
    for t, log_snr, c_x0, c_eps, c_xt, c_z in PLAN:
        signal = 1 / math.sqrt(1 + math.exp(-log_snr))
        sigma = 1 / math.sqrt(1 + math.exp(log_snr))
        # Classifier-free guidance: no class + weight * (class - no class).
        none = unet(x, torch.tensor(t), torch.full_like(labels, 5)).sample
        output = none + 1.5 * (unet(x, torch.tensor(t), labels).sample - none)
        x0 = signal * x - sigma * output
        eps = signal * output + sigma * x
        x0 = x0.clamp(-1, 1)
        eps = (x - signal * x0) / sigma
        x = c_x0 * x0 + c_eps * eps + c_xt * x
        if c_z > 0:
            x = x + c_z * torch.randn(x.shape, generator=generator)

pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(row.permute(1, 2, 0).numpy()).save("unnoise-ddim-30-seed1.png")
