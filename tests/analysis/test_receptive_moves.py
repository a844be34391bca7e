"""Receptive fields through reshapes, rolls, slices, flips and pads: by the gradient of every output element."""

import json
from collections.abc import Callable
from itertools import product

import pytest
import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d, conv2d, interpolate, pad, pixel_unshuffle

import costcalc
from costcalc.analysis.receptive.field import Field
from costcalc.analysis.receptive.network import fields
from costcalc.analysis.receptive.places import hull
from costcalc.convert.data import from_data, to_data

Step = Callable[[torch.Tensor], torch.Tensor]


def window(x: torch.Tensor, k: int = 3, padding: int = 1) -> torch.Tensor:
    """A convolution whose weights are all 1."""
    return conv2d(x, torch.ones(x.shape[1], x.shape[1], k, k, dtype=x.dtype), padding=padding)


def cut(x: torch.Tensor, k: int) -> torch.Tensor:
    """Windows of k x k as (windows, k·k, channels)."""
    n, c, h, w = x.shape
    return x.view(n, c, h // k, k, w // k, k).permute(0, 2, 4, 3, 5, 1).reshape(-1, k * k, c)


def joined(tokens: torch.Tensor, like: torch.Tensor, k: int) -> torch.Tensor:
    """Windows of `cut` in their places."""
    n, c, h, w = like.shape
    return tokens.view(n, h // k, w // k, k, k, c).permute(0, 5, 1, 3, 2, 4).reshape(n, c, h, w)


def attention(tokens: torch.Tensor) -> torch.Tensor:
    return torch.softmax(tokens @ tokens.transpose(1, 2), -1) @ tokens


def windows(x: torch.Tensor, k: int = 4) -> torch.Tensor:
    """Attention in windows, beside what it was of."""
    return x + joined(attention(cut(x, k)), x, k)


def grid(x: torch.Tensor, k: int = 4) -> torch.Tensor:
    """Attention over every fourth position, as in MaxViT."""
    n, c, h, w = x.shape
    tokens = x.view(n, c, k, h // k, k, w // k).permute(0, 3, 5, 2, 4, 1).reshape(-1, k * k, c)
    seen = attention(tokens).view(n, h // k, w // k, k, k, c)
    return seen.permute(0, 5, 3, 1, 4, 2).reshape(n, c, h, w)


def merged(x: torch.Tensor) -> torch.Tensor:
    """Four neighbours as channels, as in Swin, added up."""
    parts = [x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    return torch.cat(parts, 1).unflatten(1, (4, -1)).sum(1)


def tokens_and_a_class(x: torch.Tensor) -> torch.Tensor:
    """A class token that sees the first row is put before the rows, and left out again."""
    rows = x.mean(3).transpose(1, 2)
    return torch.cat([rows[:, :1] + rows[:, 1:2], rows], 1)[:, 1:].transpose(1, 2).unsqueeze(3) + x


SIZE_OF: dict[str, tuple[Step, int]] = {
    # what is added up in the second place: the field along the rows of an input of 16
    "windows": (windows, 4),
    "window_after_windows": (lambda x: window(windows(x)), 8),  # a window of 3 touches two of 4
    "shifted": (lambda x: windows(windows(x).roll((-2, -2), (2, 3))).roll((2, 2), (2, 3)), 8),
    "shifted_of_a_window": (lambda x: windows(window(x).roll(-1, 2)).roll(1, 2), 6),
    "other_windows": (lambda x: windows(windows(x, 4), 8), 8),
    "grid": (grid, 13),  # 0, 4, 8, 12
    "windows_of_a_grid": (lambda x: windows(grid(x)), 16),
    "other_windows_of_a_grid": (lambda x: windows(grid(x), 8), 16),
    "grid_of_windows": (lambda x: grid(windows(x)), 16),
    "merged": (lambda x: window(merged(x)), 6),
    "merged_windows": (lambda x: merged(windows(x)), 4),
    "slice": (lambda x: window(x[:, :, 1:], 3, 0), 3),
    "step": (lambda x: window(x[:, :, 1::3], 3, 0), 7),
    "narrow": (lambda x: window(x.narrow(2, 2, 9), 5, 0), 5),
    "select": (lambda x: x + x.select(2, 3).unsqueeze(2), 13),  # row 3 and row 15
    "unbind": (lambda x: torch.cat([row.unsqueeze(2) for row in x.unbind(2)[4:12]], 2), 1),
    "reversed": (lambda x: window(x.flip(2), 3, 0), 3),
    "beside_reversed": (lambda x: x + x.flip(2), 16),
    "window_beside_reversed": (lambda x: window(x) + x.flip(2), 16),
    "upside_down": (lambda x: window(torch.flipud(x[0])[None].fliplr(), 3, 0), 3),
    "moved_axes": (lambda x: window(x.movedim(2, 1).movedim((1, 2), (2, 1)).flip(2)), 3),
    "transposed": (lambda x: x + x.transpose(2, 3), 16),
    "halves_swapped": (lambda x: window(torch.cat(x.chunk(2, 2)[::-1], 2), 3, 0), 16),  # rows 15 and 0 meet
    "halves_joined": (lambda x: window(torch.cat(x.tensor_split(2, 2), 2), 3, 0), 3),
    "part_is_pooled": (lambda x: x[:, :, 2:9].mean((2, 3)), 7),
    "part_is_split_off": (lambda x: x.split([6, 10], 2)[1].sum((2, 3)), 10),
    "reflect": (lambda x: window(pad(x, (1, 1, 2, 2), mode="reflect"), 5, 0), 5),
    "replicate": (lambda x: window(pad(x, (1, 1, 2, 2), mode="replicate"), 5, 0), 5),
    "circular": (lambda x: window(pad(x, (1, 1, 2, 2), mode="circular"), 5, 0), 5),
    "cropped": (lambda x: window(pad(x, (0, 0, -3, -1)), 3, 0), 3),
    "convolution_in_windows": (lambda x: joined(window(cut(x, 8).unflatten(1, (8, 8)).permute(0, 3, 1, 2), 9, 4)
                                                .permute(0, 2, 3, 1).flatten(1, 2), x, 8), 8),
    "pooled_in_windows": (lambda x: joined(cut(x, 4).mean(1, keepdim=True).expand(-1, 16, -1), x, 4), 4),
    "first_of_each_window": (lambda x: x.view(1, 2, 4, 4, 16).select(3, 1), 1),
    "tokens_and_a_class": (tokens_and_a_class, 1),
    "flattened_and_back": (lambda x: window(x.flatten(2).transpose(1, 2).reshape(1, 16, 16, 2).permute(0, 3, 1, 2)), 3),
    "unshuffled": (lambda x: window(pixel_unshuffle(x, 2)), 6),
    "statistics": (lambda x: x - x[:, :, 3:8].sum(2, keepdim=True) + x.amin(1, keepdim=True), 13),  # 3 and 15
    "sum_of_rows": (lambda x: x.flip(2)[:, :, :5].sum(2), 5),
    "unfolded": (lambda x: x.unfold(2, 5, 3).sum(-1), 5),
    "unfolded_windows": (lambda x: windows(x).unfold(2, 4, 4).unfold(3, 6, 2).mean((4, 5)), 4),
    "unfolded_elements": (lambda x: window(x).unfold(2, 5, 3), 3),
    "enlarged_windows": (lambda x: windows(interpolate(x, scale_factor=2.0)), 2),
    "adaptive": (lambda x: window(adaptive_avg_pool2d(x, (7, 16))), 8),
}  # fmt: skip


class Net(nn.Module):
    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.step(x)


def places(field: Field, index: tuple[int, ...]) -> tuple[int, int]:
    """The first and the last position that an element depends on."""
    ranges = []
    for part in field.parts:
        position = 0
        for digit in part.digits:
            position = position * digit.size + index[digit.axis] // digit.divisor % digit.size
        ranges.append(part.places.at(position))
    return hull(ranges)


@pytest.mark.parametrize("name", SIZE_OF)
def test_every_element(name: str) -> None:
    """Along both axes; around the end after a roll and in circular padding, and cut at the borders of the input."""
    step, rows = SIZE_OF[name]
    shape = (1, 2, 16, 16)
    graph = costcalc.graph(Net(step), input=shape[1:])
    node = graph.outputs[0].node
    assert node is not None
    x = torch.rand(shape, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(step, x, vectorize=True)  # type: ignore[no-untyped-call]
    field = fields(graph)[node][0]
    assert (16 if field.kind == "all" else field.size) == rows
    for axis, field in enumerate(fields(graph)[node], 2):
        depends = (jacobian != 0).flatten(0, -5).movedim(-4 + axis, -1).flatten(1, -2).any(1)
        around = any(part.around for part in field.parts)
        for index, found in zip(product(*map(range, node.facts.outputs[0])), depends, strict=True):
            own = {int(each) for each in found.nonzero()}
            first, last = (0, 15) if field.kind == "all" else places(field, index)
            if around:
                assert own == {each % 16 for each in range(first, last + 1)}
            else:
                assert (min(own), max(own)) == (max(first, 0), min(last, 15))


def test_json_keeps_what_is_read() -> None:
    graph = costcalc.graph(Net(SIZE_OF["shifted"][0]), input=(2, 16, 16))
    again = from_data(to_data(graph))
    assert [node.facts.settings for node in again.nodes] == [node.facts.settings for node in graph.nodes]
    assert [[field.size for field in each] for each in fields(again).values()] == [
        [field.size for field in each] for each in fields(graph).values()
    ]
    rolls = [node.facts.settings for node in graph.nodes if node.facts.settings.get("aten") == "roll"]
    assert [roll["reads"] for roll in rolls] == [((2, 2, 1), (3, 2, 1)), ((2, 14, 1), (3, 14, 1))]


def test_swin() -> None:
    """Patches of 4; windows of 7 of them see 28, and shifted by 3 those of two: 56; a merge of two sees 84."""
    cost = costcalc.cost("torchvision:swin_t", columns=["receptive_field", "total_stride"])
    rows = {row.name: row for row in cost.layers}
    said = {name: str(row["receptive_field"].number) for name, row in rows.items()}
    assert [said[name] for name in ("features.0.0", "features.1.0.add", "features.1.1.add", "features.2.concat")] == [
        "4x4", "28x28", "56x56", "84x84",
    ]  # fmt: skip
    # windows of 56 lie on those of 28: 28 more each side; shifted ones reach 28 further
    assert [said[name] for name in ("features.3.0.add", "features.3.1.add")] == ["112x112", "168x168"]
    assert said["features.7.1.add"] == "all"  # the last stage is one window
    assert cost["receptive_field"].status == "counted"
    assert str(rows["features.1.1.add"]["total_stride"].number) == "4x4"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("reads", [[4, 0, 1]]),
        ("reads", [[0, 1]]),
        ("reads", [[1, 0, 1], [1, 0, 1]]),
        ("reads", [[1, 0.5, 1]]),
        ("reads", [[1, 10**30, 1]]),
        ("reads", "abc"),
        ("reads", 3),
        ("around", 1),
        ("over", [7]),
        ("over", [1, 1]),
        ("over", ["a"]),
    ],
)
def test_a_file_with_other_axes_is_refused(key: str, value: object) -> None:
    data = to_data(costcalc.graph(Net(lambda x: x.roll(1, 2) + x.sum(3, keepdim=True)), input=(2, 16, 16)))
    op = "elementwise" if key == "over" else "move"
    (node,) = [node for node in data["nodes"] if node["op"] == op]
    node["settings"][key] = value
    with pytest.raises(costcalc.CostcalcError):
        from_data(data)


def test_a_file_with_huge_axes_is_read_at_once() -> None:
    """Positions that are too many to list are unknown."""
    data = to_data(costcalc.graph(Net(lambda x: x.roll(1, 2) + x.flip(2)), input=(2, 16, 16)))
    text = json.dumps(data).replace("[1, 2, 16, 16]", f"[1, 2, {10**12}, 16]")
    graph = from_data(json.loads(text))
    node = graph.outputs[0].node
    assert node is not None
    assert [field.size for field in fields(graph)[node]] == [None, 1]
