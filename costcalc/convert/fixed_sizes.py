"""Sizes that a model fixes, against those that a Request gives."""

from __future__ import annotations

from dataclasses import replace

from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import Graph
from costcalc.spec.request import Request
from costcalc.spec.shapes import joined


def at_own_sizes(graph: Graph, request: Request, what: str) -> Graph:
    """A graph whose sizes are fixed, for a Request with the same sizes, none, or sizes shared by several models.

    what  what it is, as the error says it: "a file"

    Raises CostcalcError if the Request gives other sizes for this model alone.
    """
    if _asks_for(graph, request):
        return graph
    if request.shared:
        return keeping_its_own(graph)
    at = ", ".join(joined(graph.sizes(t)) for t in graph.inputs)
    raise CostcalcError(
        f"{request.model!r} {what}: its input, batch and classes are fixed, at {at} and batch {graph.batch or 'none'}; "
        "make it again with others"
    )


def keeping_its_own(graph: Graph) -> Graph:
    """The graph, with a note that the sizes shared by several models are not its own."""
    made = graph.renamed(graph.name)
    made.note = f"{graph.note} At its own fixed sizes: --input and --batch are for the other models.".strip()
    return made


def unsized(request: Request) -> Request:
    """The Request without sizes."""
    return replace(request, input=None, dtype=None, batch=1, batch_given=False)


def _asks_for(graph: Graph, request: Request) -> bool:
    """True if the sizes that are asked for are those of the graph."""
    sizes = graph.sizes(graph.inputs[0]) if len(graph.inputs) == 1 else None
    given = request.input if isinstance(request.input, tuple | list) else None
    same = request.input is None or (given is not None and sizes is not None and tuple(given) == sizes)
    return same and (request.batch == graph.batch or (request.batch == 1 and not request.batch_given))
