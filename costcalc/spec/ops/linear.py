"""Fully connected layers, and distances to fixed vectors."""

from __future__ import annotations

from costcalc.spec.count import product
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, Gradient, TorchCall, gradients_of_product
from costcalc.spec.saves import FACTORS, Extra, Saves
from costcalc.spec.shapes import Shape
from costcalc.spec.sizes import positive
from costcalc.spec.trace import op

__all__ = ["linear", "rbf"]


@op(composite=True)
def linear(x: Shape, width: int, *, bias: bool = True) -> Facts:
    """(N, ..., D_in) -> (N, ..., width).

    Mult-adds: ``N · (axes between) · D_in · D_out``, the bias left out.

    The last axis is the features, as in torch: (N, C, H, W) needs `flatten` before it.

    Raises SpecError if there is no feature axis, or the width is not a positive integer.
    """
    if len(x) < 2:
        raise SpecError("linear needs an input of shape N, ..., features")
    positive("width", width)
    d_in = x[-1]
    weights: dict[str, Shape] = {"weight": (width, d_in)}
    if bias:
        weights["bias"] = (width,)
    between = {f"L_{i}" if len(x) > 3 else "L": size for i, size in enumerate(x[1:-1], 1)}
    macs = product(N=x[0], **between, D_in=d_in, D_out=width)
    return Facts(
        outputs=((*x[:-1], width),),
        macs=macs,
        gradients=gradients_of_product(macs, (0,), ("weight",)),
        weights=weights,
        settings={"width": width, "bias": bias},
        saves=FACTORS,
        torch=TorchCall("Linear", {"in_features": d_in, "out_features": width, "bias": bias}),
    )


@op
def rbf(x: Shape, width: int) -> Facts:
    """(N, D_in) -> (N, width): squared distances to `width` fixed vectors (LeCun et al. 1998, §II.B, Euclidean RBF).

    Mult-adds: ``N · D_in · D_out``, one per difference, squared and added. The vectors are a buffer: no params, and
    the gradient of the input alone, a sum of differences times the gradients of the distances.

    Raises SpecError if the input does not have two axes, or the width is not a positive integer.
    """
    if len(x) != 2:
        raise SpecError("rbf needs an input of shape N, features")
    positive("width", width)
    n, d_in = x
    macs = product(N=n, D_in=d_in, D_out=width)
    return Facts(
        outputs=((n, width),),
        macs=macs,
        gradients=(Gradient((0,), macs),),
        buffers={"vectors": (width, d_in)},
        settings={"width": width},
        beside=(Extra((n, width, 2 * d_in - 1)),),  # the differences and their squares, before the sums
        saves=Saves(extra=(Extra((n, width, d_in)),)),
        torch=TorchCall("RBF", {"in_features": d_in, "out_features": width}),
    )
