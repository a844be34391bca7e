"""Activation functions, softmax and dropout."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.convert.onnx_reader.handlers import Call, handler
from costcalc.convert.onnx_reader.operands import Operand, PendingNode

PLAIN = {"Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "HardSwish": "hard_swish", "Gelu": "gelu"}


@handler(*PLAIN)
def _plain(call: Call) -> Sequence[Operand] | None:
    return [PendingNode(PLAIN[call.op], [call.operand(0)])]


@handler("Clip")
def _clip(call: Call) -> Sequence[Operand] | None:
    limits = [call.numbers(1, "min"), call.numbers(2, "max")]
    return [PendingNode("relu6", [call.operand(0)])] if limits == [[0], [6]] else None


@handler("LeakyRelu")
def _leaky_relu(call: Call) -> Sequence[Operand] | None:
    return [PendingNode("leaky_relu", [call.operand(0)], {"slope": call.attributes.get("alpha", 0.01)})]


@handler("HardSigmoid")
def _hard_sigmoid(call: Call) -> Sequence[Operand] | None:
    slope, shift = call.attributes.get("alpha", 0.2), call.attributes.get("beta", 0.5)
    return [PendingNode("hard_sigmoid", [call.operand(0)])] if abs(slope - 1 / 6) < 1e-6 and shift == 0.5 else None


@handler("Swish")
def _swish(call: Call) -> Sequence[Operand] | None:
    return [PendingNode("silu", [call.operand(0)])] if call.attributes.get("alpha", 1.0) == 1 else None


@handler("Softmax")
def _softmax(call: Call) -> Sequence[Operand] | None:
    usual = -1 if call.version >= 13 else 1
    return [PendingNode("softmax", [call.operand(0)], {"axis": call.attributes.get("axis", usual)})]


@handler("Dropout")
def _dropout(call: Call) -> Sequence[Operand] | None:
    share = call.numbers(1, "ratio")
    return [PendingNode("dropout", [call.operand(0)], {"p": share[0] if share else 0.5})]
