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
    of ``convert/extra_modules.py`` where that lacks it; one with a dot is a function (``TorchCall("torch.flatten",
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


Aliases = tuple[int | None, ...]

HELD = -1
"""The alias of an output that the network holds before it runs."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window along each spatial axis. Of a transposed convolution the input's elements are spread over it.

    padding  (before, after) along each axis
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[Any, Any], ...]
    dilation: tuple[int, ...]
    transposed: bool = False


@dataclass(slots=True)
class Facts:
    """What one use of an op is and costs.

    outputs   shapes of the tensors it puts out, batch first
    macs      mult-adds as a Count; ZERO: none, by convention; None: unknown
    weights   learned tensors by their name in torch's state_dict; params are the sum of their sizes
    buffers   tensors kept but not learned (running mean and variance)
    settings  the rule's keyword arguments, spelled out: the rule called with them gives these facts
    torch     the torch operation; None where torch has none
    aliases   for each output the number of the input whose memory it lies in (a view, in place), HELD for what is there
              before the op runs (a parameter, a constant), or None for memory of its own; empty: all of their own
    train_aliases  the same in train mode, where that differs
    window    what each position of the output is computed from, along the spatial axes of the input: a Window, "whole"
              for all positions, "adaptive" for windows of unlike sizes, None for an op without one
    conditions  relations of sympy that must hold for these facts, where a size is a symbol
    """

    outputs: tuple[Shape, ...]
    macs: Count | None = ZERO
    weights: Mapping[str, Shape] = field(default_factory=dict)
    buffers: Mapping[str, Shape] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    torch: TorchCall | None = None
    aliases: Aliases = ()
    train_aliases: Aliases | None = None
    window: Window | Literal["whole", "adaptive"] | None = None
    conditions: tuple[Any, ...] = ()

    def own(self, mode: Literal["eval", "train"]) -> tuple[Shape, ...]:
        """Shapes of the outputs that lie in memory of their own: the elements that the op puts out (activations)."""
        aliases = self.aliases if mode == "eval" or self.train_aliases is None else self.train_aliases
        return tuple(shape for i, shape in enumerate(self.outputs) if i >= len(aliases) or aliases[i] is None)
