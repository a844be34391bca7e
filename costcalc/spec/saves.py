"""What an operation keeps for its gradients, as torch's derivatives.yaml says it."""

from __future__ import annotations

from typing import NamedTuple

from costcalc.spec.shapes import Shape


class Extra(NamedTuple):
    """A tensor that an operation makes beside its outputs. dtype: torch's name; None for that of its first input."""

    shape: Shape
    dtype: str | None = None


class Saves(NamedTuple):
    """The tensors that autograd saves if the output of an operation needs a gradient.

    inputs   numbers of the inputs that it saves. In place, it saves a copy of the input that it overwrites
    outputs  numbers of the outputs that it saves
    inputs_for, outputs_for  pairs: the number of one, which it saves if the gradient of this input is needed
    factors  True if it saves each input if another input, or a weight, needs a gradient: of a product
    beside   True if it saves the tensors of `Facts.beside`
    extra    tensors that it makes for the backward pass alone
    gradient  False if its output never needs a gradient
    trained  True if this is known only if all weights of the operation are trained
    unknown  why the bytes that it saves are not known; empty: they are
    """

    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    inputs_for: tuple[tuple[int, int], ...] = ()
    outputs_for: tuple[tuple[int, int], ...] = ()
    factors: bool = False
    beside: bool = False
    extra: tuple[Extra, ...] = ()
    gradient: bool = True
    trained: bool = False
    unknown: str = ""


NOTHING = Saves()
INPUT = Saves(inputs=(0,))
OUTPUT = Saves(outputs=(0,))
FACTORS = Saves(factors=True)
CONVOLVED = Saves(inputs=(0, 1))
NO_GRADIENT = Saves(gradient=False)
BESIDE = Saves(beside=True)
INPUT_AND_BESIDE = Saves(inputs=(0,), beside=True)
