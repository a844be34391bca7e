"""Check arguments that are devices or dtypes of torch."""

from __future__ import annotations

from typing import Any

import torch

from costcalc.spec import SpecError, arguments
from costcalc.spec.dtypes import torch_name


def device(value: Any) -> torch.device:
    """A torch device, or the device of that name. Raises SpecError if torch cannot make a tensor there."""
    try:
        found = value if isinstance(value, torch.device) else torch.device(arguments.text("device", value))
        torch.empty(0, device=found)
        return found
    except SpecError:
        raise
    except Exception:
        raise arguments.wrong("device", value, "a device that torch can use here, like 'cpu'") from None


def dtype(value: Any, name: str = "dtype") -> torch.dtype:
    """A torch dtype, or the dtype of that name. Raises SpecError for anything else."""
    found = getattr(torch, torch_name(value), None) if isinstance(value, str) else value
    if not isinstance(found, torch.dtype):
        raise arguments.wrong(name, value, "a dtype of torch, like 'float32'")
    return found


def floating(value: Any) -> torch.dtype:
    """A dtype that parameters can have. Raises SpecError unless it is floating point or complex."""
    found = dtype(value)
    if not (found.is_floating_point or found.is_complex):
        raise arguments.wrong("dtype", value, "of floating point, like 'float32'")
    return found
