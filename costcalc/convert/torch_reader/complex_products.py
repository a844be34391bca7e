"""Remarks on products of complex numbers."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from costcalc.spec import Facts

ONE = "A complex mult-add counts as one, here and in torch."
CONVOLUTION = "torch runs a complex convolution as three real ones; here, it is one, of complex mult-adds."


def remarks(facts: Facts, given: Iterable[torch.Tensor]) -> dict[str, None]:
    """What a report says of an operation with these operands."""
    if facts.macs is None or not facts.macs.terms or not any(t.is_complex() for t in given):
        return {}
    is_conv = facts.torch is not None and facts.torch.name.startswith("Conv")
    return dict.fromkeys((ONE, CONVOLUTION) if is_conv else (ONE,))
