"""The shapes of a Request's inputs, for kinds of models that take no tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from costcalc.spec.given import shapes
from costcalc.spec.request import Request


def in_shapes(request: Request) -> Request:
    """The Request with the shapes of its tensors, if it has any."""
    given = dict(request.input) if isinstance(request.input, Mapping) else request.input
    input, batch = shapes(given, request.batch)
    return replace(request, input=input, batch=batch)
