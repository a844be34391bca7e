"""Blocks of a sweep or search on a Dask cluster: each has one key, so that none is lost or doubled if a worker ends."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any
from uuid import uuid4

from distributed import Client, KilledWorker

from costcalc.analysis.many import AHEAD, B, R, in_order
from costcalc.spec.errors import CostcalcError, first_line

SECONDS = 10
"""Time in which the scheduler must answer."""


def on_dask(work: B, evaluate: Callable[[B, range], R], address: str) -> Generator[R, None, None]:
    """The results, in order, by the workers of a scheduler. A block of a worker that ends is computed by another."""
    connect: Any = Client
    try:
        client = connect(address, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError, ImportError, TypeError) as error:
        raise CostcalcError(f"no Dask scheduler at {address!r}: {first_line(error) or 'no answer'}") from None
    with client:
        workers = sum(client.nthreads().values())
        name = f"costcalc-{uuid4().hex}"
        try:
            yield from in_order(
                work,
                lambda points: client.submit(evaluate, work, points, key=f"{name}-{points.start}"),
                AHEAD * max(workers, 1),
            )
        except KilledWorker as error:
            raise CostcalcError(
                f"workers of {address} ended while they computed a block: {first_line(error)}"
            ) from None
