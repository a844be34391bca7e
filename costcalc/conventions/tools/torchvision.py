"""The GFLOPS of torchvision's weights (meta["_ops"], the column of its documentation), to 3 decimal places.

Made by the counter in torchvision's tests (test/common_extended_utils.py, get_ops), which hooks torch's dispatcher:
1 per multiply-add, convolutions and matrix products only. Its GFLOPS are G mult-adds. The products of attention
were counted when the numbers were made: they are 0.715 of the 17.564 of ViT-B/16.
"""

from __future__ import annotations

from costcalc.conventions.convention import Convention
from costcalc.spec.count import Count
from costcalc.spec.node import Node
from costcalc.spec.run import Run

CONVENTION = Convention(
    "torchvision",
    version="0.29.1",
    unit=1,
    about="multiply-adds of convolutions and matrix products, which torchvision's weights call GFLOPS",
    eval_only=True,
    sees="sees what torch dispatches",
    has="formula",
)
CONVENTION.printed = {"params": 1, "mult-adds": 10**9}


@CONVENTION.rule(
    "conv", "conv_transpose", mirrors="test.common_extended_utils.conv_flop", note="counts mult-adds, without the bias"
)
def _conv(node: Node, run: Run) -> Count | None:
    return node.facts.macs


@CONVENTION.rule(
    "linear", mirrors="test.common_extended_utils.addmm_flop, matmul_flop", note="counts mult-adds, without the bias"
)
def _linear(node: Node, run: Run) -> Count | None:
    return node.facts.macs


@CONVENTION.rule(
    "matmul",
    "einsum",
    "scaled_dot_product_attention",
    "multi_head_attention",
    mirrors="test.common_extended_utils.matmul_flop, bmm_flop",
    note="counts mult-adds: attention ran as matrix products",
)
def _products(node: Node, run: Run) -> Count | None:
    return node.facts.macs
