"""Full loops with a network in closed form: the set-up of diffusers' own scheduler tests, whose printed sums these must meet.

x_T[b, c, h, w] = element (c, h, w, b) of arange(768) / 768 as (3, 8, 8, 4); model(x, t) = x t / (t + 1); linear schedule, T = 1000, clip_sample.
x_T is given, so a generator's stream begins with the first step's noise.
"""

import torch

from stepping import pairs, scheduler_of, step

DYNAMIC = {"thresholding": True, "sample_max_value": 1.5, "dynamic_thresholding_ratio": 0.9}
ZERO_SNR = {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction"}
RUNS = [
    # name, kind, steps, config, eta, seed, sum of |x| that diffusers' tests print (None: they print none)
    ("ddim_10", "ddim", 10, {}, 0.0, None, 172.0067),
    ("ddim_10_v", "ddim", 10, {"prediction_type": "v_prediction"}, 0.0, None, 52.5302),
    ("ddim_10_eta_0.3", "ddim", 10, {}, 0.3, 0, None),
    ("ddim_10_eta_1", "ddim", 10, {}, 1.0, 0, None),
    ("ddim_10_trailing", "ddim", 10, {"timestep_spacing": "trailing"}, 0.0, None, None),
    ("ddim_7_trailing", "ddim", 7, {"timestep_spacing": "trailing"}, 0.0, None, None),
    ("ddim_10_linspace", "ddim", 10, {"timestep_spacing": "linspace"}, 0.0, None, None),
    ("ddim_10_no_clip", "ddim", 10, {"clip_sample": False}, 0.0, None, None),
    ("ddim_10_offset_1", "ddim", 10, {"steps_offset": 1}, 0.0, None, None),
    ("ddim_10_into_x1", "ddim", 10, {"set_alpha_to_one": False}, 0.0, None, None),
    ("ddim_10_zero_snr", "ddim", 10, ZERO_SNR | {"timestep_spacing": "trailing"}, 0.3, 0, None),
    ("ddpm_20_zero_snr", "ddpm", 20, ZERO_SNR | {"timestep_spacing": "trailing"}, None, 0, None),
    ("ddim_10_dynamic", "ddim", 10, DYNAMIC, 0.3, 0, None),
    ("ddpm_20_dynamic", "ddpm", 20, DYNAMIC, None, 0, None),
    ("ddim_10_thresholding", "ddim", 10, {"thresholding": True, "clip_sample": False}, 0.0, None, None),
    ("ddpm_20_sigmoid", "ddpm", 20, {"beta_schedule": "sigmoid"}, None, 0, None),
    ("ddpm_20_laplace", "ddpm", 20, {"beta_schedule": "laplace"}, None, 0, None),
    ("ddpm_1000", "ddpm", 1000, {"variance_type": "fixed_small"}, None, 0, 258.9606),
    ("ddpm_1000_v", "ddpm", 1000, {"variance_type": "fixed_small", "prediction_type": "v_prediction"}, None, 0, 202.0296),
    ("ddpm_20", "ddpm", 20, {"variance_type": "fixed_small"}, None, 0, None),
    ("ddpm_20_large", "ddpm", 20, {"variance_type": "fixed_large"}, None, 0, None),
    ("ddpm_20_linspace", "ddpm", 20, {"variance_type": "fixed_small", "timestep_spacing": "linspace"}, None, 0, None),
]

# diffusers' own loop, whose steps miss its list (DDIM), or end in noise (DDPM with a large variance).
OWN_LOOPS = [
    ("own_ddim_10_linspace", "ddim", 10, {"timestep_spacing": "linspace"}, 0.3, 0, None),
    ("own_ddim_7_trailing", "ddim", 7, {"timestep_spacing": "trailing"}, 0.0, None, None),
    ("own_ddim_10_offset_1", "ddim", 10, {"steps_offset": 1}, 0.0, None, None),
    ("own_ddim_10_into_x1", "ddim", 10, {"set_alpha_to_one": False, "timestep_spacing": "linspace"}, 0.0, None, None),
    ("own_ddpm_20_large_trailing", "ddpm", 20, {"variance_type": "fixed_large", "timestep_spacing": "trailing"}, None, 0, None),
    ("own_ddpm_20_small_trailing", "ddpm", 20, {"variance_type": "fixed_small", "timestep_spacing": "trailing"}, None, 0, None),
]


def initial():
    """x_T, (4, 3, 8, 8)."""
    return (torch.arange(768).reshape(3, 8, 8, 4) / 768).permute(3, 0, 1, 2)


def entries(arrays):
    for name, kind, steps, config, eta, seed, printed in RUNS + OWN_LOOPS:
        own = name.startswith("own_")
        x, timesteps = loop(kind, steps, config, eta, seed, torch.float32, own)
        # The same run on a schedule in f64: how far f32 schedule arithmetic alone moves the end.
        exact, _ = loop(kind, steps, config, eta, seed, torch.float64, own)
        assert printed is None or abs(x.abs().sum() - printed) < 1e-2, (name, x.abs().sum())
        yield {
            "name": name,
            "kind": kind,
            "K": steps,
            "config": config,
            "eta": eta,
            "seed": seed,
            "compat": "diffusers" if own else None,
            "timesteps": timesteps if len(timesteps) < 100 else None,
            "sum_abs": x.abs().sum().item(),
            "diffusers_test_prints": printed,
            "largest_difference_to_f64": (x - exact).abs().max().item(),
            "x": arrays.add(x),
        }


@torch.no_grad()
def loop(kind, steps, config, eta, seed, dtype, own):
    scheduler = scheduler_of(kind, dtype, **config)
    scheduler.set_timesteps(steps)
    timesteps = scheduler.timesteps.tolist()
    generator = torch.Generator().manual_seed(seed) if seed is not None else None
    options = {} if eta is None else {"eta": eta}
    x = initial().to(dtype)
    for t, s in pairs(timesteps):
        # The noise that f32 diffusers draws, in f64 too; it draws none at timestep 0 (DDPM) and without eta (DDIM).
        draws = t > 0 if kind == "ddpm" else eta > 0
        noise = torch.randn(x.shape, generator=generator).to(dtype) if draws else None
        x = step(scheduler, x * t / (t + 1), t, s, x, noise, own, **options)[0]
    return x, timesteps
