"""Train the bundled class-conditional model of emoji with Hugging Face diffusers.

Prediction of v (Salimans and Ho 2022), cosine schedule (Nichol and Dhariwal 2021), T = 1000, weights by min-SNR (Hang et al. 2023), an
exponential moving average of the weights.
Data: the 3,691 pictures of 32x32 pixels that emoji_pictures.mjs renders, scaled to [-1, 1], mirrored at random.
Labels 0..4 are the five classes; label 5 means "no class" and replaces a label with probability 0.1, for classifier-free guidance.

    python train_emoji.py --data DIR_OF_EMOJI32 --out OUT [--resume | --start emoji]

Writes OUT/unet and OUT/scheduler in diffusers' own format (averaged weights in f16), and OUT/train_state.pt to go on from. `--start` begins
with the weights of a diffusers folder instead of random ones.
"""

import argparse
import copy
import json
import os
import time

import numpy as np
import torch
from diffusers import DDPMScheduler, UNet2DModel

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
    # Antithetic timesteps: t and T - 1 - t in one batch lower the variance of the loss.
    half = torch.randint(TIMESTEPS, (size // 2,))
    return x0, label, torch.cat([half, TIMESTEPS - 1 - half])


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


@torch.no_grad()
def update_ema(ema, unet, step, decay):
    decay = min(decay, (1 + step) / (10 + step))
    for average, weight in zip(ema.parameters(), unet.parameters()):
        average.lerp_(weight, 1 - decay)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=7e-4)
    parser.add_argument("--decay-from", type=int, default=0, help="step from which the rate falls; 0: it does not")
    parser.add_argument("--ema", type=float, default=0.999)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--bf16", action="store_true", help="bf16 autocast: twice as fast on processors with AVX-512 BF16")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--start", help="a diffusers folder whose weights to begin with")
    return parser.parse_args()


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    images, labels, shares = load_data(args.data)
    unet = build_unet()
    if args.start:
        unet.load_state_dict(UNet2DModel.from_pretrained(args.start, subfolder="unet", variant="fp16").float().state_dict())
    ema = copy.deepcopy(unet).eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(unet.parameters(), lr=args.lr, betas=(0.9, 0.99), weight_decay=1e-3)
    scheduler = build_scheduler()
    state_path, step = f"{args.out}/train_state.pt", 0
    if args.resume and os.path.exists(state_path):
        state = torch.load(state_path)
        unet.load_state_dict(state["net"])
        ema.load_state_dict(state["ema"])
        optimizer.load_state_dict(state["opt"])
        step = state["step"]
    os.makedirs(args.out, exist_ok=True)

    def save():
        state = {"net": unet.state_dict(), "ema": ema.state_dict(), "opt": optimizer.state_dict(), "step": step}
        torch.save(state, state_path + ".tmp")
        os.replace(state_path + ".tmp", state_path)
        copy.deepcopy(ema).half().save_pretrained(f"{args.out}/unet", variant="fp16")
        scheduler.save_pretrained(f"{args.out}/scheduler")

    started, average_loss, first = time.time(), None, step
    while step < args.steps:
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            loss = loss_of(unet, scheduler, *draw_batch(images, labels, shares, args.batch))
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, args)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
        optimizer.step()
        step += 1
        update_ema(ema, unet, step, args.ema)

        average_loss = loss.item() if average_loss is None else 0.99 * average_loss + 0.01 * loss.item()
        if step % 50 == 0:
            speed = args.batch * (step - first) / (time.time() - started)
            print(f"step {step} loss {average_loss:.4f} {speed:.1f} images/s", flush=True)
        if step % 250 == 0:
            save()
    save()


if __name__ == "__main__":
    main()
