"""Copied bytes: copies that strides make, by hand, and of real models."""

import pytest
import torch
from torch import nn

import costcalc


class Shuffle(nn.Module):
    """Channels in two groups, mixed: a reshape of a permuted tensor."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, c, h, w = x.shape
        return torch.reshape(x.view(n, 2, c // 2, h, w).transpose(1, 2), (n, c, h, w))


class Rows(nn.Module):
    """A permuted tensor that is flattened along axes that lie together: a view."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 2, 3, 1).flatten(1, 2)


class Swapped(nn.Module):
    """A layer norm of a permuted tensor, which needs it contiguous."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(x.permute(0, 2, 3, 1))


def copied(model: nn.Module | str, dtype: str | None = None) -> int:
    size = {} if isinstance(model, str) else {"input": (8, 4, 6), "batch": 2}
    number = costcalc.cost(model, columns=["copied_bytes"], as_dtype=dtype, **size)["copied_bytes"].number
    assert isinstance(number, int)
    return number


@pytest.mark.parametrize("model", [Shuffle(), Swapped()])
def test_a_copy_reads_and_writes(model: nn.Module) -> None:
    """2 x 8 x 4 x 6 elements, read and written in float32; in 16 bits half of that."""
    assert copied(model) == 2 * (2 * 8 * 4 * 6) * 4
    assert copied(model, "float16") == copied(model) / 2


def test_a_view_copies_nothing() -> None:
    assert copied(Rows()) == 0
    assert copied(nn.Conv2d(8, 8, 3)) == 0


def test_shuffles_of_shufflenet() -> None:
    """At 224, x0.5: each of 16 units writes its channels once more, 4, 8 and 4 of 48 x 28², 96 x 14², 192 x 7²."""
    elements = 4 * 48 * 28**2 + 8 * 96 * 14**2 + 4 * 192 * 7**2
    assert copied("torchvision:shufflenet_v2_x0_5") == 2 * 4 * elements


def test_rows_add_up() -> None:
    cost = costcalc.cost("torchvision:shufflenet_v2_x0_5", columns=["copied_bytes"])
    assert sum(row["copied_bytes"].number for row in cost.by_layer().rows) == cost["copied_bytes"].number
