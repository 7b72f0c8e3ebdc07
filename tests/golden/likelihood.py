"""likelihood.json: every term of the bounds for one image, in f64, from a program of its own: Python's standard library and the papers.

The network is one whose predicted image is always the same, `x0_hat`, whatever x_t is. Then x_t drops out of every term but VDM's
reconstruction, and a network that predicts eps or v has the same terms as one that predicts x0.
"""

import math

from files import write_json

BETA_START, BETA_END, TIMESTEPS = 0.0001, 0.02, 1000

# Grey values of an 8-bit image: the outermost, both neighbours, and inner ones.
GREYS = [0, 1, 60, 127, 128, 200, 254, 255]
X0 = [grey / 127.5 - 1 for grey in GREYS]
# Near the image and off it, some beyond [-1, 1], which the bound clamps.
ERRORS = [0.004, -0.003, 0.011, 0.0, -0.008, 0.02, 0.01, 0.006]
X0_HAT = [x + error for x, error in zip(X0, ERRORS)]
CLAMPED = [min(max(x, -1.0), 1.0) for x in X0_HAT]

# What a network says of a learned variance, from -1 for beta-tilde to 1 for beta; it may go beyond.
OUTPUTS = [-1.1, -1.0, -0.5, -0.1, 0.2, 0.7, 1.0, 1.2]

SEED = 5


def make():
    even = [round(i * 999 / 4) for i in range(4, -1, -1)]
    lists = {"even, 5": even, "leading off the end": [900, 400, 20], "one step": [700]}
    write_json(
        "likelihood.json",
        {
            "note": "terms in nats a dimension, noisiest first; entropy bounds and K as in Sohl-Dickstein et al. 2015; mean_sq_eps of "
            "analytic-ddpm is 0.9 at every timestep; the reconstruction is at the noise of philox.py",
            "x0": X0,
            "x0_hat": X0_HAT,
            "variance_outputs": OUTPUTS,
            "seed": SEED,
            "noise": NOISE,
            "ddpm": [ddpm(name, steps, variance) for name, steps in lists.items() for variance in ("small", "large", "analytic", "learned")],
            "vdm": [vdm(steps) for steps in (1, 4, 10)],
            "vdm_continuous": vdm_continuous(),
            "reconstruction": reconstruction(),
            "baseline": baseline(),
            "encoding": encoding([999, 600, 250, 10]),
        },
    )


# --- the schedule: alpha_bar and 1 - alpha_bar, each with all of its digits ---

BETAS = [BETA_START + (BETA_END - BETA_START) * i / (TIMESTEPS - 1) for i in range(TIMESTEPS)]
LOG_ALPHA_BAR = [math.fsum(math.log1p(-beta) for beta in BETAS[: t + 1]) for t in range(TIMESTEPS)]


def alpha_bar(t):
    return math.exp(LOG_ALPHA_BAR[t])


def sigma_sq(t):
    return -math.expm1(LOG_ALPHA_BAR[t])


def mean(values):
    values = list(values)
    return math.fsum(values) / len(values)


def kl(mean_sq_difference, var_q, var_p):
    return 0.5 * ((var_q + mean_sq_difference) / var_p - 1 + math.log(var_p / var_q))


# --- Ho et al. 2020, eq. 5 to 7 and 13 ---


def posterior(t, s):
    """beta, beta-tilde and the factor of x0 in the mean of q(x_s | x_t, x0)."""
    beta = -math.expm1(LOG_ALPHA_BAR[t] - LOG_ALPHA_BAR[s])
    return beta, beta * sigma_sq(s) / sigma_sq(t), math.sqrt(alpha_bar(s)) * beta / sigma_sq(t)


def ddpm(name, steps, variance):
    terms, entropy_bounds = [], []
    for t, s in zip(steps, steps[1:]):
        beta, beta_tilde, factor = posterior(t, s)
        reverse = {"small": beta_tilde, "large": beta}.get(variance)
        if variance == "learned":
            # Nichol & Dhariwal 2021, eq. 15.
            variances = [learned(beta_tilde, beta, output) for output in OUTPUTS]
        elif reverse is None:
            # Bao et al. 2022, eq. 9, E |eps_hat|^2 / d = 0.9.
            reverse = beta_tilde + factor**2 * min(max(sigma_sq(t) / alpha_bar(t) * (1 - 0.9), 0.0), 1.0)
        if variance != "learned":
            variances = [reverse] * len(X0)
        terms.append(mean(kl(factor**2 * (x - c) ** 2, beta_tilde, v) for x, c, v in zip(X0, CLAMPED, variances)))
        entropy_bounds.append([entropy(beta_tilde), entropy(beta)])
    last = steps[-1]
    decoder_variance = posterior(1, 0)[1] if last == 0 else sigma_sq(last)
    variances = [decoder_variance] * len(X0)
    if variance == "learned" and last == 0:
        variances = [learned(decoder_variance, BETAS[0], output) for output in OUTPUTS]
    decoder = mean(-math.log(bin_probability(x, c, math.sqrt(v))) for x, c, v in zip(X0, CLAMPED, variances))
    entropies = entropy(sigma_sq(steps[0])) - entropy(sigma_sq(last)) - entropy(1.0)
    return {
        "name": name,
        "timesteps": steps,
        "variance": variance,
        "prior": prior(steps[0]),
        "steps": terms,
        "decoder": decoder,
        "k": entropies - math.fsum(terms),
        "entropy_bounds": entropy_bounds,
    }


def learned(small, large, output):
    share = (output + 1) / 2
    return math.exp((1 - share) * math.log(small) + share * math.log(large))


def baseline():
    """The cost of a step between two nodes; node n is timestep n - 1, and node 0 the data."""
    measured = {"sq_error": [1e-4 * (1 + t) for t in range(TIMESTEPS)], "decoder": [1 + 1e-3 * t for t in range(TIMESTEPS)]}
    costs = []
    for s, r in ((1, 2), (1, 500), (251, 751), (999, 1000)):
        beta, beta_tilde, factor = posterior(r - 1, s - 1)
        term = [kl(factor**2 * measured["sq_error"][r - 1], beta_tilde, reverse) for reverse in (beta_tilde, beta)]
        costs.append({"s": s, "r": r, "small": term[0], "large": term[1]})
    for r in (1, 21):
        costs.append({"s": 0, "r": r, "small": measured["decoder"][r - 1], "large": measured["decoder"][r - 1]})
    return costs


def prior(t):
    return mean(kl(alpha_bar(t) * x**2, sigma_sq(t), 1.0) for x in X0)


def entropy(variance):
    return 0.5 * math.log(2 * math.pi * math.e * variance)


def bin_probability(x, centre, std):
    """The official codes' normal distribution function, over a bin of half-width 1/255; the outermost reach to infinity."""

    def cdf(z):
        return 0.5 * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))

    upper = 1.0 if x > 0.999 else cdf((x - centre + 1 / 255) / std)
    lower = 0.0 if x < -0.999 else cdf((x - centre - 1 / 255) / std)
    return max(upper - lower, 1e-12)


# --- Kingma et al. 2021, eq. 11 to 18 ---


def log_snr(t):
    return LOG_ALPHA_BAR[t] - math.log(sigma_sq(t))


def mean_sq_noise_error(gamma):
    """(eps - eps_hat)^2 = SNR (x0 - x0_hat)^2; nothing is clamped."""
    return math.exp(gamma) * mean((x - c) ** 2 for x, c in zip(X0, X0_HAT))


def vdm(steps):
    first, last = log_snr(0), log_snr(TIMESTEPS - 1)
    levels = [last + (first - last) * i / steps for i in range(steps + 1)]
    terms = [0.5 * math.expm1(after - before) * mean_sq_noise_error(before) for before, after in zip(levels, levels[1:])]
    return {"steps": steps, "prior": prior(TIMESTEPS - 1), "terms": terms}


def vdm_continuous():
    """The integral of 1/2 SNR(gamma) |x0 - x0_hat|^2 over gamma, exactly: what the sum over times tends to."""
    error = mean((x - c) ** 2 for x, c in zip(X0, X0_HAT))
    return 0.5 * error * (math.exp(log_snr(0)) - math.exp(log_snr(TIMESTEPS - 1)))


def reconstruction():
    """-log p(x | z_0), a softmax over the 256 grey values of N(z_0; alpha_0 v, sigma_0^2)."""
    alpha, variance = math.sqrt(alpha_bar(0)), sigma_sq(0)

    def of_pixel(grey, x, eps):
        z = alpha * x + math.sqrt(variance) * eps
        densities = [math.exp(-((z - alpha * (v / 127.5 - 1)) ** 2) / (2 * variance)) for v in range(256)]
        return math.log(math.fsum(densities)) - math.log(densities[grey])

    return mean(of_pixel(*pixel) for pixel in zip(GREYS, X0, NOISE))


# --- Song et al. 2020, section 4.3: DDIM's steps from the image up, for a network that predicts eps = 0.3 x + t / 2000 ---


def encoding(timesteps):
    """x_T. The network is asked at the level that a step starts from; the first one, from the data, at the level it leads to."""

    def eps_hat(x, t):
        return 0.3 * x + t / 2000

    x, level = list(X0), None
    for target in reversed(timesteps):
        asked_at = target if level is None else level
        eps = [eps_hat(value, asked_at) for value in x]
        if level is None:
            x0 = x
        else:
            x0 = [(v - math.sqrt(sigma_sq(level)) * e) / math.sqrt(alpha_bar(level)) for v, e in zip(x, eps)]
        x = [math.sqrt(alpha_bar(target)) * v + math.sqrt(sigma_sq(target)) * e for v, e in zip(x0, eps)]
        level = target
    return {"timesteps": timesteps, "x_T": x}


# --- the noise: Philox4x32-10 (Salmon et al. 2011) and Box-Muller; image 0, draw 0 ---


def philox(key, counter):
    word = 0xFFFFFFFF
    for _ in range(10):
        first, second = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [second >> 32 ^ counter[1] ^ key[0], second & word, first >> 32 ^ counter[3] ^ key[1], first & word]
        key = [key[0] + 0x9E3779B9 & word, key[1] + 0xBB67AE85 & word]
    return counter


def normals(seed, count):
    numbers = []
    for block in range((count + 3) // 4):
        words = philox([seed & 0xFFFFFFFF, seed >> 32], [block, 0, 0, 0])
        for radius, angle in (words[:2], words[2:]):
            radius, angle = math.sqrt(-2 * math.log((radius + 1) / 2**32)), 2 * math.pi * angle / 2**32
            numbers += [radius * math.cos(angle), radius * math.sin(angle)]
    return numbers[:count]


NOISE = normals(SEED, len(X0))
