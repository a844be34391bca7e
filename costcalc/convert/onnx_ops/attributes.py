"""Attributes of a node as Python has them, each of the type that ONNX gives it."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

import onnx
from onnx import AttributeProto, defs, helper

from costcalc.convert.onnx_ops.sizes import MOST_AXES
from costcalc.spec import CostcalcError


def attributes(node: onnx.NodeProto, op: str) -> dict[str, Any]:
    """Numbers, texts and lists of them, by name; tensors and graphs as they are.

    op  the name of an op of ONNX, or of another domain. Attributes that no version of an op of ONNX has are left out

    Raises CostcalcError for one of another type than ONNX says.
    """
    types = _types().get(op)
    found = {}
    for attribute in node.attribute:
        name = attribute.name
        if types is not None and name not in types:
            continue
        if types is not None and attribute.type not in types[name]:
            right = " or ".join(sorted(map(AttributeProto.AttributeType.Name, types[name])))
            raise CostcalcError(f"attribute {name!r} is of type {_type(attribute)}, not {right}")
        value = helper.get_attribute_value(attribute)
        if name == "axis" and not -MOST_AXES <= value <= MOST_AXES:  # ONNX's own inference would end the process
            raise CostcalcError(f"attribute 'axis' is {value}: a tensor has at most {MOST_AXES} axes")
        found[name] = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return found


def _type(attribute: onnx.AttributeProto) -> str:
    return str(AttributeProto.AttributeType.Name(attribute.type)) if attribute.type else "UNDEFINED"


@cache
def _types() -> dict[str, dict[str, set[int]]]:
    """The types of each op's attributes, in all versions of the op."""
    found: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for schema in defs.get_all_schemas_with_history():
        if schema.domain == "":
            for name, attribute in schema.attributes.items():
                found[schema.name][name].add(attribute.type.value)  # type: ignore[attr-defined]
    return {op: dict(types) for op, types in found.items()}
