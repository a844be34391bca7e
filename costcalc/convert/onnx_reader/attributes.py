"""Attributes of a node as Python has them, each of the type that ONNX gives it."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import Any

import onnx
from onnx import AttributeProto, defs, helper

from costcalc.spec import CostcalcError
from costcalc.spec.shapes import MOST_AXES


def check_types(node: onnx.NodeProto, op: str) -> None:
    """Raises CostcalcError if an attribute has another type than ONNX gives it in any version of the op."""
    types = _types().get(op, {})
    for attribute in node.attribute:
        right = types.get(attribute.name, {attribute.type})
        if attribute.type not in right:
            names = " or ".join(sorted(map(AttributeProto.AttributeType.Name, right)))
            raise CostcalcError(f"attribute {attribute.name!r} is of type {_type(attribute)}, not {names}")


def attributes(node: onnx.NodeProto, op: str) -> dict[str, Any]:
    """Numbers, texts and lists of them, by name; tensors and graphs as they are.

    op  the name of an op of ONNX, or of another domain. Attributes that no version of an op of ONNX has are left out

    Raises CostcalcError for an axis that no tensor has, and for an equation with dots other than "...".
    """
    types = _types().get(op)
    known = [attribute for attribute in node.attribute if types is None or attribute.name in types]
    values = {attribute.name: helper.get_attribute_value(attribute) for attribute in known}
    axis = values.get("axis", 0)
    if isinstance(axis, int) and not -MOST_AXES <= axis <= MOST_AXES:  # ONNX's own inference would end the process
        raise CostcalcError(f"attribute 'axis' is {axis}: a tensor has at most {MOST_AXES} axes")
    values = {
        key: value.decode("utf-8", "replace") if isinstance(value, bytes) else value for key, value in values.items()
    }
    equation = str(values.get("equation", "")).replace(" ", "")
    if any("." in term.replace("...", "", 1) for term in re.split(",|->", equation)):  # the inference would never end
        raise CostcalcError(f"attribute 'equation' is {equation!r:.99}: expected letters and one '...' per term")
    return values


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
