"""Make every golden file anew: `python make.py`, or `python make.py randn steps` for some of them. See README.md."""

import sys

import torch
from diffusers.utils import logging

import batches
import coeffs
import edits
import exported
import known_answer
import likelihood
import measured
import originals
import pipelines
import randn
import repaint
import runs
import schedules
import shapes
import signatures
import steps
import torch_files
import trajectories
import unet_bundled
import unet_variants
import vdm

MAKERS = {
    "batches": batches,
    "coeffs": coeffs,
    "edits": edits,
    "exported": exported,
    "known_answer": known_answer,
    "likelihood": likelihood,
    "measured": measured,
    "originals": originals,
    "pipelines": pipelines,
    "randn": randn,
    "repaint": repaint,
    "runs": runs,
    "schedules": schedules,
    "shapes": shapes,
    "signatures": signatures,
    "steps": steps,
    "torch_files": torch_files,
    "trajectories": trajectories,
    "unet": unet_bundled,
    "unet_variants": unet_variants,
    "vdm": vdm,
}


def main():
    # One thread: sums are then made in the same order each time, and two runs write the same bytes.
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    names = sys.argv[1:] or list(MAKERS)
    unknown = [name for name in names if name not in MAKERS]
    if unknown:
        sys.exit(f"no such file: {', '.join(unknown)}; there are {', '.join(MAKERS)}")
    for name in names:
        print(f"{name} ...", flush=True)
        MAKERS[name].make()


if __name__ == "__main__":
    main()
