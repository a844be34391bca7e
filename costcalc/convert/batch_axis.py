"""An input that already has the batch axis that is put before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from costcalc.spec.arguments import is_shape
from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import Graph
from costcalc.spec.request import Request
from costcalc.spec.shapes import joined

IMAGES = 4
"""Axes of a batch of images."""


def batch_once(request: Request, read: Callable[[Request], Graph]) -> Graph:
    """Read a model. If it runs at a batch before an image's own batch of 1, the graph's note says so.

    Raises CostcalcError as `read` does, with a hint if the model runs without the first axis of the input.
    """
    shape, batch = request.input, request.batch
    if batch is None or not is_shape(shape) or len(shape) < 2 or shape[0] not in (1, batch):
        return read(request)
    rest = joined(shape[1:])
    try:
        graph = read(request)
    except CostcalcError:
        if not _runs(replace(request, input=tuple(shape[1:])), read):
            raise
        problem = f"input {joined(shape)} has a batch axis of {shape[0]} already: give {rest}, or --batch none"
        raise CostcalcError(f"{request}: {problem}") from None
    if len(shape) == IMAGES and shape[0] == 1 and graph.batch == batch and batch != 1:
        graph = graph.renamed(graph.name)
        graph.note = f"{graph.note} Its input is {joined((batch, *shape))}: if the 1 is a batch, give {rest}.".strip()
    return graph


def _runs(request: Request, read: Callable[[Request], Graph]) -> bool:
    try:
        read(request)
    except CostcalcError:
        return False
    return True
