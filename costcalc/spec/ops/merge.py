"""Ops that merge several tensors."""

from __future__ import annotations

from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.saves import FACTORS, NOTHING
from costcalc.spec.shapes import Shape, text
from costcalc.spec.sizes import agree, together
from costcalc.spec.trace import op_of_many

__all__ = ["add", "concat", "multiply"]


@op_of_many(keeps_channels_last=True)
def concat(xs: tuple[Shape, ...], *, axis: int = 1) -> Facts:
    """Shapes that agree except along `axis` -> one shape, whose `axis` is their sum.

    Raises SpecError if any other axis differs.
    """
    first = xs[0]
    if not -len(first) <= axis < len(first):
        raise SpecError(f"axis={axis} must be one of the {len(first)} axes")
    axis %= len(first)
    before, after = first[:axis], first[axis + 1 :]
    total = 0
    for x in xs:
        if not (agree(x[:axis], before) and agree(x[axis + 1 :], after)):
            raise SpecError(f"the inputs must agree except along axis {axis}: {text(x)} does not match {text(first)}")
        total = total + x[axis]
    return Facts(
        outputs=((*before, total, *after),),
        settings={"axis": axis},
        torch=TorchCall("torch.cat", {"dim": axis}, packed=True),
        saves=NOTHING,
    )


@op_of_many(elementwise=True)
def add(xs: tuple[Shape, ...]) -> Facts:
    """Two shapes -> the broadcast shape: a shortcut and its branch, element by element.

    Raises SpecError if the shapes cannot be broadcast.
    """
    return Facts(outputs=(_broadcast("add", xs),), torch=TorchCall("operator.add"), saves=NOTHING)


@op_of_many(elementwise=True)
def multiply(xs: tuple[Shape, ...]) -> Facts:
    """Two shapes -> the broadcast shape: a tensor and its gates, element by element. Not a mult-add: nothing is added.

    Raises SpecError if the shapes cannot be broadcast.
    """
    return Facts(outputs=(_broadcast("multiply", xs),), torch=TorchCall("operator.mul"), saves=FACTORS)


def _broadcast(op: str, xs: tuple[Shape, ...]) -> Shape:
    if len(xs) != 2:
        raise SpecError(f"{op} needs two tensors, not {len(xs)}")
    a, b = xs
    out = tuple(map(together, a, b))
    if len(a) != len(b) or None in out:
        raise SpecError(f"{op} needs two tensors of the same shape, but {text(b)} does not match {text(a)}")
    return out
