"""Train the bundled class-conditional model of emoji with Hugging Face diffusers.

Prediction of v (Salimans and Ho 2022), cosine schedule (Nichol and Dhariwal 2021), T = 1000, weights by min-SNR (Hang et al. 2023), an
exponential moving average of the weights.
Data: the 3,691 pictures of 32x32 pixels that emoji_pictures.mjs renders, scaled to [-1, 1], mirrored at random.
Labels 0..4 are the five classes; label 5 means "no class" and replaces a label with probability 0.1, for classifier-free guidance.

    python train_emoji.py --data DIR_OF_EMOJI32 --out OUT [--resume | --start emoji]

Writes OUT/unet and OUT/scheduler in diffusers' own format (averaged weights in f16), and OUT/train_state.pt to go on from. `--start` begins
with the weights of a diffusers folder instead of random ones.
"""

import json

import numpy as np
import torch
from diffusers import DDPMScheduler, UNet2DModel

from training import Training, antithetic, parser

CLASSES = ["face", "animal", "person", "food", "plant"]
# How often each class is drawn: its pictures are not equally many, nor equally hard.
SHARES = [0.30, 0.22, 0.24, 0.14, 0.10]
NO_CLASS = len(CLASSES)
DROP_LABEL = 0.1
TIMESTEPS = 1000
WARMUP_STEPS = 300
MIN_SNR_GAMMA = 5.0


def load_data(folder):
    """Images [n, 3, 32, 32] in [-1, 1], labels [n], and how often each image is drawn [n]."""
    with open(f"{folder}/emoji32.json") as file:
        labels = torch.tensor([CLASSES.index(name) for name, _, _ in json.load(file)])
    raw = np.fromfile(f"{folder}/emoji32.rgb", np.uint8).reshape(len(labels), 32, 32, 3)
    images = torch.from_numpy(raw).permute(0, 3, 1, 2).float() / 127.5 - 1
    return images, labels, torch.tensor(SHARES)[labels] / torch.bincount(labels)[labels]


def build_unet():
    return UNet2DModel(
        sample_size=32,
        in_channels=3,
        out_channels=3,
        layers_per_block=2,
        block_out_channels=(48, 96, 96),
        down_block_types=("DownBlock2D", "DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        norm_num_groups=8,
        attention_head_dim=None,
        num_class_embeds=NO_CLASS + 1,
    )


def build_scheduler():
    return DDPMScheduler(
        num_train_timesteps=TIMESTEPS,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        clip_sample=True,
        timestep_spacing="trailing",
    )


def draw_batch(images, labels, shares, size):
    pick = torch.multinomial(shares, size, replacement=True)
    x0, label = images[pick], labels[pick].clone()
    mirrored = torch.rand(size) < 0.5
    x0 = torch.where(mirrored[:, None, None, None], x0.flip(3), x0)
    label[torch.rand(size) < DROP_LABEL] = NO_CLASS
    return x0, label, antithetic(size, TIMESTEPS)


def loss_of(unet, scheduler, x0, label, t):
    eps = torch.randn_like(x0)
    v = scheduler.get_velocity(x0, eps, t)
    v_hat = unet(scheduler.add_noise(x0, eps, t), t, label).sample.float()
    snr = (scheduler.alphas_cumprod / (1 - scheduler.alphas_cumprod))[t]
    weight = snr.clamp(max=MIN_SNR_GAMMA) / (snr + 1)
    return ((v_hat - v).pow(2).mean(dim=(1, 2, 3)) * weight).mean()


def learning_rate(step, args):
    """Linear warm-up; from --decay-from on a linear fall to 2 % at --steps."""
    rate = min(1.0, (step + 1) / WARMUP_STEPS)
    if args.decay_from and step > args.decay_from:
        rate *= max(0.02, (args.steps - step) / (args.steps - args.decay_from))
    return args.lr * rate


def main():
    options = parser(__doc__, steps=20000, batch=32, lr=7e-4, ema=0.999)
    options.add_argument("--decay-from", type=int, default=0, help="step from which the rate falls; 0: it does not")
    args = options.parse_args()
    images, labels, shares = load_data(args.data)
    scheduler = build_scheduler()
    training = Training(args, build_unet, scheduler, betas=(0.9, 0.99), weight_decay=1e-3)
    training.run(
        lambda unet: loss_of(unet, scheduler, *draw_batch(images, labels, shares, args.batch)),
        lambda step: learning_rate(step, args),
    )


if __name__ == "__main__":
    main()
