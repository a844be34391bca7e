"""The Inception module alone: Szegedy et al., "Going deeper with convolutions", CVPR 2015, Figure 2(b).

`costcalc table inception --input 832x7x7 --arg n1=384` is one row of Table 1, with other numbers of filters.
"""

from __future__ import annotations

from costcalc.spec import Tensor, architecture
from costcalc.zoo.googlenet import WIDTHS, module

NAMES = ("n1", "n3_reduce", "n3", "n5_reduce", "n5", "pool_proj")
"""The columns of Table 1: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj."""


@architecture(
    year=2014,
    source="Szegedy et al., CVPR 2015, Table 1, inception (3a)",
    input=(192, 28, 28),
    networks={"inception": dict(zip(NAMES, WIDTHS["3a"], strict=True))},
    note="No biases, as Table 1 counts.",
)
def inception(
    x: Tensor, *, n1: int, n3_reduce: int, n3: int, n5_reduce: int, n5: int, pool_proj: int, bias: bool = False
) -> Tensor:
    """(N, C, H, W) -> (N, n1 + n3 + n5 + pool_proj, H, W)."""
    return module(x, n1, n3_reduce, n3, n5_reduce, n5, pool_proj, bias=bias)
