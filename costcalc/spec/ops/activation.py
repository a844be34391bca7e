"""Non-linearities, softmax and dropout: element by element, no mult-adds."""

from __future__ import annotations

from typing import Any

from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.saves import BESIDE, INPUT, NOTHING, OUTPUT, Extra, Saves
from costcalc.spec.shapes import Shape
from costcalc.spec.trace import op

__all__ = [
    "dropout", "gelu", "hard_sigmoid", "hard_swish", "leaky_relu", "relu", "relu6", "sigmoid", "silu", "softmax",
    "tanh",
]  # fmt: skip


def _elementwise(
    x: Shape, module: str, settings: dict[str, Any], args: dict[str, Any] | None = None, saves: Saves = INPUT
) -> Facts:
    """Any shape -> same shape, by a module of torch.nn. In-place, the output shares the input's memory."""
    aliases = (0,) if settings.get("inplace") else ()
    call = TorchCall(module, settings if args is None else args)
    return Facts((x,), settings=settings, torch=call, aliases=aliases, saves=saves)


@op(elementwise=True)
def relu(x: Shape, *, inplace: bool = False) -> Facts:
    """Any shape -> same shape: max(x, 0)."""
    return _elementwise(x, "ReLU", {"inplace": inplace}, saves=OUTPUT)


@op(elementwise=True)
def relu6(x: Shape, *, inplace: bool = False) -> Facts:
    """Any shape -> same shape: min(max(x, 0), 6)."""
    return _elementwise(x, "ReLU6", {"inplace": inplace})


@op(elementwise=True)
def leaky_relu(x: Shape, *, slope: float = 0.01, inplace: bool = False) -> Facts:
    """Any shape -> same shape: x, or `slope`·x if x is negative."""
    args = {"negative_slope": slope, "inplace": inplace}
    return _elementwise(x, "LeakyReLU", {"slope": slope, "inplace": inplace}, args, OUTPUT if inplace else INPUT)


@op(elementwise=True)
def sigmoid(x: Shape) -> Facts:
    """Any shape -> same shape: 1 / (1 + exp(-x))."""
    return _elementwise(x, "Sigmoid", {}, saves=OUTPUT)


@op(elementwise=True)
def hard_sigmoid(x: Shape, *, inplace: bool = False) -> Facts:
    """Any shape -> same shape: relu6(x + 3) / 6."""
    return _elementwise(x, "Hardsigmoid", {"inplace": inplace})


@op(elementwise=True)
def tanh(x: Shape) -> Facts:
    """Any shape -> same shape: the hyperbolic tangent."""
    return _elementwise(x, "Tanh", {}, saves=OUTPUT)


@op(elementwise=True)
def silu(x: Shape, *, inplace: bool = False) -> Facts:
    """Any shape -> same shape: x·sigmoid(x), also called swish."""
    return _elementwise(x, "SiLU", {"inplace": inplace})


@op(elementwise=True)
def hard_swish(x: Shape, *, inplace: bool = False) -> Facts:
    """Any shape -> same shape: x·relu6(x + 3) / 6."""
    return _elementwise(x, "Hardswish", {"inplace": inplace})


@op(elementwise=True)
def gelu(x: Shape) -> Facts:
    """Any shape -> same shape: x times the standard normal cumulative distribution at x."""
    return _elementwise(x, "GELU", {})


@op
def softmax(x: Shape, *, axis: int = 1) -> Facts:
    """Any shape -> same shape: exp(x), scaled to sum to 1 along `axis`."""
    if not -len(x) <= axis < len(x):
        raise SpecError(f"axis={axis} must be one of the {len(x)} axes")
    return _elementwise(x, "Softmax", {"axis": axis}, {"dim": axis}, OUTPUT)


@op
def dropout(x: Shape, *, p: float = 0.5, inplace: bool = False, channels: bool = False) -> Facts:
    """Any shape -> same shape. In eval mode it is the identity: the output shares the input's memory.

    With `channels`, of (N, C, *any), whole channels are dropped.
    """
    if not 0 <= p <= 1:
        raise SpecError(f"p={p} must be a probability, from 0 to 1")
    if channels and len(x) < 2:
        raise SpecError("dropout of channels needs an input of shape N, C and any axes after")
    settings = {"p": p, "inplace": inplace}
    in_training = (0 if inplace else None,)
    noise = Extra((*x[:2], *(1,) * (len(x) - 2)) if channels else x)  # what it multiplies by
    return Facts(
        (x,),
        settings={**settings, "channels": True} if channels else settings,
        torch=TorchCall(f"Dropout{min(max(len(x) - 2, 1), 3)}d" if channels else "Dropout", settings),
        aliases=(0,),
        train_aliases=in_training if p else (0,),
        saves=NOTHING,
        train_beside=(noise,) if p else (),
        train_saves=BESIDE,
    )
