"""Devices: the option's value -> a torch device, and the name of its hardware."""

from __future__ import annotations

import platform

import torch

from costcalc.convert import torch_arguments
from costcalc.spec import CostcalcError, arguments


def pick(name: str) -> torch.device:
    """The torch device. ``auto`` is CUDA if there is a GPU, otherwise the CPU.

    Raises CostcalcError if CUDA is asked for but not available.
    """
    if arguments.text("device", name) == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise CostcalcError("--device cuda: this machine has no CUDA device that torch can use; take cpu or auto")
    return torch_arguments.device(name)


def describe(device: torch.device) -> str:
    """The name of the hardware."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        return _cpu_name()
    return device.type


def _cpu_name() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
