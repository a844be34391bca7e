"""Bodies of ONNX's own ops: functions of other ops that ONNX gives for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import onnx
from onnx import defs, helper

from costcalc.convert.onnx_reader import op_kinds, ops
from costcalc.convert.onnx_reader.inlined_size import written_out
from costcalc.convert.onnx_reader.operands import Value
from costcalc.convert.rules import RULES

MOST_NODES = 1000
"""Upper bound for a body. ONNX's own have a few dozen nodes."""

DOMAINS = ("", "ai.onnx.preview")
"""Domains of ONNX's own ops that can be unknown."""


def body(node: onnx.NodeProto, inputs: Sequence[Value | None], domain: str, version: int) -> onnx.FunctionProto | None:
    """The body of an op without a handler and a kind; None if it has none, or the user a rule for the op."""
    unknown = op_kinds.kind(node.op_type) == "unknown" and node.op_type not in {*ops.handlers(), *op_kinds.WITH_GRAPHS}
    if domain not in DOMAINS or not unknown or f"{domain or 'ai.onnx'}::{node.op_type}" in RULES:
        return None
    empty = onnx.TypeProto()
    types = [empty if x is None else helper.make_tensor_type_proto(x.type, x.shape) for x in inputs]
    try:
        schema: Any = defs.get_schema(node.op_type, version, domain)
        if not schema.has_context_dependent_function:
            found: onnx.FunctionProto | None = schema.function_body if schema.has_function else None
            return found
        told = schema.get_context_dependent_function(node.SerializeToString(), [t.SerializeToString() for t in types])
        made = onnx.FunctionProto.FromString(told)
    except Exception:  # attributes or inputs that do not fit: the op is unknown
        return None
    return made if 0 < written_out(made.node) <= MOST_NODES else None  # none, if an attribute does not fit
