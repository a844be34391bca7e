"""A node as tools see it: the name of the call that the model makes, and the modules that the node runs in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from costcalc.convert.torch_names import WATCHED
from costcalc.spec.node import BlockCall, Node
from costcalc.spec.traits import traits

PLACES = {"torch", "torch.Tensor", "torch.ops.aten"}
"""Modules and classes whose functions have the same name in a trace."""

PATCHED = frozenset(f"{place}.{name}" for place, names in WATCHED.items() for name in names)
"""Names that readers tell apart: the call of another name may be that of a function or of a method like it."""

OPERATORS = {"add": "+ or the method x.add_", "mul": "* or the method x.mul_", "matmul": "@"}
"""Functions of Python's module operator, as a model writes them. Readers do not tell methods in place apart."""

BUILT = {"SelfAttention": "MultiheadAttention"}
"""Modules of `convert.extra_modules` that are modules of torch under another name."""


def is_module(node: Node) -> bool:
    """True if a torch module runs the node, False if a function does."""
    return node.call is not None and node.call.is_module


def called(node: Node) -> str:
    """The op; for an operation that is not an op of its own, the name under which the model calls it."""
    if not traits(node.op).stands_for_many:
        return node.op
    return node.call.name.rpartition(".")[-1] if node.call else ""


def noun(node: Node) -> str:
    """The class of the module that runs it, otherwise the op; of an op that stands for many the aten operation."""
    call = node.call
    if call is not None and call.is_module:
        return BUILT.get(call.name, call.name)
    return str(node.facts.settings.get("aten", node.op))


def this(node: Node) -> str:
    """How the model calls a node, as a clause: ``this linear is the function F.linear``."""
    name, call = noun(node), node.call
    if call is None:
        return f"this {name} is a function, a method or an operator"
    place, _, last = call.name.rpartition(".")
    if not place:
        return f"this {name} is a module"
    if place == "operator":
        return f"this {name} is the operator {OPERATORS.get(last, last)}"
    if place == "torch.nn.functional":
        return f"this {name} is the function F.{last}"
    if call.name in PATCHED:
        return f"this {name} is the {f'method x.{last}' if place == 'torch.Tensor' else f'function torch.{last}'}"
    return f"this {name} is a function or a method"


def traced(node: Node) -> str:
    """The name of a node's operation in a trace; empty if it is that of its op."""
    place, _, name = node.call.name.rpartition(".") if node.call else ("", "", "")
    return name if place in PLACES else str(node.facts.settings.get("aten", ""))


def around(node: Node) -> Iterator[BlockCall]:
    """The calls of modules that a node runs in, the innermost first."""
    call = node.block
    while call is not None:
        yield call
        call = call.parent


def starting_calls(node: Node) -> Iterator[BlockCall]:
    """The calls of modules that begin with a node, the innermost first."""
    return takewhile(lambda call: call.first is node, around(node))


def affine(norm: Node) -> bool:
    """True for a norm with scale and shift. A norm that is not an op of its own has them if it takes parameters."""
    settings = norm.facts.settings
    return bool(settings["affine"] if "affine" in settings else norm.weights or len(norm.inputs) > 1)
