"""Ops of several tensors: branches come together."""

from __future__ import annotations

from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.shapes import Shape, text
from costcalc.spec.trace import op_of_many

__all__ = ["add", "concat"]


@op_of_many
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
        if x[:axis] != before or x[axis + 1 :] != after:
            raise SpecError(f"the inputs must agree but for axis {axis}, and {text(x)} does not fit {text(first)}")
        total = total + x[axis]
    return Facts(
        outputs=((*before, total, *after),),
        settings={"axis": axis},
        torch=TorchCall("torch.cat", {"dim": axis}, packed=True),
    )


@op_of_many
def add(xs: tuple[Shape, ...]) -> Facts:
    """Two equal shapes -> the same: the sum of a shortcut and its branch.

    Raises SpecError where the shapes differ, or where there are not two.
    """
    if len(xs) != 2 or xs[0] != xs[1]:
        raise SpecError(f"add needs two tensors of one shape, not {', '.join(map(text, xs))}")
    return Facts(outputs=(xs[0],), torch=TorchCall("torch.add"))
