"""The torch models that `costcalc.verify` and `costcalc.time` run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from costcalc import models
from costcalc.openers import read
from costcalc.spec.errors import CostcalcError
from costcalc.spec.progress import steps
from costcalc.spec.request import Request

if TYPE_CHECKING:
    from costcalc.measure.subject import Subject


def subjects(given: Sequence[Any], options: Mapping[str, Any], name: str) -> list[tuple[Subject, Request]]:
    """Each model with its Request.

    Raises CostcalcError if there are none, and as `costcalc.graph` does.
    """
    if not given:
        raise CostcalcError(f"expected one model or more, like: costcalc.{name}('googlenet')")
    from costcalc.measure.subject import Subject

    requests = [models.request_of(model, **options) for model in given]
    return [(Subject(read(request), request), request) for request in steps(requests, "reading")]
