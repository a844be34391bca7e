"""`costcalc.inspect`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from costcalc import __version__, models, zoo
from costcalc.analysis.cost import Cost
from costcalc.analysis.published import PrintedTable, join, printed_networks
from costcalc.analysis.quantities import find, keys
from costcalc.analysis.target import NOWHERE, Target
from costcalc.conventions import names
from costcalc.report.page.inspection import Inspection, Side
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import hinted
from costcalc.spec.request import Request


def inspect(model: Any, *, by: str = "mult_adds", **options: Any) -> Inspection:
    """A model and its costs as one HTML page: the graph, every quantity and every tool's count, layer by layer.

        >>> open("page.html", "w").write(inspect("googlenet").render())

    The size of the input and the batch of a network of the zoo can be changed in the page.

    by       key of the quantity that colours the graph, or the name of a tool
    options  input, batch, mode, `on`, `as_dtype` and so on, as for `costcalc.cost`

    Raises CostcalcError as `costcalc.cost` does, and for an unknown quantity.
    """
    options = dict(options)
    target = Target.of(options.pop("on", None), options.pop("as_dtype", None))
    causal = options.pop("causal", "full")
    return of_request(replace(models.request_of(model, **options), causal=causal), target, by)


def of_request(
    request: Request, target: Target = NOWHERE, by: str = "mult_adds", cost_of: Callable[..., Cost] = models.cost_of
) -> Inspection:
    """The page of a Request's model. `cost_of` reads it."""
    columns = [key for key in keys() if find(key).needs in ("", *(["device"] if target.on is not None else []))]
    known = (*columns, *names())
    if by not in known:
        raise CostcalcError(hinted(f"by={by!r}: the page has {', '.join(known)}", by, known))
    cost = cost_of(request, columns, names(), target)
    cost.graph.in_numbers("a page")
    columns = [key for key in columns if key == by or _is_told(key, cost)]
    cost = cost.showing(models.quantities(columns, names()))
    return Inspection(cost, _twin(request, cost, columns, target), _printed(request), by, __version__)


def side_at(target: Target, by: str, request: Request) -> Side:
    """One side of the page of two networks, from a Request."""
    return of_request(request, target, by).side


def _is_told(key: str, cost: Cost) -> bool:
    """False for a quantity that the device of the cost has no rates for."""
    try:
        return not find(key).needs or cost.amounts(cost.quantity(key)) is not None
    except CostcalcError:
        return False


def _zoo_name(request: Request) -> str:
    """The name of a network of the zoo; empty for another model."""
    model = request.model
    return model if isinstance(model, str) and model in {each.name for each in zoo.all_networks()} else ""


def _printed(request: Request) -> list[PrintedTable]:
    """What papers print of a network of the zoo, unless it was asked for with other settings."""
    network = _zoo_name(request)
    changed = request.args or request.classes is not None
    return join(network, models.graph) if network in printed_networks() and not changed else []


def _twin(request: Request, cost: Cost, columns: list[str], target: Target) -> Cost | str:
    """The same cost with symbols as sizes; or why there is none."""
    if not _zoo_name(request):
        return "This model was read at one size; for another one inspect it again, with --input and --batch."
    if find_spec("sympy") is None:
        return "Other sizes need sympy: install it with pip install sympy, and inspect the network again."
    sympy = import_module("sympy")
    batch, height, width = sympy.symbols("N H W", integer=True, positive=True)
    (shape,) = (t.shape for t in cost.graph.inputs)
    other = replace(request, input=(shape[1], height, width), batch=batch)
    try:
        return models.cost_of(other, columns, names(), target)
    except CostcalcError as error:
        return f"The network takes no other size: {error}."
