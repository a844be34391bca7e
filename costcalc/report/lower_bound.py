"""What a total leaves out: the ops whose mult-adds are unknown, and where they are."""

from __future__ import annotations

from costcalc.analysis.cost import Cost

SHOWN = 3
"""Layers that a line names, of each op."""


def unknown_ops(cost: Cost) -> dict[str, list[str]]:
    """Each op whose mult-adds are unknown -> the layers, or the modules that call it, in the order they run."""
    found: dict[str, list[str]] = {}
    for layer in cost.layers:
        if layer.status == "unknown":
            node = layer.node
            op = str(node.facts.settings.get("aten", node.op))
            module, _, last = node.name.rpartition(".")
            found.setdefault(op, []).append(module if module and last.startswith(op) else node.name)
    return found


def lower_bound(cost: Cost) -> str:
    """``at least 1,582 mult-adds: unknown is mylib::scan, in blocks.3.mixer (and 5 more layers)``."""
    ops = []
    for op, layers in unknown_ops(cost).items():
        more = len(layers) - SHOWN
        rest = f" (and {more} more layer{'s' if more > 1 else ''})" if more > 0 else ""
        ops.append(f"{op}, in {', '.join(layers[:SHOWN])}{rest}")
    return f"at least {cost.macs:,} mult-adds: unknown {'is' if len(ops) == 1 else 'are'} {'; '.join(ops)}"
