"""Receptive fields: figures of the literature, arithmetic, and the gradient of the torch model in float64."""

from collections.abc import Callable
from copy import deepcopy
from fractions import Fraction

import pytest
import torch
from torch import nn

import costcalc
from costcalc.analysis.cost import Cost
from costcalc.analysis.receptive.network import fields
from costcalc.measure.receptive import positions, positions_of_module
from costcalc.spec import (
    Tensor,
    adaptive_avg_pool,
    add,
    avg_pool,
    concat,
    conv,
    conv_transpose,
    max_pool,
    multiply,
    pad,
    same_pad,
    upsample,
)

KEYS = ["receptive_field", "total_stride", "field_offset"]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("vgg16", 212),
        ("alexnet", 195),
        ("inception_v3", 1311),
        ("inception_v4", 2071),
        ("mobilenet_v1", 315),
        ("resnet18", 435),
    ],
)
def test_figures_of_the_literature(name: str, field: int) -> None:
    """Araujo, Norris and Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks" (Distill)."""
    amount = costcalc.cost(name, columns=["receptive_field"])["receptive_field"]
    assert (amount.number, amount.status) == ((field, field), "counted")


def test_the_first_layers_of_resnet18() -> None:
    """7, stride 2, padding 3; then a pool of 3 at stride 2 and padding 1: 7 + 2·2 = 11, from -3 - 2 on."""
    rows = {row.name: row for row in costcalc.cost("resnet18", columns=KEYS).layers}
    assert [rows["conv1"][key].number for key in KEYS] == [(7, 7), (2, 2), (-3, -3)]
    assert [rows["maxpool"][key].number for key in KEYS] == [(11, 11), (4, 4), (-5, -5)]
    assert [str(rows["fc"][key].number) for key in KEYS] == ["all", "None", "None"]


def test_resnet18_along_both_axes() -> None:
    """435 x 435 at 640 x 640, as the gradient of the position in the middle has it; here at 512, along each axis."""
    for axis, size in ((2, (3, 512, 64)), (3, (3, 64, 512))):
        graph = costcalc.graph("resnet18", input=size)
        node = graph.node("layer4.1.relu")
        assert positions(graph, node, axis, 8) == (8 * 32 - 217, 8 * 32 - 217 + 434)


Net = Callable[[Tensor], Tensor]


def branches(x: Tensor) -> Tensor:
    """Windows of 1x7 and 5x1 beside each other, and a pool."""
    a = conv(conv(x, "a1", 2, k=(1, 7), padding=(0, 3)), "a2", 2, k=3, stride=2, padding=1)
    b = conv(x, "b", 2, k=(5, 1), stride=2, padding=(2, 0))
    return concat(a, b, max_pool(x, "p", k=3, stride=2, padding=1), name="out")


def up_and_down(x: Tensor) -> Tensor:
    """A U-Net of one level, with a transposed convolution."""
    down = conv(x, "down", 2, k=3, stride=2, padding=1)
    up = conv_transpose(conv(down, "middle", 2, k=3, padding=1), "up", 2, k=2, stride=2)
    return conv(concat(x, up), "out", 1, k=3, padding=1)


NETS: list[Net] = [
    branches,
    up_and_down,
    lambda x: conv(conv(x, "a", 2, k=3, dilation=4, padding=4), "out", 1, k=3, stride=3),
    lambda x: conv(pad(x, pads=((3, 1), (0, 2))), "out", 1, k=4, stride=2),
    lambda x: conv(same_pad(x, k=5, stride=2), "out", 1, k=5, stride=2),
    lambda x: conv(x, "out", 1, k=4, padding="same"),
    lambda x: conv_transpose(x, "out", 1, k=5, stride=2, padding=1, dilation=2),
    lambda x: conv_transpose(conv(x, "a", 1, k=5, stride=3), "out", 1, k=4, stride=3, output_padding=1),
    lambda x: conv(upsample(conv(x, "a", 1, k=3, stride=2), scale=2), "out", 1, k=3, stride=2),
    lambda x: upsample(conv(x, "a", 1, k=3, stride=4), name="out", size=(40, 40), mode="bilinear"),
    lambda x: upsample(conv(x, "a", 1, k=3, stride=4), name="out", scale=2, mode="bicubic"),
    lambda x: upsample(conv(x, "a", 1, k=3), name="out", scale=2, mode="bilinear", align_corners=True),
    lambda x: upsample(x, name="out", scale=1.5, mode="nearest-exact"),
    lambda x: adaptive_avg_pool(conv(x, "a", 1, k=3), "out", 7),
    lambda x: avg_pool(conv(x, "a", 1, k=3), "out", k=3, stride=2, ceil=True),
    lambda x: add(conv(x, "a", 1, k=5, padding=2), conv(x, "b", 1, k=1), name="out"),
]


@pytest.mark.parametrize("net", NETS)
def test_every_position_that_lies_inside(net: Net) -> None:
    """Each output position along each axis depends on what its gradient says, if that is not in the padding."""
    graph = costcalc.trace(net, (1, 2, 40, 36))
    node = graph.nodes[-1]
    for axis, field in enumerate(fields(graph)[node], 2):
        assert field.grid is not None
        (_, places), length, checked = field.grid, graph.inputs[0].shape[axis], 0
        for at in range(0, node.facts.outputs[0][axis], 3):
            first, last = places.at(at)
            if 0 <= first <= last < length:  # none of some positions between those of a dilated window
                assert positions(graph, node, axis, at) == (first, last)
                checked += 1
        assert checked > 1


def test_a_stride_may_be_a_fraction() -> None:
    graph = costcalc.trace(lambda x: upsample(x, name="up", scale=2), (1, 2, 8, 8))
    assert Cost(graph)["total_stride"].number == (Fraction(1, 2),) * 2


def test_gates_of_a_global_pool_see_all() -> None:
    """Squeeze and excitation: after it, every element depends on the whole input; the layer before does not."""
    graph = costcalc.trace(
        lambda x: multiply(conv(x, "c", 2, k=3), adaptive_avg_pool(conv(x, "g", 2, k=1), "pool"), name="gated"),
        (1, 2, 9, 9),
    )
    cost = Cost(graph)
    said = {row.name: str(row["receptive_field"].number) for row in cost.layers}
    assert said == {"c": "3x3", "g": "1x1", "pool": "all", "gated": "all"}
    assert cost["receptive_field"].number == (3, 3)
    assert positions(graph, graph.node("gated"), 2, 0) == (0, 8)


class Normed(nn.Module):
    """A convolution, then a layer of a given kind."""

    def __init__(self, after: nn.Module) -> None:
        super().__init__()
        self.c, self.after = nn.Conv2d(3, 4, 3), after

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.after(self.c(x))
        return found


@pytest.mark.parametrize(
    ("after", "field"),
    [
        (nn.GroupNorm(2, 4), "all"),
        (nn.InstanceNorm2d(4), "all"),
        (nn.BatchNorm2d(4), "3x3"),
        (nn.LocalResponseNorm(3), "3x3"),
        (nn.Softmax(1), "3x3"),
        (nn.Softmax(3), "all"),
        (nn.PixelShuffle(2), "3x3"),
        (nn.PixelUnshuffle(2), "4x4"),
        (nn.ReflectionPad2d(1), "3x3"),
        (nn.Flatten(), "3x3"),
        (nn.Sequential(nn.Flatten(), nn.Linear(4 * 36, 2)), "all"),
        (nn.AdaptiveAvgPool2d(1), "all"),
        (nn.AdaptiveMaxPool2d(1), "all"),
        (nn.AdaptiveMaxPool2d(3), "4x4"),
        (nn.GLU(1), "3x3"),
    ],
    ids=lambda value: str(value).partition("(")[0],
)
def test_layers_of_torch(after: nn.Module, field: str) -> None:
    cost = costcalc.cost(Normed(after), (3, 8, 8), columns=["receptive_field"])
    assert str(cost.layers[-1]["receptive_field"].number) == field
    assert (cost["receptive_field"].status == "lower bound") == (field == "None")


def test_attention_sees_all() -> None:
    """A patch of 16 x 16 before it."""
    cost = costcalc.cost("torchvision:vit_b_16", columns=["receptive_field"])
    said = {row.name: str(row["receptive_field"].number) for row in cost.layers}
    assert said["conv_proj"] == "16x16"
    assert {said[name] for name in said if "self_attention" in name} == {"all"}


def test_how_it_is_printed() -> None:
    """As text, as data, sorted and side by side."""
    table = costcalc.table("resnet18", columns=KEYS, sort="receptive_field")
    assert "435x435" in table.render()
    assert "-217, -217" in table.render()
    assert table.data()["total"]["receptive_field"] == [435, 435]
    rows = {row["name"]: row["receptive_field"] for row in table.data()["rows"]}
    assert (rows["fc"], rows["conv1"]) == ("all", [7, 7])
    assert next(iter(rows.values())) == "all"
    compared = costcalc.compare("resnet18", "vgg16", columns=KEYS).render("csv")
    assert "212x212" in compared
    assert "ratio" not in compared


@pytest.mark.parametrize("shuffle", [nn.PixelShuffle(2), nn.PixelUnshuffle(2)], ids=["up", "down"])
def test_blocks_of_positions_as_channels(shuffle: nn.Module) -> None:
    """Between convolutions, as the gradient has it."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), shuffle, nn.LazyConv2d(2, 3, padding=1))
    model(torch.zeros(1, 3, 32, 32))
    graph = costcalc.graph(model, input=(3, 32, 32))
    node = graph.nodes[-1]
    for at in (5, 6, 7):
        grid = fields(graph)[node][0].grid
        assert grid is not None
        assert positions_of_module(deepcopy(model), "2", (1, 3, 32, 32), 2, at) == grid[1].at(at)


def test_what_sees_all_does_so_after_any_op() -> None:
    """The class token of a vision transformer is selected; of its first axes the patches are one."""
    cost = costcalc.cost("torchvision:vit_b_32", columns=["receptive_field"])
    assert cost["receptive_field"].status == "counted"
    assert str(cost.layers[-1]["receptive_field"].number) == "all"


def test_each_op_that_makes_it_unknown_is_named() -> None:
    """Positions that data choose."""

    class Picked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.a(x)
            sampled = nn.functional.grid_sample(x, x[:, :2].permute(0, 2, 3, 1), align_corners=True)
            found: torch.Tensor = self.b(sampled + x[:, :, torch.tensor([3, 0, 1, 5, 2, 4])])
            return found

    table = costcalc.table(Picked(), input=(3, 8, 8), columns=["receptive_field"]).render()
    assert "at least 3x3 receptive field: unknown are grid_sampler, in grid_sampler; index, in index." in table
