"""Operands of a handler: tensors of a file, and nodes that are not in the graph yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Any

import onnx
from onnx import numpy_helper

from costcalc.spec import SpecError, Tensor
from costcalc.spec.rules import facts_of
from costcalc.spec.shapes import Shape

FEW = 4096
"""Number of elements up to which values are read: shapes, axes, indices, never weights."""

REAL = ("FLOAT", "BFLOAT", "DOUBLE", "COMPLEX")
FLOATS = frozenset(type for name, type in onnx.TensorProto.DataType.items() if name.startswith(REAL))
"""Types of floating-point numbers, of any width."""

QUANTIZED = frozenset(
    type for name, type in onnx.TensorProto.DataType.items() if name.lstrip("U") in ("INT2", "INT4", "INT8", "INT32")
)
"""Types that weights are quantized to."""

MOST_BYTES = 2**17
"""Upper bound for a tensor of FEW elements."""

MANY_BYTES = 2**24
"""Upper bound for the scale of a norm."""


def is_within(tensor: onnx.TensorProto) -> bool:
    """False if the values of a tensor are in another file, which is never opened."""
    return bool(tensor.data_location != onnx.TensorProto.EXTERNAL)


class Value:
    """A tensor of a file.

    shape    its sizes
    type     of its elements: a number of onnx.TensorProto
    name     of the initializer or Constant that it is, or is a view of; otherwise ""
    learned  True if it is, or is a view of, an initializer that counts as params wherever it is read
    tensor   the tensor in the graph; None for a tensor of the file that no node has read yet
    sources  of a constant: the tensors of the file that it is made of, as weights; None if there are too many
    """

    def __init__(
        self,
        shape: Shape,
        type: int,
        *,
        name: str = "",
        learned: bool = False,
        tensor: Tensor | None = None,
        data: Any = None,
        proto: onnx.TensorProto | None = None,
        sources: Sequence[Value] | None = (),
    ) -> None:
        self.shape, self.type, self.name, self.learned, self.tensor = shape, type, name, learned, tensor
        self.sources = sources
        self._data, self._proto = data, proto

    @property
    def constant(self) -> bool:
        """True if it depends on no input and no learned tensor."""
        made = self.tensor.node.op if self.tensor is not None and self.tensor.node is not None else ""
        return not self.learned and (self.tensor is None or made == "constant")

    @property
    def data(self) -> Any:
        """Its values as a numpy array, or None if they are unknown or more than FEW."""
        if self._data is None and self._proto is not None and prod(self.shape) <= FEW:
            proto, self._proto = self._proto, None
            self._data = _array(proto, MOST_BYTES)
        return self._data

    @property
    def numbers(self) -> list[int] | list[float] | None:
        """Its values as Python's numbers, or None if they are unknown, more than FEW, or not real."""
        flat = None if self.data is None else self.data.reshape(-1).tolist()
        return flat if flat is not None and all(type(x) in (int, float) for x in flat) else None

    @cached_property
    def fill(self) -> float | None:
        """The value that all elements have, or None if they differ or are unknown."""
        array = self.data if self._proto is None else _array(self._proto, MANY_BYTES)
        same = array is not None and array.size > 0 and bool((array == array.flat[0]).all())
        return float(array.flat[0]) if same else None


def _array(proto: onnx.TensorProto, most: int) -> Any:
    """The values of a tensor, or None if they take more bytes or are in another file."""
    if not is_within(proto) or proto.ByteSize() > most:
        return None
    try:
        return numpy_helper.to_array(proto)
    except Exception:  # its numbers do not fit its sizes: then there are none
        return None


class PendingNode:
    """A node that is not in the graph yet. Its inputs are values and outputs of other pending nodes.

    weights  values in the order of the rule's weights; one that is not kept in the file becomes an input
    label    name of a node that prepares an input of an op or reshapes its output; "" for the op itself

    Raises SpecError if the rule does, or if a weight has another number of elements than the rule says.
    """

    __slots__ = ("facts", "inputs", "label", "op", "weights")

    def __init__(
        self,
        op: str,
        inputs: Sequence[Operand],
        settings: Mapping[str, Any] | None = None,
        weights: Sequence[Value] = (),
        label: str = "",
    ) -> None:
        self.op, self.inputs, self.weights, self.label = op, tuple(inputs), tuple(weights), label
        self.facts = facts_of(op, [x.shape for x in inputs], settings or {})
        sizes = list(self.facts.weights.values())
        if len(sizes) != len(weights) or any(prod(s) != prod(w.shape) for s, w in zip(sizes, weights, strict=True)):
            raise SpecError(f"weights of {[w.shape for w in weights]}: {op} takes {sizes}")

    @property
    def shape(self) -> Shape:
        """The shape of its first output."""
        return self.facts.outputs[0]

    def part(self, index: int) -> PendingOutput:
        """An output that is not the first."""
        return PendingOutput(self, index)


class PendingOutput:
    """An output of a pending node that is not its first."""

    __slots__ = ("index", "node")

    def __init__(self, node: PendingNode, index: int) -> None:
        self.node, self.index = node, index

    @property
    def shape(self) -> Shape:
        """Its sizes."""
        return self.node.facts.outputs[self.index]


Operand = Value | PendingNode | PendingOutput


def view(name: str, xs: Operand | Sequence[Operand], shape: Shape) -> PendingNode:
    """A view that prepares an input of an op or reshapes its output: of one tensor, or of several put together."""
    inputs = xs if isinstance(xs, Sequence) else [xs]
    return PendingNode("move", inputs, {"aten": name, "shapes": [shape], "fresh": False}, label=name)


def generic(
    kind: str, name: str, inputs: Sequence[Operand], shapes: Sequence[Shape], *, fresh: bool = True, **rule: Any
) -> PendingNode:
    """An operation without an op of its own: elementwise, move, unknown, or custom with the terms of its rule.

    The weights of an elementwise or unknown operation are the learned tensors among its inputs. Constants are left out
    if it has other inputs.
    """
    learned = [x for x in inputs if isinstance(x, Value) and x.learned and kind != "move"]
    others = [x for x in inputs if not (isinstance(x, Value) and x.learned and kind != "move")]
    depending = [x for x in others if not isinstance(x, Value) or not x.constant]
    settings = {
        "aten": name,
        "shapes": list(shapes),
        "fresh": fresh,
        "weights": {"weight" if i == 1 else f"weight_{i}": x.shape for i, x in enumerate(learned, 1)},
        **rule,
    }
    return PendingNode(kind, depending or others, settings, learned)
