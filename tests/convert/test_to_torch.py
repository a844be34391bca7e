from typing import Any

import pytest
import torch

from costcalc import zoo
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
