"""Networks of the zoo: found by name, and built for one input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from costcalc import zoo
from costcalc.openers.input_shapes import in_shapes
from costcalc.openers.refusals import one_input
from costcalc.spec import CostcalcError, Graph, Network, arguments, exact
from costcalc.spec.given import is_tensor
from costcalc.spec.request import Request
from costcalc.spec.shapes import joined


def read(request: Request) -> Graph:
    """The Graph of a network by name, with settings in its args. Its input is one shape, or one tensor of floats."""
    network = _network(request.model)
    alone = _with_arrays(request.input)
    if isinstance(alone, list | tuple) and len(alone) == 1 and is_tensor(alone[0]):
        alone = alone[0]
    if _several(alone):
        raise CostcalcError(one_input(network))
    request = in_shapes(replace(request, input=alone))
    shape, batch = request.input, request.batch
    if batch is None:
        if not (isinstance(shape, list | tuple) and len(shape) == 1 + len(network.input)):
            like = joined((1, *network.input))
            raise CostcalcError(
                f"{network.name} takes an input like {like}, batch included; not {arguments.shown(shape)}"
            )
        batch, shape = shape[0], tuple(shape[1:])
    graph = network.build(shape, batch, request.classes, request.args)
    if is_tensor(alone) and "float" not in str(alone.dtype):
        raise CostcalcError(one_input(network))
    return graph


def _network(name: str) -> Network:
    """The network of the zoo. Raises CostcalcError, with the nearest names here and in the libraries, if unknown."""
    try:
        return zoo.find(name)
    except CostcalcError:
        from costcalc.convert import library_names

        found = library_names.named(name) or ([] if zoo.names_like(name) else library_names.like(name))
        if not found:
            raise
        raise CostcalcError(f"unknown network {name!r}; did you mean {' or '.join(found)}?") from None


def _with_arrays(input: Any) -> Any:
    """A shape with its numpy arrays as exact arrays: at least one of its sizes is an integer."""
    if isinstance(input, list | tuple) and any(arguments.as_integer(size) is not None for size in input):
        return tuple(map(exact.number, input))
    return input


def _several(input: Any) -> bool:
    """True for several inputs, by name or in a list."""
    return isinstance(input, Mapping) or (
        isinstance(input, list | tuple) and any(isinstance(x, list | tuple) for x in input)
    )
