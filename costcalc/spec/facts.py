"""Facts: all that one op's rule says of one use of it. Plain data, made from shapes and settings alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from costcalc.spec.count import ZERO, Count
from costcalc.spec.shapes import Shape


@dataclass(slots=True)
class TorchCall:
    """The torch operation that does what an op says, as data: nothing is imported.

    A name without a dot is a module of ``torch.nn`` (``TorchCall("Conv2d", {"in_channels": 3, ...})``), or
    of ``convert/modules.py`` where that lacks it; one with a dot is a function (``TorchCall("torch.flatten",
    {"start_dim": 1})``), called with the input tensors first; with `packed` they come as one list, as
    ``torch.cat`` takes them; with `leading` the arguments come before them, as ``torch.einsum`` takes its equation.
    ``operator.add`` and its like are Python's operators, whose arguments have no names.
    """

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    packed: bool = False
    leading: bool = False

    @property
    def is_module(self) -> bool:
        """True for a module, False for a function."""
        return "." not in self.name


@dataclass(slots=True)
class Facts:
    """What one use of an op is and costs.

    outputs   shapes of the tensors it puts out, batch first
    macs      mult-adds as a Count; ZERO: none, by convention; None: unknown
    weights   learned tensors by their name in torch's state_dict; params are the sum of their sizes
    buffers   tensors kept but not learned (running mean and variance)
    settings  the rule's keyword arguments, spelled out: the rule called with them gives these facts
    torch     the torch operation; None where torch has none
    fresh     when the outputs are elements of their own ("always", only in "train", "never": a view or
              an in-place op). Activations count fresh ones
    conditions  relations of sympy that must hold for these facts, where a size is a symbol
    """

    outputs: tuple[Shape, ...]
    macs: Count | None = ZERO
    weights: Mapping[str, Shape] = field(default_factory=dict)
    buffers: Mapping[str, Shape] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    torch: TorchCall | None = None
    fresh: Literal["always", "train", "never"] = "always"
    conditions: tuple[Any, ...] = ()
