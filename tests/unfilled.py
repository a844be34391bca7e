"""Models whose parameters are zeros: drawing random numbers for them takes longer than counting does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from torch import nn

DRAWN = (
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
)


@contextmanager
def unfilled() -> Iterator[None]:
    """While this lasts, parameters that modules would draw at random are zeros. No counting tool looks at them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in DRAWN:
            patch.setattr(nn.init, name, lambda tensor, *args, **kwargs: nn.init.zeros_(tensor))
        yield
