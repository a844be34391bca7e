"""A network written by hand, as torch builds it, read back: the same layers, settings, costs and edges.

Any number more: ``COSTCALC_EXAMPLES=5000 python -m pytest tests/convert/test_from_torch_round_trip.py``; and
``COSTCALC_MODELS=all`` takes every network of the zoo.
"""

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from samples import EXAMPLES
from strategies import graphs
from wide_strategies import wide_graphs

from costcalc import zoo
from costcalc.analysis.cost import Cost
from costcalc.convert.from_torch import from_torch
from costcalc.convert.to_torch import to_torch
from costcalc.spec import Graph, Node, Tensor

MANY = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=EXAMPLES == 100
)
ALL = os.environ.get("COSTCALC_MODELS") == "all"


def described(node: Node) -> tuple[Any, ...]:
    """The fields of a node that torch keeps: not the name of a function's call; same_pad becomes a pad."""
    op, kept, facts = node.op, dict(node.facts.settings), node.facts
    if op in ("pad", "same_pad"):
        op, kept = "pad", {}
    if kept.get("affine") is False:
        kept.pop("bias", None)
    name = node.name if node.call is not None and node.call.is_module else ""
    macs = facts.macs.formula if facts.macs else None
    weights, buffers = tuple(facts.weights.items()), tuple(facts.buffers.items())
    return (node.module, name, op, facts.outputs, repr(sorted(kept.items())), macs, node.weights, weights, buffers)


def edge(t: Tensor) -> Any:
    return t.index, described(t.node) if t.node else None


def comes_back(graph: Graph) -> None:
    shapes = [t.shape[1:] for t in graph.inputs]
    again = from_torch(to_torch(graph, "meta"), shapes, batch=graph.inputs[0].shape[0])
    run = [node for node in graph.nodes if node not in graph.not_run("eval")]
    read = [node for node in again.nodes if node.op != "parameter"]
    assert Counter(map(described, read)) == Counter(map(described, run))
    assert Counter((described(n), *map(edge, n.inputs)) for n in read) == Counter(
        (described(n), *map(edge, n.inputs)) for n in run
    )
    assert list(map(edge, again.outputs)) == list(map(edge, graph.outputs))
    assert (again.weights, again.buffers) == (graph.weights, graph.buffers)
    ours, theirs = Cost(again), Cost(graph)
    assert (ours.params, ours.macs, ours.activations) == (theirs.params, theirs.macs, theirs.activations)
    assert ours.status == "complete"


NETWORKS = [
    network.name
    for family in zoo.families()
    for network in (zoo.networks(family) if ALL else zoo.networks(family)[:1])
    if network.name != "resnet1202"
]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_zoo(name: str) -> None:
    comes_back(zoo.find(name).build(batch=2))


@MANY
@given(graphs())
def test_random_networks(graph: Graph) -> None:
    comes_back(graph)


@MANY
@given(wide_graphs().filter(lambda graph: len({t.shape[0] for t in graph.inputs}) == 1))
def test_every_op(graph: Graph) -> None:
    comes_back(graph)


def test_heads_that_run_in_training_only_keep_their_params() -> None:
    graph = zoo.find("googlenet_aux").build()
    again = from_torch(to_torch(graph, "meta"), (3, 224, 224))
    heads = [node for node in again.nodes if node.op == "parameter"]
    assert len({node.name.split(".")[0] for node in heads}) == 2
    assert Cost(again).params == Cost(graph).params == Cost(graph, "train").params
    in_training = from_torch(to_torch(graph, "meta").train(), (3, 224, 224), batch=2)
    assert Cost(in_training).macs == 2 * Cost(graph, "train").macs
