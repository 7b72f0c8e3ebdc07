"""originals/: networks under the names of the programs that diffusers took them from, and what these programs compute.

`CourseNetwork` is that of diffusers' course. `ho` and `guided` compute a network from its tensors by these names. They were compared with the programs themselves
(ermongroup/ddim and openai/guided-diffusion): the same to the last digits.
"""

import json
import math
import shutil

import torch
import torch.nn.functional as F
from diffusers import UNet2DModel

from files import FOLDER, Arrays, write_json

ROOT = FOLDER / "originals"
TIMESTEPS = (321, 17)
LABELS = (1, 4)
TOLERANCE = 1e-4
GROUPS, WIDTHS, LAYERS = 2, (4, 8), 2

CONFIG = dict(
    _class_name="UNet2DModel",
    sample_size=8,
    in_channels=1,
    out_channels=1,
    layers_per_block=LAYERS,
    block_out_channels=WIDTHS,
    down_block_types=("DownBlock2D", "AttnDownBlock2D"),
    up_block_types=("AttnUpBlock2D", "UpBlock2D"),
    norm_num_groups=GROUPS,
)
HO = CONFIG | dict(attention_head_dim=None, downsample_padding=0, flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-6)
GUIDED = CONFIG | dict(attention_head_dim=4, num_class_embeds=5)
UPDOWN = GUIDED | dict(
    resnet_time_scale_shift="scale_shift",
    attn_norm_num_groups=GROUPS,
    down_block_types=("ResnetDownsampleBlock2D", "AttnDownBlock2D"),
    up_block_types=("AttnUpBlock2D", "ResnetUpsampleBlock2D"),
    downsample_type="resnet",
    upsample_type="resnet",
)
COURSE_CLASSES, COURSE_WIDTH = 5, 3
COURSE = CONFIG | dict(attention_head_dim=4, in_channels=1 + COURSE_WIDTH)


class CourseNetwork(torch.nn.Module):
    """A vector for each class, as channels behind the image's."""

    def __init__(self):
        super().__init__()
        self.class_emb = torch.nn.Embedding(COURSE_CLASSES, COURSE_WIDTH)
        self.model = UNet2DModel(**{key: value for key, value in COURSE.items() if key != "_class_name"})

    def forward(self, x, t, labels):
        vectors = self.class_emb(labels)[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return self.model(torch.cat((x, vectors), 1), t).sample


class Tensors(dict):
    """Random tensors by name, each made when it is first asked for."""

    def weight(self, name, *shape):
        for part, size in (("weight", shape), ("bias", shape[:1])):
            key = f"{name}.{part}"
            if key not in self:
                scale = 0.3 if len(size) > 1 else 0.2
                self[key] = torch.randn(size) * scale + (1 if len(shape) == 1 and part == "weight" else 0)
        return self[f"{name}.weight"], self[f"{name}.bias"]

    def conv(self, name, x, out, size=3, **options):
        return F.conv2d(x, *self.weight(name, out, x.shape[1], size, size), **options)

    def linear(self, name, x, out):
        return F.linear(x, *self.weight(name, out, x.shape[1]))

    def norm(self, name, x, eps):
        return F.group_norm(x, GROUPS, *self.weight(name, x.shape[1]), eps)


def frequencies(t, width, last):
    return torch.tensor(t).float()[:, None] * torch.exp(-math.log(10000) * torch.arange(width // 2) / last)[None]


def attend(q, k, v):
    """Queries, keys and values of batch x channels x pixels."""
    weights = torch.softmax(torch.einsum("bct,bcs->bts", q, k) / math.sqrt(q.shape[1]), dim=-1)
    return torch.einsum("bts,bcs->bct", weights, v)


def ho(net, x, t):
    def resnet(name, x, out):
        h = net.conv(f"{name}.conv1", F.silu(net.norm(f"{name}.norm1", x, 1e-6)), out, padding=1)
        h = h + net.linear(f"{name}.temb_proj", F.silu(temb), out)[:, :, None, None]
        h = net.conv(f"{name}.conv2", F.silu(net.norm(f"{name}.norm2", h, 1e-6)), out, padding=1)
        return h + (x if x.shape[1] == out else net.conv(f"{name}.nin_shortcut", x, out, 1))

    def attention(name, x):
        h = net.norm(f"{name}.norm", x, 1e-6)
        parts = [net.conv(f"{name}.{part}", h, x.shape[1], 1).flatten(2) for part in "qkv"]
        return x + net.conv(f"{name}.proj_out", attend(*parts).reshape(x.shape), x.shape[1], 1)

    angles = frequencies(t, WIDTHS[0], WIDTHS[0] // 2 - 1)
    temb = net.linear("temb.dense.0", torch.cat([angles.sin(), angles.cos()], 1), 4 * WIDTHS[0])
    temb = net.linear("temb.dense.1", F.silu(temb), 4 * WIDTHS[0])
    skips = [net.conv("conv_in", x, WIDTHS[0], padding=1)]
    for level, width in enumerate(WIDTHS):
        for layer in range(LAYERS):
            h = resnet(f"down.{level}.block.{layer}", skips[-1], width)
            skips.append(attention(f"down.{level}.attn.{layer}", h) if level == 1 else h)
        if level == 0:
            skips.append(net.conv("down.0.downsample.conv", F.pad(skips[-1], (0, 1, 0, 1)), width, stride=2))
    h = resnet("mid.block_1", skips[-1], WIDTHS[-1])
    h = resnet("mid.block_2", attention("mid.attn_1", h), WIDTHS[-1])
    for level in (1, 0):
        for layer in range(LAYERS + 1):
            h = resnet(f"up.{level}.block.{layer}", torch.cat([h, skips.pop()], 1), WIDTHS[level])
            h = attention(f"up.{level}.attn.{layer}", h) if level == 1 else h
        if level == 1:
            h = net.conv("up.1.upsample.conv", F.interpolate(h, scale_factor=2.0), WIDTHS[1], padding=1)
    return net.conv("conv_out", F.silu(net.norm("norm_out", h, 1e-6)), 1, padding=1)


def guided(net, x, t, labels, updown=False):
    def resnet(name, x, out, resample=lambda h: h):
        h = resample(F.silu(net.norm(f"{name}.in_layers.0", x, 1e-5)))
        h, x = net.conv(f"{name}.in_layers.2", h, out, padding=1), resample(x)
        shift = net.linear(f"{name}.emb_layers.1", F.silu(emb), 2 * out if updown else out)[:, :, None, None]
        if updown:
            scale, shift = shift.chunk(2, 1)
            h = net.norm(f"{name}.out_layers.0", h, 1e-5) * (1 + scale) + shift
        else:
            h = net.norm(f"{name}.out_layers.0", h + shift, 1e-5)
        h = net.conv(f"{name}.out_layers.3", F.silu(h), out, padding=1)
        return h + (x if x.shape[1] == out else net.conv(f"{name}.skip_connection", x, out, 1))

    def attention(name, x):
        batch, channels = x.shape[:2]
        conv = lambda part, h, out: F.conv1d(h, *net.weight(f"{name}.{part}", out, channels, 1))
        qkv = conv("qkv", net.norm(f"{name}.norm", x, 1e-5).flatten(2), 3 * channels)
        # Heads of 4 channels, each with its queries, keys and values.
        h = attend(*qkv.reshape(batch * channels // 4, 12, -1).split(4, dim=1)).reshape(batch, channels, -1)
        return x + conv("proj_out", h, channels).reshape(x.shape)

    halve, double = lambda h: F.avg_pool2d(h, 2), lambda h: F.interpolate(h, scale_factor=2.0)
    angles = frequencies(t, WIDTHS[0], WIDTHS[0] // 2)
    emb = net.linear("time_embed.0", torch.cat([angles.cos(), angles.sin()], 1), 4 * WIDTHS[0])
    emb = net.linear("time_embed.2", F.silu(emb), 4 * WIDTHS[0])
    table = net.setdefault("label_emb.weight", torch.randn(5, 4 * WIDTHS[0]))
    emb = emb + table[torch.tensor(labels)]
    skips = [net.conv("input_blocks.0.0", x, WIDTHS[0], padding=1)]
    for level, width in enumerate(WIDTHS):
        for _ in range(LAYERS):
            name = f"input_blocks.{len(skips)}"
            h = resnet(f"{name}.0", skips[-1], width)
            skips.append(attention(f"{name}.1", h) if level == 1 else h)
        if level == 0:
            name = f"input_blocks.{len(skips)}.0"
            skips.append(resnet(name, skips[-1], width, halve) if updown else net.conv(f"{name}.op", skips[-1], width, stride=2, padding=1))
    h = resnet("middle_block.0", skips[-1], WIDTHS[-1])
    h = resnet("middle_block.2", attention("middle_block.1", h), WIDTHS[-1])
    for index in range(len(skips)):
        level, layer = 1 - index // (LAYERS + 1), index % (LAYERS + 1)
        name = f"output_blocks.{index}"
        h = resnet(f"{name}.0", torch.cat([h, skips.pop()], 1), WIDTHS[level])
        h = attention(f"{name}.1", h) if level == 1 else h
        if level == 1 and layer == LAYERS:
            h = resnet(f"{name}.2", h, WIDTHS[1], double) if updown else net.conv(f"{name}.2.conv", double(h), WIDTHS[1], padding=1)
    return net.conv("out.2", F.silu(net.norm("out.0", h, 1e-5)), 1, padding=1)


def make():
    torch.manual_seed(0)
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir()
    arrays, cases = Arrays(), []
    x = torch.randn(2, 1, 8, 8)
    for name, config, compute in [
        ("ho", HO, lambda net: ho(net, x, TIMESTEPS)),
        ("guided", GUIDED, lambda net: guided(net, x, TIMESTEPS, LABELS)),
        ("guided_updown", UPDOWN, lambda net: guided(net, x, TIMESTEPS, LABELS, updown=True)),
    ]:
        net = Tensors()
        compute(net)
        # As it is stored.
        net.update({name: tensor.half().float() for name, tensor in net.items()})
        output = compute(net)
        # The older format aligns nothing: half the size for many small tensors.
        halves = {name: tensor.half() for name, tensor in net.items()}
        torch.save(halves, ROOT / f"{name}.pt", _use_new_zipfile_serialization=False)
        (ROOT / f"{name}.json").write_text(json.dumps(config, indent=1) + "\n")
        labels = list(LABELS) if "num_class_embeds" in config else None
        cases.append(dict(name=name, x=arrays.add(x), timesteps=list(TIMESTEPS), labels=labels, output=arrays.add(output)))
    course = CourseNetwork().eval()
    course.load_state_dict({name: tensor.half() for name, tensor in course.state_dict().items()})
    with torch.no_grad():
        output = course(x, torch.tensor(TIMESTEPS), torch.tensor(LABELS))
    halves = {name: tensor.half() for name, tensor in course.state_dict().items()}
    torch.save(halves, ROOT / "course.pt", _use_new_zipfile_serialization=False)
    (ROOT / "course.json").write_text(json.dumps(COURSE, indent=1) + "\n")
    cases.append(dict(name="course", x=arrays.add(x), timesteps=list(TIMESTEPS), labels=list(LABELS), output=arrays.add(output)))
    arrays.write("originals.bin")
    write_json("originals.json", dict(tolerance=TOLERANCE, cases=cases))
    # Names of denoising-diffusion-pytorch, as its trainer saves them.
    foreign = ["init_conv.weight", "time_mlp.1.weight", "downs.0.0.block1.proj.weight", "final_conv.weight"]
    state = {f"ema_model.model.{name}": torch.zeros(1) for name in foreign}
    torch.save({"step": 1, "ema": state | {"initted": torch.tensor(True)}}, ROOT / "denoising_diffusion_pytorch.pt")
