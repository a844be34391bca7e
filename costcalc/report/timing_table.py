"""The report of times: whole passes, and one model by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from costcalc.measure.results import Machine, Timing
from costcalc.report.report import Report
from costcalc.report.table import Cell, Table, Value


def timing_report(timings: Sequence[Timing], by_layer: bool = False) -> Report:
    """A row per model; or a table per model with a row per layer."""
    tables = [layers_table(t) for t in timings] if by_layer else [timing_table(timings)]
    return Report(lambda _: tables, lambda: timing_data(timings))


def timing_table(timings: Sequence[Timing]) -> Table:
    """A row per model: median and spread in milliseconds, images and mult-adds per second."""
    columns = ["model", "batch", "runs", "median ms", "spread ms", "images/s", "mult-adds", "G mult-adds/s"]
    rows: list[list[Cell]] = [
        [
            t.model, t.batch, t.runs, _milliseconds(t.median), _milliseconds(t.spread),
            Value(f"{t.images_per_second:,.1f}", t.images_per_second),
            t.macs, Value(f"{t.macs_per_second / 1e9:,.1f}", t.macs_per_second),
        ]
        for t in timings
    ]  # fmt: skip
    notes = [_machine(timings[0].machine), "Forward passes in eval mode, no gradients; spread: interquartile range."]
    notes += [f"{t.model}: {note}" for t in timings for note in t.notes]
    keys = ["model", "batch", "runs", "median_seconds", "spread_seconds", "images_per_second", "mult_adds",
            "mult_adds_per_second"]  # fmt: skip
    return Table("Measured", columns, rows, [False] + [True] * 7, notes=notes, keys=keys)


def layers_table(timing: Timing) -> Table:
    """A row per layer: milliseconds per pass, its percentage of all layers, achieved mult-adds per second."""
    whole = sum(layer.seconds for layer in timing.layers) or 1.0
    rows: list[list[Cell]] = []
    for layer in timing.layers:
        rate = layer.macs / layer.seconds if layer.macs and layer.seconds else 0
        achieved = Value(f"{rate / 1e9:,.1f}", rate) if rate else None
        macs: Cell = Value("unknown", None) if layer.macs is None else layer.macs
        share = Value(f"{100 * layer.seconds / whole:.1f} %", layer.seconds / whole)
        rows.append([layer.name, layer.op, _milliseconds(layer.seconds), share, macs, achieved])
    columns = ["layer", "op", "ms", "% of time", "mult-adds", "G mult-adds/s"]
    notes = [
        f"Whole pass, without the profiler: {_milliseconds(timing.median).text} ms (median of {timing.runs} runs, "
        f"spread {_milliseconds(timing.spread).text} ms), {timing.images_per_second:,.1f} images/s.",
        _machine(timing.machine),
        *timing.notes,
    ]
    total: list[Cell] = ["total", "", _milliseconds(whole), "100.0 %", timing.macs, ""]
    title = f"{timing.model}: batch {timing.batch}, measured by layer under torch.profiler"
    keys = ["name", "op", "seconds", "seconds_share", "mult_adds", "mult_adds_per_second"]
    return Table(title, columns, rows, [False, False, True, True, True, True], total, notes, keys)


def timing_data(timings: Sequence[Timing]) -> dict[str, Any]:
    """The same as data: seconds, with the machine of each."""
    return {
        "schema": 1,
        "timings": [
            {
                "model": t.model,
                "batch": t.batch,
                "machine": asdict(t.machine),
                "runs": t.runs,
                "median_seconds": t.median,
                "spread_seconds": t.spread,
                "images_per_second": t.images_per_second,
                "mult_adds": t.macs,
                "mult_adds_per_second": t.macs_per_second,
                "layers": [{"name": x.name, "op": x.op, "mult_adds": x.macs, "seconds": x.seconds} for x in t.layers],
                **({"notes": t.notes} if t.notes else {}),
            }
            for t in timings
        ],
    }


def _milliseconds(seconds: float) -> Value:
    """Milliseconds as text, seconds as data."""
    return Value(f"{seconds * 1e3:,.3f}", seconds)


def _machine(m: Machine) -> str:
    threads = "1 thread" if m.threads == 1 else f"{m.threads} threads"
    return f"Machine: {m.device} ({m.hardware}), torch {m.torch}, {threads}, {m.dtype}."
