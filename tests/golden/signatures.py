"""signatures.json: the arguments of diffusers' network and schedulers, each with its default. docs/checkpoints.md has a row for every one."""

import inspect

import diffusers
from diffusers import DDIMScheduler, DDPMScheduler, UNet2DModel

from files import write_json


def make():
    write_json(
        "signatures.json",
        {"diffusers": diffusers.__version__} | {kind.__name__: arguments(kind) for kind in (UNet2DModel, DDPMScheduler, DDIMScheduler)},
    )


def arguments(kind):
    parameters = inspect.signature(kind.__init__).parameters.values()
    return {parameter.name: parameter.default for parameter in parameters if parameter.name != "self"}
