"""One step of a diffusers scheduler from any timestep to any other, with given noise, in f32 or in f64.

The code that computes is diffusers' own; only what it reads is replaced.
"""

import contextlib

import torch
from diffusers import DDIMScheduler, DDPMScheduler
from diffusers.schedulers import scheduling_ddpm

from schedules import betas_f64

DATA = -1
"""The "timestep" that the last step goes to: alpha_bar = 1."""


def scheduler_of(kind, dtype=torch.float32, **config):
    """A scheduler; with dtype f64 its schedule is by the same formulas in f64 throughout."""
    scheduler = {"ddpm": DDPMScheduler, "ddim": DDIMScheduler}[kind](**config)
    if dtype == torch.float64:
        scheduler.betas = torch.from_numpy(betas_f64(scheduler.config))
        scheduler.alphas = 1 - scheduler.betas
        if scheduler.config.rescale_betas_zero_snr:
            scheduler.alphas = 1 - scheduling_ddpm.rescale_zero_terminal_snr(scheduler.betas)
        scheduler.alphas_cumprod = torch.cumprod(scheduler.alphas, dim=0)
        scheduler.one = torch.tensor(1.0, dtype=dtype)
        ends_at_data = scheduler.config.get("set_alpha_to_one", True)
        scheduler.final_alpha_cumprod = scheduler.one if ends_at_data else scheduler.alphas_cumprod[0]
    return scheduler


class Stride:
    """Stands in for DDIM's num_inference_steps: DDIMScheduler.step goes to `t - num_train_timesteps // num_inference_steps`.

    That is the next listed timestep only with "leading", and with "trailing" where K divides T. Any number floor-divided by a
    Stride is the stride, so the step goes where it should: to the next listed timestep.
    """

    def __init__(self, stride):
        self.stride = stride

    def __rfloordiv__(self, num_train_timesteps):
        return self.stride


@contextlib.contextmanager
def drawing(noise):
    """DDPMScheduler.step draws this noise instead of asking a generator (`None`: let it ask)."""
    stock = scheduling_ddpm.randn_tensor
    if noise is not None:
        scheduling_ddpm.randn_tensor = lambda *args, **kwargs: noise
    try:
        yield
    finally:
        scheduling_ddpm.randn_tensor = stock


def step(scheduler, output, t, s, sample, noise=None, own=False, generator=None, **options):
    """From timestep t to timestep s (or DATA), or where diffusers' own loop leads. Answers (prev_sample, pred_original_sample)."""
    if isinstance(scheduler, DDIMScheduler):
        if not own:
            scheduler.num_inference_steps = Stride(t - s)
        return scheduler.step(output, t, sample, variance_noise=noise, generator=generator, return_dict=False, **options)
    if not own:
        scheduler.set_timesteps(timesteps=[t] if s == DATA else [t, s])
    with drawing(noise):
        return scheduler.step(output, t, sample, generator=generator, return_dict=False)


def pairs(timesteps):
    """The steps of a run: each listed timestep with the next one, the last with the data."""
    return list(zip(timesteps, timesteps[1:] + [DATA], strict=True))
