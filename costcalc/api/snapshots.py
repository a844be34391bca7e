"""Costs as snapshots, and the file of a baseline, which holds those of several networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc import models
from costcalc.analysis import snapshot as snapshots
from costcalc.analysis.cost import Cost
from costcalc.analysis.quantity import INCOMPLETE
from costcalc.analysis.snapshot import Snapshot
from costcalc.analysis.target import Target
from costcalc.convert.plain import read_json
from costcalc.report.json_text import to_json
from costcalc.report.lower_bound import where_unknown
from costcalc.report.setting import title
from costcalc.spec.errors import CostcalcError
from costcalc.spec.request import Request

HINT = "'costcalc check --update' writes a baseline"


def snapshot_of(cost: Cost, depth: int | str = "layer") -> Snapshot:
    """The Snapshot of a Cost: see `costcalc.analysis.snapshot`."""
    keys = [quantity.key for quantity in cost.quantities]
    unknown = {key: where_unknown(cost, key) for key in keys if cost[key].status in INCOMPLETE}
    return snapshots.snapshot(cost, depth, title(cost), unknown)


def snapshot_at(
    columns: Sequence[str], conventions: Sequence[str], target: Target, depth: int | str, request: Request
) -> Snapshot:
    """The Snapshot of a Request's costs of these quantities."""
    return snapshot_of(models.cost_of(request, columns, conventions, target), depth)


def read_baseline(file: str) -> dict[str, Snapshot]:
    """The networks of a baseline, by name.

    Raises CostcalcError, in one line, for a file that cannot be read or is not a baseline.
    """
    data = read_json(file, HINT)
    if not isinstance(data, dict) or data.get("schema") != 1 or not isinstance(data.get("baseline"), dict):
        raise CostcalcError(f"{file!r} is not a baseline; {HINT}")
    try:
        return {name: snapshots.from_data(each) for name, each in data["baseline"].items()}
    except CostcalcError as error:
        raise CostcalcError(f"{file!r} is not a baseline: {error}; {HINT}") from None


def baseline_text(networks: Mapping[str, Snapshot]) -> str:
    """The text of a baseline: the same for the same costs, with a line per layer, so that it can be reviewed."""
    blocks = [_network(name, snapshots.to_data(networks[name])) for name in sorted(networks)]
    return '{\n"schema": 1,\n"baseline": {\n' + ",\n".join(blocks) + "\n}\n}\n"


def _network(name: str, data: Mapping[str, Any]) -> str:
    layers = ",\n".join(f"    {_line(layer)}" for layer in data["layers"])
    rest = [f"  {_line(key)}: {_line(value)}" for key, value in data.items() if key != "layers"]
    return f"{_line(name)}: {{\n" + ",\n".join([*rest, f'  "layers": [\n{layers}\n  ]']) + "\n}"


def _line(data: Any) -> str:
    return to_json(data).removesuffix("\n")
