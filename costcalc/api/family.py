"""Family: a model whose settings vary. Settings have names like ``d``, ``percent.5a`` and ``genotype.0``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from costcalc import models, zoo
from costcalc.analysis.cost import Cost
from costcalc.analysis.target import Target
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import hinted
from costcalc.spec.request import Request

SIZES = ("input", "batch", "classes")
"""Names that are not settings of the family, but fields of the Request. ``input`` is the side of a square image."""


@dataclass(frozen=True)
class Family:
    """Builds the cost of a model with other settings. It can be pickled.

    request  the model with its own settings
    own      its own settings, as far as they are known: those of a network of the zoo
    keys     quantities of the Cost
    """

    request: Request
    own: Mapping[str, Any]
    keys: Sequence[str]
    target: Target

    @classmethod
    def of(cls, request: Request, keys: Sequence[str], target: Target) -> Family:
        """The Family of a Request: a network of the zoo has settings of its own."""
        own: dict[str, Any] = {}
        if isinstance(request.model, str) and not request.has_source and not request.model.endswith((".json", ".onnx")):
            network = zoo.find(request.model)
            own = {**network.changeable, **request.args}
            request = replace(request, input=network.input if request.input is None else request.input)
        return cls(request, own, keys, target)

    def __call__(self, settings: Mapping[str, Any]) -> Cost:
        """The Cost with these settings, by name; the others are the family's own."""
        args: dict[str, Any] = dict(self.request.args)
        fields: dict[str, Any] = {}
        for name, value in settings.items():
            if name in SIZES and name not in self.own:
                fields[name] = self._square(value) if name == "input" else value
            else:
                first, *rest = name.split(".")
                args[first] = _put(args.get(first, self.own.get(first)), rest, value)
        request = replace(self.request, args=args, **fields)
        return models.cost_of(request, self.keys, target=self.target)

    def _square(self, side: Any) -> tuple[Any, ...]:
        input = self.request.input
        if not isinstance(input, tuple) or len(input) < 2:
            raise CostcalcError(
                f"{self.request}: input={side} is a side of an image; give its channels: --input 3x224x224"
            )
        return (input[0], *[side] * (len(input) - 1))

    def names(self, name: str) -> list[str]:
        """The settings that a name stands for: ``percent.*`` is each part of ``percent``.

        Raises CostcalcError for a setting that a network of the zoo does not have.
        """
        first, *rest = name.split(".")
        if first in SIZES and not rest and first not in self.own:
            return [name]
        if not self.own and not rest and (self.request.has_source or not isinstance(self.request.model, str)):
            return [name]
        if first not in self.own:
            there = ", ".join([*self.own, *SIZES])
            problem = f"{self.request} has no setting {first!r}"
            raise CostcalcError(hinted(problem, first, [*self.own, *SIZES], f"it has {there}"))
        return [".".join([first, *parts]) for parts in _parts(name, self.own[first], rest)]

    @property
    def numbers(self) -> dict[str, Any]:
        """The family's own settings that are numbers, by name."""
        found = {name: value for first, own in self.own.items() for name, value in _leaves(first, own)}
        sides = set(self.request.input[1:]) if isinstance(self.request.input, tuple) else set()
        fields = {
            "batch": self.request.batch,
            "classes": self.request.classes,
            "input": sides.pop() if len(sides) == 1 else None,
        }
        return {**{key: value for key, value in fields.items() if value is not None}, **found}


def _items(own: Any) -> dict[str, Any]:
    """The parts of a setting by name: of a mapping, a list or a text."""
    if isinstance(own, Mapping):
        return dict(own)
    return {str(i): part for i, part in enumerate(own)} if isinstance(own, list | tuple | str) else {}


def _parts(name: str, own: Any, rest: Sequence[str]) -> Iterator[list[str]]:
    if not rest:
        yield []
        return
    items = _items(own)
    if not items or (rest[0] != "*" and rest[0] not in items):
        raise CostcalcError(
            f"{name}: expected {', '.join(items)} or * after the dot" if items else f"{name} has no parts"
        )
    for part in items if rest[0] == "*" else rest[:1]:
        for more in _parts(name, items[part], rest[1:]):
            yield [part, *more]


def _leaves(name: str, own: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(own, int | float):
        yield name, own
    elif not isinstance(own, str):
        for part, value in _items(own).items():
            yield from _leaves(f"{name}.{part}", value)


def _put(own: Any, path: Sequence[str], value: Any) -> Any:
    """A setting with another value of one of its parts."""
    if not path:
        return value
    items = _items(own)
    items[path[0]] = _put(items[path[0]], path[1:], value)
    if isinstance(own, str):
        return "".join(map(str, items.values()))
    return items if isinstance(own, Mapping) else list(items.values())
