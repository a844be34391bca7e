"""The summary of Keras: parameters only, those that are not trained included. It does not count operations.

Keras' "Total params" adds up all weights of all layers, and to Keras the moving mean and variance of a batch norm
are weights ("Non-trainable params"): 4 per channel, for which torch has 2 parameters and 2 buffers. That alone makes
MobileNet's 4,231,976 parameters the 4,253,864 that Keras prints. Of a model of Keras that was read, all parameters and
buffers of a layer count, except the seeds of random numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from costcalc.conventions.convention import Convention
from costcalc.spec import Run
from costcalc.spec.graph import Graph
from costcalc.spec.node import Node
from costcalc.spec.shapes import numel

SEED = "seed_generator_state"
"""How Keras names the state of a generator of random numbers, such as that of dropout."""


class KerasSummary(Convention):
    """Counts the params of a network by its nodes, and those of a model of Keras by its layers, run or not."""

    def params(self, run: Run) -> Any:
        """count_params() of the model."""
        return _by_layer(run.graph)[""] if _is_keras(run.graph) else super().params(run)

    def params_by_module(self, run: Run) -> dict[str, int]:
        """count_params() of each layer, by path; "" is the model."""
        return _by_layer(run.graph) if _is_keras(run.graph) else super().params_by_module(run)


def _is_keras(graph: Graph) -> bool:
    return any(module.kind == "costcalc.convert.keras_layers.KerasModel" for module in graph.held.modules[:1])


def _by_layer(graph: Graph) -> dict[str, int]:
    kept = {name: numel(shape) for name, shape in graph.buffers.items() if not name.rpartition(".")[2].startswith(SEED)}
    return {
        module.path: sum(numel(graph.weights[name]) for name in weights)
        + sum(size for name, size in kept.items() if not module.path or name.startswith(f"{module.path}."))
        for module, weights in zip(graph.held.modules, graph.held.weights, strict=True)
    }


CONVENTION = KerasSummary(
    "keras",
    version="2 3",
    unit=1,
    about="parameters only, the moving mean and variance of batch norms included; it does not count operations",
)


@CONVENTION.params_rule
def _params(node: Node, run: Run) -> Iterable[str]:
    """keras.utils.summary_utils.print_summary (Keras 2: keras.utils.layer_utils): count_params of model.weights."""
    return (*node.facts.weights, *(key for key in node.facts.buffers if key.startswith("running_")))
