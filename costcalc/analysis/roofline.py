"""The roofline model: what limits each layer on a device, its peak rate or its memory bandwidth.

S. Williams, A. Waterman and D. Patterson, Roofline: an insightful visual performance model for multicore architectures,
Communications of the ACM 52(4), 2009.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from costcalc.analysis.device import Device
from costcalc.analysis.quantities.bytes_moved import QUANTITY as BYTES_MOVED
from costcalc.analysis.quantities.mult_adds import QUANTITY as MULT_ADDS
from costcalc.analysis.tensor_dtypes import output_dtypes
from costcalc.spec.dtypes import is_floating
from costcalc.spec.errors import CostcalcError
from costcalc.spec.node import Node
from costcalc.spec.run import Run
from costcalc.spec.sizes import known

FLOPS_PER_MULT_ADD = 2
"""Devices print FLOP/s: a multiply and an add."""


class Limit(NamedTuple):
    """Seconds of a layer at a device's peak, and at its memory bandwidth."""

    compute: float
    memory: float

    @property
    def seconds(self) -> float:
        """The larger of the two."""
        return max(self.compute, self.memory)

    @property
    def by(self) -> Literal["compute", "memory", ""]:
        """The one that limits; empty if the layer does nothing."""
        return "" if not self.seconds else "compute" if self.compute > self.memory else "memory"


def limits(run: Run) -> Mapping[Node, Limit | None]:
    """The Limit of every node; None if its mult-adds or its bytes are unknown.

    Raises CostcalcError if the device has no rate for a dtype that a product has, and for sizes that are not numbers.
    """
    device: Device = run.on
    macs, moved, dtypes = MULT_ADDS.layers(run), BYTES_MOVED.layers(run), output_dtypes(run)
    found: dict[Node, Limit | None] = {}
    for node in run.graph.nodes:
        numbers = macs[node].number, moved[node].number
        if "unknown" in (macs[node].status, moved[node].status):
            found[node] = None
            continue
        if not all(map(known, numbers)):
            raise CostcalcError("times on a device need sizes that are integers, not arrays or symbols")
        made = dtypes.get((node, 0), run.dtype)
        rate = device.flops(made if is_floating(made) else run.dtype) if numbers[0] else 1
        found[node] = Limit(FLOPS_PER_MULT_ADD * numbers[0] / rate, numbers[1] / device.bandwidth)
    return found


def ridge(device: Device, dtype: str) -> float:
    """Mult-adds per byte from which on a layer is limited by the peak."""
    return device.flops(dtype) / FLOPS_PER_MULT_ADD / device.bandwidth
