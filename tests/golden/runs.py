"""runs.json, runs.bin: whole sampling loops."""

import runs_closed_form
import runs_unet
from files import Arrays, write_json


def make():
    arrays = Arrays()
    content = {
        "note": "arrays: element offset and shape in runs.bin; steps go to the next listed timestep; "
        "the f64 differences say how far f32 schedule arithmetic alone moves the end",
        "closed_form": list(runs_closed_form.entries(arrays)),
        "unet": list(runs_unet.entries(arrays)),
    }
    write_json("runs.json", content)
    arrays.write("runs.bin")
