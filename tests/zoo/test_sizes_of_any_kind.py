"""Every network of the zoo with arrays and with symbols for batch and sides: each number is that of the integers.

A network whose fully connected layers are tied to a size is built at those of the sizes that it takes. All tools'
numbers are compared for the networks of `samples`.
"""

from typing import Any

import numpy
import pytest
import samples
import sympy

from costcalc import conventions, zoo
from costcalc.analysis.cost import Cost
from costcalc.spec import CostcalcError, Graph, Network
from costcalc.spec.graph import Mode
from costcalc.spec.substitute import at

SYMBOLS = sympy.symbols("N H W", integer=True, positive=True)
NETWORKS = zoo.all_networks()
CONVENTIONS = [conventions.find(name) for name in conventions.names()]


def numbers(network: str, graph: Graph, mode: Mode) -> dict[str, Any]:
    cost = Cost(graph, mode)
    first, *_, last = cost.by_block().rows
    ours = {
        "params": cost.params,
        "mult-adds": cost.macs,
        "activations": cost.activations,
        "the first block's mult-adds": first.macs,
        "the last block's activations": last.activations,
    }
    if network not in samples.NAMES:
        return ours
    return {
        **ours,
        **{convention.name: convention.total(cost.run) for convention in CONVENTIONS},
        "params as Keras counts": conventions.find("keras").params(cost.run),
        "bytes of torchinfo": conventions.find("torchinfo").memory(cost.run)["total"],
    }


def built(network: Network, batch: Any, h: Any, w: Any) -> Graph | None:
    try:
        return network.build((network.input[0], h, w), batch)
    except CostcalcError:
        return None  # `test_networks_that_take_any_size` says which


def cases(network: Network) -> dict[tuple[int, int, int], Graph]:
    """Batches and sides that it takes: its own, odd ones and larger ones."""
    side = network.input[1]
    wanted = [(1, side, side), (3, side + 1, side + 2), (2, side + 33, side + 31)]
    graphs = {case: built(network, *case) for case in wanted}
    return {case: graph for case, graph in graphs.items() if graph is not None}


def test_networks_that_take_any_size() -> None:
    tied = {network.name for network in NETWORKS if len(cases(network)) < 3}
    families = ("alexnet", "caffenet", "googlenet", "lenet", "yolo", "zfnet")
    assert all(name.startswith(families) for name in tied)
    assert len(tied) < 10


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_arrays_and_symbols(network: Network) -> None:
    mode: Mode = "train" if network.name.endswith("_aux") else "eval"
    graphs = cases(network)
    assert len(graphs) >= 2
    wanted = [numbers(network.name, graph, mode) for graph in graphs.values()]

    arrays = built(network, *map(numpy.array, zip(*graphs, strict=True)))
    assert arrays is not None
    for what, found in numbers(network.name, arrays, mode).items():
        elements = [found] * len(wanted) if isinstance(found, int) else found.tolist()
        assert elements == [each[what] for each in wanted], what

    symbols = built(network, *SYMBOLS)
    assert symbols is not None
    formulas = numbers(network.name, symbols, mode)
    for case, number in zip(graphs, wanted, strict=True):
        given = dict(zip(SYMBOLS, case, strict=True))
        assert {what: sympy.sympify(each).subs(given) for what, each in formulas.items()} == number
    again = at(symbols, given)
    assert [node.facts for node in again.nodes] == [node.facts for node in graphs[case].nodes]
    assert again.weights == graphs[case].weights
