"""Dtypes and lifetimes of the tensors of a graph <-> plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.convert.plain import check
from costcalc.spec.dtypes import BYTES
from costcalc.spec.errors import CostcalcError
from costcalc.spec.node import Node

Until = Mapping[tuple[Node, int], Node]


def until_to_data(until: Until | None, number: Mapping[Node, int]) -> dict[str, Any]:
    """[node, output, last node that holds it], by number; nothing if nobody saw how long the outputs are held."""
    if until is None:
        return {}
    return {"until": sorted([number[node], i, number[last]] for (node, i), last in until.items())}


def until_from_data(data: Mapping[str, Any], nodes: Sequence[Node]) -> Until | None:
    """The reverse of `until_to_data`. Raises CostcalcError for anything else."""
    if "until" not in data:
        return None
    found: dict[tuple[Node, int], Node] = {}
    for entry in check(data["until"], list, "'until' of the network is a list"):
        if type(entry) is not list or len(entry) != 3 or not all(type(each) is int for each in entry):
            raise CostcalcError(f"'until' of the network lists [node, output, last node], not {entry!r:.60}")
        node, i, last = entry
        if not (0 <= node <= last < len(nodes) and 0 <= i < len(nodes[node].facts.outputs)):
            raise CostcalcError(f"'until' of the network names a tensor that no node makes: {entry!r:.60}")
        found[nodes[node], i] = nodes[last]
    return found


def dtypes_of_outputs(entry: Mapping[str, Any], node: Node) -> dict[int, str]:
    """The dtypes of a node's outputs, by number; float32 stands for the dtype of the run. Raises CostcalcError for
    others.
    """
    listed = check(entry.get("dtypes", []), list, f"node {node.name!r:.100}: dtypes is a list")
    if not listed:
        return {}
    if len(listed) != len(node.facts.outputs) or not all(isinstance(each, str) and each in BYTES for each in listed):
        raise CostcalcError(f"node {node.name!r:.100}: dtypes are names of torch's dtypes, one per output")
    return dict(enumerate(listed))
