"""The report of the devices: `costcalc roofline --devices`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.analysis.device import Device
from costcalc.analysis.devices import devices
from costcalc.report.column import Column, tabulated
from costcalc.report.report import Report
from costcalc.report.table import Cell, Table, Value

DTYPES = ("float64", "float32", "tf32", "bfloat16", "float16")
"""Dtypes with a column; a file may have more."""

Entry = tuple[str, Device]


def devices_report() -> Report:
    """A row per device: its dense peaks in TFLOP/s, its bandwidth in GB/s, and their source."""
    return Report(lambda _: [_table()], _data)


def _table() -> Table:
    columns: list[Column[Entry]] = [
        Column("name", lambda entry: ", ".join([entry[0], *entry[1].also])),
        Column("device", lambda entry: entry[1].name),
        *(Column(dtype, lambda entry, dtype=dtype: _peak(entry[1], dtype), True) for dtype in DTYPES),  # type: ignore[misc]
        Column(
            "GB/s", lambda entry: Value(f"{entry[1].bandwidth / 1e9:,g}", entry[1].bandwidth), True, key="bandwidth"
        ),
        Column("source", lambda entry: f"{entry[1].source}, {entry[1].date}", printed=False),
    ]
    notes = [
        "TFLOP/s, 2 per mult-add, dense, of matrix units if there are any; 16-bit products are accumulated in float32. "
        "Blank: not printed.",
        "As printed in datasheets, a rate with sparsity halved; of CPUs and the M3 Max computed: cores x GHz x FMA "
        "units x lanes x 2. Each source: --format csv. Each cell: --format json.",
    ]
    return tabulated(f"{len(devices())} devices", columns, list(devices().items()), notes)


def _peak(device: Device, dtype: str) -> Cell:
    rate = device.peaks.get(dtype)
    return None if rate is None else Value(f"{rate / 1e12:,.6g}", rate)


def _data() -> dict[str, Any]:
    return {"schema": 1, "devices": [_one(*entry) for entry in devices().items()]}


def _one(key: str, device: Device) -> Mapping[str, Any]:
    return {
        "name": key, "also": list(device.also), "device": device.name, "source": device.source, "date": device.date,
        "note": device.note, "flops_per_second": dict(device.peaks), "bytes_per_second": device.bandwidth,
        "cells": {dtype: dict(cell) for dtype, cell in device.cells.items()},
    }  # fmt: skip
