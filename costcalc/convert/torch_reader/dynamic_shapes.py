"""Operations whose output shape depends on their inputs' values: nonzero, ``x[mask]``, unique, nms.

The meta device has no values. torch's fake tensors know which sizes depend on values, and each of these is taken as 0,
the least possible. The operation becomes an `unknown` node, so that the total is a lower bound; and so does an op
whose mult-adds are 0 only because a size is 0. All other nodes cost at least as much if more is found. The model's own
code sees the 0: a model that does less if it finds more is counted as if it finds nothing. If nothing counted depends
on what is found, or a router alone decides on it, the total is complete: see `assumptions`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch

from costcalc.convert.torch_reader.assumptions import MANY, Assumption
from costcalc.convert.torch_reader.aten.schema import by_name, is_inplace
from costcalc.convert.torch_reader.placeholders import shapes_on_the_cpu
from costcalc.convert.torch_reader.storage import tensors
from costcalc.spec import Facts
from costcalc.spec.errors import message
from costcalc.spec.rules import facts_of

MASKS = (torch.bool, torch.uint8)
"""dtypes of masks."""


def run(func: Any, args: Any, kwargs: Any, assumed: Assumption) -> tuple[Any, bool]:
    """The result of an operation on the meta device, and whether a size was assumed: usually as 0.

    Raises the operation's own error if its shape does not depend on values, or torch cannot tell its sizes either.
    """
    try:
        made = _of_given_size(func, args, kwargs)
        return func(*args, **kwargs) if made is None else made, False
    except RuntimeError as error:
        varies = _varies(func) or "data-dependent" in message(error)
        made = shapes_on_the_cpu(func, args, kwargs) if isinstance(error, NotImplementedError) and not varies else None
        if made is not None:
            return made, False
        if is_inplace(func) or not varies:
            raise
        try:
            return _with_sizes(func, args, kwargs, assumed.rows == "all"), True
        except Exception:
            raise error from None


def _of_given_size(func: Any, args: Any, kwargs: Any) -> torch.Tensor | None:
    """The result of an operation whose size is given as an argument, though torch takes it to depend on values.

    That is bincount with minlength, the number of rows that a model reserves for all values that can occur.
    """
    if func is not torch.ops.aten.bincount.default:
        return None
    named = by_name(func, args, kwargs)
    weights, rows = named["weights"], named["minlength"]
    dtype = torch.int64 if weights is None else weights.dtype if weights.dtype is torch.float32 else torch.float64
    return torch.empty(rows, dtype=dtype, device="meta") if rows else None


def places(indices: Sequence[Any]) -> list[Any]:
    """The indices of ``x[indices]``, with each mask as the indices at which it is true, as torch itself reads it."""
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
    """True if torch tags any overload of it as one whose output shape depends on values."""
    packet = func._overloadpacket
    return any(torch.Tag.dynamic_output_shape in getattr(packet, name).tags for name in packet.overloads())


def _with_sizes(func: Any, args: Any, kwargs: Any, all_found: bool) -> Any:
    """The result on the meta device, with 0 for sizes that depend on values, or with many rows."""
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    with warnings.catch_warnings(), FakeTensorMode(shape_env=ShapeEnv()):
        warnings.simplefilter("ignore")
        made = func(*_fake(args), **{key: _fake(value) for key, value in kwargs.items()})
    most = max((t.numel() for t in tensors((args, tuple(kwargs.values())))), default=0)
    return _on_meta(made, min(most, MANY) if all_found else 0)


def _fake(value: Any) -> Any:
    """Replace tensors by fake tensors, in nested lists and tuples."""
    if isinstance(value, torch.Tensor):
        return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype)
    return type(value)(map(_fake, value)) if type(value) in (list, tuple) else value


def _on_meta(value: Any, found: int) -> Any:
    """Replace fake tensors by tensors on the meta device."""
    if isinstance(value, torch.Tensor):
        return torch.empty([_number(size, found) for size in value.shape], dtype=value.dtype, device="meta")
    return type(value)(_on_meta(each, found) for each in value) if isinstance(value, list | tuple) else value


def _number(size: Any, found: int) -> int:
    """A size with `found` for its parts that depend on values: ``4*u0`` is 0 if nothing is found."""
    if isinstance(size, int):
        return size
    expression = size.node.expr
    return int(expression.xreplace(dict.fromkeys(expression.free_symbols, found)))
