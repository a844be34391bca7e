"""Mult-adds of the operations that torch runs for a model on the CPU, counted without costcalc."""

from __future__ import annotations

from math import prod
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

KERNEL = "_scaled_dot_product_flash_attention_for_cpu"


def dispatched(model: Any, *inputs: torch.Tensor) -> int:
    """Mult-adds of all operations that a call of the model dispatches, backward ones too."""
    with _Counter() as counter:
        model(*inputs)
    return counter.total


class _Counter(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        self.total += _mult_adds(func._schema.name.removeprefix("aten::"), args, made)
        return made


def _mult_adds(name: str, a: Any, made: Any) -> int:
    """Of a product (m, k) x (k, n) m·k·n; of a convolution, output elements times the window and its channels."""
    match name:
        case "mm" | "bmm":
            return int(a[0].numel() * a[1].shape[-1])
        case "addmm" | "baddbmm":
            return int(a[1].numel() * a[2].shape[-1])
        case "dot" | "mv":
            return int(a[0].numel())
        case "convolution":  # input, weight, bias, stride, padding, dilation, transposed, ...
            return _convolution(a[0] if a[6] else made, a[1])
        case "convolution_backward":  # grad, input, weight, biases, stride, padding, dilation, transposed, ..., mask
            return sum(a[10][:2]) * _convolution(a[1] if a[7] else a[0], a[2])
        case "_scaled_dot_product_flash_attention_for_cpu":
            return _attention(a[0], a[1], 1) + _attention(made[0], a[1], 1)
        case "_scaled_dot_product_flash_attention_for_cpu_backward":  # q k again, of q, of k; of the weights, of v
            return _attention(a[1], a[2], 3) + _attention(a[0], a[2], 2)
    return 0


def _convolution(positions: torch.Tensor, weight: torch.Tensor) -> int:
    return positions.shape[0] * prod(positions.shape[2:]) * weight.numel()


def _attention(queries: torch.Tensor, keys: torch.Tensor, products: int) -> int:
    return products * queries.numel() * keys.shape[-2]
