"""Sizes of the inputs: what the file fixes, what the user gives, and the batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import onnx

from costcalc.convert.onnx_reader.input_values import arrays, check_dtypes, check_shape
from costcalc.convert.onnx_reader.shape_limits import bounded
from costcalc.spec import CostcalcError, arguments
from costcalc.spec.arguments import as_integer, shown
from costcalc.spec.shapes import Shape, joined

Axis = int | str | None
"""A size; the name of an open axis; or None for an open axis without a name."""


def is_tensor(type: onnx.TypeProto) -> bool:
    """True for a tensor; False for a sequence, a map, ..."""
    return bool(type.HasField("tensor_type"))


def axes(type: onnx.TypeProto) -> list[Axis] | None:
    """The axes of a tensor's type, or None if the rank is unknown."""
    tensor = type.tensor_type
    if not tensor.HasField("shape"):
        return None
    found: list[Axis] = []
    for dim in tensor.shape.dim:
        if dim.HasField("dim_value") and dim.dim_value != -1:  # some exporters write -1 for an open axis
            found.append(dim.dim_value)
        else:
            found.append(dim.dim_param or None)
    return found


class InputSizes:
    """The shapes of a graph's inputs, and the sizes of open axes by name.

    inputs   the inputs that are not initializers, in order, and their shapes
    named    sizes by the name of an open axis
    values   arrays of the inputs whose values are given, by name
    batched  True if the first axis of each input is the batch
    option   what --input takes before the sizes of an input, by its name
    """

    def __init__(
        self, graph: onnx.GraphProto, input: Any, batch: int | None, dtype: Any, values: Mapping[str, Any]
    ) -> None:
        batch = arguments.optional(arguments.integer, "batch", batch, 1)
        stored = {tensor.name for tensor in graph.initializer}
        real = {value.name: value for value in graph.input if value.name not in stored}
        self.named: dict[str, int] = {}
        self.before = 0 if batch is None else 1
        given = _by_name(input, list(real))
        if not real:
            raise CostcalcError("its graph has no inputs")
        for value in real.values():
            if not is_tensor(value.type):
                raise CostcalcError(f"input {value.name!r} is not a tensor: only tensors are supported")
        check_dtypes(dtype, real)
        self.values = arrays(values, {name: (value, axes(value.type)) for name, value in real.items()})
        given = {**{name: array.shape for name, array in self.values.items()}, **given}
        self.option = {name: f"{name}=" for name in real} if len(real) > 1 else {}
        opened = [self._open(value, given.get(name)) for name, value in real.items()]
        if batch is not None:
            self._set_batch(opened, batch)
        if batch not in (None, 1) and all(not each or each[0] != batch for each in opened):
            raise CostcalcError(f"its batch is fixed at {opened[0][0] if opened[0] else 'none'}, not {batch}")
        self.inputs = [(value, self._closed(value, each)) for value, each in zip(real.values(), opened, strict=True)]
        for name, array in self.values.items():
            check_shape(name, array, dict(zip(real, self.inputs, strict=True))[name][1])
        if all(0 in shape for _, shape in self.inputs):
            raise CostcalcError("all its inputs have an axis of 0: give one of them other sizes")
        self.batched = self.before > 0 and len({shape[:1] for _, shape in self.inputs if 0 not in shape}) == 1

    def _set_batch(self, opened: list[list[Axis]], batch: int) -> None:
        """Fill in the first axis of each input if it is open."""
        for each in opened:
            if each and each[0] in self.named:
                each[0] = self.named[each[0]]
            elif each and not isinstance(each[0], int):
                if each[0] is not None:
                    self.named[each[0]] = batch
                each[0] = batch

    def shape(self, type: onnx.TypeProto) -> Shape | None:
        """The shape that the file declares for a tensor, or None if an axis is unknown."""
        found = axes(type) if is_tensor(type) else None
        if found is None:
            return None
        sizes = [self.named.get(axis) if isinstance(axis, str) else axis for axis in found]
        return tuple(size for size in sizes if size is not None) if None not in sizes else None

    def _open(self, value: onnx.ValueInfoProto, given: Shape | None) -> list[Axis]:
        """The axes of an input, with the given sizes filled in: all of them, or all but the batch."""
        found = axes(value.type)
        if found is None:
            if given is None:
                raise CostcalcError(f"input {value.name!r} has no shape in it; give one with --input, as 3x224x224")
            return [*given] if value.name in self.values else [*[None] * self.before, *given]
        if given is None:
            return found
        start = len(found) - len(given)
        if start not in (0, self.before) or start > len(found):
            wanted = f"{len(found) - self.before} sizes of it, or all {len(found)}" if found else "no sizes of it"
            raise CostcalcError(f"input {value.name!r} is {_text(found)}: --input takes {wanted}")
        for i, size in enumerate(given, start):
            axis = found[i]
            fixed = self.named.setdefault(axis, size) if isinstance(axis, str) else axis
            if fixed not in (None, size):
                raise CostcalcError(f"input {value.name!r} is {_text(found)}: axis {i} is fixed at {fixed}, not {size}")
            found[i] = size
        return found

    def _closed(self, value: onnx.ValueInfoProto, found: list[Axis]) -> Shape:
        """The axes of an input as sizes. Raises CostcalcError if one is still open."""
        sizes = [self.named.get(axis) if isinstance(axis, str) else axis for axis in found]
        if None in sizes:
            still = ", ".join(str(i) for i, size in enumerate(sizes) if size is None)
            start = 0 if isinstance((axes(value.type) or [0])[0], int) else self.before  # a batch is open
            example = joined(224 if size is None else size for size in sizes[start:])
            raise CostcalcError(
                f"input {value.name!r} is {_text(axes(value.type) or [])}: the sizes of its axes {still} are open; "
                f"give all of them, like --input {self.option.get(value.name, '')}{example}"
            )
        return bounded(tuple(size for size in sizes if size is not None), f"input {value.name!r}")


def _by_name(input: Any, names: list[str]) -> dict[str, Shape]:
    """The given shapes, by the name of the input."""
    if input is None:
        return {}
    if isinstance(input, Mapping):
        given = dict(input)
    else:
        shapes = [input] if _is_shape(input) else input
        if not isinstance(shapes, list | tuple):
            raise CostcalcError(f"input {shown(input)} is not a shape, like (3, 224, 224), or a list of shapes")
        if len(shapes) > len(names):
            raise CostcalcError(f"it has {len(names)} inputs, not {len(shapes)}")
        given = dict(zip(names, shapes, strict=False))
    for name, shape in given.items():
        if name not in names:
            raise CostcalcError(f"there is no input {name!r} in it; there are {', '.join(names[:8])}")
        if not _is_shape(shape):
            raise CostcalcError(f"input {name!r}: {shown(shape)} is not a shape: positive integers, the batch left out")
    return {name: tuple(map(int, shape)) for name, shape in given.items()}


def _is_shape(value: Any) -> bool:
    """True for a list or tuple of sizes. An axis may be empty, as that of a past without positions."""
    return isinstance(value, list | tuple) and all((-1 if (n := as_integer(x)) is None else n) >= 0 for x in value)


def _text(found: list[Axis]) -> str:
    """``batch x 3 x ? x 224``"""
    return " x ".join("?" if axis is None else str(axis) for axis in found) or "a single number"
