"""The usual input of a model, if it has one."""

from __future__ import annotations

from typing import Any

from costcalc import zoo
from costcalc.openers import is_of_the_zoo, load_source, read
from costcalc.spec.errors import CostcalcError
from costcalc.spec.request import Request


def usual_input(request: Request) -> Any:
    """The sizes of a model's usual input, without the batch, as its source gives them; None if there are none."""
    if is_of_the_zoo(request):
        return zoo.find(request.model).input
    try:
        if request.has_source:
            return load_source(request)[1]
        graph = read(request)
    except CostcalcError:
        return None
    return graph.sizes(graph.inputs[0]) if len(graph.inputs) == 1 else None
