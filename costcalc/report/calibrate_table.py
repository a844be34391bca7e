"""The report of `costcalc calibrate`, whose JSON is a device file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.analysis.device import from_data
from costcalc.report.column import Column, tabulated
from costcalc.report.report import Report
from costcalc.report.table import Value


def calibrate_report(data: Mapping[str, Any]) -> Report:
    """A row per rate of a device file."""
    device = from_data(data)
    rates = [*((dtype, rate, "GFLOP/s") for dtype, rate in device.peaks.items()), ("copy", device.bandwidth, "GB/s")]
    columns: list[Column[tuple[str, int, str]]] = [
        Column("rate", lambda each: each[0]),
        Column("measured", lambda each: Value(f"{each[1] / 1e9:,.1f}", each[1]), True),
        Column("unit", lambda each: each[2]),
    ]
    notes = [
        f"{device.source}, {device.date}.",
        "The fastest square matrix product of each dtype, 2 per mult-add; a copy counts what it reads and writes.",
        *(
            [f"Constants of predicted times in {', '.join(device.constants)}: {device.constants_source}."]
            if device.constants
            else []
        ),
        "costcalc calibrate -o FILE.json writes a device file: --on FILE.json.",
    ]
    return Report(lambda _: [tabulated(device.name, columns, rates, notes)], lambda: dict(data))
