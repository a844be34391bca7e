"""aten operations that are read as others: products fused with a sum, and gradients that the meta device lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


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
"""aten operation -> the function that is read in its place."""

if hasattr(torch.ops.aten, "_grouped_mm"):  # from torch 2.7 on
    REWRITES[torch.ops.aten._grouped_mm.default] = _grouped_mm
