"""Architecture: a named family of networks. Each is a function with settings, a year, a source and an input.

@architecture(year=2014, source="Simonyan & Zisserman, ICLR 2015, Table 1", input=(3, 224, 224),
              networks={"vgg11": {"stages": A}, "vgg16": {"stages": D}})
def vgg(x, classes=1000, *, stages): ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any, NamedTuple, TypeVar

from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError, SpecError, WrongSize, first_line
from costcalc.spec.graph import Condition, Graph
from costcalc.spec.rules import element
from costcalc.spec.settings import changed, settings_of
from costcalc.spec.shapes import Shape, joined
from costcalc.spec.sizes import agree, as_sizes, holds, known, open_conditions
from costcalc.spec.trace import trace
from costcalc.spec.truths import Undecided

F = TypeVar("F", bound=Callable[..., Any])


class Network(NamedTuple):
    """One network of a family.

    name      the name that a user types
    family    the name of its file in the zoo
    year      year of the paper
    source    the paper and its table, or the code that it follows
    input     (C, H, W) of the source
    function  the architecture: a tensor and settings -> output tensors
    settings  arguments of the function for this network
    note      a remark for readers of its numbers; may be empty
    width     the setting that multiplies the widths of its layers; empty if the family has none
    """

    name: str
    family: str
    year: int
    source: str
    input: Shape
    function: Callable[..., Any]
    settings: Mapping[str, Any]
    note: str = ""
    width: str = ""

    @property
    def changeable(self) -> dict[str, Any]:
        """The settings that `build` takes as `args`, with the network's own values: those that are plain data."""
        return settings_of(self.function, self.settings)

    def build(
        self, input: Shape | None = None, batch: Any = 1, classes: Any = None, args: Mapping[str, Any] | None = None
    ) -> Graph:
        """Build the Graph at an input of shape (C, H, W), by default the source's own.

        Sizes, batch and classes may be arrays of integers (a sweep) or symbols of sympy (the closed form); the graph
        keeps the conditions on symbols (`Graph.conditions`). `args` are settings of the family in the place of the
        network's own.

        Raises WrongSize if the input is too small, or if its size would change the weights (fully connected layers
        tied to one size); the error names the sizes that work. Raises CostcalcError for settings that the family does
        not have or cannot be built with.
        """
        batch = arguments.size("batch", batch)
        if classes is not None and "classes" not in signature(self.function).parameters:
            raise CostcalcError(f"{self.name} has no classifier, and so no number of classes")
        classes = arguments.optional(arguments.size, "classes", classes)
        given = self.input if input is None else self._shape(input)
        shape, (batch,), own = as_sizes([given, (batch,), () if classes is None else (classes,)])
        with open_conditions() as positive:
            if not all(_positive(size) for size in (*shape, batch, *own)):
                raise CostcalcError(f"{self.name} takes an input like {joined(self.input)} and a batch of 1 or more")
        limits = [Condition(relation) for relation in positive]
        changes = changed(self.name, self.changeable, args) if args else {}
        if self.width in changes and not changes[self.width] > 0:
            raise CostcalcError(f"{self.name}: {self.width}={changes[self.width]} must be greater than 0")
        settings = {**self.settings, **changes, **({"classes": own[0]} if own else {})}
        if all(map(known, shape[1:])) and shape[1:] == self.input[1:]:
            return self._trace(shape, batch, settings, limits, args)
        usual = self._trace((shape[0], *self.input[1:]), batch if known(batch) else 1, settings, given=args).weights
        problem = "its fully connected layers are tied to the size of the input"
        try:
            graph = self._trace(shape, batch, settings)
            if graph.weights.keys() == usual.keys() and all(_tied(graph, key, usual[key], limits) for key in usual):
                graph.limits = tuple(limits)
                return graph
        except Undecided as error:
            problem += f", as at {joined(element(shape, error.elements[0]))}" if error.elements else f": {error}"
        except SpecError as error:
            problem = str(error)
        least, most = self._working_sides(shape[0], usual, settings)
        smallest, largest = (joined((shape[0], *[side] * (len(self.input) - 1))) for side in (least, most or 0))
        if least == most:
            sizes, works = smallest, f"sides of {least}"
        elif most:
            sizes, works = f"{smallest} to {largest}", f"sides of {least} to {most}"
        else:
            sizes, works = f"{smallest} and larger", f"sides of {least} and more"
        raise WrongSize(
            f"{self.name} does not work at input {joined(shape)}: {problem}; sizes that work: {sizes}", works
        )

    def _shape(self, input: Any) -> Shape:
        try:
            shape = arguments.shape("input", input, self.input, arguments.size)
        except SpecError:
            shape = ()
        if len(shape) != len(self.input):
            like = f"{joined(self.input)}, in Python {self.input}"
            raise CostcalcError(f"{self.name} takes an input like {like}; not {arguments.shown(input)}")
        return shape

    def _trace(
        self, shape: Shape, batch: Any, settings: Mapping[str, Any], limits: Sequence[Condition] = (), given: Any = None
    ) -> Graph:
        try:
            graph = trace(self.function, (batch, *shape), name=self.name, note=self.note, **settings)
        except CostcalcError:
            raise
        except Exception as error:
            if not given:
                raise
            said = ", ".join(f"{key}={arguments.shown(value)}" for key, value in given.items())
            raise CostcalcError(
                f"{self.name} cannot be built with {said}: {first_line(error) or type(error).__name__}"
            ) from error
        graph.limits = tuple(limits)
        return graph

    def _working_sides(
        self, channels: Any, weights: Mapping[str, Shape], settings: Mapping[str, Any]
    ) -> tuple[int, int | None]:
        """The least and the largest side (None: any) of square inputs around the usual one that leave the weights."""

        def works(size: int) -> bool:
            try:
                sides = (size,) * (len(self.input) - 1)
                return self._trace((channels, *sides), 1, settings).weights == weights
            except SpecError:
                return False

        usual = self.input[1]
        least = _last(works, usual, 0)
        return least, None if works(16 * usual) else _last(works, usual, 16 * usual)


def _tied(graph: Graph, key: str, usual: Shape, limits: list[Condition]) -> bool:
    """True if a weight has its usual shape. Conditions on symbols for that are added to `limits`."""
    with open_conditions() as found:
        same = agree(graph.weights[key], usual)
    limits += [Condition(relation, key.rpartition(".")[0]) for relation in found]
    return same


def _positive(size: Any) -> bool:
    try:
        return holds(size >= 1)
    except Undecided:  # elements of an array differ
        return False


def _last(works: Callable[[int], bool], good: int, bad: int) -> int:
    """The last size that works between a good one and a bad one, by bisection."""
    while abs(bad - good) > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if works(middle) else (good, middle)
    return good


def architecture(
    *, year: int, source: str, input: Shape, networks: Mapping[str, Mapping[str, Any]], note: str = "", width: str = ""
) -> Callable[[F], F]:
    """Declare the networks that a function makes: name -> settings of the call.

    `width` names the setting that multiplies the widths of the layers, if there is one. A network with its own year,
    source, input or note has them among its settings. The zoo finds the networks in the function's attribute
    `networks`.
    """

    arguments.mapping("networks", networks, "a dict from names of networks to their settings")
    for name, given in networks.items():
        arguments.mapping(name, given, "a dict of settings, like {'depth': 50}")

    def decorate(function: F) -> F:
        family = function.__module__.rpartition(".")[2]
        made = []
        for name, given in networks.items():
            about: dict[str, Any] = {"year": year, "source": source, "input": input, "note": note}
            about.update({key: given[key] for key in about if key in given})
            about["year"] = arguments.integer("year", about["year"])
            about["input"] = arguments.shape("input", about["input"], (3, 224, 224))
            for key in ("source", "note"):
                arguments.text(key, about[key])
            settings = {key: value for key, value in given.items() if key not in about}
            made.append(Network(name, family, function=function, settings=settings, width=width, **about))
        function.networks = tuple(made)  # type: ignore[attr-defined]
        return function

    return decorate
