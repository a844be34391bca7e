"""A node's call of torch <-> plain data. A call that `allowed_calls` does not list is neither written nor read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.convert.allowed_calls import named
from costcalc.convert.plain import check, check_name, from_plain, to_plain
from costcalc.spec.errors import CostcalcError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.graph import Graph
from costcalc.spec.node import Node
from costcalc.spec.shapes import Shape


def call_to_data(node: Node, usual: Facts) -> Any:
    """The name of a node's call of torch, with arguments that are not the usual ones; null if a file keeps no call."""
    call, shapes = node.call, [t.shape for t in node.inputs]
    try:
        kept = named(node.op, usual, shapes, call.name, call.args) if call else None
    except CostcalcError:
        kept = None
    if kept is None:
        return None
    plain = kept.args == named(node.op, usual, shapes, kept.name).args
    return {"name": kept.name, **({} if plain else {"args": to_plain(kept.args)})}


def call_from_data(entry: Any, op: str, facts: Facts, shapes: Sequence[Shape]) -> TorchCall | None:
    """The call that a node names. Raises CostcalcError unless the op has a call with this name and these arguments.

    Older files list all arguments, and how the inputs are passed.
    """
    if entry is None:
        return None
    check(entry, dict, "torch is null or an object")
    args = check(entry.get("args", {}), dict, "torch: args is an object")
    name = check_name(entry.get("name"), "torch: a name")
    call = named(op, facts, shapes, name, {key: from_plain(value) for key, value in args.items()})
    for key in ("packed", "leading"):
        if entry.get(key, getattr(call, key)) is not getattr(call, key):
            raise CostcalcError(f"torch: {name!r:.100}: {key} must be {str(getattr(call, key)).lower()} for this op")
    return call


def dropped_calls(graph: Graph, data: Mapping[str, Any]) -> list[str]:
    """Names of calls that the graph has and its data does not keep. Tools that look at names may count differently."""
    pairs = zip(graph.nodes, data["nodes"], strict=True)
    lost = (node.call for node, made in pairs if "torch" in made and made["torch"] is None)
    return sorted({call.name for call in lost if call is not None})
