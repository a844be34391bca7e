"""The columns "params" and "ops" of Table 1 of Szegedy et al., "Going deeper with convolutions", CVPR 2015.

Params are weights without biases, in units of K = 1024: only then are the 114,688 of the second convolution 112K and
the 1,024,000 of the classifier 1000K. Ops are mult-adds, biases left out, in units of M = 10^6.
"""

from __future__ import annotations

from collections.abc import Iterable

from costcalc.conventions.convention import Convention
from costcalc.spec.count import Count
from costcalc.spec.node import Node
from costcalc.spec.run import Run

CONVENTION = Convention(
    "googlenet_paper",
    version="CVPR 2015",
    unit=1,
    about="params are weights without biases (K = 1024); ops are mult-adds (M = 10^6)",
)
CONVENTION.printed = {"params": 1024, "mult-adds": 10**6}


@CONVENTION.params_rule
def _params(node: Node, run: Run) -> Iterable[str]:
    """Table 1, column "params": weights without biases."""
    return (key for key in node.facts.weights if not key.endswith("bias"))


@CONVENTION.rule(mirrors="Szegedy et al. 2015, Table 1, ops", note="counts mult-adds, without the bias")
def _ops(node: Node, run: Run) -> Count | None:
    return node.facts.macs
