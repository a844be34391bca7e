"""Results of measurements: plain data, without torch, so that reports can import it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from costcalc.conventions.ledger import LedgerLine


@dataclass(slots=True)
class Check:
    """One quantity, computed from the spec and reported by a tool. `problem` is one line about the difference."""

    tool: str
    quantity: str
    computed: Any
    reported: Any
    equal: bool
    problem: str = ""
    ledger: list[LedgerLine] = field(default_factory=list)


@dataclass(slots=True)
class CannotRun:
    """A tool that fails on a model by itself, its predicted total, and its reason, in a line."""

    tool: str
    computed: Any
    reason: str


@dataclass(slots=True)
class Verification:
    """All checks of a model. `notes` names tools whose version differs from that of their rules."""

    model: str
    mult_adds: int
    checks: list[Check]
    notes: list[str]
    cannot_run: list[CannotRun] = field(default_factory=list)

    @property
    def tools(self) -> list[str]:
        """The tools, and torch, of its checks, and those that cannot run."""
        return list(dict.fromkeys([c.tool for c in self.checks] + [each.tool for each in self.cannot_run]))

    @property
    def ok(self) -> bool:
        """True if every check holds, and if some tools cannot run the model, at least one can."""
        ran = not self.cannot_run or any(check.tool != "torch" for check in self.checks)
        return ran and all(check.equal for check in self.checks)


@dataclass(slots=True)
class Machine:
    """The machine and settings of a measured time."""

    device: str
    hardware: str
    torch: str
    threads: int
    dtype: str
    channels_last: bool = False
    compiled: bool = False


@dataclass(slots=True)
class LayerTime:
    """Seconds per pass in one layer, over all its uses, and its mult-adds (None: unknown).

    predicted, bound  seconds of its nodes on the device that they are computed for; None if there is none, or unknown
    """

    name: str
    op: str
    macs: int | None
    seconds: float
    predicted: float | None = None
    bound: float | None = None


@dataclass(slots=True)
class Timing:
    """Seconds of a pass: the median of `runs`, and the spread as the interquartile range.

    macs   mult-adds of the pass; in train mode those of a training step
    notes  remarks on its mult-adds, and where the constants of its predicted times come from
    predicted, bound  seconds on the device that they are computed for; None if there is none, or unknown
    on     the name of that device
    mode   "eval": forward passes; "train": training steps
    clocked  seconds of the pass in which the layers were timed; None if they were not
    """

    model: str
    batch: int
    macs: int
    machine: Machine
    runs: int
    median: float
    spread: float
    layers: list[LayerTime] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    predicted: float | None = None
    bound: float | None = None
    on: str = ""
    mode: str = "eval"
    clocked: float | None = None

    @property
    def images_per_second(self) -> float:
        """Inputs per second, at the median."""
        return self.batch / self.median

    @property
    def outside(self) -> float:
        """Seconds of the pass that ran outside of its timed layers."""
        return (self.clocked or 0.0) - sum(layer.seconds for layer in self.layers)

    @property
    def macs_per_second(self) -> float:
        """Mult-adds per second, at the median."""
        return self.macs / self.median
