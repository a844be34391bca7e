"""What other people print of a network: torchvision's metadata, and imgclsmob's table."""

from __future__ import annotations

from math import prod

import torchvision
from against import totals

from costcalc import zoo
from costcalc.spec import Graph


def torchvision_prints_the_same(name: str) -> None:
    """Params exactly, and GFLOPs to the three digits printed, at the crop of each of torchvision's weights."""
    params, _ = totals(name)
    for weights in torchvision.models.get_model_weights(name):
        crop = weights.transforms.keywords["crop_size"]
        graph = zoo.find(name).build(input=(3, crop, crop))
        macs = sum(node.facts.macs.value for node in graph.nodes if node.facts.macs)
        assert (params, round(macs / 1e9, 3)) == (weights.meta["num_params"], weights.meta["_ops"])


def imgclsmob_flops(graph: Graph) -> str:
    """The column "FLOPs/2" of github.com/osmr/imgclsmob, pytorch/README.md, for plain networks.

    2 per mult-add, 1 per element of a ReLU, and a window per output element of a pool; halved.
    """
    flops = 0
    for node in graph.nodes:
        out = prod(node.facts.outputs[0])
        flops += 2 * node.facts.macs.value if node.facts.macs else 0
        if node.op == "relu":
            flops += out
        elif node.op in ("max_pool", "avg_pool"):
            flops += out * prod(node.facts.settings["k"])
        elif node.op == "adaptive_avg_pool":  # a global one: its window is all of the input
            flops += prod(node.inputs[0].shape)
    return f"{flops / 2e6:,.2f}M"
