import json
from typing import Any

import pytest
from hypothesis import given, settings
from strategies import graphs

import costcalc
from costcalc import zoo
from costcalc.convert.data import from_data, to_data
from costcalc.spec import CostcalcError, Graph, TorchCall, block, conv, relu, shared, trace
from costcalc.spec.noticed import ModuleCall, Noticed


def there_and_back(graph: Graph) -> None:
    data = json.loads(json.dumps(to_data(graph), allow_nan=False))
    again = from_data(data)
    assert to_data(again) == data
    assert [n.facts for n in again.nodes] == [n.facts for n in graph.nodes]
    assert [(n.name, n.op, n.module, n.weights) for n in again.nodes] == [
        (n.name, n.op, n.module, n.weights) for n in graph.nodes
    ]
    assert (again.weights, again.buffers) == (graph.weights, graph.buffers)
    assert [n.name for n in again.nodes if n in again.not_run("eval")] == [
        n.name for n in graph.nodes if n in graph.not_run("eval")
    ]


@pytest.mark.parametrize("family", [f for f in zoo.families() if f != "resnet_cifar"])
def test_the_zoo(family: str) -> None:
    for network in zoo.networks(family):
        there_and_back(network.build(batch=2))


@settings(deadline=None, max_examples=200)
@given(graphs())
def test_random_networks(graph: Graph) -> None:
    there_and_back(graph)


def small() -> dict[str, Any]:
    graph = trace(lambda x: relu(shared(conv)(conv(x, "c", 3, k=1), "c", 3, k=1)), (1, 3, 4, 4), name="small")
    data: dict[str, Any] = json.loads(json.dumps(to_data(graph)))
    return data


def change(data: Any, path: str, value: Any) -> Any:
    *keys, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    place = data
    for key in keys:
        place = place[key]
    place[last] = value
    return data


WRONG = {
    "version": (2, "not a costcalc network of version 1"),
    "inputs.0.shape": ([1, 3, -4, 4], "sizes are integers from 1 to 2"),
    "inputs.0.shape.1": (10**300, "sizes are integers from 1 to 2"),
    "inputs.0": ([1, 3, 4, 4], "an input is an object"),
    "nodes": ({}, "'nodes' of the network must be there, as list"),
    "nodes.0.inputs.0": ([1, 0], "read before it is made"),
    "nodes.1.inputs.0": ([1, 0], "read before it is made"),
    "nodes.0.inputs": ([], "has no inputs"),
    "nodes.0.op": ("system", "unknown op 'system'"),
    "nodes.0.settings.k": ("3", "k='3' must be a positive integer"),
    "nodes.0.settings.width": (None, "width=None must be an integer"),
    "nodes.0.settings.surprise": (1, "settings that do not fit"),
    "nodes.0.weights": ([], r"weights is a list \(2 of them\)"),
    "nodes.0.weights.0": (["c"], "a weight's name must be a text of 1 to 1,000 letters"),
    "nodes.0.block": (5, "block 5 of the network is used before it is listed"),
    "nodes.1.name": ("c", "the name is used twice"),
    "outputs.0": ([-1, 3], "read before it is made"),
    "blocks": ([["a", 0, "", False, []]], "block 0 of the network is used before it is listed"),
    "nodes.2.settings": ([], "settings is an object"),
    "name": (3, "'name' of the network must be there, as str"),
}


@pytest.mark.parametrize("path", WRONG)
def test_what_is_no_network_is_told_in_a_line(path: str) -> None:
    value, problem = WRONG[path]
    with pytest.raises(CostcalcError, match=problem) as caught:
        from_data(change(small(), path, value))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [None, [], "x", 3, {}, {"format": "costcalc"}])
def test_what_is_no_object_either(data: Any) -> None:
    with pytest.raises(CostcalcError, match="costcalc network"):
        from_data(data)


def test_a_model_read_from_torch() -> None:
    """Its parameters without a layer (a class token) are nodes without inputs."""
    there_and_back(costcalc.graph("torchvision:vit_b_32"))


def test_what_a_reader_noticed_is_kept() -> None:
    """A call under another name, a kernel, products of sizes, a layer without a call; the module of a block."""
    graph = trace(lambda x: relu(relu(block(relu)(x, "b"))), (1, 3), name="noticed")
    first, second, third = graph.nodes
    first.noticed = Noticed(TorchCall("torch.nn.functional.relu", {"inplace": False}), "mv", 3)
    second.noticed = Noticed(no_call=True)
    assert first.block is not None
    first.block.module = ModuleCall("own.Module", True, (1, 3))
    data = json.loads(json.dumps(to_data(graph)))
    assert data["blocks"] == [["b", -1, "own.Module", True, [1, 3]]]
    assert [data["nodes"][0][key] for key in ("products", "kernel")] == [3, "mv"]
    again = from_data(data)
    assert [node.noticed for node in again.nodes] == [first.noticed, second.noticed, Noticed()]
    assert [node.call for node in again.nodes] == [first.noticed.called_as, None, third.facts.torch]
    assert again.nodes[0].block is not None
    assert again.nodes[0].block.module == first.block.module


def test_a_forward_pass_that_takes_derivatives_stays_one() -> None:
    graph = trace(lambda x: relu(x), (1, 3))
    graph.transformed = True
    again = from_data(to_data(graph))
    assert (again.transformed, again.limits, again.conditions) == (True, (), ())
