"""aten operations that are read as others: products fused with a sum, and gradients that the meta device lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from costcalc.convert.torch_reader.quantized import QUANTIZED


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
    """Each row times the matrix of its group. `offs` says by value which one; mult-adds do not depend on it."""
    product = (a[0] if a.dim() > b.dim() else a) @ (b[0] if b.dim() > a.dim() else b)
    return product.expand(len(offs), *product.shape) if a.dim() == b.dim() == 2 else product


def _int_mm(a: Any, b: Any) -> Any:
    return (a @ b).to(torch.int32)


def _weight_int8pack_mm(a: Any, b: Any, scales: Any) -> Any:
    return (a @ b.to(a.dtype).mT) * scales


def _scaled_mm(a: Any, b: Any, *scales: Any, out_dtype: Any = None, **how: Any) -> Any:
    product = a.to(out_dtype or a.dtype) @ b.to(out_dtype or a.dtype)
    return product if how.get("bias") is None else product + how["bias"]


def _trilinear(a: Any, b: Any, c: Any, in_a: Any, in_b: Any, in_c: Any, summed: Any, unroll_dim: int = 1) -> Any:
    """The product of three tensors, summed: of the first two, then with the third. Each lacks the axes `in_...`."""
    axes = range(a.dim() + len(in_a))
    has_a, has_b, has_c = ([chr(97 + axis) for axis in axes if axis not in lacks] for lacks in (in_a, in_b, in_c))
    out = [chr(97 + axis) for axis in axes if axis not in summed]
    between = [each for each in dict.fromkeys(has_a + has_b) if each in has_c or each in out]
    product = torch.einsum(f"{''.join(has_a)},{''.join(has_b)}->{''.join(between)}", a, b)
    return torch.einsum(f"{''.join(between)},{''.join(has_c)}->{''.join(out)}", product, c)


def _euclidean_dist(a: Any, b: Any) -> Any:
    """As ATen's own: (..., N, D + 2) by (..., D + 2, K), with the squares beside the coordinates."""
    squares = [t.pow(2).sum(-1, True) for t in (a, b)]
    ones = [torch.ones_like(square) for square in squares]
    product = torch.cat([a.mul(-2), squares[0], ones[0]], -1) @ torch.cat([b, ones[1], squares[1]], -1).mT
    return product.clamp_min(0).sqrt()


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
    torch.ops.aten._int_mm.default: _int_mm,
    torch.ops.aten._scaled_mm.default: _scaled_mm,
    torch.ops.aten._trilinear.default: _trilinear,
    torch.ops.aten._euclidean_dist.default: _euclidean_dist,
    torch.ops.aten.glu_jvp.default: _glu_jvp,
    torch.ops.aten.glu_backward_jvp.default: _glu_backward_jvp,
}
"""aten operation -> the function that is read in its place."""

REWRITES.update(QUANTIZED)

for name, function in (("_grouped_mm", _grouped_mm), ("_weight_int8pack_mm", _weight_int8pack_mm)):
    if hasattr(torch.ops.aten, name):  # not in older releases
        REWRITES[getattr(torch.ops.aten, name).default] = function
