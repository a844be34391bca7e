"""What a reader noticed of a node's call <-> plain data. The call itself is in `call_data`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from costcalc.convert.memory_data import MOST, constants_from_data, constants_to_data
from costcalc.convert.plain import LARGEST, check, check_name, check_numbers, check_shape
from costcalc.spec.errors import CostcalcError
from costcalc.spec.facts import TorchCall
from costcalc.spec.node import Node
from costcalc.spec.noticed import NO_CONSTANTS, USUAL, Backward, Noticed
from costcalc.spec.shapes import Shape


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
    if noticed.backward != USUAL:
        said = {k: v for k, v in noticed.backward._asdict().items() if v != getattr(USUAL, k)}
        made["backward"] = {k: list(v) if isinstance(v, tuple) else v for k, v in said.items()}
    if noticed.arguments:
        made["arguments"] = list(noticed.arguments)
    if noticed.made != NO_CONSTANTS:
        made["made"] = constants_to_data(noticed.made)
    return made


def noticed_from_data(
    entry: Mapping[str, Any],
    where: str,
    call: TorchCall | None,
    outputs: Sequence[Shape],
    constants: tuple[Node, ...],
    weights: Collection[str] = (),
) -> Noticed:
    """What the data of a node with these outputs say. Raises CostcalcError, naming the node, for anything else.

    where      how an error names the node
    constants  the operations on constants that it keeps
    weights    names of its weights, as its op has them
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
    listed = check(entry.get("copies", []), list, f"{where}: copies is a list")
    copies = tuple(check_numbers(listed, len(entry["inputs"]), f"{where}: copies"))
    numbers = tuple(check_numbers(entry.get("arguments", []), MOST + 1, f"{where}: arguments"))
    if numbers and len(numbers) != len(entry["inputs"]):
        raise CostcalcError(f"{where}: arguments has as many numbers as there are inputs")
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
        backward=_backward(entry, where, weights) if "backward" in entry else USUAL,
        arguments=numbers,
        made=constants_from_data(entry["made"], where) if "made" in entry else NO_CONSTANTS,
        **paths,
    )


def _backward(entry: Mapping[str, Any], where: str, weights: Collection[str]) -> Backward:
    """How a node with these weights takes part in the backward pass."""
    given = check(entry["backward"], dict, f"{where}: backward is an object")
    inputs = len(entry["inputs"])
    detached = check(given.get("detached", []), list, f"{where}: detached is a list")
    numbers = check_numbers([each for each in detached if type(each) is not str], inputs, f"{where}: detached")
    names = [each for each in detached if type(each) is str]
    if not {*names} <= {*weights}:
        raise CostcalcError(f"{where}: detached are numbers of inputs and names of weights")
    leaves = check_numbers(
        check(given.get("leaves", []), list, f"{where}: leaves is a list"), inputs, f"{where}: leaves"
    )
    checkpoint = check(given.get("checkpoint", 0), int, f"{where}: checkpoint is an integer")
    again = given.get("again", "")
    if again not in ("", "whole", "early") or not 0 <= checkpoint <= LARGEST:
        raise CostcalcError(f"{where}: checkpoint is a number from 0, run again as 'whole' or 'early'")
    return Backward((*numbers, *names), tuple(leaves), given.get("own") is True, checkpoint, again)
