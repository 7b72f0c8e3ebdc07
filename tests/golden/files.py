"""How golden files are written: scalars as JSON, arrays as one flat file of little-endian f32 beside it."""

import json
import pathlib

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).resolve().parent
MODEL = FOLDER.parent.parent / "models" / "fashion-mnist"


class Arrays:
    """The f32 arrays of one golden file. `add` answers with the reference that goes into the JSON.

    A reference is `{"at": first element, "shape": [...]}`: element offset (not bytes) into the `.bin` file, row-major.
    """

    def __init__(self):
        self.parts = []
        self.length = 0
        self.references = {}

    def add(self, values):
        array = np.ascontiguousarray(torch.as_tensor(values).detach().to(torch.float32).numpy(), dtype="<f4")
        assert np.isfinite(array).all(), "a golden array must be finite"
        key = (array.shape, array.tobytes())
        if key not in self.references:
            self.references[key] = {"at": self.length, "shape": list(array.shape)}
            self.parts.append(array.ravel())
            self.length += array.size
        return self.references[key]

    def write(self, name):
        path = FOLDER / name
        path.write_bytes(np.concatenate(self.parts).tobytes())


def f32_list(values):
    """The values as JSON numbers that read back to exactly the same f32."""
    array = np.asarray(torch.as_tensor(values).detach().to(torch.float32).numpy()).ravel()
    numbers = [float(str(value)) for value in array]
    assert (np.array(numbers).astype(np.float32) == array).all()
    return numbers


def config_of(unet):
    """The config as diffusers writes it to config.json."""
    return json.loads(unet.to_json_string())


def write_json(name, content):
    """Two levels, one line an entry: a change shows as a small diff, and long lists do not take a line a number."""
    lines = []
    for key, value in content.items():
        if isinstance(value, list) and value and isinstance(value[0], (dict, list)):
            body = "[\n  " + ",\n  ".join(compact(entry) for entry in value) + "\n ]"
        elif isinstance(value, dict) and len(compact(value)) > 120:
            body = "{\n  " + ",\n  ".join(f"{compact(k)}: {compact(v)}" for k, v in value.items()) + "\n }"
        else:
            body = compact(value)
        lines.append(f" {compact(key)}: {body}")
    (FOLDER / name).write_text("{\n" + ",\n".join(lines) + "\n}\n")


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)
