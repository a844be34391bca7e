"""Predicted time of kernels, from constants of a device.

The mult-adds and the bytes of a kernel overlap: it takes ``((mult-adds · a)^P + (bytes · b)^P)^(1/P)`` seconds, where a
and b are constants of its kind. A GPU runs kernels while the CPU calls the next ones: a network takes the larger of
the two sums. A CPU calls and runs them in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import exp, log
from typing import Any, NamedTuple

from costcalc.analysis.device import OF_KERNELS, Device
from costcalc.analysis.fusion import fused
from costcalc.analysis.kernels import Kernel, kernels
from costcalc.spec.node import Node
from costcalc.spec.run import Run

OVERLAP = 2.0
"""P: 1 would add the two, infinity take the larger one."""


class Work(NamedTuple):
    """The constants of a kind of kernel.

    compute  the constant of its mult-adds; empty: it has none, or they never limit it
    memory   the constant of its bytes
    """

    compute: str
    memory: str


WORK = {
    "conv": Work("conv", "conv_bytes"),
    "grouped": Work("grouped", "conv_bytes"),
    "depthwise": Work("", "depthwise_bytes"),
    "depthwise_wide": Work("depthwise_wide", "depthwise_bytes"),
    "depthwise_last": Work("depthwise_last", "conv_bytes"),
    "linear": Work("linear", "product_bytes"),
    "attention": Work("attention", "product_bytes"),
    "norm_bytes": Work("", "norm_bytes"),
    "bytes": Work("", "bytes"),
    "copy_bytes": Work("", "conv_bytes"),
}
"""By the kind of a kernel: see `costcalc.analysis.kernels`."""


def kernels_of(run: Run, compiled: bool) -> list[Kernel]:
    """The kernels of a run; if it is compiled, those that a compiler joins as one."""
    found = kernels(run)
    return fused(found) if compiled else found


def seconds(kernel: Kernel, constants: Mapping[str, float]) -> float:
    """The predicted seconds of a kernel, without those of its call."""
    work = WORK[kernel.kind]
    compute = kernel.macs * constants[work.compute] if work.compute else 0.0
    return float(joint(compute, kernel.nbytes * constants[work.memory]))


def joint(compute: Any, memory: Any) -> Any:
    """Seconds of a kernel whose mult-adds and bytes overlap: numbers, or arrays of them."""
    return (compute**OVERLAP + memory**OVERLAP) ** (1 / OVERLAP)


def by_node(found: Iterable[Kernel], constants: Mapping[str, float], queued: bool) -> dict[Node, float]:
    """The predicted seconds of each layer that runs a kernel; those of joined kernels at the first one's layer.

    queued  True if calls and kernels overlap, as on a GPU: all layers have either the seconds of their calls, or those
            of their kernels, whichever are more in total
    """
    kernels: dict[Node, float] = {}
    calls: dict[Node, float] = {}
    for kernel in found:
        node = kernel.node
        kernels[node] = kernels.get(node, 0.0) + seconds(kernel, constants)
        calls[node] = calls.get(node, 0.0) + constants["op"] * kernel.call
    if not queued:
        return {node: kernels[node] + calls[node] for node in kernels}
    return max(kernels, calls, key=lambda each: sum(each.values()))


def scaled(device: Device, fitted: Iterable[tuple[Device, Mapping[str, float]]], dtype: str) -> dict[str, float]:
    """Constants of a device that was not fitted: the mean efficiency of the fitted ones, at its own rates.

    Seconds per mult-add go by the peak in a dtype, seconds per byte by the bandwidth, seconds per call stay.
    """
    known = list(fitted)
    found = {}
    for kind in OF_KERNELS:
        logs = [log(constants[kind]) - log(_unit(kind, other, dtype)) for other, constants in known]
        found[kind] = float(f"{exp(sum(logs) / len(logs)) * _unit(kind, device, dtype):.4g}")
    return found


def in_dtype(constants: Mapping[str, float], device: Device, known: str, dtype: str) -> dict[str, float]:
    """Constants of a device for products in a dtype, from those that are known for another one.

    Seconds per mult-add go by the peaks of the two; seconds per byte and per call stay.
    """
    slower = device.flops(known) / device.flops(dtype)
    return {
        kind: number if kind == "op" or kind.endswith("bytes") else number * slower
        for kind, number in constants.items()
    }


def _unit(kind: str, device: Device, dtype: str) -> float:
    """The seconds per unit of a kind at the device's printed rates."""
    if kind == "op":
        return 1.0
    return 1 / device.bandwidth if kind.endswith("bytes") else 2 / device.flops(dtype)
