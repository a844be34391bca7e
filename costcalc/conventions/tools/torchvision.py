"""The GFLOPS of torchvision's weights (meta["_ops"], the column of its documentation), to 3 digits behind the point.

Made by the counter in torchvision's tests (test/common_extended_utils.py, get_ops), one of torch's dispatcher: a
multiply-add is one, convolutions and matrix products only. What they call GFLOPS is G mult-adds. Of attention it
saw the products, when the numbers were made: ViT-B/16 has 17.564, with 0.715 of them.
"""

from __future__ import annotations

from costcalc.conventions.convention import Convention
from costcalc.spec.count import Count
from costcalc.spec.graph import Node
from costcalc.spec.run import Run

CONVENTION = Convention(
    "torchvision",
    version="0.29.1",
    unit=1,
    about="multiply-adds of convolutions and matrix products, which torchvision's weights call GFLOPS",
    eval_only=True,
)
CONVENTION.printed = {"params": 1, "mult-adds": 10**9}


@CONVENTION.rule("conv", "conv_transpose", mirrors="test.common_extended_utils.conv_flop", note="as mult-adds; no bias")
def _conv(node: Node, run: Run) -> Count | None:
    return node.facts.macs


@CONVENTION.rule("linear", mirrors="test.common_extended_utils.addmm_flop, matmul_flop", note="as mult-adds; no bias")
def _linear(node: Node, run: Run) -> Count | None:
    return node.facts.macs


@CONVENTION.rule(
    "matmul",
    "einsum",
    "scaled_dot_product_attention",
    "multi_head_attention",
    mirrors="test.common_extended_utils.matmul_flop, bmm_flop",
    note="as mult-adds: attention as the matrix products that it was run as",
)
def _products(node: Node, run: Run) -> Count | None:
    return node.facts.macs
