"""Products of sizes: which arguments of functions are tensors in a trace, where torchprofile counts their products."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from small_modules import module
from torch import nn

from costcalc.conventions import find
from costcalc.convert.from_torch import from_torch
from costcalc.measure.worker import reports_for
from costcalc.spec import Run

CONV = 1 * 3 * 3 * 3 * 3
"""Mult-adds of a convolution of 3x3, 3 to 3 channels, per position."""


def a_size(x: torch.Tensor) -> Any:
    """1, by one product."""
    return x.shape[2] * 2 // 16


def both(self: Any, x: torch.Tensor) -> torch.Tensor:
    size = a_size(x)
    return F.conv2d(x, self.w, padding=size).view(size, -1)


CASES: dict[str, tuple[Any, int]] = {
    "padding": (lambda self, x: F.conv2d(x, self.w, padding=a_size(x)), 64 * CONV),
    "padding, a list": (lambda self, x: F.conv2d(x, self.w, padding=[a_size(x), a_size(x)]), 64 * CONV),
    "stride": (lambda self, x: F.conv2d(x, self.w, stride=(a_size(x), a_size(x))), 36 * CONV),
    "dilation": (lambda self, x: F.conv2d(x, self.w, dilation=[a_size(x), 1]), 36 * CONV),
    "groups": (lambda self, x: F.conv2d(x, self.w, groups=a_size(x)), 36 * CONV),
    "transposed": (lambda self, x: F.conv_transpose2d(x, self.w, padding=[a_size(x), 1]), 64 * CONV),
    "a convolution and a view": (both, 64 * CONV + 1),
    "pool, two sizes": (lambda self, x: F.max_pool2d(x, [a_size(x) * 2, a_size(x) * 2]), 4),
    "pool, one size": (lambda self, x: F.max_pool2d(x, a_size(x) * 2), 0),
    "stride of a pool": (lambda self, x: F.max_pool2d(x, 2, a_size(x)), 0),
    "average pool, one size": (lambda self, x: F.avg_pool2d(x, a_size(x) * 2), 3 * 16),
    "average pool, two sizes": (lambda self, x: F.avg_pool2d(x, [a_size(x) * 2, 2]), 3 * 16 + 2),
    "an axis": (lambda self, x: x.sum(a_size(x)), 0),
    "roll": (lambda self, x: torch.roll(x, a_size(x), 1), 0),
    "roll, a tuple": (lambda self, x: torch.roll(x, (a_size(x),), (1,)), 1),
    "split": (lambda self, x: torch.split(x, a_size(x) * 4, 2)[0], 0),
    "split, a list": (lambda self, x: torch.split(x, [a_size(x), 2], 1)[0], 1),
    "chunk": (lambda self, x: x.chunk(a_size(x) * 2, 2)[0], 2),
    "view": (lambda self, x: x.view(a_size(x), -1), 1),
    "a property, and an index": (lambda self, x: x.mT[: a_size(x)].mul(1), 3 * 64 + 1),
    "pad": (lambda self, x: F.pad(x, [a_size(x), 0]), 1),
    "interpolate": (lambda self, x: F.interpolate(x, size=(a_size(x) * 16, 16)), 2),
}


@pytest.mark.parametrize("name", CASES)
def test_products_of_sizes(name: str) -> None:
    forward, count = CASES[name]
    model = module(forward, w=nn.Parameter(torch.ones(3, 3, 3, 3))).eval()
    assert find("torchprofile").total(Run(from_torch(model, (3, 8, 8)))) == count
    assert reports_for("torchprofile", model, (torch.zeros(1, 3, 8, 8),))[0].total == count
