"""unet_variants/: tiny networks, each another setting of UNet2DModel's config, as save_pretrained writes them.

unet_variants/<name>/config.json and diffusion_pytorch_model.safetensors; inputs and outputs in unet_variants.json and .bin.
"""

import math
import shutil
import zlib

import torch
from diffusers import UNet2DModel
from safetensors.torch import load_file, save_file

from files import FOLDER, Arrays, write_json

ROOT = FOLDER / "unet_variants"
WEIGHTS = "diffusion_pytorch_model.safetensors"
TIMESTEPS, LABELS = (321, 17), (1, 4)
TOLERANCE = 1e-4
"""Of the tests that read these files, relative L2."""

PLAIN = dict(
    sample_size=8,
    in_channels=1,
    out_channels=1,
    layers_per_block=1,
    block_out_channels=(4, 8),
    down_block_types=("DownBlock2D", "DownBlock2D"),
    up_block_types=("UpBlock2D", "UpBlock2D"),
    norm_num_groups=2,
    attention_head_dim=4,
)
ATTENTION = PLAIN | dict(down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"))
WIDE = ATTENTION | dict(block_out_channels=(4, 16))
BOTH_LEVELS = ATTENTION | dict(down_block_types=("AttnDownBlock2D",) * 2, up_block_types=("AttnUpBlock2D",) * 2)
COLOUR = PLAIN | dict(in_channels=3, out_channels=3)
NCSNPP = COLOUR | dict(
    down_block_types=("SkipDownBlock2D",) * 2,
    up_block_types=("SkipUpBlock2D",) * 2,
    time_embedding_type="fourier",
    mid_block_scale_factor=math.sqrt(2),
    center_input_sample=True,
)
THREE = dict(block_out_channels=(4, 8, 8), down_block_types=("DownBlock2D",) * 3, up_block_types=("UpBlock2D",) * 3)
K = PLAIN | dict(block_out_channels=(32, 32), down_block_types=("KDownBlock2D",) * 2, up_block_types=("KUpBlock2D",) * 2)
VARIANTS = {
    "plain": PLAIN,
    "ddpm_2020": ATTENTION
    | dict(attention_head_dim=None, downsample_padding=0, flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-6, layers_per_block=2),
    "three_levels": PLAIN
    | dict(
        block_out_channels=(4, 8, 8),
        down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
        layers_per_block=2,
    ),
    "one_level": PLAIN | dict(block_out_channels=(4,), down_block_types=("DownBlock2D",), up_block_types=("UpBlock2D",)),
    "head_dim_null": ATTENTION | dict(attention_head_dim=None),
    "head_dim_2": BOTH_LEVELS | dict(attention_head_dim=2),
    "head_dim_8": WIDE | dict(attention_head_dim=8),
    "head_dim_not_a_divisor": ATTENTION | dict(attention_head_dim=3),
    "attention_everywhere": BOTH_LEVELS,
    "padding_0": PLAIN | dict(downsample_padding=0),
    "padding_0_attention": BOTH_LEVELS | dict(downsample_padding=0),
    "sin_first_shift_0": PLAIN | dict(flip_sin_to_cos=False, freq_shift=0),
    "cos_first_shift_1": PLAIN | dict(flip_sin_to_cos=True, freq_shift=1),
    "time_embedding_dim": PLAIN | dict(time_embedding_dim=12),
    "time_fourier": PLAIN | dict(time_embedding_type="fourier"),
    "time_learned": PLAIN | dict(time_embedding_type="learned", num_train_timesteps=330),
    "scale_shift": ATTENTION | dict(resnet_time_scale_shift="scale_shift"),
    "scale_shift_attention_norm": ATTENTION | dict(resnet_time_scale_shift="scale_shift", attn_norm_num_groups=4),
    "attention_norm_groups": ATTENTION | dict(attn_norm_num_groups=4),
    "mid_without_attention": ATTENTION | dict(add_attention=False),
    "mid_null": PLAIN | dict(mid_block_type=None),
    "mid_scale": ATTENTION | dict(mid_block_scale_factor=math.sqrt(2)),
    "class_embedding": PLAIN | dict(num_class_embeds=5),
    "class_timestep": PLAIN | dict(class_embed_type="timestep"),
    "class_type_of_none": PLAIN | dict(class_embed_type="projection", num_class_embeds=5),
    "mid_of_another_name": ATTENTION | dict(mid_block_type="UNetMidBlock2DCrossAttn"),
    "mid_scale_negative": ATTENTION | dict(mid_block_scale_factor=-0.5),
    "freq_shift_2": PLAIN | dict(block_out_channels=(8, 8), freq_shift=2),
    "norm_eps_0": ATTENTION | dict(norm_eps=0.0),
    "act_capitals": PLAIN | dict(act_fn="SiLU"),
    "class_identity": PLAIN | dict(class_embed_type="identity"),
    "centred": PLAIN | dict(center_input_sample=True),
    "norm_eps_large": ATTENTION | dict(norm_eps=0.1),
    "act_gelu": PLAIN | dict(act_fn="gelu"),
    "act_relu": PLAIN | dict(act_fn="relu"),
    "act_mish": PLAIN | dict(act_fn="mish"),
    "act_swish": PLAIN | dict(act_fn="swish"),
    "colour": COLOUR,
    "oblong": ATTENTION | dict(sample_size=(4, 12)),
    "odd_one_level": PLAIN
    | dict(sample_size=(9, 7), block_out_channels=(4,), down_block_types=("AttnDownBlock2D",), up_block_types=("AttnUpBlock2D",)),
    "resnet_blocks": PLAIN | dict(down_block_types=("ResnetDownsampleBlock2D",) * 2, up_block_types=("ResnetUpsampleBlock2D",) * 2),
    "resnet_blocks_scale_shift": PLAIN
    | dict(
        down_block_types=("ResnetDownsampleBlock2D",) * 2,
        up_block_types=("ResnetUpsampleBlock2D",) * 2,
        resnet_time_scale_shift="scale_shift",
    ),
    "resnet_samplers": BOTH_LEVELS | dict(downsample_type="resnet", upsample_type="resnet"),
    "resnet_samplers_elsewhere": PLAIN | dict(downsample_type="resnet", upsample_type="resnet"),
    "old_block_names": ATTENTION
    | dict(down_block_types=("UNetResDownBlock2D", "UNetResAttnDownBlock2D"), up_block_types=("UNetResAttnUpBlock2D", "UNetResUpBlock2D")),
    "old_attention_names": ATTENTION,
    "skip_blocks": NCSNPP,
    "skip_blocks_scale_shift": NCSNPP | dict(resnet_time_scale_shift="scale_shift", time_embedding_type="positional"),
    "skip_blocks_with_attention": NCSNPP
    | dict(
        block_out_channels=(32, 32),
        down_block_types=("AttnSkipDownBlock2D",) * 2,
        up_block_types=("AttnSkipUpBlock2D",) * 2,
        mid_block_type=None,
        time_embedding_dim=8,
    ),
    "skip_blocks_beside_others": COLOUR
    | dict(
        block_out_channels=(4, 8, 8),
        down_block_types=("SkipDownBlock2D", "DownBlock2D", "SkipDownBlock2D"),
        up_block_types=("UpBlock2D", "SkipUpBlock2D", "SkipUpBlock2D"),
        layers_per_block=2,
    ),
    "skip_blocks_of_one_level": PLAIN
    | dict(block_out_channels=(4,), down_block_types=("SkipDownBlock2D",), up_block_types=("SkipUpBlock2D",)),
    "k_blocks": K | dict(block_out_channels=(32, 64), mid_block_type=None, time_embedding_dim=8),
    "k_blocks_beside_others": PLAIN
    | dict(
        block_out_channels=(32,),
        down_block_types=("DownBlock2D",),
        up_block_types=("KUpBlock2D",),
        layers_per_block=2,
        mid_block_type=None,
        time_embedding_dim=8,
    ),
}
OLD_ATTENTION = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
STORED_AS = {"plain": torch.float32, "old_attention_names": torch.float32, "class_embedding": torch.bfloat16, "mid_scale": torch.bfloat16}
"""All others are stored as f16."""


def make():
    shutil.rmtree(ROOT, ignore_errors=True)
    arrays = Arrays()
    cases = [case(arrays, name, config) for name, config in VARIANTS.items()]
    note = (
        "arrays: element offset and shape in unet_variants.bin; one timestep and one label an image; "
        "class_vectors: what class_embed_type identity adds"
    )
    write_json("unet_variants.json", {"note": note, "cases": cases, "refused_by_diffusers": refused()})
    arrays.write("unet_variants.bin")


def case(arrays, name, config):
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    unet = save_and_load(name, config, generator)
    x = torch.randn((len(TIMESTEPS), config["in_channels"], *size_of(config)), generator=generator)
    timesteps, labels = torch.tensor(TIMESTEPS), None
    entry = {"name": name, "timesteps": TIMESTEPS}
    if unet.class_embedding is not None:
        labels = torch.tensor(LABELS)
        entry["labels"] = LABELS
    if config.get("class_embed_type") == "identity":
        labels = torch.randn((len(LABELS), unet.time_embedding.linear_2.out_features), generator=generator)
        del entry["labels"]
        entry["class_vectors"] = arrays.add(labels)
    with torch.no_grad():
        output = unet(x, timesteps, labels).sample
        every_tensor_matters(unet, x, timesteps, labels, output)
        error = error_of_f32(unet, x, timesteps, labels, output) if config.get("class_embed_type") != "timestep" else None
    return entry | {"relative_l2_of_f32_to_f64": error, "x": arrays.add(x), "output": arrays.add(output)}


def error_of_f32(unet, x, timesteps, labels, output):
    """Not for class_embed_type timestep, which diffusers can run in f32 alone (it does not cast that embedding)."""
    if labels is not None and labels.is_floating_point():
        labels = labels.double()
    exact = unet.double()(x.double(), timesteps, labels).sample
    return ((output - exact).norm() / exact.norm()).item()


def size_of(config):
    size = config["sample_size"]
    return (size, size) if isinstance(size, int) else size


def save_and_load(name, config, generator):
    """Save as people do, load as people do: what is compared is the stored file."""
    unet = UNet2DModel(**config)
    for key, tensor in unet.state_dict().items():
        # Smaller in wide layers, or numbers grow from layer to layer, and the errors of f32 with them.
        size = 0.5 if max(config["block_out_channels"]) >= 32 else 1
        tensor.copy_(random_weight(key, tensor.shape, generator, size))
    unet.to(dtype=STORED_AS.get(name, torch.float16)).save_pretrained(ROOT / name)
    if name == "old_attention_names":
        stored = load_file(ROOT / name / WEIGHTS)
        save_file({old_name(key): tensor for key, tensor in stored.items()}, ROOT / name / WEIGHTS, {"format": "pt"})
    loaded = UNet2DModel.from_pretrained(ROOT / name, torch_dtype=torch.float32).eval()
    assert all(torch.equal(tensor, unet.state_dict()[key].float()) for key, tensor in loaded.state_dict().items())
    return loaded


def random_weight(name, shape, generator, size):
    values = torch.randn(shape, generator=generator)
    if name == "time_proj.weight" and len(shape) == 1:
        return 2 * values
    if ".to_q." in name or ".to_k." in name:
        # Larger, so that attention is not a plain mean and the query's bias shows.
        return size * 0.6 * values
    if len(shape) >= 2:
        return size * 0.2 * values
    return 1 + 0.2 * values if name.endswith(".weight") else 0.3 * values


def old_name(name):
    for new, old in OLD_ATTENTION.items():
        name = name.replace(f".{new}.", f".{old}.")
    return name


def every_tensor_matters(unet, x, timesteps, labels, output, least=2 * TOLERANCE, forgotten=("to_k.bias",)):
    """A loader that leaves a tensor out, or swaps two, must show. A key's bias shifts all scores of a row alike: softmax forgets it."""
    for name, tensor in unet.state_dict().items():
        if name.endswith(forgotten):
            continue
        stored = tensor.clone()
        tensor.zero_()
        change = (unet(x, timesteps, labels).sample - output).norm() / output.norm()
        tensor.copy_(stored)
        assert change > least, (name, change)


def refused():
    """Sizes and settings that diffusers itself cannot run, with its words."""
    attempts = {
        "odd size with downsampling": PLAIN | dict(sample_size=(9, 7)),
        "odd size with downsampling, padding 0": PLAIN | dict(sample_size=(9, 7), downsample_padding=0),
        "norm_num_groups null": PLAIN | dict(norm_num_groups=None),
        "unknown block": PLAIN | dict(down_block_types=("DownBlock2D", "DownBlock3D")),
        "head_dim above the channels": ATTENTION | dict(attention_head_dim=16),
        "unknown act_fn": PLAIN | dict(act_fn="tanh"),
        "skip blocks of one channel in": NCSNPP | dict(in_channels=1),
        "skip blocks of six channels out": NCSNPP | dict(out_channels=6),
        "skip blocks below others": COLOUR | dict(THREE, down_block_types=("DownBlock2D", "SkipDownBlock2D", "DownBlock2D")),
        "skip blocks under others": COLOUR | dict(THREE, up_block_types=("SkipUpBlock2D", "UpBlock2D", "UpBlock2D")),
        "skip blocks of three channels": NCSNPP | dict(block_out_channels=(3, 8), norm_num_groups=1),
        "skip blocks of channels that do not divide": NCSNPP | dict(block_out_channels=(4, 13), norm_num_groups=1),
        "attention of skip blocks beside 16 channels": NCSNPP | dict(block_out_channels=(16, 16), up_block_types=("AttnSkipUpBlock2D",) * 2),
        "K blocks of 16 channels": K | dict(block_out_channels=(16, 16)),
        "K blocks of channels that do not divide": K | dict(block_out_channels=(64, 96), layers_per_block=2),
        "K blocks beside others": K | dict(down_block_types=("KDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "KUpBlock2D")),
        "K blocks of one pixel": K | dict(sample_size=2),
        "cross attention": K | dict(down_block_types=("KCrossAttnDownBlock2D",) * 2),
    }
    found = []
    for what, config in attempts.items():
        try:
            with torch.no_grad():
                UNet2DModel(**config)(torch.zeros(1, config["in_channels"], *size_of(config)), 1)
            error = None
        except Exception as raised:  # noqa: BLE001 whatever it is, it is what a user sees
            error = f"{type(raised).__name__}: {str(raised).splitlines()[0]}"
        found.append({"what": what, "error": error, "config": config})
    return found
