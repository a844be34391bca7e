"""Functions of quantized tensors (torch.ao.nn.quantized.QFunctional and others) as those of floats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.nn import functional


def _batch_norm(x: Any, weight: Any, bias: Any, mean: Any, variance: Any, eps: float, *how: Any) -> Any:
    return functional.batch_norm(x, mean, variance, weight, bias, False, 0.0, eps)


def _embedding(packed: Any, ids: Any, *how: Any) -> Any:
    return functional.embedding(ids.long(), _table(packed))


def _embedding_bag(packed: Any, ids: Any, offsets: Any = None, *how: Any) -> Any:
    return functional.embedding_bag(ids.long(), _table(packed), offsets if offsets is None else offsets.long())


def _table(packed: Any) -> torch.Tensor:
    with torch._C._DisableTorchDispatch():
        return torch.empty(torch.ops.quantized.embedding_bag_unpack(packed).shape, device="meta")


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b, *how: a + b,
    "add_scalar": lambda a, b, *how: a + b,
    "mul": lambda a, b, *how: a * b,
    "mul_scalar": lambda a, b, *how: a * b,
    "matmul": lambda a, b, *how: a @ b,
    "cat": lambda xs, dim, *how: torch.cat(xs, dim),
    "hardswish": lambda x, *how: functional.hardswish(x),
    "leaky_relu": lambda x, slope, *how: functional.leaky_relu(x, slope),
    "elu": lambda x, *how: functional.elu(x),
    "celu": lambda x, *how: functional.celu(x),
    "sigmoid": lambda x, *how: x.sigmoid(),
    "relu6": lambda x, *how: functional.relu6(x),
    "softmax": lambda x, dim, *how: x.softmax(dim),
    "prelu": lambda x, weight, *how: functional.prelu(x, weight),
    "threshold": functional.threshold,
    "clamp": torch.clamp,
    "max_pool1d": functional.max_pool1d,
    "max_pool2d": functional.max_pool2d,
    "dropout": lambda x, *how: functional.dropout(x, training=False),
    "layer_norm": lambda x, shape, w, b, eps, *how: functional.layer_norm(x, shape, w, b, eps),
    "group_norm": lambda x, groups, w, b, eps, *how: functional.group_norm(x, groups, w, b, eps),
    "instance_norm": lambda x, w, b, eps, *how: functional.instance_norm(x, None, None, w, b, True, 0.0, eps),
    **dict.fromkeys(("batch_norm", "batch_norm1d", "batch_norm2d", "batch_norm3d"), _batch_norm),
    **dict.fromkeys(("embedding_byte", "embedding_4bit"), _embedding),
    **dict.fromkeys(("embedding_bag_byte", "embedding_bag_4bit"), _embedding_bag),
}
"""Name of an operation in `torch.ops.quantized` -> the function that is read in its place, without scale and zero."""


def functions() -> Iterator[tuple[Any, Callable[..., Any]]]:
    """Every overload of these operations; with a relu too, and into a tensor that is given."""
    for name, function in FUNCTIONS.items():
        for packet, run in ((name, function), (f"{name}_relu", _then_relu(function))):
            for func in (*overloads(packet), *overloads(f"{packet}_out")):
                yield func, _into(run) if func._schema.is_mutable else run


def overloads(name: str) -> list[Any]:
    """Every overload of an operation of `torch.ops.quantized` and `torch.ops._quantized`; none if there is none."""
    packets = [getattr(space, name, None) for space in (torch.ops.quantized, torch.ops._quantized)]
    return [getattr(packet, each) for packet in packets if packet is not None for each in packet.overloads()]


def _then_relu(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: function(*args, **kwargs).relu()


def _into(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with the tensor that its result is written into as its last argument."""
    return lambda *args, out=None: (args[-1] if out is None else out).copy_(function(*args))
