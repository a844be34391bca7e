"""Recurrent layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode, Value, generic, view
from costcalc.spec import SpecError


@handler("LSTM", "GRU", "RNN")
def _recurrent(call: Call) -> Sequence[Operand | None] | None:
    """X (L, N, D), W (directions, gates·H, D), R (directions, gates·H, H), B (directions, 2·gates·H).

    With `layout` 1 the batch is X's first axis. Y has an axis of directions, which costcalc's rule merges
    into the features. All sequences are assumed to have the full length L.
    """
    x, w, r, b = call.operand(0), call.operand(1), call.operand(2), call.given(3)
    directions, width = w.shape[0], r.shape[2]
    if directions > 2:
        raise SpecError(f"a recurrent layer has 1 or 2 directions, not {directions}")
    first = bool(call.attributes.get("layout", 0))
    settings: dict[str, Any] = {"width": width, "bidirectional": directions == 2, "bias": b is not None}
    weights = [part for i in range(directions) for part in _weights(i, directions, w, r, b)]
    layer = PendingNode(call.op.lower(), [x], {**settings, "batch_first": first}, weights)
    a, c, _ = layer.shape
    made = _with_peepholes(layer, call.given(7), (directions, 3 * width))
    y = (a, c, directions, width) if first else (a, directions, c, width)
    states = [layer.part(i) for i in range(1, len(layer.facts.outputs))]
    if first:
        return [view("directions", made, y), *[view("state", s, (a, directions, width)) for s in states]]
    return [view("directions", made, y), *states]


def _weights(i: int, directions: int, w: Value, r: Value, b: Value | None) -> list[Value]:
    """The parts of W, R and B of one direction, as torch stores them: two biases per direction."""
    parts = [_part(w, f"[{i}]" if directions > 1 else "", w.shape[1:])]
    parts.append(_part(r, f"[{i}]" if directions > 1 else "", r.shape[1:]))
    if b is not None:
        half = (b.shape[1] // 2,)
        parts += [_part(b, f"[{i},{place}]", half) for place in ("input", "state")]
    return parts


def _with_peepholes(layer: PendingNode, p: Value | None, shape: tuple[int, int]) -> PendingNode:
    """The LSTM with peepholes, which are elementwise: one weight per gate and element of the cell state."""
    if p is None or not p.learned:
        return layer
    if p.shape != shape:
        raise SpecError(f"peepholes of {p.shape} are not {shape}")
    seen = generic("elementwise", "peepholes", [layer, p], [layer.shape], fresh=False)
    seen.label = "peepholes"
    return seen


def _part(x: Value, place: str, shape: tuple[int, ...]) -> Value:
    return Value(shape, x.type, name=f"{x.name}{place}" if x.name else "", learned=x.learned, tensor=x.tensor)
