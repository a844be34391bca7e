"""Target: the device and the dtype that a cost is computed for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from costcalc.spec import arguments
from costcalc.spec.dtypes import is_floating, itemsize, torch_name
from costcalc.spec.errors import CostcalcError
from costcalc.spec.run import AMP

if TYPE_CHECKING:
    from costcalc.analysis.device import Device

TF32 = "tf32"
"""Products of float32 tensors whose factors are rounded to 10 bits: a rate of a device, not a dtype of a tensor."""


class Target(NamedTuple):
    """A device, and torch's name of the dtype of floating-point tensors. None: no device; each tensor has its own."""

    on: Device | None = None
    dtype: str | None = None

    @staticmethod
    def of(on: str | Device | None = None, dtype: str | None = None) -> Target:
        """The Target of a device's name or file, and a dtype in either spelling, or "tf32", or "amp".

        Raises CostcalcError for an unknown device, and for a dtype that is not of floating point.
        """
        if on is None and dtype is None:
            return NOWHERE
        named = None if dtype is None else torch_name(arguments.text("dtype", dtype))
        if named not in (None, TF32, AMP):
            itemsize(named)
            if not is_floating(named):
                raise CostcalcError(f"dtype {dtype!r} is not of floating point; expected one like float16 or fp16")
        device = None
        if on is not None:
            from costcalc.analysis.devices import find  # only if a device is named

            device = find(on)
        if named != TF32:
            return Target(device, named)
        if device is None:
            raise CostcalcError("dtype 'tf32' is a rate of a device; name the device as well, like --on a100")
        return Target(device.in_tf32(), "float32")

    @property
    def run_in(self) -> str:
        """The dtype in which a model is run to be timed.

        Raises CostcalcError for "amp": no pass is timed under autocast.
        """
        if self.dtype == AMP:
            raise CostcalcError("time is not measured under autocast; leave dtype 'amp' out")
        return self.dtype or "float32"


NOWHERE = Target()
