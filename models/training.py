"""What the training scripts share: their arguments, the loop with its averaged weights, and the state to go on from."""

import argparse
import copy
import os
import time

import torch
from diffusers import UNet2DModel


def parser(doc, steps, batch, lr, ema):
    """The arguments of every script, with its own defaults."""
    found = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--data", required=True)
    found.add_argument("--out", required=True)
    found.add_argument("--steps", type=int, default=steps)
    found.add_argument("--batch", type=int, default=batch)
    found.add_argument("--lr", type=float, default=lr)
    found.add_argument("--ema", type=float, default=ema)
    found.add_argument("--threads", type=int, default=os.cpu_count())
    found.add_argument("--seed", type=int, default=0)
    found.add_argument("--bf16", action="store_true", help="bf16 autocast: twice as fast on processors with AVX-512 BF16")
    found.add_argument("--resume", action="store_true", help="go on from OUT/train_state.pt")
    found.add_argument("--start", help="a diffusers folder whose f16 weights to begin with")
    return found


def antithetic(size, timesteps):
    """Timesteps [size]: t and T - 1 - t in one batch lower the variance of the loss."""
    half = torch.randint(timesteps, (size // 2,))
    return torch.cat([half, timesteps - 1 - half])


def widened(weights, unet):
    """Weights with as many input channels as `unet` has; the further ones do nothing at first."""
    first = weights["conv_in.weight"]
    further = torch.zeros(first.shape[0], unet.conv_in.in_channels - first.shape[1], *first.shape[2:])
    return {**weights, "conv_in.weight": torch.cat([first, further], dim=1)}


class Training:
    """`more`: modules that are learned beside the network, by optimisers of their own (`.optimizer`)."""

    def __init__(self, args, build_unet, scheduler, more=None, **adamw):
        torch.set_num_threads(args.threads)
        torch.manual_seed(args.seed)
        self.args, self.scheduler, self.more, self.step = args, scheduler, more or {}, 0
        self.unet = build_unet()
        if args.start:
            started = UNet2DModel.from_pretrained(args.start, subfolder="unet", variant="fp16").float()
            self.unet.load_state_dict(widened(started.state_dict(), self.unet))
        self.ema = copy.deepcopy(self.unet).eval().requires_grad_(False)
        self.optimizer = torch.optim.AdamW(self.unet.parameters(), lr=args.lr, **adamw)
        self.state_path = f"{args.out}/train_state.pt"
        os.makedirs(args.out, exist_ok=True)
        if args.resume and os.path.exists(self.state_path):
            self.resume()

    def resume(self):
        state = torch.load(self.state_path)
        self.unet.load_state_dict(state["net"])
        self.ema.load_state_dict(state["ema"])
        self.optimizer.load_state_dict(state["opt"])
        for name, module in self.more.items():
            module.load_state_dict(state[name]["module"])
            module.optimizer.load_state_dict(state[name]["opt"])
        self.step = state["step"]
        # Not the batches of the first steps again.
        torch.manual_seed(self.args.seed + self.step)

    def save(self):
        """The state, and the averaged weights in f16 as a diffusers folder."""
        state = {"net": self.unet.state_dict(), "ema": self.ema.state_dict(), "opt": self.optimizer.state_dict(), "step": self.step}
        for name, module in self.more.items():
            state[name] = {"module": module.state_dict(), "opt": module.optimizer.state_dict()}
        torch.save(state, self.state_path + ".tmp")
        os.replace(self.state_path + ".tmp", self.state_path)
        copy.deepcopy(self.ema).half().save_pretrained(f"{self.args.out}/unet", variant="fp16")
        self.scheduler.save_pretrained(f"{self.args.out}/scheduler")

    def run(self, loss_of, learning_rate):
        """Trains to --steps; `loss_of(unet)` draws a batch, `learning_rate(step)` is the rate of a step."""
        started, average_loss, first = time.time(), None, self.step
        while self.step < self.args.steps:
            with torch.autocast("cpu", torch.bfloat16, enabled=self.args.bf16):
                loss = loss_of(self.unet)
            self.optimise(loss, learning_rate(self.step))
            average_loss = loss.item() if average_loss is None else 0.99 * average_loss + 0.01 * loss.item()
            if self.step % 50 == 0:
                speed = self.args.batch * (self.step - first) / (time.time() - started)
                print(f"step {self.step} loss {average_loss:.4f} {speed:.1f} images/s", flush=True)
            if self.step % 250 == 0:
                self.save()
        self.save()

    def optimise(self, loss, rate):
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        decay = min(self.args.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for average, weight in zip(self.ema.parameters(), self.unet.parameters()):
                average.lerp_(weight, 1 - decay)
