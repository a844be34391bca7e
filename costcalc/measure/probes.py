"""Constants of kernels, measured: a few small networks, each of one kind of work, and the seconds that they take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch

from costcalc.analysis.device import OF_KERNELS
from costcalc.analysis.kernels import kernels
from costcalc.measure.setting import Setting
from costcalc.measure.subject import Subject
from costcalc.spec import Graph, Tensor, trace
from costcalc.spec import ops as spec
from costcalc.spec.run import Run
from costcalc.spec.shapes import Shape

BATCH = {"cpu": 4, "cuda": 64}
"""Of the inputs of all networks but the one of calls."""


class Probe(NamedTuple):
    """A network of one kind of work: how it is built, and the shape of one input."""

    build: Callable[[Tensor], Tensor]
    shape: Shape

    def graph(self, batch: int) -> Graph:
        """The network at a batch."""
        return trace(self.build, (batch, *self.shape))


def _calls(x: Tensor) -> Tensor:
    """Three kernels per step, each of which takes no time beside its call."""
    for i in range(8):
        x = spec.conv(x, f"conv{i}", 8, k=3, padding=1, bias=False)
        x = spec.relu(spec.batch_norm(x, f"norm{i}"), f"relu{i}")
    return x


def _norm(x: Tensor) -> Tensor:
    return spec.layer_norm(x, "layer_norm")


def _elementwise(x: Tensor) -> Tensor:
    return spec.add(spec.relu(spec.batch_norm(x, "batch_norm"), "relu"), x, name="add")


def _attention(x: Tensor) -> Tensor:
    return spec.scaled_dot_product_attention(x, x, x, name="attention")


def _conv(out: int, k: int, groups: int = 1) -> Callable[[Tensor], Tensor]:
    return lambda x: spec.conv(x, "conv", out, k=k, padding=k // 2, groups=groups, bias=False)


def _linear(out: int) -> Callable[[Tensor], Tensor]:
    return lambda x: spec.linear(x, "linear", out)


def _last(x: Tensor) -> Tensor:
    x = spec.transpose(x, "channels_last", axes=(0, 3, 1, 2))
    return _conv(x.shape[1], 7, x.shape[1])(x)


PROBES = {
    "op": Probe(_calls, (8, 8, 8)),
    "bytes": Probe(_elementwise, (256, 28, 28)),
    "norm_bytes": Probe(_norm, (784, 384)),
    "depthwise_bytes": Probe(_conv(96, 3, 96), (96, 56, 56)),
    "conv": Probe(_conv(256, 3), (256, 28, 28)),
    "conv_bytes": Probe(_conv(64, 1), (64, 56, 56)),
    "linear": Probe(_linear(3072), (196, 768)),
    "product_bytes": Probe(_linear(96), (3136, 96)),
    "grouped": Probe(_conv(256, 3, 32), (256, 28, 28)),
    "depthwise_wide": Probe(_conv(96, 7, 96), (96, 56, 56)),
    "depthwise_last": Probe(_last, (56, 56, 96)),
    "attention": Probe(_attention, (12, 197, 64)),
}
"""By the constant that a network is for: sizes as they are common in networks for images of 224 x 224."""

PAIRS = {"conv": "conv_bytes", "linear": "product_bytes"}
"""Constants of mult-adds and of bytes that two networks have between them."""

BYTES = {"grouped": "conv_bytes", "depthwise_wide": "depthwise_bytes", "depthwise_last": "conv_bytes",
         "attention": "product_bytes"}  # fmt: skip
"""Constants of mult-adds, and the one of their bytes, which is known before."""

LEAST = 0.25
"""The least share of a network's seconds that its own kind of work has, whatever the other one would take."""


class Work(NamedTuple):
    """What the kernels of a network do, and the seconds that they take."""

    calls: int
    macs: float
    nbytes: int
    seconds: float


def measured_constants(
    device: torch.device, dtype: str, least: Callable[[Callable[[], Any]], float]
) -> dict[str, float] | None:
    """The constants of kernels in a dtype, or "tf32"; None if torch cannot run one of the networks in it.

    least  gives the least seconds of a run
    """
    try:
        return constants({kind: _measure(probe, kind, device, dtype, least) for kind, probe in PROBES.items()})
    except (RuntimeError, NotImplementedError):
        return None


def _measure(
    probe: Probe, kind: str, device: torch.device, dtype: str, least: Callable[[Callable[[], Any]], float]
) -> Work:
    graph, setting = probe.graph(1 if kind == "op" else BATCH[device.type]), Setting(dtype)
    found = kernels(Run(graph, dtype="float32" if dtype == "tf32" else dtype))
    model, inputs = setting.build(Subject(graph), device)
    with setting.active():
        taken = least(lambda: model(*inputs))
    macs, nbytes = sum(each.macs for each in found), sum(each.nbytes for each in found)
    return Work(sum(each.call for each in found), macs, nbytes, taken)


def constants(works: Mapping[str, Work]) -> dict[str, float]:
    """Seconds per unit with which each network takes its seconds, as `costcalc.analysis.kernel_times` adds them up."""
    found = {kind: each.seconds / each.nbytes for kind, each in works.items() if kind.endswith("bytes")}
    found["op"] = works["op"].seconds / works["op"].calls
    for compute, memory in PAIRS.items():
        a, b = works[compute], works[memory]
        # (a.macs x)^2 + (a.nbytes y)^2 = a.seconds^2, and the same of b
        square = (a.seconds * b.macs) ** 2 - (b.seconds * a.macs) ** 2
        over = (a.nbytes * b.macs) ** 2 - (b.nbytes * a.macs) ** 2
        found[memory] = max(square / over if over else 0.0, (LEAST * b.seconds / b.nbytes) ** 2) ** 0.5
        found[compute] = _rest(a, found[memory]) / a.macs
    for compute, memory in BYTES.items():
        found[compute] = _rest(works[compute], found[memory]) / works[compute].macs
    return {kind: float(f"{found[kind]:.4g}") for kind in OF_KERNELS}


def _rest(work: Work, per_byte: float) -> float:
    """The seconds that the mult-adds of a network's kernels take beside their bytes."""
    return float(max(work.seconds**2 - (work.nbytes * per_byte) ** 2, (LEAST * work.seconds) ** 2) ** 0.5)
