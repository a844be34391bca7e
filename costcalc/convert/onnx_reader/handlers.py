"""One use of an op in the file, as handlers see it, and the handlers by the name of the op."""

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
    inputs      None for one that is left out
    attributes  as Python has them: numbers, texts, lists
    outputs     names; "" for one that nobody wants
    shapes      of the outputs, as ONNX's own inference tells them; None where it does not
    types       of their elements
    """

    op: str
    version: int
    inputs: list[Value | None]
    attributes: Mapping[str, Any]
    outputs: Sequence[str]
    shapes: Sequence[Shape | None]
    types: Sequence[int]

    def given(self, index: int) -> Value | None:
        """An input, or None."""
        return self.inputs[index] if index < len(self.inputs) else None

    def operand(self, index: int) -> Value:
        """An input that must be there. Raises SpecError where it is not."""
        found = self.given(index)
        if found is None:
            raise SpecError(f"its input {index} is missing")
        return found

    @property
    def present(self) -> list[Value]:
        """All inputs that are not left out."""
        return [x for x in self.inputs if x is not None]

    def attribute(self, name: str) -> Any:
        """An attribute that must be there. Raises SpecError where it is not."""
        if name not in self.attributes:
            raise SpecError(f"its attribute {name!r} is missing")
        return self.attributes[name]

    def numbers(self, index: int, attribute: str = "") -> list[Any] | None:
        """The real numbers of an input, or of the attribute that older versions had instead; None if unknown."""
        found = self.given(index)
        if found is None:
            told = self.attributes.get(attribute)
            return None if told is None else list(told) if isinstance(told, Sequence) else [told]
        return found.numbers

    def shape(self) -> Shape:
        """Of the first output. Raises SpecError where it is not known."""
        if self.shapes[0] is None:
            raise SpecError("the shape of its output is not known")
        return self.shapes[0]


Handler = Callable[[Call], Sequence[Operand | None] | None]
"""A call -> what its outputs are, as many as it knows of; None where no op is just this."""

HANDLERS: dict[str, Handler] = {}


def handler(*names: str) -> Callable[[Handler], Handler]:
    """Make a function the handler of these ops of ONNX."""

    def decorate(function: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, function))
        return function

    return decorate
