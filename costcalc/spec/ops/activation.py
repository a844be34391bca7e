"""Non-linearities, softmax and dropout: element by element, no mult-adds."""

from __future__ import annotations

from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.shapes import Shape
from costcalc.spec.trace import op

__all__ = ["dropout", "relu", "softmax"]


@op
def relu(x: Shape, *, inplace: bool = False) -> Facts:
    """Any shape -> the same: max(x, 0)."""
    settings = {"inplace": inplace}
    return Facts((x,), settings=settings, torch=TorchCall("ReLU", settings), fresh="never" if inplace else "always")


@op
def softmax(x: Shape, *, axis: int = 1) -> Facts:
    """Any shape -> the same: exp(x), scaled to sum to 1 along `axis`."""
    if not -len(x) <= axis < len(x):
        raise SpecError(f"axis={axis} must be one of the {len(x)} axes")
    return Facts((x,), settings={"axis": axis}, torch=TorchCall("Softmax", {"dim": axis}))


@op
def dropout(x: Shape, *, p: float = 0.5, inplace: bool = False) -> Facts:
    """Any shape -> the same. In eval mode the input itself, so it puts out elements only in training."""
    if not 0 <= p <= 1:
        raise SpecError(f"p={p} must be a share between 0 and 1")
    settings = {"p": p, "inplace": inplace}
    return Facts((x,), settings=settings, torch=TorchCall("Dropout", settings), fresh="never" if inplace else "train")
