"""trajectories.json: the timesteps that diffusers' schedulers list, for every number of steps."""

import hashlib

from diffusers import DDIMScheduler, DDPMScheduler

from files import write_json

SPACINGS = ("leading", "trailing", "linspace")
FULL_LISTS = {
    50: (1, 2, 3, 7, 10, 29, 31, 49, 50),
    100: (1, 3, 10, 30, 58, 97, 100),
    1000: (1, 2, 3, 4, 5, 7, 9, 10, 13, 20, 25, 27, 30, 37, 50, 61, 90, 100),
    4000: (1, 3, 10, 25, 50, 61, 103),
}
DIGEST_CHARACTERS = 8


def make():
    lists, digests = [], []
    for total in FULL_LISTS:
        for spacing in SPACINGS:
            for offset in (0, 1):
                every = [timesteps(total, spacing, offset, k) for k in range(1, total + 1)]
                if offset == 1 and spacing != "leading":
                    # Only "leading" looks at steps_offset.
                    assert every == [timesteps(total, spacing, 0, k) for k in range(1, total + 1)]
                    continue
                common = {"T": total, "spacing": spacing, "steps_offset": offset}
                digests.append(common | summary(every, total))
                lists += [common | {"K": k, "timesteps": every[k - 1]} for k in FULL_LISTS[total]]
    write_json(
        "trajectories.json",
        {
            "note": "digest K = the first 8 hexadecimal characters of sha256 of the comma-joined list of K steps; "
            "all = sha256 of the lists of all K, one a line; steps_offset changes only leading",
            "schedulers": ["DDPMScheduler", "DDIMScheduler"],
            "digests": digests,
            "lists": lists,
        },
    )


def timesteps(total, spacing, offset, k):
    """The list of both schedulers; they agree."""
    found = []
    for kind in (DDPMScheduler, DDIMScheduler):
        scheduler = scheduler_of(kind, total, spacing, offset)
        scheduler.set_timesteps(k)
        found.append(scheduler.timesteps.tolist())
    assert found[0] == found[1]
    return found[0]


SCHEDULERS = {}


def scheduler_of(*key):
    """One scheduler a configuration: set_timesteps starts anew each time, making the betas is the slow part."""
    if key not in SCHEDULERS:
        kind, total, spacing, offset = key
        SCHEDULERS[key] = kind(num_train_timesteps=total, timestep_spacing=spacing, steps_offset=offset)
    return SCHEDULERS[key]


def summary(every, total):
    lines = [",".join(map(str, steps)) for steps in every]
    joined = "\n".join(lines)
    content = {
        # numpy's arange can list one element too many, which rounds to timestep -1: the data itself.
        "surplus_minus_one": [k for k, steps in enumerate(every, 1) if steps[-1] == -1],
        "outside_of_schedule": [k for k, steps in enumerate(every, 1) if steps[0] >= total],
        "all": hashlib.sha256(joined.encode()).hexdigest(),
    }
    for k, steps in enumerate(every, 1):
        assert len(steps) == k + (steps[-1] == -1)
    if total <= 1000:
        content["digests"] = "".join(hashlib.sha256(line.encode()).hexdigest()[:DIGEST_CHARACTERS] for line in lines)
    return content
