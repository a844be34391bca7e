"""The summary of Keras: parameters only, those that are not trained included. It does not count operations.

Keras' "Total params" adds up all weights of all layers, and to Keras the moving mean and variance of a batch norm
are weights ("Non-trainable params"): 4 per channel, for which torch has 2 parameters and 2 buffers. That alone makes
MobileNet's 4,231,976 parameters the 4,253,864 that Keras prints.
"""

from __future__ import annotations

from collections.abc import Iterable

from costcalc.conventions.convention import Convention
from costcalc.spec import Run
from costcalc.spec.node import Node

CONVENTION = Convention(
    "keras",
    version="2 3",
    unit=1,
    about="parameters only, the moving mean and variance of batch norms included; it does not count operations",
)


@CONVENTION.params_rule
def _params(node: Node, run: Run) -> Iterable[str]:
    """keras.utils.summary_utils.print_summary (Keras 2: keras.utils.layer_utils): count_params of model.weights."""
    return (*node.facts.weights, *(key for key in node.facts.buffers if key.startswith("running_")))
