"""schedules.json: alpha_bar of the training timesteps, from diffusers (f32) and by the same formulas in f64."""

import math

import numpy as np
from diffusers import DDPMScheduler

from coeffs import cosine
from files import f32_list, write_json

TRAINED = [0.0001, 0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 0.9, 0.999]
CASES = [
    {"beta_schedule": kind, "num_train_timesteps": total, "beta_start": start, "beta_end": end}
    for kind in ("linear", "scaled_linear")
    for total, start, end in (
        (1000, 1e-4, 0.02),
        (1000, 0.00085, 0.012),
        (50, 1e-4, 0.02),
        (50, 0.02, 0.4),
        (4000, 2.5e-5, 0.005),
        (1, 1e-4, 0.02),
    )
] + [{"beta_schedule": "squaredcos_cap_v2", "num_train_timesteps": total} for total in (1000, 50, 4000)]
CASES += [{"beta_schedule": kind, "num_train_timesteps": total} for kind in ("sigmoid", "laplace") for total in (1000, 50)]
CASES.append({"trained_betas": TRAINED, "num_train_timesteps": len(TRAINED)})


def make():
    write_json(
        "schedules.json",
        {
            "note": "alpha_bar[i] belongs to timesteps[i]; f32 = DDPMScheduler(**config).alphas_cumprod; "
            "f64 = the same formulas in f64; sigma_sq = 1 - alpha_bar, summed so that it keeps its digits",
            "cases": [case(config) for config in CASES],
        },
    )


def case(config):
    total = config["num_train_timesteps"]
    picked = sorted(
        {round(fraction * (total - 1)) for fraction in (0, 0.1, 0.25, 0.5, 0.75, 0.9, 1)}
        | {t for t in (1, 2, 10, total - 2) if 0 <= t < total}
    )
    alpha_bar_f32 = DDPMScheduler(**config).alphas_cumprod
    betas = betas_f64(config)
    log_alpha_bar = np.cumsum(np.log1p(-betas))
    alpha_bar = np.cumprod(1 - betas)
    assert np.allclose(alpha_bar, np.exp(log_alpha_bar), rtol=1e-12, atol=0)
    assert np.allclose(alpha_bar_f32.numpy(), alpha_bar, rtol=5e-5, atol=0)
    return {
        "config": config,
        "timesteps": picked,
        "f32": f32_list(alpha_bar_f32[picked]),
        "f64": [float(alpha_bar[t]) for t in picked],
        "sigma_sq": [float(-np.expm1(log_alpha_bar[t])) for t in picked],
    }


def betas_f64(config):
    """diffusers' formulas, each in f64 throughout."""
    total = config["num_train_timesteps"]
    if config.get("trained_betas") is not None:
        return np.array(config["trained_betas"], dtype=np.float64)
    if config["beta_schedule"] == "linear":
        return np.linspace(config["beta_start"], config["beta_end"], total)
    if config["beta_schedule"] == "scaled_linear":
        return np.linspace(math.sqrt(config["beta_start"]), math.sqrt(config["beta_end"]), total) ** 2

    if config["beta_schedule"] == "sigmoid":
        start, end = config.get("beta_start", 1e-4), config.get("beta_end", 0.02)
        return start + (end - start) / (1 + np.exp(-np.linspace(-6, 6, total)))
    if config["beta_schedule"] == "laplace":
        return np.array([min(1 - laplace((i + 1) / total) / laplace(i / total), 0.999) for i in range(total)])

    # The difference of two numbers that are nearly 1 leaves f64 too few digits: see coeffs.py.
    return np.array([float(beta) for beta in cosine(total)])


def laplace(u):
    snr = math.exp(-0.5 * math.copysign(1, 0.5 - u) * math.log(1 - 2 * math.fabs(0.5 - u) + 1e-6))
    return math.sqrt(snr / (1 + snr))
