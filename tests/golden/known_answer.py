"""known_answer.json: the self test at load. Weights and input are formulas, so only the 64 expected numbers are data."""

import torch
from diffusers import UNet2DModel

import formula_weights
from files import config_of, f32_list, write_json

CONFIG = dict(
    sample_size=8,
    in_channels=1,
    out_channels=1,
    layers_per_block=1,
    block_out_channels=(8, 16),
    down_block_types=("DownBlock2D", "AttnDownBlock2D"),
    up_block_types=("AttnUpBlock2D", "UpBlock2D"),
    norm_num_groups=4,
    norm_eps=1e-6,
    attention_head_dim=8,
    downsample_padding=0,
    flip_sin_to_cos=False,
    freq_shift=1,
    num_class_embeds=3,
)
TIMESTEP, LABEL = 321, 1


def make():
    unet = UNet2DModel(**CONFIG).eval()
    names = sorted(unet.state_dict())
    unet.load_state_dict(formula_weights.fill(unet.state_dict()))
    i = torch.arange(64, dtype=torch.float64)
    x = torch.sin(0.61 * (i + 1)).to(torch.float32).reshape(1, 1, 8, 8)
    with torch.no_grad():
        output = unet(x, TIMESTEP, torch.tensor([LABEL])).sample
        exact = unet.double()(x.double(), TIMESTEP, torch.tensor([LABEL])).sample
    error = ((output.double() - exact).norm() / exact.norm()).item()
    write_json(
        "known_answer.json",
        {
            "note": "weights: formula_weights.py; x[i] = sin(0.61 (i + 1)); output: UNet2DModel in f64, rounded to f32",
            "config": config_of(unet),
            "timestep": TIMESTEP,
            "label": LABEL,
            "tensors": len(names),
            "parameters": sum(p.numel() for p in unet.parameters()),
            "output_rms": exact.pow(2).mean().sqrt().item(),
            "relative_l2_of_f32_to_f64": error,
            "output": f32_list(exact),
        },
    )
