"""VDM's noise schedule as it is learned: gamma(u) = -log SNR, u from 0 (near the data) to 1 (Kingma et al. 2021, section 4.2, appendix H).

Between its ends gamma is a monotone network that lowers the variance of the loss; the mean of the loss does not depend on it. The ends
lower the bound itself: gamma(0) is where reconstruction and diffusion loss balance, gamma(1) where prior and diffusion loss do.
`src/train/gamma.rs` has the same for what is trained in the browser.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

UNITS = 32
GREY_VALUES = 256
# Pixels of a batch whose reconstruction is asked. Each costs a sum over all grey values.
PIXELS = 512
LEARNING_RATE = 0.01
# Values in vdm.json.
TOLD = 257


def alpha_sigma(gamma):
    """The factors of data and noise, f32, for [n] levels of images."""
    factors = torch.sigmoid(-gamma).sqrt(), torch.sigmoid(gamma).sqrt()
    return (factor.float()[:, None, None, None] for factor in factors)


def reconstruction(gamma, x0, eps):
    """-log p(x | z_0) per dimension in nats: a softmax over the grey values around z_0 / alpha_0 (appendix D)."""
    apart = max(1, x0.numel() // PIXELS)
    x, eps = (of.flatten()[::apart].double() for of in (x0, eps))
    std = (0.5 * gamma).exp()
    centres = torch.arange(GREY_VALUES, dtype=torch.float64) / 127.5 - 1
    logits = -0.5 * ((x + std * eps)[:, None] / std - centres / std).pow(2)
    return F.cross_entropy(logits, ((x + 1) * 127.5).round().long())


def prior(gamma, x0):
    """KL(q(z_1 | x) || N(0, 1)) per dimension in nats."""
    signal, noise = torch.sigmoid(-gamma), torch.sigmoid(gamma)
    return 0.5 * (signal * x0.double().pow(2).mean() + noise - 1 - noise.log())


class Gamma(nn.Module):
    """h + sum w_3 sigmoid(w_2 h + b_2), h = w_1 u + b_1, all w positive, scaled to run from one end to the other."""

    def __init__(self, within, first):
        super().__init__()
        self.within = within
        shares = torch.tensor([first[0] - within[0], within[1] - first[1]], dtype=torch.float64) / self.half()
        self.ends_at = nn.Parameter(torch.logit(shares))
        # Units that turn at different times, small beside the straight line.
        turns = -12 * (torch.arange(UNITS, dtype=torch.float64) + 0.5) / UNITS
        units = torch.stack([torch.full((UNITS,), 2.5), turns, torch.full((UNITS,), -5.0)])
        self.line, self.units = nn.Parameter(torch.zeros(2).double()), nn.Parameter(units.double())
        self.optimizer = torch.optim.Adam(self.parameters(), lr=LEARNING_RATE)

    def half(self):
        return (self.within[1] - self.within[0]) / 2

    def ends(self):
        """gamma(0) and gamma(1), within the scheduler's, on either side of the middle."""
        start, end = torch.sigmoid(self.ends_at) * self.half()
        return self.within[0] + start, self.within[1] - end

    def _line(self, u):
        """The monotone network and its slope."""
        w1, b1 = self.line[0].exp(), self.line[1]
        h = w1 * u + b1
        w2, b2, w3 = self.units[0].exp(), self.units[1], self.units[2].exp()
        s = torch.sigmoid(w2 * h[..., None] + b2)
        return h + (w3 * s).sum(-1), w1 * (1 + (w3 * w2 * s * (1 - s)).sum(-1))

    def forward(self, u):
        """gamma(u) and gamma'(u) of [n] times."""
        both, _ = self._line(torch.tensor([0.0, 1.0], dtype=torch.float64))
        here, slope = self._line(u)
        (first, last), length = self.ends(), both[1] - both[0]
        return first + (here - both[0]) / length * (last - first), slope / length * (last - first)

    def learn(self, u, losses, x0, eps):
        """Takes a step by what a batch has told: the losses of its images at their times, gamma'(u) / 2 times the error of the noise."""
        self.optimizer.zero_grad(set_to_none=True)
        gamma, slope = self(u)
        # E[loss^2] = (1 / 4) int m^2 / q dgamma, m the error and q the density of gamma. Its gradient is that of log q at the same gamma.
        same = u - (gamma - gamma.detach()) / slope.detach()
        inside = (losses.square() / losses.square().mean() * self(same)[1].log()).mean()
        first, last = self.ends()
        errors = 2 * losses / slope.detach()
        bound = reconstruction(first, x0, eps) + prior(last, x0)
        (bound + 0.5 * (errors[u.argmax()] * last - errors[u.argmin()] * first)).backward(inputs=[self.ends_at], retain_graph=True)
        inside.backward(inputs=[self.line, self.units])
        self.optimizer.step()
        return bound.item()

    @torch.no_grad()
    def told(self):
        """Its values at times that lie evenly, for vdm.json."""
        values, _ = self(torch.linspace(0, 1, TOLD, dtype=torch.float64))
        return [round(value, 6) for value in values.tolist()]


def timestep_of(gamma, known):
    """The fractional timestep of [n] levels, straight between the scheduler's own, `known` [T]."""
    above = torch.searchsorted(known, gamma).clamp(1, len(known) - 1)
    share = (gamma - known[above - 1]) / (known[above] - known[above - 1])
    return (above - 1 + share).clamp(0, len(known) - 1)


def low_discrepancy(size):
    """Times [size], one in each stratum, all with the same offset (appendix I.1)."""
    return (torch.arange(size, dtype=torch.float64) + torch.rand((), dtype=torch.float64)) / size


def fourier(z, first, last):
    """Images [n, c, h, w] with sin(2^n pi z) and cos(2^n pi z) behind them, in the order of docs/models.md."""
    factors = 2.0 ** torch.arange(first - 1, last)
    # In turns a factor of 2 changes no digit, and whole turns can be left out.
    turns = z[:, :, None] * factors[:, None, None]
    angles = (2 * math.pi * (turns - turns.round())).flatten(1, 2)
    return torch.cat([z, angles.sin(), angles.cos()], dim=1)
