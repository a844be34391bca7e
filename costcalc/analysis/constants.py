"""The constants that a run's times are predicted with: its device's own, or made from other ones by printed rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from costcalc.analysis.device import COMPILED, OF_KERNELS, Device
from costcalc.analysis.devices import devices
from costcalc.analysis.kernel_times import in_dtype, scaled
from costcalc.spec.errors import CostcalcError
from costcalc.spec.run import AMP, Run

LOWER = "float16"
"""The dtype of products under autocast."""

DTYPES = ("float32", "float16", "bfloat16")
"""Dtypes, TF32 among them, whose constants may be made from those of autocast."""

PEAKS_JUDGED = "on an H200 ten networks so predicted were off by 9 to 18 % in the median"
OTHERS_JUDGED = "each GeForce GPU so predicted was off by 7 to 13 % in the median"
HBM_JUDGED = "which no measured time has judged"


class Constants(NamedTuple):
    """Seconds per unit of each kind of work, and where they come from.

    setting  the dtype that they were fitted or measured in, or "amp"; and if the networks were compiled
    origin   how they were made
    """

    seconds: Mapping[str, float]
    setting: str
    origin: str

    @property
    def of_kernels(self) -> bool:
        """True if they are of kernels, otherwise of layers."""
        return set(self.seconds) == set(OF_KERNELS)


def constants_of(run: Run) -> Constants:
    """The constants of a run's device and dtype, from the first of these that there are.

    Its own; under autocast those of float16; those of autocast, by the peak of the dtype; and the same of GPUs of its
    class that were fitted, by the device's printed rates. All but its own are for NVIDIA GPUs alone.
    Raises CostcalcError if there are none.
    """
    device: Device = run.on
    compiled = COMPILED if device.compiled else ""
    setting, base = (AMP if run.autocast else run.dtype) + compiled, AMP + compiled
    own = device.constants
    if setting in own:
        return Constants(own[setting], setting, f"constants {device.constants_source}")
    if device.cuda and run.autocast and LOWER + compiled in own:
        return Constants(own[LOWER + compiled], setting, f"constants of {LOWER}, {device.constants_source}")
    if device.cuda and (run.autocast or run.dtype in DTYPES):
        found = _of_autocast(device, base)
        if found is not None:
            return found if run.autocast else _by_peak(found, device, run.dtype)
    have = f"; it has constants for {', '.join(own)}" if own else ": its file has no constants of times; see bound"
    raise CostcalcError(f"{device.name} has no estimate of times in {setting}{have}")


def has_constants(run: Run) -> bool:
    """True if there are constants for a run's device and dtype."""
    try:
        constants_of(run)
    except CostcalcError:
        return False
    return True


def fitted_alike(device: Device, setting: str) -> list[Device]:
    """The NVIDIA GPUs with constants for a setting whose memory is of the same kind."""
    found = [each for each in devices().values() if setting in each.constants and each.cuda]
    return [each for each in found if each.stacked == device.stacked]


def _of_autocast(device: Device, base: str) -> Constants | None:
    """A device's own constants of autocast, or those of devices of its class, scaled; None if there are none."""
    if base in device.constants:
        return Constants(device.constants[base], base, f"constants of autocast, {device.constants_source}")
    fitted = fitted_alike(device, base)
    if not fitted or "printed" not in device.cells["bandwidth"]:  # efficiencies are relative to printed rates
        return None
    made = scaled(device, [(each, each.constants[base]) for each in fitted], LOWER)
    names = ", ".join(each.name for each in fitted)
    origin = f"constants of {names}, scaled by the printed peak and bandwidth of {device.name}"
    return Constants(made, base, f"{origin}: {HBM_JUDGED if device.stacked else OTHERS_JUDGED}")


def _by_peak(found: Constants, device: Device, dtype: str) -> Constants:
    made = in_dtype(found.seconds, device, LOWER, dtype)
    return Constants(made, found.setting, f"{found.origin}; mult-adds by its peak in this dtype: {PEAKS_JUDGED}")
