"""Changes of a network as JSON after which most files are refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from json_parts import DANGEROUS, KNOWN, NAMES, SIZES, VALUES, Data, node_of

from costcalc.spec.rules import RULES

Change = Callable[[random.Random, Data, str], None]

CHANGES: list[Change] = []


def _change(change: Change) -> Change:
    CHANGES.append(change)
    return change


@_change
def _dangerous_call(rng: random.Random, data: Data, victim: str) -> None:
    args: Data = {}
    for _ in range(rng.choice([0, 1, 1, 2])):
        key = rng.choice(["f", "filename", "size", "input", "out", "dim", "inplace", "start_dim", "p", "obj", "name"])
        args[key] = rng.choice([victim, *VALUES])
    call = {"name": rng.choice(DANGEROUS), "args": args, "packed": rng.random() < 0.2, "leading": rng.random() < 0.2}
    node_of(rng, data)["torch"] = call


@_change
def _arguments(rng: random.Random, data: Data, victim: str) -> None:
    node = rng.choice([node for node in data["nodes"] if node.get("torch")])
    args = node["torch"].setdefault("args", {})
    args[rng.choice([*args, "f", "dim", "size", "scale_factor", "inplace"])] = rng.choice([victim, *VALUES])


@_change
def _flags(rng: random.Random, data: Data, victim: str) -> None:
    node = rng.choice([node for node in data["nodes"] if node.get("torch")])
    node["torch"][rng.choice(["packed", "leading", "name", "args", "surprise"])] = rng.choice(
        [True, False, None, {}, 1]
    )


@_change
def _generic(rng: random.Random, data: Data, victim: str) -> None:
    node = node_of(rng, data)
    node["op"] = rng.choice(["elementwise", "move", "unknown", "custom"])
    aten = rng.choice(["relu", "elu", "prelu", "add", "pad", "softmax", "mylib::scan", "conv", "upsample", "", "save"])
    shapes = rng.choice([[[1, 2]], [[1, 4, 6, 6]], [], [[]], [[2**40] * 16], [[1, 4], [1, 4]], [[0]]])
    node["settings"] = {"aten": aten, "shapes": shapes, "fresh": rng.random() < 0.8}
    if node["op"] == "custom":
        node["settings"]["terms"] = rng.choice([[], [[["N"], [3]]], [[["N"], [2**64]]], [[[], []]], 3])
    node["torch"] = {"name": rng.choice([*KNOWN, *DANGEROUS]), "args": rng.choice([{}, {"f": victim}])}


@_change
def _op(rng: random.Random, data: Data, victim: str) -> None:
    node_of(rng, data)["op"] = rng.choice([*RULES, "", "system", "relu_", "__init__"])


@_change
def _setting(rng: random.Random, data: Data, victim: str) -> None:
    settings = node_of(rng, data)["settings"]
    key = rng.choice([*settings, "surprise", "x", "xs", "self", "inplace"])
    settings[key] = rng.choice(VALUES)
    if rng.random() < 0.1:
        del settings[key]


@_change
def _shape(rng: random.Random, data: Data, victim: str) -> None:
    shape = rng.choice(data["inputs"])["shape"]
    shape[rng.randrange(len(shape))] = rng.choice(SIZES)
    if rng.random() < 0.2:
        rng.choice([shape.pop, lambda: shape.append(3)])()


@_change
def _edges(rng: random.Random, data: Data, victim: str) -> None:
    place = rng.choice([node_of(rng, data)["inputs"], data["outputs"], data["train_outputs"]])
    ref = [rng.choice([-2, -1, 0, 1, len(data["nodes"]), 10**30, None, "0"]), rng.choice([-1, 0, 0, 1, 5, True])]
    place[:] = rng.choice([[ref], [*place, ref], [], [[-1, 0], *place], place[::-1], [*place, *place]])


@_change
def _order(rng: random.Random, data: Data, victim: str) -> None:
    nodes = data["nodes"]
    rng.choice([lambda: rng.shuffle(nodes), lambda: nodes.pop(rng.randrange(len(nodes))), nodes.reverse])()


@_change
def _blocks(rng: random.Random, data: Data, victim: str) -> None:
    """Blocks of the same path in each other, of other paths, of any parent."""
    data["blocks"].append(["", -1, "", False, []])
    each = rng.choice(data["blocks"])
    each[rng.randrange(5)] = rng.choice(["a", "a.b", "", -1, 0, 1, 99, True, False, [2**40], None, *NAMES])
    node_of(rng, data)["block"] = rng.choice([-1, 0, 1, len(data["blocks"]) - 1, len(data["blocks"]), -2, None])


@_change
def _weight_of_another(rng: random.Random, data: Data, victim: str) -> None:
    node = rng.choice([node for node in data["nodes"] if node["weights"]])
    node["weights"][-1] = None
    node["inputs"].append(rng.choice([[-1, 0], [0, 0]]))


@_change
def _anything(rng: random.Random, data: Data, victim: str) -> None:
    """One value, anywhere, replaced or gone."""
    place: Any = data
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = rng.choice(keys)
        if isinstance(place[key], dict | list) and place[key] and rng.random() < 0.8:
            place = place[key]
            continue
        if rng.random() < 0.1:
            del place[key]
        else:
            place[key] = rng.choice([*VALUES, *NAMES, [-1, 0], victim])
        return
