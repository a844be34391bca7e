"""Dtypes and lifetimes of the tensors of a graph, and the memory of constants <-> plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.convert.plain import LARGEST, check, check_numbers
from costcalc.spec.dtypes import BYTES
from costcalc.spec.errors import CostcalcError
from costcalc.spec.node import Node
from costcalc.spec.noticed import ConstantMemory, Elements, TakenConstant

Until = Mapping[tuple[Node, int], Node]

MOST = 255
"""Upper bound for the number of an argument."""

TIMES = ("before", "during", "after")


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


def constants_to_data(made: ConstantMemory) -> dict[str, Any]:
    """Pairs of elements and bytes by time, and [argument, memory, elements, bytes] of those that are taken."""
    said: dict[str, Any] = {time: list(getattr(made, time)) for time in TIMES if getattr(made, time) != Elements()}
    return {
        **said,
        **({"taken": [[argument, number, *size] for argument, number, size in made.taken]} if made.taken else {}),
    }


def constants_from_data(given: Any, where: str) -> ConstantMemory:
    """The reverse of `constants_to_data`. Raises CostcalcError, naming the node, for anything else."""
    entry = check(given, dict, f"{where}: made is an object")
    times = {time: _sizes(entry[time], 2, f"{where}: made {time}") for time in TIMES if time in entry}
    taken = []
    for each in check(entry.get("taken", []), list, f"{where}: made taken is a list"):
        argument, number, floats, others = _sizes(each, 4, f"{where}: made taken")
        check_numbers([argument], MOST + 1, f"{where}: made taken")
        taken.append(TakenConstant(argument, number, Elements(floats, others)))
    return ConstantMemory(**{time: Elements(*size) for time, size in times.items()}, taken=tuple(taken))


def _sizes(given: Any, many: int, what: str) -> list[int]:
    listed: list[int] = check_numbers(check(given, list, f"{what} is a list"), LARGEST + 1, what)
    if len(listed) != many:
        raise CostcalcError(f"{what} is a list of {many} numbers")
    return listed
