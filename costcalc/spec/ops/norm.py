"""Normalisation. No mult-adds: at inference it folds into the layer before it. Some tools count it."""

from __future__ import annotations

from typing import Any

from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.saves import INPUT, INPUT_AND_BESIDE, Extra, Saves
from costcalc.spec.shapes import Shape, numel, spatial
from costcalc.spec.sizes import divides, holds, known, unequal
from costcalc.spec.trace import op

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "lrn"]


@op(keeps_channels_last=True)
def batch_norm(x: Shape, *, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True) -> Facts:
    """(N, C, *any) -> same shape. Params: one scale and one shift per channel; the running statistics are buffers."""
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
        saves=INPUT,
        train_beside=(Extra((channels,)),) * 2,  # mean and deviation of the batch
        train_saves=INPUT_AND_BESIDE,
    )


@op(elementwise=True)
def lrn(x: Shape, *, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Facts:
    """(N, C, *any) -> same shape: local response normalisation over `size` channels (Krizhevsky et al. 2012, §3.3)."""
    if not known(size) or size < 1:
        raise SpecError(f"size={size!r} must be a positive integer: the number of channels in the window")
    settings = {"size": size, "alpha": alpha, "beta": beta, "k": k}
    call = TorchCall("LocalResponseNorm", settings)
    if len(x) < 3:
        return Facts(outputs=(x,), settings=settings, torch=call)
    padded = Extra((x[0], x[1] + size - 1, *x[2:]))  # the squares, which a pool averages
    few = known(x[1]) and size - 1 > x[1]  # then the squares and their padded copy are more than three of its inputs
    return Facts(
        outputs=(x,),
        settings=settings,
        torch=call,
        beside=(padded,) if few else (Extra(x), Extra(x)),
        saves=Saves((0,), extra=(padded, Extra(x), Extra(x))),
    )


@op
def layer_norm(x: Shape, *, axes: int = 1, eps: float = 1e-5, affine: bool = True, bias: bool = True) -> Facts:
    """(N, ..., D) -> same shape: each position separately, over the last `axes` axes (Ba et al. 2016).

    Params: a scale and, with `bias`, a shift per element of these axes; none without `affine`.

    Raises SpecError if the input has fewer axes, without the batch.
    """
    if not known(axes) or not 1 <= axes < len(x):
        raise SpecError(f"axes={axes!r} must be a number of last axes, from 1 to {len(x) - 1}, the batch left out")
    last = x[-axes:]
    weights: dict[str, Shape] = {}
    if affine:
        weights = {"weight": last, "bias": last} if bias else {"weight": last}
    return Facts(
        outputs=(x,),
        weights=weights,
        settings={"axes": axes, "eps": eps, "affine": affine, "bias": bias},
        beside=(Extra((*x[:-axes], *(1,) * axes)),) * 2,  # mean and deviation
        saves=INPUT_AND_BESIDE,
        torch=TorchCall(
            "LayerNorm", {"normalized_shape": last, "eps": eps, "elementwise_affine": affine, "bias": bias}
        ),
    )


@op(keeps_channels_last=True)
def group_norm(x: Shape, *, groups: int, eps: float = 1e-5, affine: bool = True) -> Facts:
    """(N, C, *any) -> same shape: over the channels of a group and all positions (Wu & He 2018).

    Params: one scale and one shift per channel. Raises SpecError if the groups do not divide the channels, or if
    a group has only one element (torch refuses that for the whole batch).
    """
    if len(x) < 2:
        raise SpecError("group_norm needs an input of shape N, C and any axes after")
    channels = x[1]
    if not known(groups) or groups < 1 or not divides(groups, channels):
        raise SpecError(f"groups={groups!r} must divide the {channels} channels")
    if not holds(unequal(x[0] * (channels // groups) * numel(x[2:]), 1)):
        raise SpecError("group_norm needs more than one element per group")
    return Facts(
        outputs=(x,),
        weights={"weight": (channels,), "bias": (channels,)} if affine else {},
        settings={"groups": groups, "eps": eps, "affine": affine},
        beside=(Extra((x[0], groups)),) * 2,  # mean and deviation
        saves=INPUT_AND_BESIDE,
        torch=TorchCall("GroupNorm", {"num_groups": groups, "num_channels": channels, "eps": eps, "affine": affine}),
    )


@op(composite=True)
def instance_norm(x: Shape, *, eps: float = 1e-5, affine: bool = False) -> Facts:
    """(N, C, *size) -> same shape: each channel of each input separately, over its positions (Ulyanov et al. 2016).

    Params: none, or with `affine` one scale and one shift per channel. Raises SpecError if a channel has only
    one position.
    """
    size = spatial(x, "instance_norm")
    if not holds(unequal(numel(size), 1)):
        raise SpecError("instance_norm needs more than one position per channel")
    channels = x[1]
    settings: dict[str, Any] = {"eps": eps, "affine": affine}
    own = Extra((x[0] * channels,))  # mean and deviation, and the scale and shift again for each input
    return Facts(
        outputs=(x,),
        weights={"weight": (channels,), "bias": (channels,)} if affine else {},
        settings=settings,
        beside=(own,) * (4 if affine else 2),
        saves=Saves((0,), extra=(own,) * (3 if affine else 2)),
        torch=TorchCall(f"InstanceNorm{len(size)}d", {"num_features": channels, **settings}),
    )
