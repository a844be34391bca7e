"""The one door: a MODEL -> a Graph, and its cost."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc import zoo
from costcalc.analysis.conventions import find as find_convention
from costcalc.analysis.cost import Cost
from costcalc.spec import CostcalcError, Graph, Network, Shape
from costcalc.spec.graph import Mode


def networks() -> list[Network]:
    """All networks of the zoo, by family."""
    return zoo.all_networks()


def graph(model: str | Graph, input: Shape | None = None, batch: int = 1, classes: int | None = None) -> Graph:
    """The Graph of a model: a zoo name, or a Graph, which is returned as it is.

    input    (C, H, W), without the batch; the network's own unless given
    batch    how many inputs at once
    classes  outputs of the classifier; the network's own unless given

    Raises CostcalcError for a name that is unknown and an input that the network cannot take.
    """
    if isinstance(model, Graph):
        if input is not None or batch != 1 or classes is not None:
            raise CostcalcError(f"{model.name} is a Graph, whose input, batch and classes are fixed; trace it anew")
        return model
    return zoo.find(model).build(input, batch, classes)


def cost(
    model: str | Graph,
    input: Shape | None = None,
    batch: int = 1,
    classes: int | None = None,
    mode: Mode = "eval",
    conventions: Sequence[str] = (),
) -> Cost:
    """What a model costs: params, mult-adds and activations, by layer, block and op.

        >>> cost("googlenet").by_block().to_pandas()

    Arguments as for `graph`; `mode` "train" runs auxiliary heads; `conventions` name counting tools
    whose numbers the rows carry too. Raises CostcalcError as `graph` does, and for an unknown convention.
    """
    tools = [find_convention(name) for name in dict.fromkeys(conventions)]
    return Cost(graph(model, input, batch, classes), mode, tools)
