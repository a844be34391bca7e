"""The blocks of a sweep on a Dask cluster: each has one key, so that none is lost or doubled if a worker ends."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from uuid import uuid4

from distributed import Client, KilledWorker

from costcalc.analysis.many import AHEAD, in_order
from costcalc.analysis.sweep import Block, Sweep, evaluate
from costcalc.spec.errors import CostcalcError, first_line

SECONDS = 10
"""Time in which the scheduler must answer."""


def on_dask(sweep: Sweep, address: str) -> Generator[Block, None, None]:
    """The blocks, in order, by the workers of a scheduler. A block of a worker that ends is computed by another."""
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
                sweep,
                lambda points: client.submit(evaluate, sweep, points, key=f"{name}-{points.start}"),
                AHEAD * max(workers, 1),
            )
        except KilledWorker as error:
            raise CostcalcError(
                f"workers of {address} ended while they computed a block: {first_line(error)}"
            ) from None
