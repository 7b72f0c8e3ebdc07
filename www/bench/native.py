"""The peer of `./build.sh bench native`: diffusers' UNet2DModel on PyTorch, eager, in f32.

Reads requests from standard input and answers each, one JSON object per line:

    {"load": FOLDER, "threads": N, "batch": N, "label": N or null, "x": FILE}   ->  {"eps": FILE}
    {"steps": N}                                                                ->  {"ms": milliseconds per prediction}

FOLDER has config.json and diffusion_pytorch_model.safetensors; the files have raw f32. Its first line names the versions.
"""

import json
import sys
import time

import diffusers
import numpy as np
import torch
from diffusers import UNet2DModel

T = 500


def answer(value):
    print(json.dumps(value), flush=True)


def load(asked):
    """A function that predicts once, from the images of the file."""
    torch.set_num_threads(asked["threads"])
    unet = UNet2DModel.from_pretrained(asked["load"]).float().eval()
    size = unet.config.sample_size
    x = torch.from_numpy(np.fromfile(asked["x"], np.float32)).reshape(asked["batch"], unet.config.in_channels, size, size)
    labels = None if asked["label"] is None else torch.full((asked["batch"],), asked["label"])
    return lambda: unet(x, T, labels).sample


@torch.inference_mode()
def main():
    answer({"version": f"PyTorch {torch.__version__}, diffusers {diffusers.__version__}"})
    predict = None
    for line in sys.stdin:
        asked = json.loads(line)
        if "load" in asked:
            predict = load(asked)
            file = asked["x"] + ".eps"
            predict().numpy().tofile(file)
            answer({"eps": file})
            continue
        begun = time.perf_counter()
        for _ in range(asked["steps"]):
            predict()
        answer({"ms": 1000 * (time.perf_counter() - begun) / asked["steps"]})


main()
