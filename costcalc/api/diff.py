"""`costcalc.diff`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from costcalc import models
from costcalc.analysis import limits
from costcalc.analysis.cost import Cost
from costcalc.analysis.diff import Diff
from costcalc.analysis.quantities import BASIC
from costcalc.analysis.snapshot import Snapshot
from costcalc.analysis.target import Target
from costcalc.api.costs import as_cost
from costcalc.api.snapshots import snapshot_at, snapshot_of
from costcalc.report.diff_report import diff_report
from costcalc.report.report import Report
from costcalc.report.style import PLAIN, Style
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError


def diff(
    old: Any,
    new: Any = None,
    *,
    rev: str | None = None,
    depth: int | str = "layer",
    columns: Sequence[str] = BASIC,
    conventions: Sequence[str] = (),
    fail_over: Mapping[str, str] | None = None,
    **options: Any,
) -> Report:
    """What two models differ in, layer by layer. Its `ok` is False if they differ, or with `fail_over` if it grew more.

        >>> costcalc.diff(before, after, input=(3, 224, 224))
        >>> costcalc.diff("net.py:Net", rev="main..HEAD", input=(3, 32, 32))

    old, new   each what `costcalc.cost` takes, or a Cost, which has its own input and mode
    rev        two revisions of the git repository in the current folder, like "main..HEAD", in the place of `new`
    depth      "layer", or the depth of the blocks that are compared
    fail_over  growth that is allowed, by key of a quantity, like {"mult_adds": "5%"}
    options    input, batch, mode and so on, as for `costcalc.cost`, for the models that are not a Cost

    Raises CostcalcError as `costcalc.cost` does, for an unknown revision, and a model outside of the repository.
    """
    growth = arguments.mapping("fail_over", fail_over or {}, 'a dict by keys of quantities, like {"mult_adds": "5%"}')
    if (new is None) == (rev is None):
        raise CostcalcError("expected two models, or one and rev, like costcalc.diff('net.py:Net', rev='main..HEAD')")
    keys = keys_of(columns, growth)
    depth = depth_of(depth)
    if rev is not None:
        from costcalc.api.revisions import at_revisions

        target = Target.of(options.pop("on", None), options.pop("as_dtype", None))
        request = models.request_of(old, **options)
        both = at_revisions(request, arguments.text("rev", rev), partial(snapshot_at, keys, conventions, target, depth))
    else:
        places: dict[str, Any] = {key: options[key] for key in ("on", "as_dtype") if key in options}
        before, after = (
            as_cost(each, keys, conventions, places if isinstance(each, Cost) else options) for each in (old, new)
        )
        both = snapshot_of(before, depth), snapshot_of(after, depth)
    name = " ".join(each for each in (old, new) if isinstance(each, str)) or "models"
    return report_of(*both, models.quantities(keys, conventions), growth, name)


def keys_of(columns: Sequence[str], growth: Mapping[str, Any]) -> list[str]:
    """Keys of the quantities: the columns, and those whose growth is limited."""
    columns = arguments.listed("columns", columns, "a list of keys, like ['params', 'mult_adds']")
    return [*dict.fromkeys([*columns, *growth])]


def depth_of(depth: int | str) -> int | str:
    """The depth, checked. Raises SpecError."""
    if depth == "layer":
        return depth
    if isinstance(depth, str):
        raise arguments.wrong("depth", depth, "layer or a positive integer")
    return arguments.integer("depth", depth, 1)


def report_of(
    old: Snapshot, new: Snapshot, quantities: Sequence[Any], growth: Mapping[str, Any], name: str, style: Style = PLAIN
) -> Report:
    """The report of two Snapshots of these quantities. `name` is what it is about, the same from run to run.

    Raises CostcalcError for a growth that is not in percent.
    """
    found = Diff(old, new, quantities)
    allowed = {key: limits.percent(key, value) for key, value in growth.items()}
    held = [found.growth(quantity, allowed[quantity.key]) for quantity in quantities if quantity.key in allowed]
    report = diff_report(found, held, name, style)
    report.picture = partial(_picture, found)
    return report


def _picture(found: Diff) -> str:
    """The layers that changed most."""
    from costcalc.report.plots.diff import diff_figure
    from costcalc.report.plots.style import WIDTH

    return diff_figure(found, WIDTH).svg()
