"""Fourier transforms, counted as torch's: see `known_rules.n_log2_n`."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from costcalc.convert.known_rules import stages
from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, Value, generic


@handler("DFT")
def _dft(call: Call) -> Sequence[Operand] | None:
    """Along one axis of real numbers, (..., 1), or complex ones, (..., 2); of a real result the half that is given."""
    x, shape = call.operand(0), call.shape()
    if call.version >= 20:
        told = call.numbers(2) if call.given(2) is not None else [-2]
    else:
        told = [call.attributes.get("axis", 1)]
    one_sided, to_real = call.attributes.get("onesided", 0), shape[-1:] == (1,)
    if told is None or len(told) != 1 or not -len(shape) <= told[0] < len(shape) - 1 or told[0] == -1:
        return None
    axis = int(told[0])
    if one_sided and not to_real:  # the length cannot be told from half of the spectrum
        length = call.numbers(1) if call.given(1) is not None else [x.shape[axis]]
        if length is None or len(length) != 1:
            return None
        n = int(length[0])
    else:
        n = shape[axis]
    return [_transform(call, x, prod((x.shape if to_real and one_sided else shape)[:-1]), n)]


@handler("STFT")
def _stft(call: Call) -> Sequence[Operand] | None:
    """A transform of each frame, (N, frames, frequencies, 2), of the length of the window or as given."""
    x, window = call.operand(0), call.given(2)
    length = call.numbers(3) if call.given(3) is not None else None if window is None else [window.shape[0]]
    if length is None or len(length) != 1:
        return None
    return [_transform(call, x, prod(call.shape()[:-1]), int(length[0]))]


def _transform(call: Call, x: Value, elements: int, n: int) -> Operand:
    return generic("custom", call.op, [x], [call.shape()], terms=stages(elements, [n]).terms)
