"""Samples of the bundled model of emoji, and below each the training picture that is nearest to it: does the network repeat its data?

Nearest by the mean square of the differences of pixels, among all pictures and their mirror images. Twelve samples of each class, DDIM with
eta 0.5, 30 steps.

    python nearest_emoji.py --data DIR_OF_EMOJI32 --model emoji --out ../docs/emoji-nearest.png

Prints, per class, the median of these distances, and the same of the training pictures to their own nearest neighbours.
"""

import argparse

import numpy as np
import torch
from diffusers import DDIMScheduler, UNet2DModel
from PIL import Image

from train_emoji import CLASSES, load_data

SAMPLES = 12
STEPS = 30


@torch.inference_mode()
def sample(folder, label):
    unet = UNet2DModel.from_pretrained(folder, subfolder="unet", variant="fp16").float()
    scheduler = DDIMScheduler.from_pretrained(folder, subfolder="scheduler")
    scheduler.set_timesteps(STEPS)
    generator = torch.Generator().manual_seed(label)
    x = torch.randn(SAMPLES, 3, 32, 32, generator=generator)
    for t in scheduler.timesteps:
        v = unet(x, t, torch.full((SAMPLES,), label)).sample
        x = scheduler.step(v, t, x, eta=0.5, use_clipped_model_output=True, generator=generator).prev_sample
    return x.clamp(-1, 1)


def distances(pictures, images):
    """Mean squares of the differences, [pictures, images]."""
    a, b = pictures.flatten(1), images.flatten(1)
    return torch.cdist(a, b).pow(2) / a.shape[1]


def to_bytes(pictures):
    """A row of pictures as [32, n * 32, 3] bytes."""
    row = pictures.permute(2, 0, 3, 1).reshape(32, -1, 3)
    return ((row + 1) * 127.5).round().byte().numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    images, labels, _ = load_data(args.data)
    both = torch.cat([images, images.flip(3)])
    rows = []
    for label, name in enumerate(CLASSES):
        made = sample(args.model, label)
        nearest = distances(made, both).min(dim=1)
        own = (labels == label).nonzero()[:, 0]
        among = distances(images[own], both)
        # Neither itself nor its own mirror image.
        among[torch.arange(len(own))[:, None], torch.stack([own, own + len(images)], dim=1)] = torch.inf
        print(f"{name}: samples {nearest.values.median():.4f}, training pictures {among.min(dim=1).values.median():.4f}", flush=True)
        rows += [to_bytes(made), to_bytes(both[nearest.indices]), np.full((6, SAMPLES * 32, 3), 255, np.uint8)]
    Image.fromarray(np.concatenate(rows[:-1])).save(args.out, optimize=True)


if __name__ == "__main__":
    main()
