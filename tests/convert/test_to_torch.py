from typing import Any

import pytest
import torch

from costcalc import zoo
from costcalc.convert.data import from_data, to_data
from costcalc.convert.to_torch import to_torch
from costcalc.spec import Facts, SpecError, Tensor, add, block, concat, conv, outputs, relu, shared, split, trace
from costcalc.spec.trace import op


@op
def untorched(x: tuple[int, ...]) -> Facts:
    """An op that torch lacks."""
    return Facts(outputs=(x,))


def test_a_shared_block_is_one_module_called_twice() -> None:
    @block
    def tower(x: Tensor) -> tuple[Tensor, Tensor]:
        x = conv(x, "conv", 3, k=1)
        return x, relu(x)

    def network(x: Tensor) -> Tensor:
        a, _ = tower(x, "t")  # the first call's relu is not read, the second's is
        b, c = shared(tower)(a, "t")
        return concat(a, b, c)

    graph = trace(network, (1, 3, 4, 4))
    model = to_torch(graph)
    assert [name for name, _ in model.named_parameters()] == ["t.conv.weight", "t.conv.bias"]
    x = torch.randn(1, 3, 4, 4)
    first = model.t.conv(x)
    second = model.t.conv(first)
    assert torch.equal(model(x), torch.cat([first, second, second.relu()], 1))


def test_heads_and_several_outputs() -> None:
    def network(x: Tensor) -> Any:
        a, b = split(conv(x, "stem", 4, k=1), sizes=(1, 3))
        return outputs(a, b, train=[conv(x, "head", 2, k=1)])

    model = to_torch(trace(network, (2, 3, 4, 4)))
    x = torch.randn(2, 3, 4, 4)
    assert [tuple(t.shape) for t in model(x)] == [(2, 1, 4, 4), (2, 3, 4, 4)]
    assert [tuple(t.shape) for t in model.train()(x)] == [(2, 1, 4, 4), (2, 3, 4, 4), (2, 2, 4, 4)]


def test_a_residual_across_blocks() -> None:
    @block
    def branch(x: Tensor) -> Tensor:
        return conv(x, "deep.conv", 3, k=3, padding=1)

    model = to_torch(trace(lambda x: add(branch(x, "branch"), x), (1, 3, 4, 4)))
    x = torch.randn(1, 3, 4, 4)
    assert torch.equal(model(x), model.branch.deep.conv(x) + x)


def test_on_meta_nothing_is_allocated() -> None:
    model = to_torch(zoo.find("vgg16").build(), device="meta")
    assert {p.device.type for p in model.parameters()} == {"meta"}
    assert sum(p.numel() for p in model.parameters()) == 138_357_544


def test_an_op_that_torch_lacks_is_named() -> None:
    with pytest.raises(SpecError, match=r"layer 'untorched' \(untorched\) is not built from a graph"):
        to_torch(trace(untorched, (1, 3, 4, 4)))


def named(path: str, name: str) -> Any:
    """A network as data, a convolution in a block and a relu, one of them renamed."""

    @block
    def stage(x: Tensor) -> Tensor:
        return conv(x, "conv", 3, k=1)

    data = to_data(trace(lambda x: relu(stage(x, "stage")), (1, 3, 4, 4)))
    node = next(node for node in data["nodes"] if node["name"] == path)
    node["name"] = name
    return data


NO_NAMES = ["stage.", "stage..conv", "stage.@2", "stage.forward", "stage.training", "stage.steps", "stage.__class__"]
NO_NAMES += ["stage.training.x", "stage._modules.x", "stage.add_module"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_no_module_can_have(name: str) -> None:
    with pytest.raises(SpecError, match="is not a name for a module of torch") as caught:
        to_torch(from_data(named("stage.conv", name)), "meta")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["conv", "other.conv", ".", "stages.conv"])
def test_a_layer_outside_of_its_block(name: str) -> None:
    with pytest.raises(SpecError, match=r"is in block 'stage': its name must begin with 'stage\.'"):
        to_torch(from_data(named("stage.conv", name)), "meta")


def test_a_layer_that_has_a_blocks_name() -> None:
    other = "of another layer or block"
    outside = r"layer '@2' is in block 'stage': its name must begin with 'stage\.'"
    for path, name, words in (("relu", "stage", other), ("stage.conv", "stage", other), ("stage.conv", "@2", outside)):
        with pytest.raises(SpecError, match=words):
            to_torch(from_data(named(path, name)), "meta")


def test_a_layer_that_has_the_name_of_others_without_a_block() -> None:
    graph = trace(lambda x: relu(relu(x, "a.b"), "a"), (1, 3, 4, 4))
    with pytest.raises(SpecError, match=r"layer 'a' has the name of a module that holds other layers, as in 'a\.conv'"):
        to_torch(graph, "meta")


@pytest.mark.parametrize("name", ["relu@2", "0", "a b", "é", "x.y.z", "weight", "\x1b[2J", "relu" * 200])
def test_names_that_modules_can_have(name: str) -> None:
    model = to_torch(from_data(named("relu", name)))
    assert model.get_submodule(name.partition("@")[0]).__class__.__name__ == "ReLU"


def test_a_layer_again_that_is_another() -> None:
    data = to_data(trace(lambda x: relu(conv(x, "a", 3, k=1), "b"), (1, 3, 4, 4)))
    data["nodes"][1]["name"] = "a@2"
    with pytest.raises(SpecError, match=r"layer 'a@2' \(relu\) has the path 'a' of another layer or block"):
        to_torch(from_data(data), "meta")


def test_a_block_again_that_does_something_else() -> None:
    """The second call reads its own convolution twice, or leaves one out."""

    @block
    def tower(x: Tensor) -> Tensor:
        return add(conv(x, "a", 3, k=1), conv(x, "b", 3, k=1))

    data = to_data(trace(lambda x: shared(tower)(tower(x, "t"), "t"), (1, 3, 4, 4)))
    data["nodes"][5]["inputs"] = [[4, 0], [4, 0]]
    with pytest.raises(SpecError, match="block 't' does something else when called again"):
        to_torch(from_data(data), "meta")


def test_a_block_that_is_left_and_entered_again() -> None:
    data = to_data(trace(lambda x: relu(relu(relu(x, "b.x"), "y"), "b.z"), (1, 3, 4, 4)))
    data["blocks"] = [["b", -1, "", False, []]]
    for i in (0, 2):
        data["nodes"][i]["block"] = 0
    with pytest.raises(SpecError, match="block 'b' is left and entered again within one call"):
        to_torch(from_data(data), "meta")


def test_blocks_in_a_circle_of_names() -> None:
    """A block in a block of its own name, and one without a name."""
    for path in ("b", ""):
        data = to_data(trace(lambda x: relu(x, "b.x"), (1, 3, 4, 4)))
        data["blocks"] = [["b", -1, "", False, []], [path, 0, "", False, []]]
        data["nodes"][0]["block"] = 1
        with pytest.raises(SpecError, match="is in block 'b': its name must begin with"):
            to_torch(from_data(data), "meta")


def test_a_block_with_a_layer_for_training_alone() -> None:
    """The block outputs two tensors, one of which only the head reads."""

    @block
    def two(x: Tensor) -> tuple[Tensor, Tensor]:
        return conv(x, "main", 2, k=1), conv(x, "side", 4, k=1)

    def network(x: Tensor) -> Any:
        main, side = two(x, "two")
        return outputs(relu(main), train=[relu(side)])

    model, x = to_torch(trace(network, (2, 3, 4, 4))), torch.randn(2, 3, 4, 4)
    assert torch.equal(model(x), model.two.main(x).relu())
    assert [tuple(t.shape) for t in model.train()(x)] == [(2, 2, 4, 4), (2, 4, 4, 4)]


def test_a_weight_that_another_layer_computes_is_not_built() -> None:
    data = to_data(trace(lambda x: conv(x, "a", 3, k=1), (1, 3, 4, 4)))
    data["nodes"][0].update(weights=["a.weight", None], inputs=[[-1, 0], [-1, 0]])
    with pytest.raises(SpecError, match=r"layer 'a' \(conv\) is not built from a graph"):
        to_torch(from_data(data), "meta")
