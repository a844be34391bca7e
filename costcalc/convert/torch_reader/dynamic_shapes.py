"""Operations that make as many elements as their inputs' values say: nonzero, ``x[mask]``, unique, nms.

On the meta device there are no values. torch's fake tensors know which sizes depend on them, and each of these is
taken as the least that it can be: 0. The operation becomes an `unknown` node, so that the total is a lower bound; and
so does what costs nothing only because a size is 0. What else runs costs as much, or more, where something is found.
The model's own code sees the 0: a model that did less where it finds more would be counted where it finds nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch

from costcalc.convert.torch_reader.aten.schema import is_inplace
from costcalc.spec import Facts
from costcalc.spec.errors import message
from costcalc.spec.trace import facts_of

MASKS = (torch.bool, torch.uint8)
"""dtypes of tensors that say of each element whether it is picked."""


def run(func: Any, args: Any, kwargs: Any) -> tuple[Any, bool]:
    """What an operation makes on the meta device, and whether a size in it is the least it can be.

    Raises what the operation raises, where it does not depend on values, or torch does not know its sizes either.
    """
    try:
        return func(*args, **kwargs), False
    except RuntimeError as error:
        if is_inplace(func) or not (_varies(func) or "data-dependent" in message(error)):
            raise
        try:
            return _least(func, args, kwargs), True
        except Exception:
            raise error from None


def places(indices: Sequence[Any]) -> list[Any]:
    """What ``x[indices]`` picks by, masks as the places that they are true at: so torch itself reads them."""
    found: list[Any] = []
    for each in indices:
        mask = each is not None and each.dtype in MASKS
        found += each.nonzero().unbind(1) if mask else [each]
    return found


def costs_nothing_if_empty(facts: Facts) -> bool:
    """True for facts whose mult-adds are 0 only because a size is 0."""
    return facts.macs is not None and bool(facts.macs.terms) and not facts.macs.value


def as_unknown(op: str, facts: Facts) -> Facts:
    """The facts of an op, with mult-adds that are unknown."""
    settings = {
        "aten": facts.settings.get("aten", op),
        "shapes": facts.outputs,
        "fresh": all(alias is None for alias in facts.aliases),
        "weights": facts.weights,
    }
    return facts_of("unknown", [], settings)


def _varies(func: Any) -> bool:
    """True if torch tags it, under any of its signatures, as one that makes as many elements as values say."""
    packet = func._overloadpacket
    return any(torch.Tag.dynamic_output_shape in getattr(packet, name).tags for name in packet.overloads())


def _least(func: Any, args: Any, kwargs: Any) -> Any:
    """What it makes, on the meta device, with 0 in the place of each number that values say."""
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    with warnings.catch_warnings(), FakeTensorMode(shape_env=ShapeEnv()):
        warnings.simplefilter("ignore")
        made = func(*_fake(args), **{key: _fake(value) for key, value in kwargs.items()})
    return _on_meta(made)


def _fake(value: Any) -> Any:
    """Tensors as fake ones, in nested lists and tuples."""
    if isinstance(value, torch.Tensor):
        return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype)
    return type(value)(map(_fake, value)) if type(value) in (list, tuple) else value


def _on_meta(value: Any) -> Any:
    """The other way round."""
    if isinstance(value, torch.Tensor):
        return torch.empty([_number(size) for size in value.shape], dtype=value.dtype, device="meta")
    return type(value)(map(_on_meta, value)) if isinstance(value, list | tuple) else value


def _number(size: Any) -> int:
    """A size with 0 for what it is made of that depends on values: ``4*u0`` is 0."""
    if isinstance(size, int):
        return size
    expression = size.node.expr
    return int(expression.xreplace(dict.fromkeys(expression.free_symbols, 0)))
