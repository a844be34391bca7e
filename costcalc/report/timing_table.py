"""The report of times: whole passes, and one model by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from costcalc.measure.results import LayerTime, Machine, Timing
from costcalc.report.report import Report
from costcalc.report.style import milliseconds
from costcalc.report.table import Cell, Table, Value

PASSES = {
    "eval": "Forward passes in eval mode, no gradients",
    "train": "Training steps in train mode: forward, gradients and SGD; mult-adds of all three passes",
}
"""What was timed, by mode."""


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
    notes = [_machine(timings[0].machine), f"{PASSES[timings[0].mode]}; spread: interquartile range."]
    notes += [f"{t.model}: {note}" for t in timings for note in t.notes]
    keys = ["model", "batch", "runs", "median_seconds", "spread_seconds", "images_per_second", "mult_adds",
            "mult_adds_per_second"]  # fmt: skip
    if any(t.on for t in timings):
        for heading, key, cells in _beside([(t.predicted, t.bound, t.median) for t in timings]):
            columns.append(heading)
            keys.append(key)
            rows = [[*row, cell] for row, cell in zip(rows, cells, strict=True)]
        notes += _predictions(timings)
    return Table("Measured", columns, rows, [False] + [True] * (len(columns) - 1), notes=notes, keys=keys)


def layers_table(timing: Timing) -> Table:
    """A row per layer: milliseconds per pass, its percentage of all layers, achieved mult-adds per second."""
    whole = timing.clocked or 1.0
    rows: list[list[Cell]] = []
    for layer in timing.layers:
        rate = layer.macs / layer.seconds if layer.macs and layer.seconds else 0
        achieved = Value(f"{rate / 1e9:,.1f}", rate) if rate else None
        macs: Cell = Value("unknown", None) if layer.macs is None else layer.macs
        share = Value(f"{100 * layer.seconds / whole:.1f} %", layer.seconds / whole)
        rows.append([layer.name, layer.op, _milliseconds(layer.seconds), share, macs, achieved])
    outside = Value(f"{100 * timing.outside / whole:.1f} %", timing.outside / whole)
    rows.append(["outside of layers", "", _milliseconds(timing.outside), outside, None, None])
    columns = ["layer", "op", "ms", "% of time", "mult-adds", "G mult-adds/s"]
    notes = [
        f"Whole pass, without clocks inside: {_milliseconds(timing.median).text} ms (median of {timing.runs} runs, "
        f"spread {_milliseconds(timing.spread).text} ms), {timing.images_per_second:,.1f} images/s.",
        _machine(timing.machine),
        *timing.notes,
    ]
    total: list[Cell] = ["total", "", _milliseconds(whole), "100.0 %", timing.macs, ""]
    title = f"{timing.model}: batch {timing.batch}, measured by layer"
    keys = ["name", "op", "seconds", "seconds_share", "mult_adds", "mult_adds_per_second"]
    if timing.on:
        layers = [(layer.predicted, layer.bound, layer.seconds) for layer in timing.layers]
        for heading, key, cells in _beside([*layers, (timing.predicted, timing.bound, whole)]):
            columns.append(heading)
            keys.append(key)
            rows = [[*row, cell] for row, cell in zip(rows, [*cells[:-1], None], strict=True)]
            total.append(cells[-1])
        notes += _predictions([timing])
    notes.append(
        f"With a clock around each layer the pass takes {_milliseconds(whole).text} ms. A module's time is without the "
        "modules inside it; outside of layers: functions that the model's own code calls, and that code."
    )
    return Table(title, columns, rows, [False, False] + [True] * (len(columns) - 2), total, notes, keys)


def _beside(
    seconds: Sequence[tuple[float | None, float | None, float]],
) -> list[tuple[str, str, list[Cell]]]:
    """Columns of predicted, bound and the error of the predicted seconds, from them and the measured ones."""
    made: list[tuple[str, str, list[Cell]]] = []
    for at, (heading, key) in enumerate((("predicted ms", "predicted"), ("bound ms", "bound"))):
        given = [each[at] for each in seconds]
        made.append(
            (heading, key, [Value("no estimate", None) if x is None else Value(milliseconds(x), x) for x in given])
        )
    errors: list[Cell] = [
        None if guess is None or not taken else Value(f"{100 * (guess / taken - 1):+.0f} %", guess / taken - 1)
        for guess, _, taken in seconds
    ]
    return [*made, ("error", "predicted_error", errors)]


def _predictions(timings: Sequence[Timing]) -> list[str]:
    """The device, and the median error of the models."""
    errors = [abs(t.predicted / t.median - 1) for t in timings if t.predicted is not None]
    notes = [f"Predicted and bound: on {timings[0].on}; error: of predicted, relative to measured."]
    if errors:
        notes.append(
            f"Median error of {len(errors)} model{'' if len(errors) == 1 else 's'}: {100 * median(errors):.0f} %."
        )
    return notes


def timing_data(timings: Sequence[Timing]) -> dict[str, Any]:
    """The same as data: seconds, with the machine of each."""
    return {
        "schema": 1,
        "timings": [
            {
                "model": t.model,
                "batch": t.batch,
                "machine": asdict(t.machine),
                "mode": t.mode,
                "runs": t.runs,
                "median_seconds": t.median,
                "spread_seconds": t.spread,
                "images_per_second": t.images_per_second,
                "mult_adds": t.macs,
                "mult_adds_per_second": t.macs_per_second,
                "layers": [_layer_data(x, bool(t.on)) for x in t.layers],
                **({} if t.clocked is None else {"outside_of_layers": t.outside, "clocked_seconds": t.clocked}),
                **({"notes": t.notes} if t.notes else {}),
                **({"device": t.on, "predicted": t.predicted, "bound": t.bound} if t.on else {}),
            }
            for t in timings
        ],
    }


def _layer_data(layer: LayerTime, predicted: bool) -> dict[str, Any]:
    data = {"name": layer.name, "op": layer.op, "mult_adds": layer.macs, "seconds": layer.seconds}
    return data | ({"predicted": layer.predicted, "bound": layer.bound} if predicted else {})


def _milliseconds(seconds: float) -> Value:
    """Milliseconds as text, seconds as data."""
    return Value(f"{seconds * 1e3:,.3f}", seconds)


def _machine(m: Machine) -> str:
    threads = "1 thread" if m.threads == 1 else f"{m.threads} threads"
    extras = (", channels last" if m.channels_last else "") + (", torch.compile" if m.compiled else "")
    return f"Machine: {m.device} ({m.hardware}), torch {m.torch}, {threads}, {m.dtype}{extras}."
