"""`costcalc.paper`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from costcalc import __version__, models
from costcalc.analysis.cost import Cost
from costcalc.analysis.target import NOWHERE
from costcalc.api.inspect import of_request
from costcalc.api.plot import BUBBLE, of_costs
from costcalc.openers import is_of_the_zoo
from costcalc.report.paper import Part, paper_files
from costcalc.report.plots.layers import layers_figure
from costcalc.report.plots.style import width_of
from costcalc.spec.errors import CostcalcError
from costcalc.spec.progress import steps
from costcalc.spec.request import Request

DRAWN = ("params", "mult_adds", BUBBLE)
"""Keys of the quantities of a comparison's figure; tables have the first two."""


def paper(*given: Any, venue: str | None = None, columns: int = 1, **options: Any) -> dict[str, bytes]:
    """The files of `costcalc report`, by name: tables, figures, pages and a sentence of each model, and all compared.

        >>> for name, content in paper("googlenet", "vgg16").items():
        ...     (folder / name).write_bytes(content)

    given           models, each what `costcalc.cost` takes
    venue, columns  width of the figures: see `costcalc.plot_layers`
    options         input, batch, mode and so on, as for `costcalc.cost`

    Raises CostcalcError as `costcalc.cost` does, and if there is no model.
    """
    return of_requests([models.request_of(model, **options) for model in given], width_of(venue, columns))


def of_requests(
    requests: Sequence[Request], width: float, cost_of: Callable[..., Cost] = models.cost_of
) -> dict[str, bytes]:
    """The files for the models of these Requests. `cost_of` reads them."""
    if not requests:
        raise CostcalcError("a report needs one model or more, like googlenet vgg16")
    costs = [cost_of(request, DRAWN, (), NOWHERE) for request in steps(requests, "reading")]
    parts = []
    for request, cost in steps([*zip(requests, costs, strict=True)], "drawing", lambda pair: pair[1].graph.name):
        shown = cost.showing([cost.quantity(key) for key in DRAWN[:2]])
        network = request.model if is_of_the_zoo(request) and not request.args else ""
        bars = layers_figure(cost.showing([cost.quantity("mult_adds")]), "auto", width)
        parts.append(Part(shown, of_request(request, cost_of=cost_of), bars, network))
    together = of_costs(costs, [request.model for request in requests], width) if len(costs) > 1 else None
    return paper_files(parts, together, __version__, width)
