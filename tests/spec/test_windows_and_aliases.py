"""What facts say of windows and of memory, held against torch: its modules, its storages, and its gradients."""

from collections.abc import Callable
from typing import Any, Literal

import pytest
import torch
from torch import nn

from costcalc import spec
from costcalc.conventions.examples import EXAMPLES
from costcalc.convert.to_torch import to_torch, zeros
from costcalc.spec import Graph, Tensor, TorchCall, trace
from costcalc.spec.facts import HELD, Window
from costcalc.spec.rules import facts_of

MORE: dict[str, tuple[Callable[..., Any], tuple[int, ...]]] = {
    **{
        f"{name}, in place": (lambda x, name=name: getattr(spec, name)(x, inplace=True), (2, 3, 4))
        for name in ("relu", "relu6", "leaky_relu", "hard_sigmoid", "hard_swish", "silu", "dropout")
    },
    "axes of one tensor in another order": (lambda x: spec.einsum(x, equation="nij->nji"), (2, 3, 4)),
    "sums of one tensor": (lambda x: spec.einsum(x, equation="nij->ni"), (2, 3, 4)),
    "a pad of nothing": (lambda x: spec.pad(x, pads=[(0, 0)]), (2, 3, 4)),
    "a scale of 1": (lambda x: spec.upsample(x, scale=1), (2, 3, 4)),
    "one tensor alone": (spec.concat, (2, 3, 4)),
    "a pool of one": (lambda x: spec.adaptive_avg_pool(x, "", 4), (2, 3, 4)),
    "flat already": (spec.flatten, (2, 3)),
}
NETWORKS = {name: (example.network, (2, *example.shape)) for name, example in EXAMPLES.items()} | MORE


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.parametrize("name", NETWORKS)
def test_an_output_shares_memory_with_its_input_if_it_is_an_alias(name: str, mode: Literal["eval", "train"]) -> None:
    network, shape = NETWORKS[name]
    graph = trace(network, shape)
    (node,) = graph.nodes
    inputs = zeros(graph)
    with torch.no_grad():
        made = to_torch(graph).train(mode == "train")(*inputs)
    outputs = made if isinstance(made, tuple | list) else (made,)
    facts = node.facts
    aliases = facts.aliases if mode == "eval" or facts.train_aliases is None else facts.train_aliases
    for number, output in enumerate(outputs):
        same = output.untyped_storage().data_ptr() == inputs[0].untyped_storage().data_ptr()
        alias = aliases[number] if aliases else None
        assert (alias == 0) == same
        assert (facts.outputs[number] in facts.own(mode)) != same


def test_what_is_there_before_the_network_runs() -> None:
    shape = (2, 3)
    assert facts_of("parameter", [], {"shape": shape}).aliases == (HELD,)
    assert facts_of("constant", [], {"shape": shape}).own("eval") == ()
    view = {"aten": "view", "shapes": [shape], "fresh": False}
    assert facts_of("move", [], view).aliases == (HELD,)
    assert facts_of("move", [(3, 2)], view).aliases == (0,)
    assert facts_of("elementwise", [(3, 2)], {**view, "fresh": True}).own("train") == (shape,)


WINDOWED: dict[str, tuple[Callable[..., Any], int]] = {
    "conv": (lambda x: spec.conv(x, "op", 2, k=3, stride=2, padding=1, dilation=2), 11),
    "a wide stride": (lambda x: spec.conv(x, "op", 2, k=2, stride=5), 17),
    "same, odd": (lambda x: spec.conv(x, "op", 2, k=5, padding="same"), 9),
    "same, even": (lambda x: spec.conv(x, "op", 2, k=4, padding="same"), 9),
    "same, even and dilated": (lambda x: spec.conv(x, "op", 2, k=2, dilation=3, padding="same"), 9),
    "average": (lambda x: spec.avg_pool(x, "op", k=3, stride=2, padding=1), 11),
    "adaptive": (lambda x: spec.adaptive_avg_pool(x, "op", 3), 12),
    "transposed": (lambda x: spec.conv_transpose(x, "op", 2, k=3, stride=2, padding=1), 7),
    "transposed and dilated": (lambda x: spec.conv_transpose(x, "op", 2, k=2, stride=3, dilation=2), 5),
}


@pytest.mark.parametrize("name", WINDOWED)
def test_an_output_depends_on_its_window(name: str) -> None:
    """Output o reads inputs o·stride - before + i·dilation; a transposed input i writes outputs likewise."""
    network, size = WINDOWED[name]
    graph = trace(network, (1, 2, size))
    window = graph.nodes[0].facts.window
    assert isinstance(window, Window)
    model = to_torch(graph)
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    found = torch.autograd.functional.jacobian(lambda x: model(x[None, None].expand(1, 2, -1))[0, 0], torch.ones(size))
    assert isinstance(found, torch.Tensor)
    if window.transposed:
        found = found.T
    (k,), (stride,), ((before, _),), (dilation,) = window.kernel, window.stride, window.padding, window.dilation
    for o, row in enumerate(found):
        wanted = {o * stride - before + i * dilation for i in range(k)} & {*range(found.shape[1])}
        assert {*row.nonzero().flatten().tolist()} == wanted


def windowed(graph: Graph) -> tuple[Any, nn.Module]:
    (node,) = graph.nodes
    assert isinstance(node.facts.torch, TorchCall)
    return node.facts.window, getattr(nn, node.facts.torch.name)(**node.facts.torch.args)


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("op", ["conv", "conv_transpose", "max_pool", "avg_pool"])
def test_windows_are_those_of_torchs_modules(op: str, axes: int) -> None:
    def along(*sizes: int) -> tuple[int, ...]:
        return sizes[:axes]

    settings: dict[str, Any] = {"k": along(3, 4, 5), "stride": along(2, 1, 3), "padding": along(1, 0, 2)}
    if op != "avg_pool":
        settings["dilation"] = along(2, 3, 1)
    width = () if op.endswith("pool") else (4,)
    window, module = windowed(
        trace(lambda x: getattr(spec, op)(x, "op", *width, **settings), (1, 2, *along(20, 21, 22)))
    )
    assert window == Window(
        kernel=tuple(module.kernel_size),
        stride=tuple(module.stride),
        padding=tuple((pad, pad) for pad in module.padding),
        dilation=tuple(getattr(module, "dilation", along(1, 1, 1))),
        transposed=op == "conv_transpose",
    )


def window_of(network: Callable[[Tensor], Any], *shape: int) -> Any:
    return trace(network, shape).nodes[0].facts.window


def test_windows_of_the_whole_input_and_of_unlike_sizes() -> None:
    """7 of 14 are windows of 2; 4 of 14 are 4 and 5 wide, which no one window says."""
    assert window_of(lambda x: spec.adaptive_avg_pool(x, "", 1), 1, 8, 7, 7) == "whole"
    assert window_of(lambda x: spec.adaptive_avg_pool(x, "", 7), 1, 8, 14, 14) == Window(
        (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1)
    )
    assert window_of(lambda x: spec.adaptive_avg_pool(x, "", (4, 7)), 1, 8, 14, 14) == "adaptive"
    assert window_of(lambda x: spec.mean(x, axes=(2, 3)), 1, 8, 7, 7) == "whole"
    assert window_of(lambda x: spec.mean(x, axes=(3,)), 1, 8, 7, 7) is None
    assert window_of(spec.relu, 1, 8, 7, 7) is None
    assert window_of(lambda x: spec.conv(x, "", 4, k=4, padding="same"), 1, 8, 9, 9).padding == ((1, 2), (1, 2))


def test_dtypes_are_called_by_torchs_names() -> None:
    ids = trace(lambda x: spec.embedding(x, "e", 4, vocabulary=9), (1, 5)).inputs[0]
    assert (ids.dtype, ids.integer) == ("int64", True)
    image = trace(spec.relu, (1, 5)).inputs[0]
    assert (image.dtype, image.integer) == (None, False)


class Mixed(nn.Module):
    def forward(self, x: torch.Tensor, places: torch.Tensor) -> Any:
        return x.half(), x.argmax(-1), places.to(torch.uint8), x > 0


def test_tensors_read_from_torch_know_their_dtype() -> None:
    from costcalc.convert.from_torch import from_torch

    graph = from_torch(Mixed(), [(4,), (4,)], dtype=[torch.float64, torch.int32])
    assert [t.dtype for t in graph.inputs] == ["float64", "int32"]
    assert [t.integer for t in graph.inputs] == [False, True]
    assert [t.dtype for t in graph.outputs] == ["float16", "int64", "uint8", "bool"]
