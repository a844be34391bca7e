"""Facts: the result of an op's rule for one use of the op. Plain data, computed from shapes and settings only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, NamedTuple

from costcalc.spec.count import ZERO, Count
from costcalc.spec.saves import Extra, Saves
from costcalc.spec.shapes import Shape


@dataclass(slots=True)
class TorchCall:
    """The torch operation that implements an op, as data: nothing is imported.

    A name without a dot is a module of ``torch.nn`` (``TorchCall("Conv2d", {"in_channels": 3, ...})``), or
    of ``convert/extra_modules.py`` if torch lacks it; one with a dot is a function (``TorchCall("torch.flatten",
    {"start_dim": 1})``), called with the input tensors first; with `packed` they come as one list, as
    ``torch.cat`` takes them; with `leading` the arguments come before them, as ``torch.einsum`` takes its equation.
    ``operator.add`` and the like are Python operators, whose arguments have no names.
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
"""Alias of an output that exists before the network runs, such as a parameter."""


class Window(NamedTuple):
    """A window along each spatial axis. In a transposed convolution each input element is spread over it.

    padding  (before, after) along each axis
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[Any, Any], ...]
    dilation: tuple[int, ...]
    transposed: bool = False


class Through(NamedTuple):
    """All inputs of an op, and its weights up to and including this one."""

    weight: str


Operand = int | str | Through
"""An input of an op, by its index; a weight, by its name; or several."""


class Gradient(NamedTuple):
    """One gradient among those of an op: computed if any of these operands needs its gradient.

    macs  its mult-adds
    """

    needed_by: tuple[Operand, ...]
    macs: Count


def gradients_of_product(macs: Count, a: tuple[Operand, ...], b: tuple[Operand, ...]) -> tuple[Gradient, Gradient]:
    """Gradients of the two factors of a product: each is a product with as many mult-adds.

    `a` and `b` are the operands that each factor depends on.
    """
    return Gradient(a, macs), Gradient(b, macs)


@dataclass(slots=True)
class Facts:
    """Description and cost of one use of an op.

    outputs   shapes of the output tensors, batch first
    macs      mult-adds as a Count; ZERO: zero by convention; None: unknown
    gradients mult-adds of the backward pass, gradient by gradient; None: unknown, or zero if `macs` is
    weights   learned tensors by their name in torch's state_dict; params are the sum of their sizes
    buffers   tensors kept but not learned (running mean and variance)
    settings  all keyword arguments of the rule: the rule called with them returns the same facts
    torch     the torch operation; None if torch has none
    aliases   per output the index of the input whose memory it shares (a view, in-place), HELD if it exists before
              the op runs (a parameter, a constant), or None for memory of its own; empty: each output has its own
    train_aliases  the same in train mode, if it differs
    window    the part of the input that an output position depends on, along the spatial axes: a Window, "whole" for
              all positions, "adaptive" for windows of different sizes, None for an op without a window
    conditions  sympy relations that must hold for these facts, if a size is a symbol
    dtypes    per output torch's name of its dtype, if it is always the same; None otherwise; empty: None for all
    beside    tensors that torch's kernel makes beside the outputs and drops, such as the indices of a max pool; None:
              unknown
    saves     the tensors that autograd keeps for the backward pass; None: neither these nor `beside` are known
    train_beside, train_saves  the same in train mode, if they differ
    inside    elements that ops inside of it put out, beside its outputs: of a loop, over all passes
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
    inside: int = 0
    gradients: tuple[Gradient, ...] | None = None
    dtypes: tuple[str | None, ...] = ()
    beside: tuple[Extra, ...] | None = ()
    saves: Saves | None = None
    train_beside: tuple[Extra, ...] | None = None
    train_saves: Saves | None = None

    def take_as_inputs(self, weights: Collection[str], first: int) -> None:
        """Leave out these weights, which the model does not learn: they are inputs, from number `first` on."""
        keys = [*self.weights]
        numbers = dict(zip([key for key in keys if key in weights], count(first)))

        def renamed(operand: Operand) -> tuple[Operand, ...]:
            if isinstance(operand, Through):
                before = keys[: keys.index(operand.weight) + 1]
                return (*range(first), *[numbers.get(key, key) for key in before])
            return (numbers.get(operand, operand) if isinstance(operand, str) else operand,)

        self.weights = {key: shape for key, shape in self.weights.items() if key not in weights}
        if self.gradients is not None:
            self.gradients = tuple(
                [
                    Gradient(tuple([new for old in each.needed_by for new in renamed(old)]), each.macs)
                    for each in self.gradients
                ]
            )

    def own(self, mode: Literal["eval", "train"]) -> tuple[Shape, ...]:
        """Shapes of the outputs with memory of their own, whose elements are the activations."""
        return tuple(shape for i, shape in enumerate(self.outputs) if self.alias(i, mode) is None)

    def made_beside(self, mode: Literal["eval", "train"]) -> tuple[Extra, ...] | None:
        """The tensors that torch's kernel makes beside the outputs in a mode; None: unknown."""
        return self.beside if mode == "eval" or self.train_beside is None else self.train_beside

    def saved(self, mode: Literal["eval", "train"]) -> Saves | None:
        """The tensors that autograd keeps in a mode; None: unknown."""
        return self.saves if mode == "eval" or self.train_saves is None else self.train_saves

    def without_buffers(self) -> None:
        """Remove the buffers: in eval mode the op then works as in train mode."""
        self.buffers = {}
        self.beside, self.saves = self.made_beside("train"), self.saved("train")

    def alias(self, output: int, mode: Literal["eval", "train"]) -> int | None:
        """The alias of an output in a mode."""
        aliases = self.aliases if mode == "eval" or self.train_aliases is None else self.train_aliases
        return aliases[output] if output < len(aliases) else None
