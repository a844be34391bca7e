"""Ops of several tensors: branches come together."""

from __future__ import annotations

from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.shapes import Shape, text
from costcalc.spec.sizes import agree, together
from costcalc.spec.trace import op_of_many

__all__ = ["add", "concat", "multiply"]


@op_of_many(keeps_channels_last=True)
def concat(xs: tuple[Shape, ...], *, axis: int = 1) -> Facts:
    """Shapes that agree but for `axis` -> one shape, its `axis` the sum of theirs.

    Raises SpecError where another axis differs.
    """
    first = xs[0]
    if not -len(first) <= axis < len(first):
        raise SpecError(f"axis={axis} must be one of the {len(first)} axes")
    axis %= len(first)
    before, after = first[:axis], first[axis + 1 :]
    total = 0
    for x in xs:
        if not (agree(x[:axis], before) and agree(x[axis + 1 :], after)):
            raise SpecError(f"the inputs must agree but for axis {axis}, and {text(x)} does not fit {text(first)}")
        total = total + x[axis]
    return Facts(
        outputs=((*before, total, *after),),
        settings={"axis": axis},
        torch=TorchCall("torch.cat", {"dim": axis}, packed=True),
    )


@op_of_many(elementwise=True)
def add(xs: tuple[Shape, ...]) -> Facts:
    """Two shapes -> the larger: a shortcut and its branch, element by element.

    Raises SpecError where an axis differs, but for those of size 1, which repeat.
    """
    return Facts(outputs=(_broadcast("add", xs),), torch=TorchCall("operator.add"))


@op_of_many(elementwise=True)
def multiply(xs: tuple[Shape, ...]) -> Facts:
    """Two shapes -> the larger: a tensor and its gates, element by element. Not a mult-add: nothing is added.

    Raises SpecError where an axis differs, but for those of size 1, which repeat.
    """
    return Facts(outputs=(_broadcast("multiply", xs),), torch=TorchCall("operator.mul"))


def _broadcast(op: str, xs: tuple[Shape, ...]) -> Shape:
    if len(xs) != 2:
        raise SpecError(f"{op} needs two tensors, not {len(xs)}")
    a, b = xs
    out = tuple(map(together, a, b))
    if len(a) != len(b) or None in out:
        raise SpecError(f"{op} needs two tensors of one shape, and {text(b)} does not fit {text(a)}")
    return out
