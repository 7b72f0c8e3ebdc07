"""repaint.json: RePaintScheduler's order of steps, and two runs of it with a model that is a formula."""

import torch
from diffusers import RePaintScheduler


from files import write_json

SHAPE = (1, 1, 4, 6)
SEED = 3


def make():
    write_json(
        "repaint.json",
        {
            "note": "orders: timesteps of the reverse steps of RePaintScheduler on 1000 timesteps, without those of its ways back; runs: a network "
            "that answers 0.3 x + 0.1 sin(t), eta 0; the known pixels are image[i] = sin(i), mask[i] = (i mod 3) / 2; seed 3 of PyTorch's stream",
            "orders": [order(*numbers) for numbers in [(250, 10, 10), (50, 5, 3), (12, 4, 2), (10, 10, 10), (25, 1, 2)]],
            "runs": [run(steps, resample, eta) for steps, resample, eta in [(12, 3, 0.0), (20, 2, 1.0)]],
        },
    )


def order(steps, jump, resample):
    scheduler = RePaintScheduler()
    scheduler.set_timesteps(steps, jump, resample)
    # A timestep above the one before it belongs to a way back.
    listed = scheduler.timesteps.tolist()
    before = [listed[0] + 1, *listed]
    reverse = [t for t, last in zip(listed, before) if t < last]
    return {"steps": steps, "jump": jump, "resample": resample, "timesteps": reverse}


def run(steps, resample, eta):
    """One timestep per step, and ways back of one step: then diffusers draws as many numbers as a run does here."""
    scheduler = RePaintScheduler(num_train_timesteps=steps, eta=eta)
    scheduler.set_timesteps(steps, 1, resample)
    generator = torch.Generator().manual_seed(SEED)
    count = torch.tensor(SHAPE).prod().item()
    index = torch.arange(count, dtype=torch.float32)
    image, mask = torch.sin(index).reshape(SHAPE), ((index % 3) / 2).reshape(SHAPE)
    x = torch.randn(SHAPE, generator=generator)
    before, states = scheduler.timesteps[0].item() + 1, []
    for t in scheduler.timesteps.tolist():
        if t < before:
            output = 0.3 * x + 0.1 * torch.sin(torch.tensor(float(t)))
            x = scheduler.step(output, t, x, image, mask, generator=generator).prev_sample
            states.append([round(number, 7) for number in x.flatten().tolist()])
        else:
            x = scheduler.undo_step(x, before, generator=generator)
        before = t
    return {"steps": steps, "resample": resample, "eta": eta, "states": states}
