"""The samplers' factors from their papers' formulas, in 50-digit arithmetic: needs mpmath only."""

import random

from mpmath import cos, mp, mpf, pi, sqrt

from files import write_json

mp.dps = 50
STEPS = 4000


def linear(n):
    start, end = mpf(1e-4), mpf(0.02)
    return [start + (end - start) * i / (n - 1) for i in range(n)]


def cosine(n):
    def alpha_bar(i):
        # The two constants as the f64 numbers they are everywhere.
        return cos((mpf(i) / n + mpf(0.008)) / mpf(1.008) * pi / 2) ** 2

    return [min(1 - alpha_bar(i + 1) / alpha_bar(i), mpf(0.999)) for i in range(n)]


def alpha_bars(betas):
    product, out = mpf(1), []
    for beta in betas:
        product *= 1 - beta
        out.append(product)
    return out


def factors(t, s):
    """Ho et al. 2020, eq. 7, and Song et al. 2020, eq. 12 and 16 with eta = 1/2; `t` and `s` are alpha_bar."""
    beta = 1 - t / s
    variance = beta * (1 - s) / (1 - t)
    sigma = sqrt(variance) / 2
    return {
        "ddpm_x0": sqrt(s) * beta / (1 - t),
        "ddpm_xt": sqrt(t / s) * (1 - s) / (1 - t),
        "small_z": sqrt(variance),
        "large_z": sqrt(beta),
        "ddim_x0": sqrt(s),
        "ddim_eps": sqrt(1 - s - sigma**2),
        "ddim_z": sigma,
    }


def pairs():
    """Neighbours, near neighbours and far ones, at both ends and in between."""
    rng = random.Random(0)
    near = [(s + gap, s) for gap in (1, 2) for s in [*range(6), *range(6, STEPS - 3, 97), STEPS - 3]]
    far = [sorted(rng.sample(range(STEPS), 2), reverse=True) for _ in range(120)]
    return [tuple(pair) for pair in near + far]


def make():
    out = []
    for name, betas in (("linear", linear(STEPS)), ("squaredcos_cap_v2", cosine(STEPS))):
        levels = alpha_bars(betas)
        rows = [
            {"t": t, "s": s, **{key: mp.nstr(value, 20) for key, value in factors(levels[t], levels[s]).items()}}
            for t, s in pairs()
        ]
        out.append({"beta_schedule": name, "num_train_timesteps": STEPS, "pairs": rows})
    write_json("coeffs.json", {"cases": out})
