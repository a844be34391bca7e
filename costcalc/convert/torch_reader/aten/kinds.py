"""Kinds of aten operations that are not an op of their own, and which operations may cost mult-adds."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import torch

from costcalc.convert.torch_reader.aten.arithmetic import ARITHMETIC
from costcalc.convert.torch_reader.aten.handlers import HANDLERS
from costcalc.convert.torch_reader.aten.moves import MOVES
from costcalc.convert.torch_reader.aten.relatives import relative
from costcalc.convert.torch_reader.aten.schema import base, is_view

Kind = Literal["elementwise", "move", "decompose", "unknown"]

COSTLY = {
    "_convolution", "_scaled_dot_product_flash_attention_for_cpu",
    "_scaled_dot_product_flash_attention_for_cpu_backward", "addbmm", "addmm", "addmv", "baddbmm", "bmm", "conv1d",
    "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "convolution",
    "convolution_backward", "dot", "einsum", "linear", "matmul", "mm", "mv", "scaled_dot_product_attention", "vdot",
}  # fmt: skip
"""Operations that are counted even if all their inputs are constants."""


@cache
def costs(func: Any) -> bool:
    """True if it may cost mult-adds, or its cost is unknown. An operation that returns no tensor costs none."""
    if not any("Tensor" in str(r.type) for r in func._schema.returns):
        return False
    return base(func) in COSTLY or (base(func) not in HANDLERS and kind(func) == "unknown")


@cache
def kind(func: Any) -> Kind:
    """The kind of an operation without a handler."""
    name = base(func)
    if name in MOVES or is_view(func):
        return "move"
    if name in ARITHMETIC or _is_pointwise(func):
        return "elementwise"
    key = torch._C.DispatchKey.CompositeImplicitAutograd
    if key in func.py_kernels or torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), key):
        return "decompose"
    return _as(relative(name))


def _as(name: str) -> Kind:
    """The kind of the operation of that name, if it is zero by convention; otherwise unknown."""
    packet = getattr(torch.ops.aten, name, None) if name else None
    found: Kind = kind(getattr(packet, packet.overloads()[0])) if packet is not None else "unknown"
    return "unknown" if found == "decompose" else found


def _is_pointwise(func: Any) -> bool:
    """True if torch tags it, or another overload of it, as pointwise."""
    if any("List" in str(r.type) for r in func._schema.returns):
        return False  # where(mask) finds places; where(mask, x, y) is pointwise
    packet = getattr(torch.ops.aten, base(func), None)
    overloads = [getattr(packet, name) for name in packet.overloads()] if packet is not None else []
    return any(torch.Tag.pointwise in each.tags for each in (func, *overloads))
