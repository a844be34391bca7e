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

    inputs   numbers of the inputs that it saves
    outputs  numbers of the outputs that it saves
    factors  True if it saves each input if another input, or a weight, needs a gradient: of a product
    beside   True if it saves the tensors of `Facts.beside`
    extra    tensors that it makes for the backward pass alone
    gradient  False if its output never needs a gradient
    """

    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    factors: bool = False
    beside: bool = False
    extra: tuple[Extra, ...] = ()
    gradient: bool = True


NOTHING = Saves()
INPUT = Saves(inputs=(0,))
SECOND = Saves(inputs=(1,))
OUTPUT = Saves(outputs=(0,))
FACTORS = Saves(factors=True)
NO_GRADIENT = Saves(gradient=False)
INPUT_AND_BESIDE = Saves(inputs=(0,), beside=True)

WITHOUT = """
_to_copy add alias as_strided cat chunk clone constant_pad_nd contiguous copy expand expand_as fill flip lift_fresh mean
narrow neg permute pixel_shuffle pixel_unshuffle repeat reshape roll rsub select slice split split_with_sizes squeeze
stack sub sum t to transpose unbind unfold unsqueeze upsample_bilinear2d upsample_nearest2d view view_as write zero
"""
CONSTANT = """
argmax argmin detach empty_like eq floor full_like ge gt le logical_not lt ne new_empty new_full new_ones new_zeros
ones_like round sign zeros_like
"""
BY_INPUT = """
abs clamp clamp_max clamp_min cos gelu hardsigmoid hardswish hardtanh leaky_relu log mish silu sin softplus square
"""
BY_OUTPUT = "_softmax exp reciprocal relu rsqrt sigmoid softmax sqrt tanh"

ATEN = {
    **dict.fromkeys(WITHOUT.split(), NOTHING),
    **dict.fromkeys(CONSTANT.split(), NO_GRADIENT),
    **dict.fromkeys(BY_INPUT.split(), INPUT),
    **dict.fromkeys(BY_OUTPUT.split(), OUTPUT),
    **dict.fromkeys(["masked_fill", "index", "index_select"], SECOND),
    **dict.fromkeys(["div", "mul"], FACTORS),
    "linalg_vector_norm": Saves(inputs=(0,), outputs=(0,)),
}
"""By torch's name of an aten operation."""
