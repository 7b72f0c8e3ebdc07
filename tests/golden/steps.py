"""steps.json, steps.bin: single scheduler steps, every convention against every kind of prediction."""

import itertools

import torch

from files import Arrays, write_json
from stepping import DATA, scheduler_of, step

PAIRS = [(999, 899), (500, 400), (321, 17), (20, 0), (1, 0), (0, DATA), (99, DATA)]
PREDICTIONS = ("epsilon", "v_prediction", "sample")
SHAPE = (1, 1, 3, 4)
NOISE_SEED, INPUT_SEED = 5, 6
# The second half of a network's output where its variance is learned: in the range and a little outside of it, and variances.
VARIANCE_OUTPUTS = {
    "learned_range": torch.linspace(-1.2, 1.2, 12).reshape(SHAPE),
    "learned": torch.linspace(0.001, 0.02, 12).reshape(SHAPE),
}


def make():
    arrays = Arrays()
    noise = torch.randn(SHAPE, generator=torch.Generator().manual_seed(NOISE_SEED))
    inputs = {key: input_of(*key) for key in itertools.product(PAIRS, PREDICTIONS)}
    header = {
        "note": "arrays: element offset and shape in steps.bin; T = 1000, linear 1e-4..0.02; s = null is the data; prev_sample and x0 are diffusers' "
        "own code on a schedule in f64, prev_sample_f32 and x0_f32 diffusers as it is; a step into the data has no noise: "
        "where diffusers adds some, with_noise_into_data is what it gives",
        "noise": arrays.add(noise),
        "variance_outputs": {name: arrays.add(output) for name, output in VARIANCE_OUTPUTS.items()},
        "inputs": [
            {
                "t": t,
                "s": None if s == DATA else s,
                "prediction": prediction,
                "sample": arrays.add(sample),
                "model_output": arrays.add(output),
            }
            for ((t, s), prediction), (sample, output) in inputs.items()
        ],
    }
    cases = [
        case(arrays, inputs[pair, prediction], noise, pair, prediction, method)
        for method in methods()
        for pair in PAIRS
        for prediction in PREDICTIONS
    ]
    spread = max(c.pop("spread") for c in cases)
    write_json("steps.json", header | {"largest_f32_to_f64_difference": spread, "cases": cases})
    arrays.write("steps.bin")


def methods():
    """(kind, scheduler config, step options): what is varied beside the timesteps and the prediction."""
    for variance, clip in itertools.product(("fixed_small", "fixed_large"), (True, False)):
        yield "ddpm", {"variance_type": variance, "clip_sample": clip}, {}
    yield "ddpm", {"variance_type": "fixed_small_log", "clip_sample": True}, {}
    for variance in VARIANCE_OUTPUTS:
        yield "ddpm", {"variance_type": variance, "clip_sample": True}, {}
    for eta, (clip, rederive) in itertools.product((0.0, 0.3, 1.0), ((False, False), (True, False), (True, True))):
        yield "ddim", {"clip_sample": clip}, {"eta": eta, "use_clipped_model_output": rederive}
    yield "ddim", {"clip_sample": True, "clip_sample_range": 0.5}, {"eta": 0.3, "use_clipped_model_output": False}


def input_of(pair, prediction):
    """A state and a network output whose x0_hat spreads from about -1.9 to 1.9, so that some elements are clipped and some are not."""
    generator = torch.Generator().manual_seed(INPUT_SEED + pair[0])
    x0 = torch.linspace(-1.9, 1.9, 12, dtype=torch.float64).reshape(SHAPE)
    eps = torch.randn(SHAPE, generator=generator, dtype=torch.float64)
    alpha_bar = scheduler_of("ddim", torch.float64).alphas_cumprod[pair[0]]
    sample = alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * eps
    output = {"epsilon": eps, "v_prediction": alpha_bar.sqrt() * eps - (1 - alpha_bar).sqrt() * x0, "sample": x0}[prediction]
    return sample.float(), output.float()


def case(arrays, given, noise, pair, prediction, method):
    kind, config, options = method
    config = config | {"prediction_type": prediction}
    output = given[1]
    learned = VARIANCE_OUTPUTS.get(config.get("variance_type"))
    if learned is not None:
        output = torch.cat([output, learned], dim=1)
    results = {}
    for dtype in (torch.float64, torch.float32):
        scheduler = scheduler_of(kind, dtype, **config)
        sample, answer, z = (values.to(dtype) for values in (given[0], output, noise))
        # DDPM at t > 0 adds noise even when the step goes into the data.
        z_used = z if pair[1] != DATA else torch.zeros_like(z)
        results[dtype] = step(scheduler, answer, *pair, sample, z_used, **options)
        assert results[dtype][0].dtype == dtype
        noised = step(scheduler, answer, *pair, sample, z, **options)[0]
    (prev, x0), (prev_f32, x0_f32) = results[torch.float64], results[torch.float32]
    entry = {"kind": kind, "config": config, "options": options, "t": pair[0], "s": None if pair[1] == DATA else pair[1]}
    entry |= {"prev_sample": arrays.add(prev), "x0": arrays.add(x0), "prev_sample_f32": arrays.add(prev_f32), "x0_f32": arrays.add(x0_f32)}
    if not torch.allclose(noised, prev_f32, atol=1e-6):
        entry["with_noise_into_data" if pair[1] == DATA else "wrong"] = arrays.add(noised)
    assert "wrong" not in entry
    clipped = (x0.abs() > config.get("clip_sample_range", 1.0) - 1e-9).sum()
    assert not config["clip_sample"] or 0 < clipped < 12
    return entry | {"spread": max((prev - prev_f32).abs().max().item(), (x0 - x0_f32).abs().max().item())}
