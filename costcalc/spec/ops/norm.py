"""Normalisation. No mult-adds: at inference it folds into the layer before it; tools that count it say so."""

from __future__ import annotations

from typing import Any

from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.shapes import Shape
from costcalc.spec.trace import op

__all__ = ["batch_norm", "lrn"]


@op
def batch_norm(x: Shape, *, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True) -> Facts:
    """(N, C, *any) -> the same. Params: a scale and a shift a channel; the running statistics are buffers."""
    if not 2 <= len(x) <= 5:
        raise SpecError(f"batch_norm needs an input of shape N, C and up to 3 spatial axes, not {len(x)} axes")
    channels = x[1]
    weights: dict[str, Shape] = {"weight": (channels,), "bias": (channels,)} if affine else {}
    settings: dict[str, Any] = {"eps": eps, "momentum": momentum, "affine": affine}
    return Facts(
        outputs=(x,),
        weights=weights,
        buffers={"running_mean": (channels,), "running_var": (channels,), "num_batches_tracked": ()},
        settings=settings,
        torch=TorchCall(f"BatchNorm{max(1, len(x) - 2)}d", {"num_features": channels, **settings}),
    )


@op
def lrn(x: Shape, *, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Facts:
    """(N, C, *any) -> the same: local response normalisation over `size` channels (Krizhevsky et al. 2012, §3.3)."""
    if type(size) is not int or size < 1:
        raise SpecError(f"size={size!r} must be a positive integer: the number of channels in the window")
    settings = {"size": size, "alpha": alpha, "beta": beta, "k": k}
    return Facts(outputs=(x,), settings=settings, torch=TorchCall("LocalResponseNorm", settings))
