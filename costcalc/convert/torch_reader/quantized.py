"""Operations of quantized layers (torch.ao.nn.quantized), which do not run on the meta device, as those of floats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.nn import functional


def _rounded(x: Any, *how: Any) -> Any:
    return x.round()


def _fake(x: Any, *how: Any) -> Any:
    return x.round(), x > 0


def _linear(x: Any, packed: Any, *how: Any) -> Any:
    return functional.linear(x, *_like(packed))


def _conv(x: Any, packed: Any, *how: Any) -> Any:
    weight, bias = _like(packed)
    run: Any = (functional.conv1d, functional.conv2d, functional.conv3d)[x.dim() - 3]
    settings = (packed.stride(), packed.padding(), packed.dilation())
    if weight.dim() > x.dim():  # of one axis, packed as two
        weight, run = weight.squeeze(2), functional.conv1d
        settings = tuple(each[-1:] for each in settings)
    return run(x, weight, bias, *map(list, settings), packed.groups())


def _like(packed: Any) -> list[Any]:
    """Weight and bias as floats on the meta device, without values."""
    with torch._C._DisableTorchDispatch():
        return [None if t is None else torch.empty(t.shape, device="meta") for t in packed.unpack()]


def _rewrites() -> Iterator[tuple[Any, Callable[..., Any]]]:
    aten = torch.ops.aten
    yield aten._fake_quantize_per_tensor_affine_cachemask_tensor_qparams.default, _fake
    for overload in ("default", "tensor_qparams"):
        yield getattr(aten.quantize_per_tensor, overload), _rounded
    yield aten.quantize_per_tensor_dynamic.default, _rounded
    yield aten.dequantize.self, _rounded
    for name in ("linear", "linear_relu", "linear_dynamic", "linear_relu_dynamic"):
        yield getattr(torch.ops.quantized, name).default, _linear
    for axes in (1, 2, 3):
        for name in (f"conv{axes}d", f"conv{axes}d_relu"):
            packet = getattr(torch.ops.quantized, name)
            yield getattr(packet, "new" if "new" in packet.overloads() else "default"), _conv


QUANTIZED: dict[Any, Callable[..., Any]] = dict(_rewrites())
"""Operation -> the function that is read in its place."""
