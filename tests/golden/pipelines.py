"""pipelines.json, pipelines/: pictures of diffusers' own pipelines, as they are saved, by a network of the shape of sd-class-butterflies-32."""

import shutil

import numpy as np
import torch
from diffusers import DDIMPipeline, DDIMScheduler, DDPMPipeline, DDPMScheduler

from files import FOLDER, config_of, write_json
from shapes import BUTTERFLIES, formula_network

ROOT = FOLDER / "pipelines"
SEED, BATCH = 7, 2
COSINE = dict(beta_schedule="squaredcos_cap_v2")
# Most checkpoints are like the first two. In the third diffusers' steps miss the timesteps that it has listed, in the fourth its last step adds noise.
CASES = {
    "ddpm": dict(kind="ddpm", steps=10, scheduler=COSINE),
    "ddim": dict(kind="ddim", steps=10, scheduler=COSINE, eta=0.0),
    "ddim_linspace": dict(kind="ddim", steps=6, scheduler=dict(timestep_spacing="linspace"), eta=0.5),
    "ddpm_trailing": dict(kind="ddpm", steps=6, scheduler=dict(timestep_spacing="trailing", variance_type="fixed_large")),
}


def make():
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir()
    unet = formula_network(BUTTERFLIES)
    note = "pictures: pipelines/NAME.INDEX.png, by a torch.Generator of seed; weights: random_weights.py; inside: the share of bytes from 1 to 254"
    content = {"note": note, "config": config_of(unet), "seed": SEED, "batch": BATCH}
    write_json("pipelines.json", content | {"cases": [case(unet, name, **of) for name, of in CASES.items()]})


def case(unet, name, kind, steps, scheduler, **options):
    scheduler_class, pipeline_class = {"ddpm": (DDPMScheduler, DDPMPipeline), "ddim": (DDIMScheduler, DDIMPipeline)}[kind]
    pipeline = pipeline_class(unet, scheduler_class(**scheduler))
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(SEED)
    pictures = pipeline(batch_size=BATCH, generator=generator, num_inference_steps=steps, **options).images
    for index, picture in enumerate(pictures):
        picture.save(ROOT / f"{name}.{index}.png")
    numbers = np.stack([np.asarray(picture) for picture in pictures])
    inside = float(((numbers > 0) & (numbers < 255)).mean())
    # Where nearly all is black or white, every picture is nearly the right one.
    assert inside > 0.5, (name, inside)
    return {"name": name, "kind": kind, "steps": steps, "scheduler": scheduler, "eta": options.get("eta"), "inside": round(inside, 3)}
