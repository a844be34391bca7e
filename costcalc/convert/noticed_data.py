"""What a reader noticed of a node's call <-> plain data. The call itself is in `call_data`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.convert.plain import LARGEST, check, check_name, check_shape
from costcalc.spec.errors import CostcalcError
from costcalc.spec.facts import TorchCall
from costcalc.spec.node import Node
from costcalc.spec.noticed import Noticed
from costcalc.spec.shapes import Shape

MOST = 255
"""Upper bound for the number of an argument."""


def noticed_to_data(noticed: Noticed) -> dict[str, Any]:
    """Keys of a node's data; nothing for what is usual."""
    made: dict[str, Any] = {}
    if noticed.size_products:
        made["products"] = noticed.size_products
    if noticed.kernel:
        made["kernel"] = noticed.kernel
    if noticed.module is not None:
        made["module"] = noticed.module
    if noticed.hook_of is not None:
        made["hook_of"] = noticed.hook_of
    if noticed.opaque:
        made["opaque"] = True
    if noticed.causal_mask:
        made["causal_mask"] = True
    if noticed.strides:
        made["strides"] = [list(each) for each in noticed.strides]
    if noticed.unread:
        made["unread"] = True
    if noticed.writes_state:
        made["writes_state"] = True
    if noticed.memory:
        made["memory"] = noticed.memory
    if noticed.copies:
        made["copies"] = list(noticed.copies)
    if noticed.arguments:
        made["arguments"] = list(noticed.arguments)
    return made


def noticed_from_data(
    entry: Mapping[str, Any],
    where: str,
    call: TorchCall | None,
    outputs: Sequence[Shape],
    constants: tuple[Node, ...],
) -> Noticed:
    """What the data of a node with these outputs say. Raises CostcalcError, naming the node, for anything else.

    where      how an error names the node
    constants  the operations on constants that it keeps
    """
    products = check(entry.get("products", 0), int, f"{where}: products is an integer")
    if not 0 <= products <= LARGEST:
        raise CostcalcError(f"{where}: products is an integer from 0 to 2^40")
    paths = {key: check_name(entry[key], f"{where}: {key}", least=0) for key in ("module", "hook_of") if key in entry}
    listed = check(entry.get("strides", []), list, f"{where}: strides is a list")
    strides = tuple(check_shape(each, least=0) for each in listed)
    if strides and [len(each) for each in strides] != [len(shape) for shape in outputs]:
        raise CostcalcError(f"{where}: strides has as many lists as there are outputs, each as long as the output")
    memory = entry.get("memory", "")
    if memory not in ("", "input", "own"):
        raise CostcalcError(f"{where}: memory is 'input' or 'own', not {memory!r:.60}")
    copies = tuple(check(entry.get("copies", []), list, f"{where}: copies is a list"))
    if not all(type(each) is int and 0 <= each < len(entry["inputs"]) for each in copies):
        raise CostcalcError(f"{where}: copies are numbers of inputs")
    numbers = tuple(check(entry.get("arguments", []), list, f"{where}: arguments is a list"))
    if numbers and len(numbers) != len(entry["inputs"]):
        raise CostcalcError(f"{where}: arguments has as many numbers as there are inputs")
    if not all(type(each) is int and 0 <= each <= MOST for each in numbers):
        raise CostcalcError(f"{where}: arguments are numbers from 0 to {MOST}")
    return Noticed(
        call,
        check_name(entry.get("kernel", ""), f"{where}: kernel", least=0),
        products,
        opaque=entry.get("opaque") is True,
        no_call="torch" in entry and call is None,
        strides=strides,
        causal_mask=entry.get("causal_mask") is True,
        constants=constants,
        unread=entry.get("unread") is True,
        writes_state=entry.get("writes_state") is True,
        memory=memory,
        copies=copies,
        arguments=numbers,
        **paths,
    )
