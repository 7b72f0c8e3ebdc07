"""Train the bundled variational diffusion model of clothes (Kingma et al. 2021) with Hugging Face diffusers' network.

The loss is the bound in continuous time, gamma'(u) / 2 times the squared error of the noise, at times of low discrepancy. gamma is
learned (`vdm_gamma.py`), and the network sees Fourier features of its input beside it. Data, classes and network are those of
`train_fashion_mnist.py`, whose weights it begins with: the features' weights are zero at first.

A network is asked at timesteps, and the bundled one knows those of linear betas, from gamma = -9.2 to 10. A bound of grey values needs
less noise: at gamma = -9.2 the noise is more than one grey value wide. So the scheduler has betas of its own: the first 30 timesteps
take gamma evenly from -14 to what it was at timestep 30 (-4.4), and all later ones keep theirs.

    python train_vdm.py --data DIR_WITH_IDX_GZ --start fashion-mnist --out OUT [--no-features] [--resume]

Writes OUT/unet, OUT/scheduler and OUT/vdm.json (averaged weights in f16), and OUT/train_state.pt to go on from. The loss that it prints
is the training pictures' bits per dimension, of the weights that are trained.
"""

import json
import math

import torch
from diffusers import DDPMScheduler, UNet2DModel

import train_fashion_mnist as clothes
from training import Training, parser
from vdm_gamma import Gamma, alpha_sigma, fourier, low_discrepancy, timestep_of

EXPONENTS = (7, 8)
LEAST_GAMMA = -14.0
# Timesteps below this one are given to less noise than the linear betas have.
KEPT_FROM = 30
FIRST_ENDS = (-13.3, 5.0)


def build_unet(exponents):
    return UNet2DModel.from_config({**clothes.build_unet().config, "in_channels": 1 + 2 * len(exponents)})


def build_scheduler():
    known = clothes.build_scheduler().betas.double()
    gammas = gammas_of(known)
    way = torch.linspace(0, 1, KEPT_FROM + 1, dtype=torch.float64)
    gammas[: KEPT_FROM + 1] = LEAST_GAMMA + way * (gammas[KEPT_FROM] - LEAST_GAMMA)
    alpha_bar = torch.sigmoid(-gammas)
    betas = -torch.expm1(alpha_bar.log().diff(prepend=torch.zeros(1, dtype=torch.float64)))
    # Seven digits, as they are written.
    return DDPMScheduler(
        num_train_timesteps=len(known),
        trained_betas=[float(f"{beta:.7g}") for beta in betas.tolist()],
        clip_sample=True,
        variance_type="fixed_small",
    )


def gammas_of(betas):
    log_alpha_bar = torch.log1p(-betas).cumsum(0)
    return torch.log(-torch.expm1(log_alpha_bar)) - log_alpha_bar


class VdmTraining(Training):
    """Writes gamma and the features' exponents too."""

    def save(self):
        super().save()
        gamma, exponents = self.more["gamma"], self.exponents
        told = {**({"fourier": [exponents[0], exponents[-1]]} if exponents else {}), "gamma": gamma.told()}
        with open(f"{self.args.out}/vdm.json", "w") as file:
            file.write(json.dumps(told) + "\n")


def loss_of(unet, gamma, known, exponents, images, labels, size):
    """The bound of a batch that is drawn here, in bits per dimension."""
    pick = torch.randint(len(images), (size,))
    x0, label = images[pick], labels[pick].clone()
    label[torch.rand(size) < clothes.DROP_LABEL] = clothes.NO_CLASS
    u, eps = low_discrepancy(size), torch.randn_like(x0)
    with torch.no_grad():
        level, slope = gamma(u)
    alpha, sigma = alpha_sigma(level)
    z = alpha * x0 + sigma * eps
    taken = fourier(z, exponents[0], exponents[-1]) if exponents else z
    eps_hat = unet(taken, timestep_of(level, known).float(), label).sample.float()
    losses = 0.5 * slope * (eps_hat - eps).pow(2).mean(dim=(1, 2, 3))
    ends = gamma.learn(u, losses.detach(), x0, eps)
    return (losses.mean() + ends) / math.log(2)


def learning_rate(step, args):
    """Linear warm-up; from --decay-from on a linear fall to 2 % at --steps."""
    rate = min(1.0, (step + 1) / clothes.WARMUP_STEPS)
    if args.decay_from is not None and step > args.decay_from:
        rate *= max(0.02, (args.steps - step) / (args.steps - args.decay_from))
    return args.lr * rate


def main():
    options = parser(__doc__, steps=8000, batch=32, lr=5e-4, ema=0.999)
    options.add_argument("--no-features", action="store_true", help="no Fourier features")
    options.add_argument("--decay-from", type=int, help="step from which the rate falls; by default it does not")
    args = options.parse_args()
    exponents = [] if args.no_features else list(range(EXPONENTS[0], EXPONENTS[1] + 1))
    images, labels = clothes.load_data(args.data)
    scheduler = build_scheduler()
    known = gammas_of(torch.tensor(scheduler.config.trained_betas, dtype=torch.float64))
    gamma = Gamma((known[0].item(), known[-1].item()), FIRST_ENDS)
    training = VdmTraining(args, lambda: build_unet(exponents), scheduler, more={"gamma": gamma}, weight_decay=1e-4)
    training.exponents = exponents
    training.run(
        lambda unet: loss_of(unet, gamma, known, exponents, images, labels, args.batch), lambda step: learning_rate(step, args)
    )


if __name__ == "__main__":
    main()
