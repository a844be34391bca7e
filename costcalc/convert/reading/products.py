"""aten's convolutions and products of matrices as ops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from costcalc.convert.reading.aten import Use, each, handler, weights


@handler("conv1d", "conv2d", "conv3d", "convolution", "_convolution")
def _conv(func: Any, a: Mapping[str, Any]) -> Use | None:
    x, weight = a["input"], a["weight"]
    if x.dim() != weight.dim():
        return None
    padding = {"same": "same", "valid": 0}.get(a["padding"], 0) if isinstance(a["padding"], str) else a["padding"]
    settings = {
        "k": tuple(weight.shape[2:]),
        "stride": each(a["stride"], x),
        "padding": padding if isinstance(padding, str) else each(padding, x),
        "dilation": each(a["dilation"], x),
        "groups": a["groups"],
        "bias": a["bias"] is not None,
    }
    if not a.get("transposed", False):
        return Use("conv", [x], {"width": weight.shape[0], **settings}, weights(a))
    settings["output_padding"] = each(a["output_padding"], x)
    return Use("conv_transpose", [x], {"width": weight.shape[1] * a["groups"], **settings}, weights(a))


@handler("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def _conv_transpose(func: Any, a: Mapping[str, Any]) -> Use | None:
    return _conv(func, {**a, "transposed": True})


@handler("linear")
def _linear(func: Any, a: Mapping[str, Any]) -> Use | None:
    settings = {"width": a["weight"].shape[0], "bias": a["bias"] is not None}
    return Use("linear", [a["input"]], settings, weights(a)) if a["weight"].dim() == 2 else None


@handler("matmul", "mm", "bmm")
def _matmul(func: Any, a: Mapping[str, Any]) -> Use | None:
    return Use("matmul", [a["self"], a["other"] if "other" in a else a["mat2"]], {})


@handler("einsum")
def _einsum(func: Any, a: Mapping[str, Any]) -> Use | None:
    return Use("einsum", list(a["tensors"]), {"equation": a["equation"]}) if a["path"] is None else None


@handler("scaled_dot_product_attention")
def _attention(func: Any, a: Mapping[str, Any]) -> Use | None:
    if a["query"].shape[:-2] != a["key"].shape[:-2] and not a.get("enable_gqa"):
        return None
    inputs = [a[key] for key in ("query", "key", "value", "attn_mask") if a[key] is not None]
    return Use("scaled_dot_product_attention", inputs, {"causal": a["is_causal"]})


def _plus(product: torch.Tensor, other: torch.Tensor, beta: float) -> torch.Tensor:
    return product if beta == 0 else product + other


def _addmm(c: Any, a: Any, b: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    return _plus(a @ b, c, beta)


def _addmv(c: Any, a: Any, b: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    return _plus(_mv(a, b), c, beta)


def _addbmm(c: Any, a: Any, b: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    return _plus((a @ b).sum(0), c, beta)


def _mv(a: Any, b: Any) -> Any:
    return (a @ b.unsqueeze(-1)).squeeze(-1)


def _dot(a: Any, b: Any) -> Any:
    return (a.unsqueeze(0) @ b.unsqueeze(-1)).reshape(())


def _grouped_mm(a: Any, b: Any, offs: Any = None, bias: Any = None, out_dtype: Any = None) -> Any:
    """Each row times the matrix of its group. `offs` says by value which that is: the products are as many anyway."""
    product = (a[0] if a.dim() > b.dim() else a) @ (b[0] if b.dim() > a.dim() else b)
    return product.expand(len(offs), *product.shape) if a.dim() == b.dim() == 2 else product


def _glu_jvp(glu: Any, x: Any, dx: Any, dim: int) -> Any:
    return glu + dx.chunk(2, dim)[0]


def _glu_backward_jvp(grad_x: Any, grad_glu: Any, x: Any, dgrad_glu: Any, dx: Any, dim: int) -> Any:
    return grad_x + dx


REWRITES: dict[Any, Callable[..., Any]] = {
    torch.ops.aten.addmm.default: _addmm,
    torch.ops.aten.baddbmm.default: _addmm,
    torch.ops.aten.addmv.default: _addmv,
    torch.ops.aten.addbmm.default: _addbmm,
    torch.ops.aten.mv.default: _mv,
    torch.ops.aten.dot.default: _dot,
    torch.ops.aten.vdot.default: _dot,
    torch.ops.aten.glu_jvp.default: _glu_jvp,
    torch.ops.aten.glu_backward_jvp.default: _glu_backward_jvp,
}
"""Products in other clothes, and operations that the meta device lacks: what is read in their place."""

if hasattr(torch.ops.aten, "_grouped_mm"):  # from torch 2.7 on
    REWRITES[torch.ops.aten._grouped_mm.default] = _grouped_mm
