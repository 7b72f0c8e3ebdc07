"""Full loops of the bundled network as diffusers' pipelines run it: x_T, then each step's noise, from one torch generator."""

import torch

from stepping import DATA, pairs, scheduler_of, step
from unet_bundled import load_scheduler_config, load_unet

NO_CLASS = 10
LABELS = (0, 7)
SEED = 7
RUNS = [
    # name, kind, steps, config, eta, guidance weight
    ("ddim_10", "ddim", 10, {}, 0.0, 1.0),
    ("ddim_10_eta_0.5", "ddim", 10, {}, 0.5, 1.0),
    ("ddpm_20_large", "ddpm", 20, {"variance_type": "fixed_large"}, None, 1.0),
    ("ddpm_20_small", "ddpm", 20, {"variance_type": "fixed_small"}, None, 1.0),
    ("ddim_10_guidance_2", "ddim", 10, {}, 0.0, 2.0),
    ("ddim_7_trailing", "ddim", 7, {"timestep_spacing": "trailing"}, 0.0, 1.0),
]
CONFIG_KEYS = (
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "clip_sample",
    "clip_sample_range",
    "prediction_type",
    "timestep_spacing",
    "steps_offset",
)


def entries(arrays):
    unet = load_unet()
    stored = {key: load_scheduler_config()[key] for key in CONFIG_KEYS}
    for name, kind, steps, config, eta, guidance in RUNS:
        images, timesteps, sums = loop(unet, kind, steps, stored | config, eta, guidance, torch.float32)
        exact, _, _ = loop(unet, kind, steps, stored | config, eta, guidance, torch.float64)
        yield {
            "name": name,
            "kind": kind,
            "K": steps,
            "config": config,
            "eta": eta,
            "guidance": guidance,
            "labels": LABELS,
            "seed": SEED,
            "timesteps": timesteps,
            "sum_abs_after_each_step": sums,
            "largest_difference_to_f64_schedule": (images - exact).abs().max().item(),
            "relative_l2_to_f64_schedule": ((images - exact).norm() / images.norm()).item(),
            "images": arrays.add(images),
        }


@torch.no_grad()
def loop(unet, kind, steps, config, eta, guidance, dtype):
    """The network is f32 always; dtype is that of the scheduler and of the state."""
    scheduler = scheduler_of(kind, dtype, **config)
    scheduler.set_timesteps(steps)
    timesteps = scheduler.timesteps.tolist()
    generator = torch.Generator().manual_seed(SEED)
    options = {} if eta is None else {"eta": eta}
    x = torch.randn((len(LABELS), 1, 28, 28), generator=generator).to(dtype)
    sums = []
    for t, s in pairs(timesteps):
        output = predict(unet, x.float(), t, guidance).to(dtype)
        draws = t > 0 if kind == "ddpm" else eta > 0
        noise = torch.randn(x.shape, generator=generator).to(dtype) if draws else None
        assert kind == "ddim" or draws == (s != DATA)
        x = step(scheduler, output, t, s, x, noise, **options)[0]
        sums.append(round(x.abs().sum().item(), 3))
    return x.float(), timesteps, sums


def predict(unet, x, t, guidance):
    """Classifier-free guidance: eps_none + w (eps_label - eps_none)."""
    labels = torch.tensor(LABELS)
    labelled = unet(x, t, labels).sample
    if guidance == 1.0:
        return labelled
    unlabelled = unet(x, t, torch.full_like(labels, NO_CLASS)).sample
    return unlabelled + guidance * (labelled - unlabelled)
