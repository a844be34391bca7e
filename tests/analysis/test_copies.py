"""Copies that strides make, against the clones of real passes."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import costcalc
from costcalc import spec
from costcalc.analysis.copies import Copies, copies
from costcalc.convert.from_torch import from_torch
from costcalc.convert.sources import load
from costcalc.convert.to_torch import to_torch, zeros
from costcalc.models import request_of

PRODUCTS = ("einsum", "linear", "matmul")


class Clones(TorchDispatchMode):
    """Counts clones."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        self.count += func is torch.ops.aten.clone.default
        return func(*args, **(kwargs or {}))


def seen_by_dispatch(graph: costcalc.Graph) -> int:
    """Copies that torch makes by a clone; the kernels of norms and convolutions make theirs themselves."""
    found = copies(graph).items()
    return sum(each.output + len(each.inputs) for node, each in found if each.output or node.op in PRODUCTS)


@pytest.mark.parametrize(
    "name",
    [
        "torchvision:swin_t", "torchvision:shufflenet_v2_x0_5", "torchvision:maxvit_t", "timm:vit_tiny_patch16_224",
        "timm:levit_128s", "timm:coat_lite_tiny", "timm:mixer_s32_224", "timm:xcit_nano_12_p16_224",
    ],
)  # fmt: skip
def test_copies_of_a_real_pass(name: str) -> None:
    graph = costcalc.graph(name, batch=2)
    model, _ = load(request_of(name), real=True)
    with torch.no_grad(), Clones() as seen:
        model.eval()(torch.zeros(graph.inputs[0].shape))
    assert seen_by_dispatch(graph) == seen.count


def network(x: spec.Tensor) -> spec.Tensor:
    """A reshape after a permutation copies; one that joins neighbours does not; a norm of a permuted tensor does."""
    view = spec.reshape(x, "view", shape=(2, 4, 9))
    turned = spec.transpose(view, "turned", axes=(0, 2, 1))
    copied = spec.reshape(turned, "copied", shape=(2, 36))
    normed = spec.layer_norm(turned, "normed")
    return spec.add(spec.linear(spec.flatten(normed, "flat"), "a", 5), spec.linear(copied, "b", 5), name="add")


def test_copies_by_hand() -> None:
    graph = spec.trace(network, (2, 4, 3, 3))
    found = {node.name: each for node, each in copies(graph).items()}
    assert found == {"copied": Copies(output=True), "normed": Copies((0,))}
    with torch.no_grad(), Clones() as seen:
        to_torch(graph).eval()(*zeros(graph))
    assert seen.count == 1


class Heads(torch.nn.Module):
    """Attention by hand: heads of a joint tensor, which batched products copy."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = x.reshape(2, 7, 3, 4, 8).permute(2, 0, 3, 1, 4)
        return ((q @ k.transpose(-2, -1)).softmax(-1) @ v).transpose(1, 2).reshape(2, 7, 32)


def test_products_of_heads() -> None:
    """Queries, keys and values each, and the heads' outputs when they are joined."""
    graph = from_torch(Heads(), (7, 96), batch=2)
    assert seen_by_dispatch(graph) == 4
    with Clones() as seen:
        Heads()(torch.zeros(2, 7, 96))
    assert seen.count == 4
