"""measured.json: bounds, encoding and Analytic-DPM's table of a tiny network that predicts v, in f64, from a program of its own.

The network is unet_variants/class_embedding in diffusers, in f64; the schedule is the cosine one. Formulas from the papers, noise from the
Philox of likelihood.py.
"""

import math

import torch
from diffusers import UNet2DModel

from files import write_json
from likelihood import bin_probability, kl, philox
from unet_variants import ROOT

TIMESTEPS, SEED = 50, 11
LABELS = [0, 1, 2, 3, 4, 0]
FEW = [49, 30, 12, 3]
SHAPE = (len(LABELS), 1, 8, 8)
PIXELS = math.prod(SHAPE[1:])
# Stripes of every grey value, another slope in each image.
GREYS = [(37 * i + (11 + 6 * image) * (i // 8)) % 256 for image in range(len(LABELS)) for i in range(PIXELS)]
X0 = torch.tensor([grey / 127.5 - 1 for grey in GREYS], dtype=torch.float64).reshape(SHAPE)


def make():
    table = estimate()
    everything = list(range(TIMESTEPS - 1, -1, -1))
    variances = ("small", "large", "analytic")
    write_json(
        "measured.json",
        {
            "note": "bits a dimension; mean_sq_eps at every timestep, from all images; the encoding is of the first two",
            "variant": "class_embedding",
            "scheduler": {"prediction_type": "v_prediction", "beta_schedule": "squaredcos_cap_v2", "num_train_timesteps": TIMESTEPS},
            "greys": GREYS,
            "labels": LABELS,
            "seed": SEED,
            "mean_sq_eps": table,
            "ddpm": [ddpm(steps, variance, table) for steps in (everything, FEW) for variance in variances],
            "vdm": [vdm(8, False), vdm(7, True)],
            "encoding": {"timesteps": FEW, "x_T": encoding(FEW).flatten().tolist()},
        },
    )


# --- Nichol & Dhariwal 2021, eq. 17: the cosine schedule, each beta at most 0.999 ---


def cosine(u):
    return math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2


BETAS = [min(1 - cosine((i + 1) / TIMESTEPS) / cosine(i / TIMESTEPS), 0.999) for i in range(TIMESTEPS)]
LOG_ALPHA_BAR = [math.fsum(math.log1p(-beta) for beta in BETAS[: t + 1]) for t in range(TIMESTEPS)]
LOG_SNR = [log - math.log(-math.expm1(log)) for log in LOG_ALPHA_BAR]


def signal_and_noise(log_snr):
    """alpha and sigma, whose squares add up to 1."""
    return 1 / math.sqrt(1 + math.exp(-log_snr)), 1 / math.sqrt(1 + math.exp(log_snr))


def posterior(t, s):
    """beta, beta-tilde and the factor of x0 in the mean of q(x_s | x_t, x0): Ho et al. 2020, eq. 6 and 7."""
    beta = -math.expm1(LOG_ALPHA_BAR[t] - LOG_ALPHA_BAR[s])
    sigma_sq_t, sigma_sq_s = (-math.expm1(LOG_ALPHA_BAR[n]) for n in (t, s))
    return beta, beta * sigma_sq_s / sigma_sq_t, math.exp(LOG_ALPHA_BAR[s] / 2) * beta / sigma_sq_t


# --- the network: v = alpha eps - sigma x0 (Salimans & Ho 2022) ---

UNET = UNet2DModel.from_pretrained(ROOT / "class_embedding").double()


@torch.inference_mode()
def v_hat(x, t, images=len(LABELS)):
    return UNET(x, torch.tensor(t), torch.tensor(LABELS[:images])).sample


def noise(draw):
    """The draw'th noise of every image: draw 0 is x_T's, k that of term k, counted from 1."""
    values = [normals(image, draw) for image in range(len(LABELS))]
    return torch.tensor(values, dtype=torch.float64).reshape(SHAPE)


def normals(image, draw):
    numbers = []
    for block in range(PIXELS // 4):
        words = philox([SEED, 0], [block, image, draw, 0])
        for radius, angle in (words[:2], words[2:]):
            radius, angle = math.sqrt(-2 * math.log((radius + 1) / 2**32)), 2 * math.pi * angle / 2**32
            numbers += [radius * math.cos(angle), radius * math.sin(angle)]
    return numbers


def predicted(t, log_snr, draw):
    """The image and the noise that the network sees in the noised images, and the noise that was added."""
    alpha, sigma = signal_and_noise(log_snr)
    eps = noise(draw)
    x = alpha * X0 + sigma * eps
    v = v_hat(x, t)
    return alpha * x - sigma * v, sigma * x + alpha * v, eps


def of_images(values):
    return values.mean(dim=(1, 2, 3))


# --- Bao et al. 2022, eq. 8, with the strength of the added noise as control variate ---


def estimate():
    def at(t):
        _, eps_hat, eps = predicted(t, LOG_SNR[t], t + 1)
        strength, added = of_images(eps_hat**2), of_images(eps**2)
        slope = ((strength - strength.mean()) * (added - added.mean())).sum() / ((added - added.mean()) ** 2).sum()
        return max((strength.mean() - slope.clamp(0, 1) * (added.mean() - 1)).item(), 0.0)

    return [at(t) for t in range(TIMESTEPS)]


# --- Ho et al. 2020, eq. 5 to 7 and 13 ---


def ddpm(steps, variance, table):
    terms = []
    for index, (t, s) in enumerate(zip(steps, [*steps[1:], None])):
        x0_hat = predicted(t, LOG_SNR[t], index + 1)[0].clamp(-1, 1)
        if s is None:
            spread = posterior(1, 0)[1] if t == 0 else -math.expm1(LOG_ALPHA_BAR[t])
            pairs = zip(X0.flatten().tolist(), x0_hat.flatten().tolist())
            bins = [-math.log(bin_probability(x, centre, math.sqrt(spread))) for x, centre in pairs]
            terms.append(of_images(torch.tensor(bins, dtype=torch.float64).reshape(SHAPE)))
            continue
        beta, beta_tilde, factor = posterior(t, s)
        reverse = {"small": beta_tilde, "large": beta}.get(variance)
        if reverse is None:
            # Bao et al. 2022, eq. 9; the variance of the image is at most 1.
            reverse = beta_tilde + factor**2 * min(max(math.exp(-LOG_SNR[t]) * (1 - table[t]), 0.0), 1.0)
        terms.append(torch.stack([kl(factor**2 * error, beta_tilde, reverse) for error in of_images((X0 - x0_hat) ** 2)]))
    return {"timesteps": steps, "variance": variance, **report(prior(LOG_SNR[steps[0]]), terms[:-1], terms[-1])}


def prior(log_snr):
    """Between q(x_T | x0) and N(0, 1)."""
    alpha, sigma = signal_and_noise(log_snr)
    return of_images(torch.stack([torch.as_tensor(kl(alpha**2 * x**2, sigma**2, 1.0)) for x in X0.flatten()]).reshape(SHAPE))


def report(prior, steps, decoder):
    bits = (prior + decoder + sum(steps)) / math.log(2)
    return {
        "prior": prior.mean().item() / math.log(2),
        "terms": [step.mean().item() / math.log(2) for step in steps],
        "decoder": decoder.mean().item() / math.log(2),
        "images": bits.tolist(),
        "standard_error": bits.std().item() / math.sqrt(len(bits)),
    }


# --- Kingma et al. 2021, eq. 11 to 18; gamma is straight between the schedule's ends ---


def vdm(count, continuous):
    first, last = LOG_SNR[0], LOG_SNR[-1]
    if continuous:
        offset = philox([SEED, 0], [0, 0, 0, 1])[0] / 2**32
        times = [(i + offset) / count for i in reversed(range(count))]
        places = [(first + (last - first) * u, 0.5 * (first - last) / count) for u in times]
    else:
        levels = [last + (first - last) * i / count for i in range(count + 1)]
        places = [(before, 0.5 * math.expm1(after - before)) for before, after in zip(levels, levels[1:])]
    terms = []
    for index, (log_snr, scale) in enumerate(places):
        _, eps_hat, eps = predicted(timestep_of(log_snr), log_snr, index + 1)
        terms.append(scale * of_images((eps - eps_hat) ** 2))
    return {"continuous": continuous, **report(prior(last), terms, reconstruction())}


def timestep_of(log_snr):
    """Straight between the log SNR of two timesteps."""
    for t, (before, after) in enumerate(zip(LOG_SNR, LOG_SNR[1:])):
        if log_snr >= after:
            return t + (before - log_snr) / (before - after)
    return TIMESTEPS - 1.0


def reconstruction():
    """-log p(x | z_0), a softmax over the 256 grey values of N(z_0; alpha_0 v, sigma_0^2)."""
    alpha, sigma = signal_and_noise(LOG_SNR[0])
    z = alpha * X0 + sigma * noise(0)
    centres = alpha * (torch.arange(256, dtype=torch.float64) / 127.5 - 1)
    logs = torch.log_softmax(-((z[..., None] - centres) ** 2) / (2 * sigma**2), -1)
    return of_images(-logs.gather(-1, torch.tensor(GREYS).reshape(*SHAPE, 1)).squeeze(-1))


# --- Song et al. 2020, section 4.3: DDIM's steps from the image up ---


def encoding(timesteps):
    x, level = X0[:2], None
    for target in reversed(timesteps):
        asked_at = target if level is None else level
        alpha, sigma = signal_and_noise(LOG_SNR[asked_at])
        v = v_hat(x, asked_at, len(x))
        # On the image itself there is nothing to take away.
        x0, eps = x if level is None else alpha * x - sigma * v, sigma * x + alpha * v
        alpha, sigma = signal_and_noise(LOG_SNR[target])
        x, level = alpha * x0 + sigma * eps, target
    return x
