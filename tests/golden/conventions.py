"""Prints the table of docs/conventions.md: how far diffusers' own loops end from those that go to the next listed timestep; and how far pictures
come back from the noise of `encode` and from that of diffusers' inverse loop. Writes no file."""

import torch
from diffusers import DDIMInverseScheduler, DDIMScheduler, DDPMScheduler, UNet2DModel

from files import MODEL
from stepping import DATA, pairs, scheduler_of, step

CASES = [
    ("ddim", 10, {"timestep_spacing": "linspace"}),
    ("ddim", 50, {"timestep_spacing": "linspace"}),
    ("ddim", 7, {"timestep_spacing": "trailing"}),
    ("ddim", 30, {"timestep_spacing": "trailing"}),
    ("ddim", 10, {"timestep_spacing": "trailing"}),
    ("ddim", 10, {}),
    ("ddim", 10, {"steps_offset": 1}),
    ("ddpm", 20, {"variance_type": "fixed_large", "timestep_spacing": "trailing"}),
    ("ddpm", 20, {"variance_type": "fixed_large", "steps_offset": 1}),
    ("ddpm", 20, {"variance_type": "fixed_large"}),
    ("ddpm", 20, {"variance_type": "fixed_small", "timestep_spacing": "trailing"}),
    ("ddpm", 20, {"variance_type": "fixed_small", "steps_offset": 1}),
]
ENCODED = [10, 20, 50, 100]
LABELS = torch.arange(4)


def initial():
    return torch.randn(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def to_the_next(unet, kind, steps, config):
    """Each step leads to the next listed timestep, the last one to the data, without noise."""
    scheduler, x, generator = scheduler_of(kind, **config), initial(), torch.Generator().manual_seed(0)
    scheduler.set_timesteps(steps)
    for t, s in pairs(scheduler.timesteps.tolist()):
        noise = torch.zeros_like(x) if s == DATA else torch.randn(x.shape, generator=generator)
        x = step(scheduler, unet(x, t, LABELS).sample, t, s, x, noise if kind == "ddpm" else None)[0]
    return x


@torch.no_grad()
def as_diffusers(unet, kind, steps, config):
    """diffusers' own loop."""
    scheduler = {"ddpm": DDPMScheduler, "ddim": DDIMScheduler}[kind](**config)
    scheduler.set_timesteps(steps)
    x, generator = initial(), torch.Generator().manual_seed(0)
    for t in scheduler.timesteps:
        x = scheduler.step(unet(x, t, LABELS).sample, t, x, generator=generator).prev_sample
    return x


@torch.no_grad()
def encoded(unet, steps, x, at_the_target):
    """Noise that leads to images: the network is asked at the level that each step leads to, as in diffusers' inverse loop, or starts from."""
    scheduler = DDIMInverseScheduler(clip_sample=False)
    scheduler.set_timesteps(steps)
    timesteps = scheduler.timesteps.tolist()
    # The first step starts from the data, at which no network is asked.
    asked = timesteps if at_the_target else timesteps[:1] + timesteps[:-1]
    for t, level in zip(timesteps, asked, strict=True):
        x = scheduler.step(unet(x, level, LABELS).sample, t, x).prev_sample
    return x


@torch.no_grad()
def decoded(unet, steps, x):
    scheduler = DDIMScheduler(clip_sample=False)
    scheduler.set_timesteps(steps)
    for t in scheduler.timesteps:
        x = scheduler.step(unet(x, t, LABELS).sample, t, x).prev_sample
    return x


def grey(x):
    return ((x.clamp(-1, 1) + 1) * 127.5).round()


def print_difference(case, one, other):
    difference = (grey(one) - grey(other)).abs()
    print(f"{case}: mean {difference.mean():.1f}, largest {difference.max():.0f} grey levels", flush=True)


def main():
    unet = UNet2DModel.from_pretrained(MODEL / "unet", variant="fp16").float().eval()
    for case in CASES:
        print_difference(case, to_the_next(unet, *case), as_diffusers(unet, *case))
    pictures = as_diffusers(unet, "ddim", 100, {}).clamp(-1, 1)
    for steps in ENCODED:
        here, diffusers = (decoded(unet, steps, encoded(unet, steps, pictures, at_the_target)) for at_the_target in (False, True))
        print_difference(f"encode, {steps} steps", here, diffusers)
        print_difference("  here, from the picture", here, pictures)
        print_difference("  diffusers, from the picture", diffusers, pictures)


if __name__ == "__main__":
    main()
