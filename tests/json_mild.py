"""Changes of a network as JSON after which most files still read."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable

from json_parts import KINDS, KNOWN, NAMES, Data, node_of, rename

from costcalc.convert.allowed_calls import BUILT, NAMED, PARTS, PLAIN

Change = Callable[[random.Random, Data, str], None]

CHANGES: list[Change] = []


def _change(change: Change) -> Change:
    CHANGES.append(change)
    return change


@_change
def _odd_name(rng: random.Random, data: Data, victim: str) -> None:
    node = node_of(rng, data)
    new = rng.choice(NAMES)
    if rng.random() < 0.4:
        new = f"{node['name'].rpartition('.')[0]}.{new}" if "." in node["name"] else f"{node['name']}.{new}"
    rename(data, node["name"], new)


@_change
def _name_in_another(rng: random.Random, data: Data, victim: str) -> None:
    a, b = node_of(rng, data)["name"], node_of(rng, data)["name"]
    rename(data, b, rng.choice([f"{a}.{b}", f"{a}.weight", f"{a}@2", f"{a}@7", a.rpartition(".")[0], f"{a}.conv"]))


@_change
def _known_call(rng: random.Random, data: Data, victim: str) -> None:
    node_of(rng, data)["torch"] = {"name": rng.choice(KNOWN)}


@_change
def _own_call(rng: random.Random, data: Data, victim: str) -> None:
    """A name that the op may have."""
    nodes = [node for node in data["nodes"] if node["op"] in {*BUILT, *NAMED}]
    node = rng.choice(nodes)
    name = rng.choice([*BUILT.get(node["op"], ()), *NAMED.get(node["op"], ())])
    node["torch"] = {"name": name.replace("{n}", str(rng.choice([1, 2, 2, 2, 3])))}


@_change
def _no_call(rng: random.Random, data: Data, victim: str) -> None:
    node_of(rng, data)["torch"] = None


@_change
def _part_of(rng: random.Random, data: Data, victim: str) -> None:
    node_of(rng, data)["torch"] = {"name": rng.choice(sorted(PARTS))}


@_change
def _activation(rng: random.Random, data: Data, victim: str) -> None:
    """An operation without an op of its own, after the last node."""
    number = len(data["nodes"]) - 1
    aten = rng.choice(list(PLAIN))
    settings = {"aten": aten, "shapes": [rng.choice([[1, 2], [1, 4, 6, 6], [2, 4, 6, 6], [1, 3]])], "fresh": True}
    node = {"name": "activation", "op": "elementwise", "inputs": [[number, 0]], "settings": settings, "weights": []}
    node["torch"] = {"name": rng.choice(PLAIN[aten])}
    data["nodes"].append({**node, "block": -1})
    data["outputs"] = [[number + 1, 0]]


@_change
def _text(rng: random.Random, data: Data, victim: str) -> None:
    data[rng.choice(["name", "note"])] = rng.choice(["googlenet", "resnet50", "torchvision:vgg16", *NAMES])


@_change
def _batch(rng: random.Random, data: Data, victim: str) -> None:
    for each in data["inputs"]:
        each["shape"][0] = rng.choice([1, 2, 3, 5, 8, 2**40])


@_change
def _integer(rng: random.Random, data: Data, victim: str) -> None:
    rng.choice(data["inputs"])["integer"] ^= True


@_change
def _outputs(rng: random.Random, data: Data, victim: str) -> None:
    refs = [[i, 0] for i in range(len(data["nodes"]))] + [[-1, 0]]
    data[rng.choice(["outputs", "train_outputs"])] = [rng.choice(refs) for _ in range(rng.choice([0, 1, 1, 2, 3]))]


@_change
def _weights(rng: random.Random, data: Data, victim: str) -> None:
    node = rng.choice([node for node in data["nodes"] if node["weights"]])
    rng.shuffle(node["weights"])
    node["weights"][0] = rng.choice(["w", "a.b", "", "training", node["weights"][0] + "x", "\n"])


@_change
def _extras(rng: random.Random, data: Data, victim: str) -> None:
    node = node_of(rng, data)
    node[rng.choice(["products", "kernel", "buffers", "surprise"])] = rng.choice([0, 3, 2**40, "matmul", False, ""])
    data["frozen"] = [rng.choice(NAMES)]
    data["buffers"] = {rng.choice(NAMES): rng.choice([[], [4], [2**40, 2**40]])}


@_change
def _block(rng: random.Random, data: Data, victim: str) -> None:
    """All layers in a new block, or some in one that is left and entered again."""
    path = rng.choice(["blk", "a", "", "forward", data["nodes"][0]["name"], "blk.inner"])
    output = rng.choice([[], [2], [2, 4], [2, 3, 4], [0, 0, 0], [2, 2**40, 1], [1] * 16])
    data["blocks"].append([path, -1, rng.choice(KINDS), rng.random() < 0.3, output])
    within = rng.choice([data["nodes"], rng.sample(data["nodes"], rng.randint(1, len(data["nodes"])))])
    for node in within:
        node["block"] = len(data["blocks"]) - 1
        if rng.random() < 0.9:
            rename(data, node["name"], f"{path}.{node['name']}")


@_change
def _call_twice(rng: random.Random, data: Data, victim: str) -> None:
    """A layer once more, the last in the network, perhaps with another setting or op."""
    node = copy.deepcopy(node_of(rng, data))
    node["name"] = f"{node['name'].partition('@')[0]}@{rng.randint(2, 9)}"
    if rng.random() < 0.3:
        node["settings"] = {**node["settings"], "inplace": True} if "inplace" in node["settings"] else node["settings"]
    data["nodes"].append(node)
    data["outputs"].append([len(data["nodes"]) - 1, 0])


@_change
def _setting_like_it(rng: random.Random, data: Data, victim: str) -> None:
    """A setting's number a little larger or smaller, or its truth the other way round."""
    settings = node_of(rng, data)["settings"]
    key = rng.choice(sorted(settings))
    value = settings[key]
    if isinstance(value, bool):
        settings[key] = not value
    elif isinstance(value, int):
        settings[key] = max(1, value + rng.choice([-1, 1, 2]))
    elif isinstance(value, list) and value and type(value[0]) is int:
        value[0] = max(1, value[0] + rng.choice([-1, 1, 2]))
