"""Networks as JSON, changed at random: names, ops, settings, sizes, edges, blocks, weights and calls of torch.

Each case is made from its number alone, so that one that fails can be made again: ``mutated(NUMBER, tmp_path)``.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import json_mild
import json_wild
from json_parts import Data, originals


def mutated(number: int, folder: Path) -> Data:
    """The case of that number: a network with one to four changes. Paths in it lie in the folder."""
    rng = random.Random(number)
    data: Data = json.loads(rng.choice(originals()))
    for _ in range(rng.choice([1, 1, 2, 2, 3, 4])):
        change = rng.choice(json_mild.CHANGES if rng.random() < 0.8 else json_wild.CHANGES)
        try:
            change(rng, data, str(folder / "victim"))
        except (LookupError, TypeError, AttributeError, ValueError):
            continue  # an earlier change has left nothing to change here
    return data
