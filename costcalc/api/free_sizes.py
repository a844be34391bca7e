"""The sizes and settings of a model that are free: axes of a sweep, or symbols of a closed form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from costcalc import zoo
from costcalc.analysis.sweep import Free
from costcalc.openers import is_of_the_zoo
from costcalc.openers.usual_input import usual_input
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.request import Request
from costcalc.spec.shapes import AXES, joined


class Sizes(NamedTuple):
    """One input: its name ("": none), its sizes, and its dtype.

    sizes  one per axis, fixed or free; `bare`: one for all sides of an image, or for a length
    """

    name: str
    sizes: tuple[Any, ...]
    bare: bool
    dtype: str | None = None


class Freed(NamedTuple):
    """What is free in a Request: values by name, in order; and the fields that hold them, with `Free` in their place.

    sizes  names of the values that are sizes of the input, the batch or the classes
    """

    request: Request
    fields: dict[str, Any]
    values: dict[str, Any]
    sizes: frozenset[str]


def freed(
    request: Request, inputs: Sequence[Sizes] = (), batch: Any = None, classes: Any = None, width: Any = None,
    args: Mapping[str, Any] | None = None, is_free: Any = None,
) -> Freed:  # fmt: skip
    """The Request with these values free. `is_free` returns True for a size of an input that is not fixed.

    Raises CostcalcError for a value that the model has of its own, and for a width if it has no multiplier.
    """
    fields: dict[str, Any] = {}
    values: dict[str, Any] = dict(args or {})
    own = dict.fromkeys(values)
    if width is not None:
        key = _width(request)
        if key in own:
            raise CostcalcError(f"--width is the argument {key!r} of {request}; give one of them")
        values["width"] = [float(each) if type(each) is int else each for each in width]
    settings: dict[str, Any] = {key: Free(key) for key in own} | ({key: Free("width")} if width is not None else {})
    if settings:
        twice = [key for key in settings if key in request.args]
        if twice:
            raise CostcalcError(f"{twice[0]} is given twice; give each argument once")
        fields["args"] = {**request.args, **settings}
    sizes: dict[str, Any] = {}
    for name, value in (("classes", classes), ("batch", batch)):
        if value is not None:
            sizes[name], fields[name] = value, Free(name)
    if inputs:
        several = len(inputs) > 1
        shapes = [
            tuple(_shape(request, each, f"input{i}" if several else "", sizes, is_free))
            for i, each in enumerate(inputs, 1)
        ]
        fields["input"], fields["dtype"] = _together(inputs, shapes)
    _check_once(request, fields)
    names = [name for name in sizes if name in values]
    if names:
        raise CostcalcError(f"{names[0]} names an argument and a size; give one of them")
    return Freed(request, fields, {**values, **sizes}, frozenset(sizes))


def _width(request: Request) -> str:
    """The setting that is the width multiplier of the network's family."""
    if not is_of_the_zoo(request):
        raise CostcalcError(f"--width is for networks by name; {request} has arguments of its own: --arg NAME=0.25,0.5")
    network = zoo.find(request.model)
    if not network.width:
        having = sorted({each.family for each in zoo.all_networks() if each.width})
        own = f" (settings that it has: {', '.join(network.changeable)})" if network.changeable else ""
        raise CostcalcError(f"{request} has no width multiplier{own}; families that have one: {', '.join(having)}")
    return network.width


def _shape(request: Request, given: Sizes, usual: str, sizes: dict[str, Any], is_free: Any) -> Iterator[Any]:
    """The sizes of an input, with `Free` in the place of those that are free, which are added to `sizes`."""
    prefix = given.name or usual
    if given.bare:
        (value,) = given.sizes
        name = prefix or "input"
        sizes[name] = value
        yield from _sides(request, Free(name), given)
        return
    names = ("C", *AXES[len(given.sizes) - 1]) if 2 <= len(given.sizes) <= 4 else None
    for i, size in enumerate(given.sizes):
        if not is_free(size):
            yield size
            continue
        axis = names[i] if names else "L" if len(given.sizes) == 1 else f"axis{i}"
        name = f"{prefix}.{axis}" if prefix else axis
        sizes[name] = size
        yield Free(name)


def _sides(request: Request, free: Free, given: Sizes) -> tuple[Any, ...]:
    """The shape of an image with both sides free; a length alone if the model's usual input is not an image."""
    usual = None if given.name else usual_input(request)
    if not (isinstance(usual, tuple) and arguments.is_shape(usual)) or len(usual) < 2:
        return (free,)
    if len(usual) == 2:
        raise CostcalcError(f"{request} has an input like {joined(usual)}: give each size, like {usual[0]}x16:64")
    if usual[-1] == usual[-2] or usual[0] != usual[1]:
        return (*usual[:-2], free, free)
    return (free, free, *usual[2:])  # channels last


def _together(inputs: Sequence[Sizes], shapes: list[tuple[Any, ...]]) -> tuple[Any, Any]:
    """Shapes and dtypes as a Request has them: one, a list in order, or by name."""
    names, dtypes = [each.name for each in inputs], [each.dtype for each in inputs]
    if any(names):
        if "" in names or len(set(names)) < len(names):
            raise CostcalcError("expected a different name for each input, like a=128 and b=64, or no names")
        return dict(zip(names, shapes, strict=True)), dict(zip(names, dtypes, strict=True))
    return (shapes[0], dtypes[0]) if len(inputs) == 1 else (shapes, dtypes)


def _check_once(request: Request, fields: Mapping[str, Any]) -> None:
    """Raises CostcalcError for a field that the MODEL has among its own options too."""
    usual = replace(Request(request.model), batch_given=request.batch_given)
    for name in fields:
        if name != "args" and getattr(request, name) != getattr(usual, name):
            raise CostcalcError(f"{request} has {name} of its own; give it once")
