"""One use of an ONNX op, as handlers get it, and the handlers by the name of the op."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costcalc.convert.onnx_reader.operands import Operand, Value
from costcalc.spec import SpecError
from costcalc.spec.shapes import Shape


@dataclass(slots=True)
class Call:
    """One use of an op.

    op          its name; with its domain, if that is not ONNX's own
    version     of the domain's set of ops
    inputs      None for an input that is left out
    attributes  as Python has them: numbers, texts, lists
    outputs     names; "" for an output that nothing reads
    shapes      of the outputs, by ONNX's own inference; None if unknown
    types       of the outputs' elements
    loop        settings of the op `custom` that a loop is, from its body; None for other ops
    """

    op: str
    version: int
    inputs: list[Value | None]
    attributes: Mapping[str, Any]
    outputs: Sequence[str]
    shapes: Sequence[Shape | None]
    types: Sequence[int]
    loop: Mapping[str, Any] | None = None

    def given(self, index: int) -> Value | None:
        """An input, or None if it is left out."""
        return self.inputs[index] if index < len(self.inputs) else None

    def operand(self, index: int) -> Value:
        """An input. Raises SpecError if it is left out."""
        found = self.given(index)
        if found is None:
            raise SpecError(f"its input {index} is missing")
        return found

    @property
    def present(self) -> list[Value]:
        """The inputs, without those that are left out."""
        return [x for x in self.inputs if x is not None]

    def attribute(self, name: str) -> Any:
        """An attribute. Raises SpecError if it is missing."""
        if name not in self.attributes:
            raise SpecError(f"its attribute {name!r} is missing")
        return self.attributes[name]

    def numbers(self, index: int, attribute: str = "") -> list[Any] | None:
        """The real numbers of an input, or of the attribute that older versions have in its place. None if unknown."""
        found = self.given(index)
        if found is None:
            told = self.attributes.get(attribute)
            return None if told is None else list(told) if isinstance(told, Sequence) else [told]
        return found.numbers

    def shape(self) -> Shape:
        """The shape of the first output. Raises SpecError if it is unknown."""
        if self.shapes[0] is None:
            raise SpecError("the shape of its output is not known")
        return self.shapes[0]


Handler = Callable[[Call], Sequence[Operand | None] | None]
"""A call -> its outputs, as many as the handler knows; None if no op of costcalc is exactly this."""

HANDLERS: dict[str, Handler] = {}


def handler(*names: str) -> Callable[[Handler], Handler]:
    """Make a function the handler of these ops: ``"Conv"``, or ``"com.microsoft::FusedMatMul"`` in another domain."""

    def decorate(function: Handler) -> Handler:
        for name in HANDLERS.keys() & set(names):
            raise ValueError(f"{name} has a handler in {HANDLERS[name].__module__}")
        HANDLERS.update(dict.fromkeys(names, function))
        return function

    return decorate
