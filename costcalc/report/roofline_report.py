"""The report of `costcalc roofline`: what limits each layer on a device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.analysis.breakdown import Row
from costcalc.analysis.constants import constants_of
from costcalc.analysis.cost import Cost
from costcalc.analysis.device import Device
from costcalc.analysis.prediction import predicted
from costcalc.analysis.roofline import limits, ridge
from costcalc.report.amounts import amount_column, numbers, share_column, statuses
from costcalc.report.column import Column, tabulated
from costcalc.report.lower_bound import lower_bounds
from costcalc.report.report import Report
from costcalc.report.setting import title
from costcalc.report.style import Style, milliseconds
from costcalc.report.table import Table, percentage, shown
from costcalc.spec.errors import CostcalcError

COLUMNS = ("mult_adds", "bytes_moved", "intensity", "bound")
"""Keys of the quantities shown."""


def roofline_report(cost: Cost) -> Report:
    """A row per layer of a cost of COLUMNS on a device. Printed tables leave out the layers that do nothing."""
    found = limits(cost.run)
    by = {node.name: "unknown" if each is None else each.by for node, each in found.items()}
    for node in cost.run.not_run:
        by[node.name] = "not run"

    def tables(format: str) -> Sequence[Table]:
        style = Style(format)
        rows = cost.layers if style.is_data else [row for row in cost.layers if by[row.name]]
        columns: list[Column[Row]] = [
            Column("layer", lambda row: row.name, total="total", key="name"),
            Column("op", lambda row: row.op),
            *(amount_column(quantity, _itself, style, rows, cost) for quantity in cost.quantities),
            share_column(cost.quantity("bound"), _itself, cost),
            Column("limited by", lambda row: by[row.name]),
        ]
        return [tabulated(title(cost), columns, rows, _notes(cost, by), totals=True)]

    return Report(tables, lambda: _data(cost, by))


def _itself(row: Row) -> Row:
    return row


def _parts(cost: Cost, by: dict[str, str]) -> dict[str, tuple[int, float]]:
    """Layers and seconds limited by compute, and by memory."""
    parts = {}
    for side in ("compute", "memory"):
        seconds = [row["bound"].number for row in cost.layers if by[row.name] == side]
        parts[side] = len(seconds), float(sum(seconds))
    return parts


def _predicted(cost: Cost) -> tuple[float | None, str]:
    """The predicted seconds of the network, and how they were made; or None, and why there are none."""
    try:
        times = predicted(cost.run)
        if any(times[node] is None for node in cost.run.nodes):
            return None, "No estimate: the mult-adds or the bytes of a layer are unknown."
        seconds = sum(times[node] or 0.0 for node in cost.run.nodes)
        return seconds, f"Predicted: {milliseconds(seconds)} ms, {constants_of(cost.run).origin}."
    except CostcalcError as error:
        return None, f"No estimate: {error}."


def _notes(cost: Cost, by: dict[str, str]) -> list[str]:
    device: Device = cost.run.on
    dtype = cost.run.autocast or cost.run.dtype
    whole = cost["bound"].number_or_0
    notes = [
        f"Limited by {side}: {count} layer{'' if count == 1 else 's'}, {milliseconds(seconds)} ms, "
        f"{shown(percentage(seconds, whole)) or '0 %'} of the bound."
        for side, (count, seconds) in _parts(cost, by).items()
    ]
    notes.append(
        f"Ridge point: {ridge(device, dtype):,.1f} mult-adds per byte = {device.flops(dtype) / 1e12:,g} TFLOP/s in "
        f"{dtype} / 2 / {device.bandwidth / 1e9:,g} GB/s."
    )
    notes.append(_predicted(cost)[1])
    notes.append(f"{device.name}: {device.source}, {device.date}. {device.note}".strip())
    notes += [f"The total is a lower bound, {least}." for least in lower_bounds(cost)]
    free = sum(not each for each in by.values())
    notes += (
        [f"Not shown: {free} layer{'' if free == 1 else 's'} that compute and move nothing, such as views."]
        if free
        else []
    )
    return [*notes, *(quantity.note for quantity in cost.quantities if quantity.note), *cost.notes]


def _data(cost: Cost, by: dict[str, str]) -> dict[str, Any]:
    graph, device, dtype = cost.graph, cost.run.on, cost.run.autocast or cost.run.dtype
    sizes = [list(graph.sizes(t)) for t in graph.inputs]
    parts = {
        f"limited_by_{side}": {"layers": count, "bound": seconds} for side, (count, seconds) in _parts(cost, by).items()
    }
    return {
        "schema": 1,
        "model": graph.name,
        "input": sizes[0] if len(sizes) == 1 else sizes,
        "batch": graph.batch,
        "mode": cost.mode,
        "dtype": dtype,
        "device": {
            "name": device.name, "source": device.source, "date": device.date,
            "flops_per_second": device.flops(dtype), "bytes_per_second": device.bandwidth,
            "ridge": ridge(device, dtype),
        },
        "rows": [
            {"name": row.name, "op": row.op, **numbers(row, cost.quantities, COLUMNS),
             "limited_by": by[row.name] or None, **statuses(row, cost.quantities)}
            for row in cost.layers
        ],
        "total": {
            **numbers(cost, cost.quantities, COLUMNS), "predicted": _predicted(cost)[0], **parts,
            **statuses(cost, cost.quantities),
        },
    }  # fmt: skip
