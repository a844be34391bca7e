"""Einsums as tools see them: as torch runs them, and as numpy.einsum_path prints them, which some tools read."""

from __future__ import annotations

from typing import Any

from costcalc.spec.node import Node
from costcalc.spec.numbers import computed, larger
from costcalc.spec.shapes import numel
from costcalc.spec.sizes import decided, equal

SUMS_OF_ONE = (
    "not counted where torch multiplies element by element: in torch.bilinear, and if each sum has one product"
)
PRINTED = "2 per product and its sum (1 without a sum), plus 1, to 4 digits"


def sums_of_one(einsum: Node) -> bool:
    """True if all axes that an einsum sums over have size 1 (at::einsum in ATen/native/Linear.cpp)."""
    return einsum.facts.macs is not None and decided(equal(einsum.facts.macs.value, numel(einsum.facts.outputs[0])))


def elements(einsum: Node) -> Any:
    """The product of the sizes of all axes of an einsum of one or two tensors."""
    macs = einsum.facts.macs
    if macs is not None and macs.terms:
        return macs.value
    return larger(numel(einsum.inputs[0].shape), numel(einsum.facts.outputs[0]))


def printed(einsum: Node) -> Any:
    """The "Optimized FLOP count" that numpy.einsum_path prints: with 4 digits, ``1.234e+05``."""
    if len(einsum.inputs) == 1:
        summed = len(einsum.inputs[0].shape) > len(einsum.facts.outputs[0])
    else:
        summed = einsum.facts.macs is not None and bool(einsum.facts.macs.terms)
    return computed(_to_4_digits, (2 if summed else 1) * elements(einsum) + 1)


def _to_4_digits(count: int) -> int:
    return int(float(f"{count:.3e}"))
