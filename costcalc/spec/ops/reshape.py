"""Ops that only move or rename elements."""

from __future__ import annotations

from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts, TorchCall
from costcalc.spec.shapes import Shape, numel
from costcalc.spec.trace import op

__all__ = ["flatten"]


@op
def flatten(x: Shape, *, start: int = 1) -> Facts:
    """(N, a, b, ...) -> (N, a·b·...): all axes from `start` on become one. A view."""
    if not 0 <= start < len(x):
        raise SpecError(f"start={start} must be one of the {len(x)} axes")
    return Facts(
        outputs=((*x[:start], numel(x[start:])),),
        settings={"start": start},
        torch=TorchCall("torch.flatten", {"start_dim": start}),
        fresh="never",
    )
