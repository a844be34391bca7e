"""The report of a network's memory: bytes by what they are held for."""

from __future__ import annotations

from typing import Any

from costcalc.analysis.memory import Memory, Peak
from costcalc.analysis.quantity import INCOMPLETE, Amount
from costcalc.report.report import Report
from costcalc.report.table import Cell, Table, Value

UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def memory_report(m: Memory, fits: tuple[int, int] | None = None, measured: dict[str, int] | None = None) -> Report:
    """A row per kind of memory.

    fits      bytes, and the largest batch that fits in them
    measured  bytes of a real pass: of the peak and of what is saved
    """
    return Report(lambda _: [memory_table(m, fits, measured)], lambda: memory_data(m, fits, measured))


def memory_table(m: Memory, fits: tuple[int, int] | None, measured: dict[str, int] | None) -> Table:
    """Bytes, the same in binary units, and what they are."""
    rows: list[list[Cell]] = [
        _row("params", m.params, ""),
        _row("buffers", m.buffers, ""),
        _row("inputs", Amount(m.inputs), "held by the caller"),
        _row("peak of activations", m.peak.amount, f"at {m.peak.layer}, as torch runs it without autograd"),
        _row("  by last use", m.last_use.amount, f"at {m.last_use.layer}, what the graph needs; not in the total"),
        _row("saved for backward", m.saved, "attention as the CPU runs it" if _attends(m) else ""),
    ]
    if m.checkpointed is not None:
        _, depth, blocks = m.checkpointed
        text = f"{blocks} {'block' if blocks == 1 else 'blocks'} of depth {depth} run again; not in the total"
        rows.append(_row("  with checkpointing", Amount(m.checkpointed.nbytes, m.saved.status), text))
    if m.training:
        rows.append(_row("gradients", Amount(m.gradients), ""))
        masters = ", with weights in float32" if m.mixed else ""
        rows.append(_row("optimizer state", Amount(m.state), f"{m.optimizer}{masters}"))
    total = _row("total", Amount(m.total, "counted" if m.complete else "lower bound"), _sum(m))
    notes = []
    if fits is not None:
        limit, batch = fits
        notes.append(f"Largest batch that fits in {_binary(limit)}: {batch or 'none, not even 1'}.")
    for key, what in (("peak_memory", m.peak.amount), ("saved_for_backward", m.saved)):
        if measured is not None and key in measured:
            equal = "equal" if measured[key] == what.number else f"predicted {what.number_or_0:,}"
            notes.append(f"Measured on the CPU, {key}: {measured[key]:,} bytes, {equal}.")
    mode = "training" if m.training else f"{m.mode} mode"
    title = f"{m.graph.name}: memory, batch {m.graph.batch or 1}, {mode}"
    return Table(title, ["", "bytes", "", "of"], rows, [False, True, True, False], total, notes,
                 ["kind", "bytes", "printed", "of"])  # fmt: skip


def memory_data(m: Memory, fits: tuple[int, int] | None, measured: dict[str, int] | None) -> dict[str, Any]:
    """The same as data: integers; null if unknown."""
    found: dict[str, Any] = {
        "schema": 1,
        "model": m.graph.name,
        "mode": m.mode,
        "batch": m.graph.batch,
        "param_bytes": m.params.number,
        "buffer_bytes": m.buffers.number,
        "input_bytes": m.inputs,
        "activation_bytes": m.activations.number,
        "peak_memory": _peak(m.peak),
        "peak_memory_last_use": _peak(m.last_use),
        "saved_for_backward": m.saved.number,
        "saved_status": m.saved.status,
        "saved_inputs": m.saved_inputs,
        "checkpointed": m.checkpointed._asdict() if m.checkpointed else None,
        "optimizer": m.optimizer or None,
        "mixed": m.mixed,
        "gradient_bytes": m.gradients,
        "optimizer_bytes": m.state,
        "total": m.total,
        "status": "complete" if m.complete else "lower bound",
    }
    if fits is not None:
        found["fits"] = {"bytes": fits[0], "batch": fits[1]}
    return found if measured is None else {**found, "measured": measured}


def _peak(peak: Peak) -> dict[str, Any]:
    return {"bytes": peak.amount.number, "layer": peak.layer, "status": peak.amount.status}


def _row(kind: str, amount: Amount, of: str) -> list[Cell]:
    if amount.number is None:
        return [kind, Value("unknown", None), "", of]
    least = "≥ " if amount.status in INCOMPLETE else ""
    return [kind, Value(f"{least}{amount.number:,}", amount.number), f"{least}{_binary(amount.number)}", of]


def _binary(nbytes: int) -> str:
    """Bytes in the largest unit of 1024s of which there is at least one."""
    place = min(max(nbytes.bit_length() - 1, 0) // 10, len(UNITS) - 1)
    return f"{nbytes / 1024**place:.2f} {UNITS[place]}" if place else f"{nbytes} B"


def _sum(m: Memory) -> str:
    held = "params, buffers, inputs, peak"
    once = " (inputs once)" if m.saved_inputs else ""
    return f"{held}, saved{once}, gradients, optimizer" if m.training else held


def _attends(m: Memory) -> bool:
    return any(node.op in ("scaled_dot_product_attention", "multi_head_attention") for node in m.graph.nodes)
