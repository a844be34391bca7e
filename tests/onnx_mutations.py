"""ONNX files changed at random: some still are networks, some are broken, some mean harm."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import onnx
from onnx_calm import CALM
from onnx_wild import WILD


def mutated(seed: int, files: Sequence[bytes]) -> tuple[bytes, list[str]]:
    """A file with up to three changes, and their names; always the same for a number."""
    random = Random(seed)
    model = onnx.ModelProto.FromString(random.choice(files))
    done = []
    for _ in range(random.choice((1, 1, 2, 3))):
        change = random.choice(CALM if random.random() < 0.55 else WILD)
        done.append(change.__name__)
        try:
            change(random, model)
        except (IndexError, ValueError, TypeError):  # there is nothing to change so, or protobuf does not take it
            done[-1] += " (no)"
    raw = model.SerializeToString()
    return (raw, done) if random.random() < 0.97 else (_bytes(random, raw), [*done, "bytes"])


def _bytes(random: Random, raw: bytes) -> bytes:
    changed = bytearray(raw)
    for _ in range(random.choice((1, 3))):
        place = random.randrange(len(changed))
        changed[place : place + random.choice((0, 1, 1, 4))] = random.randbytes(random.choice((0, 1, 1, 4)))
    return bytes(changed)
