"""The modules around a node, which exporters write into names and metadata."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import onnx

from costcalc.convert.onnx_reader.operands import Value
from costcalc.spec import CostcalcError

LONGEST = 100
"""Letters of a part of a name."""
LONGEST_PATH = 800
DEEPEST = 32
"""Nesting of modules. Nodes of deeper modules belong to the last module within the limit."""
SCOPES = "pkg.torch.onnx.name_scopes"
"""Where torch's exporter notes the modules around a node, and its name in the last of them."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a node.

    modules  paths of the modules around it, the outermost first: ``("layer1", "layer1.0", "layer1.0.conv1")``
    label    its own name in the last of them
    helper   True for a node that prepares an input of an op: a view, a constant, a parameter
    """

    modules: tuple[str, ...]
    label: str
    helper: bool = False

    def beside(self, label: str) -> Place:
        """The place of a helper node."""
        return Place(self.modules, label, helper=True)


def place(node: onnx.NodeProto, inputs: Sequence[Value | None], around: tuple[str, ...]) -> Place:
    """The place that torch's exporter notes, or that a name like ``/layer1/layer1.0/conv1/Conv`` or the weight's says.

    around  the modules that the function is called in that the node is part of
    """
    noted = next((p.value for p in node.metadata_props if p.key == SCOPES), "")
    parts = _noted(noted) or [part for part in node.name.split("/") if part] or [node.op_type]
    if len(parts) == 1:
        weight = next((x.name for x in inputs if x is not None and x.learned), "")
        if weight.endswith(".weight"):
            parts = [*weight.split(".")[:-1], *parts]
    return Place(within(around, _paths(parts[:-1])), clean(parts[-1]))


def within(around: tuple[str, ...], paths: Sequence[str]) -> tuple[str, ...]:
    """Paths of modules inside other modules. Paths that are too deep or too long are left out."""
    inner = [f"{around[-1]}.{path}" for path in paths] if around else paths
    return tuple([path for path in (*around, *inner) if len(path) <= LONGEST_PATH][:DEEPEST])


def clean(part: str) -> str:
    """A part of a name without characters that a path cannot have. Raises CostcalcError if it is not a text."""
    if not isinstance(part, str):  # protobuf hands over the bytes
        raise CostcalcError("a name in it is not a text")
    return re.sub(r"[^\w.:\-+]", "_", part[:LONGEST]).strip(".") or "_"


def unique(name: str, taken: Counter[str]) -> str:
    """The name, with a number appended if it is taken."""
    tried = name
    while tried in taken:
        taken[name] += 1
        tried = f"{name}_{taken[name]}"
    taken[tried] += 1
    return tried


def _noted(text: str) -> list[str]:
    """``['', 'layer1', 'layer1.0', 'conv2d']``, a list as Python writes it: without the network itself."""
    try:
        found = ast.literal_eval(text) if len(text) < LONGEST**2 and "\\" not in text else []
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return []
    texts = isinstance(found, list) and all(isinstance(part, str) for part in found)
    return [part for part in found if part] if texts else []


def _paths(parts: Sequence[str]) -> tuple[str, ...]:
    """Names of modules, the outermost first -> their paths.

    ``["layer1", "layer1.0", "conv1"]``: what is in a Sequential carries its name once more.
    """
    paths: list[str] = []
    before = ""
    for part in parts[:DEEPEST]:
        name = clean(part)
        own = name.removeprefix(f"{before}.") if before else name
        paths.append(f"{paths[-1]}.{own}" if paths else own)
        before = name
    return tuple(paths)
