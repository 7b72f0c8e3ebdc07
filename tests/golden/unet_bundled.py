"""unet.json, unet.bin: forward passes of the bundled network (weights f16, computed in f32)."""

import json

import torch
from diffusers import UNet2DModel

from files import MODEL, Arrays, write_json

NO_CLASS = 10
SINGLE = [(0, 3), (1, 0), (17, NO_CLASS), (500, 7), (999, 9)]
BATCH_TIMESTEPS, BATCH_LABELS = (999, 17, 0), (1, NO_CLASS, 8)


def make():
    unet = load_unet()
    arrays = Arrays()
    generator = torch.Generator().manual_seed(12)
    x = torch.randn((1, 1, 28, 28), generator=generator)
    # A state near the data has hard edges, unlike noise.
    blocks = torch.where(torch.arange(784).reshape(1, 1, 28, 28) // 7 % 2 == 0, 1.0, -1.0)
    batch = torch.cat([torch.randn((1, 1, 28, 28), generator=generator), 3 * x, blocks])
    cases = [case(arrays, unet, x, (t,), (label,)) for t, label in SINGLE]
    cases += [case(arrays, unet, batch, BATCH_TIMESTEPS, BATCH_LABELS), case(arrays, unet, batch, (321,) * 3, (5, 5, 5))]
    write_json("unet.json", {"note": "arrays: element offset and shape in unet.bin; one timestep and one label an image", "cases": cases})
    arrays.write("unet.bin")


@torch.no_grad()
def case(arrays, unet, x, timesteps, labels):
    output = unet(x, torch.tensor(timesteps), torch.tensor(labels)).sample
    exact = unet.double()(x.double(), torch.tensor(timesteps), torch.tensor(labels)).sample
    unet.float()
    error = ((output - exact).norm() / exact.norm()).item()
    return {"timesteps": timesteps, "labels": labels, "relative_l2_of_f32_to_f64": error, "x": arrays.add(x), "output": arrays.add(output)}


def load_unet():
    return UNet2DModel.from_pretrained(MODEL, subfolder="unet", variant="fp16", torch_dtype=torch.float32).eval()


def load_scheduler_config():
    return json.loads((MODEL / "scheduler" / "scheduler_config.json").read_text())
