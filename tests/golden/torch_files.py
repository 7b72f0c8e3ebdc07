"""torch_files/: what torch.save writes, in each of its formats and in the arrangements that programs save.

The tensors of `TENSORS` have the numbers that torch_files.rs expects of them. network.pt is the network of unet_variants/plain.
"""

import collections
import shutil

import torch
from safetensors.torch import load_file
from torch import nn

from files import FOLDER

ROOT = FOLDER / "torch_files"


class Runs:
    """A pickle of it calls os.system with a harmless command."""

    def __reduce__(self):
        import os

        return os.system, ("true",)


class Unknown:
    """A class of its own, which a reader of tensors does not know."""


def tensors(offset=0.0):
    """0, 1, 2, ... + offset in every format; two views of one storage; what is no weight."""
    count = torch.arange(12, dtype=torch.float32) + offset
    return collections.OrderedDict(
        f32=count[:6].reshape(2, 3).clone(),
        f16=count[:4].half(),
        bf16=count[:4].bfloat16(),
        f64=count[:4].double() / 3,
        first=count[:4],
        second=count[4:].reshape(2, 4),
        transposed=count.reshape(3, 4).t(),
        swapped=count.reshape(2, 2, 3).permute(2, 0, 1),
        column=count.reshape(3, 4)[:, 1:2],
        parameter=nn.Parameter(count[:3].clone()),
        empty=torch.zeros(0, 3),
        scalar=count[1].clone(),
        num_batches_tracked=torch.tensor(7),
    )


def network_with_optimiser(name):
    """A layer's state and that of its optimiser after a step."""
    layer = nn.Linear(2, 3)
    optimiser = torch.optim.Adam(layer.parameters())
    layer(torch.ones(2)).sum().backward()
    optimiser.step()
    state = tensors()
    return {name: state, "optimizer": optimiser.state_dict(), "epoch": 3, "loss": 0.5, "args": {"lr": 1e-4, "name": "a", "x": None}}


def save(name, content, **options):
    torch.save(content, ROOT / name, **options)


def make():
    torch.manual_seed(0)
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir()
    legacy = {"_use_new_zipfile_serialization": False}
    save("archive.pt", tensors())
    save("protocol_4.pt", tensors(), pickle_protocol=4)
    save("protocol_5.pt", tensors(), pickle_protocol=5)
    save("legacy.pt", tensors(), **legacy)
    save("legacy_protocol_4.pt", tensors(), pickle_protocol=4, **legacy)
    save("beside_an_optimiser.pt", network_with_optimiser("state_dict"))
    save("averaged.pt", {"model": tensors(100.0), "ema": tensors(), "step": 10})
    save("legacy_list.pt", [tensors(100.0), network_with_optimiser("model")["optimizer"], 3, 10, tensors()], **legacy)
    save("data_parallel.pt", {f"module.{name}": tensor for name, tensor in tensors().items()})
    save("calls_system.pt", {"state_dict": tensors(), "more": Runs()})
    save("legacy_calls_system.pt", Runs(), **legacy)
    save("of_a_class.pt", {"state_dict": tensors(), "args": Unknown()})
    save("without_tensors.pt", {"epoch": 3})
    save("integers.pt", {"weight": torch.arange(4)})
    network = load_file(FOLDER / "unet_variants" / "plain" / "diffusion_pytorch_model.safetensors")
    save("network.pt", {name: tensor.half() for name, tensor in network.items()})
    save("legacy_network.pt", {name: tensor.half() for name, tensor in network.items()}, **legacy)
