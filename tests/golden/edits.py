"""edits.json: one step of every method of editing as a product of Gaussians, in 50 digits; and DDPM's interpolation of pictures by diffusers."""

import itertools

import torch
from diffusers import DDPMScheduler
from mpmath import mp, mpf, sqrt

from files import write_json

mp.dps = 50

# Exact as floats, as f32 too.
BETAS = [0.03125, 0.25, 0.5, 0.875]
MEAN_SQ_EPS = [0.0, 0.25, 0.5, 0.75, 0.9375]
X_T, EPS, Y, SIGMA, Z = 0.625, -0.375, 0.75, 0.25, 1.5
SAMPLERS = [
    {"sampler": "ddpm", "variance": "small"},
    {"sampler": "ddpm", "variance": "large"},
    {"sampler": "ddim", "eta": 0.0},
    {"sampler": "ddim", "eta": 0.5},
    {"sampler": "analytic-ddpm"},
    {"sampler": "analytic-ddim", "eta": 0.5},
]

SHAPE = (1, 1, 4, 6)
SEED = 3
TIMESTEPS, START = 12, 9
PLACES = [0.0, 0.25, 0.5, 1.0]


def make():
    write_json(
        "edits.json",
        {
            "note": "steps: x_s of every step of 4 timesteps with these betas, from x_t, eps_hat, y, sigma and z; means: how far the mean of "
            "N(x0, variance I) moves by a condition on a.x or on mirrored pixels; figure8: DDPMScheduler from two pictures, sin(i) and cos(i), with "
            "noise of their own, mixed at these places; a network that answers 0.3 x + 0.1 sin(t); seed 3 of PyTorch's stream",
            "betas": BETAS,
            "mean_sq_eps": MEAN_SQ_EPS,
            "given": {"x_t": X_T, "eps": EPS, "y": Y, "sigma": SIGMA, "z": Z},
            "steps": [
                {"options": options, "method": method, "x_s": [text(x) for x in kernels(options, method)]}
                for options, method in itertools.product(SAMPLERS, ["analytic", "constant", "annealed"])
            ],
            "means": means(),
            "figure8": {"timesteps": TIMESTEPS, "t": START, "at": PLACES, "ends": [end(place) for place in PLACES]},
        },
    )


def text(x):
    """In as many digits as a float takes and some more."""
    return mp.nstr(x, 25)


def alpha_bars():
    products = [mpf(1)]
    for beta in BETAS:
        products.append(products[-1] * (1 - mpf(beta)))
    return products


def kernels(options, method):
    """x_s for every step, the noisiest first. n counts the levels from the data, 0."""
    return [step(n, options, method) for n in range(len(BETAS), 0, -1)]


def step(n, options, method):
    at, before = alpha_bars()[n], alpha_bars()[n - 1]
    x_t, y, of_r = mpf(X_T), mpf(Y), mpf(SIGMA) ** 2
    x0 = (x_t - sqrt(1 - at) * mpf(EPS)) / sqrt(at)
    open_x0 = max(mpf(0), min(mpf(1), (1 - at) / at * (1 - mpf(MEAN_SQ_EPS[n]))))
    of_x0, of_xt, fresh, is_optimal = kernel(at, before, options)
    if n == 1:
        # No noise is added in the step into the data, and what is open of x0 stays open.
        is_optimal = False
    if method == "analytic":
        x0, open_x0 = product(x0, open_x0, y, of_r)
    mean = of_x0 * x0 + of_xt * x_t
    variance = fresh + (of_x0**2 * open_x0 if is_optimal else 0)
    if n == 1:
        variance = mpf(0)
    power = {"constant": mpf(1), "annealed": 1 - mpf(n - 1) / len(BETAS)}.get(method, mpf(0))
    if power > 0 and variance > 0:
        mean, variance = product(mean, variance, y, of_r / power)
    return mean + sqrt(variance) * mpf(Z)


def kernel(at, before, options):
    """q(x_s | x_t, x_0): factors of x_0 and of x_t, the variance; and whether what is open of x_0 is added."""
    alpha = at / before
    small = (1 - before) / (1 - at) * (1 - alpha)
    if options["sampler"].endswith("ddpm"):
        of_x0 = sqrt(before) * (1 - alpha) / (1 - at)
        of_xt = sqrt(alpha) * (1 - before) / (1 - at)
        fresh = 1 - alpha if options.get("variance") == "large" else small
    else:
        fresh = mpf(options["eta"]) ** 2 * small
        of_xt = sqrt(1 - before - fresh) / sqrt(1 - at)
        of_x0 = sqrt(before) - of_xt * sqrt(at)
    return of_x0, of_xt, fresh, options["sampler"].startswith("analytic")


def product(mean, variance, y, of_r):
    """N(mean, variance) N(y; x, of_r), normalised."""
    if variance == 0:
        return mean, variance
    precision = 1 / variance + 1 / of_r
    return (mean / variance + y / of_r) / precision, 1 / precision


def means():
    x0 = [mpf(v) for v in (0.5, -0.25, 0.125, 0.75)]
    variance, of_r, colour = mpf("0.375"), mpf(SIGMA) ** 2, mpf("0.875")
    weights = [mpf(v) for v in (0.5, 0.25, 0.25, 0)]
    # The mean of a Gaussian under a linear condition c.x = d with variance of_r: x0 + variance c (variance c.c + of_r)^-1 (d - c.x0).
    found = sum(a * x for a, x in zip(weights, x0))
    gain = variance / (variance * sum(a * a for a in weights) + of_r)
    mirrored = [variance / (2 * variance + of_r) * (x0[i ^ 1] - x0[i]) for i in range(4)]
    return {
        "x0": [float(v) for v in x0],
        "variance": float(variance),
        "colour": float(colour),
        "mask": [1.0, 0.5, 0.5, 0.0],
        "mean_colour": [text(gain * a * (colour - found)) for a in weights],
        "symmetry": [text(v) for v in mirrored],
    }


def end(place):
    scheduler = DDPMScheduler(num_train_timesteps=TIMESTEPS)
    scheduler.set_timesteps(TIMESTEPS)
    index = torch.arange(torch.tensor(SHAPE).prod().item(), dtype=torch.float32)
    pictures = torch.stack([torch.sin(index).reshape(SHAPE[1:]), torch.cos(index).reshape(SHAPE[1:])])
    noise = torch.randn(pictures.shape, generator=torch.Generator().manual_seed(SEED))
    x_a, x_b = scheduler.add_noise(pictures, noise, torch.tensor([START, START])).split(1)
    x = (1 - place) * x_a + place * x_b
    generator = torch.Generator().manual_seed(SEED)
    torch.randn(SHAPE, generator=generator)
    for t in range(START, -1, -1):
        output = 0.3 * x + 0.1 * torch.sin(torch.tensor(float(t)))
        x = scheduler.step(output, t, x, generator=generator).prev_sample
    return [round(number, 7) for number in x.flatten().tolist()]
