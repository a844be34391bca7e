"""Loop and Scan by their bodies, and branches: what is known of them without running the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import helper

from costcalc.convert.onnx_reader.graph_builder import GraphBuilder
from costcalc.convert.onnx_reader.module_paths import Place
from costcalc.convert.onnx_reader.operands import Value, view
from costcalc.spec import Node
from costcalc.spec.ops.generic import MOST
from costcalc.spec.shapes import Shape

LARGER = "Of the branches of If, the larger one is counted."


class Loop(NamedTuple):
    """A loop that runs a known number of times: shape and type of each output, and the settings of its op `custom`."""

    outputs: Sequence[tuple[Shape, int]]
    settings: Mapping[str, Any]


class Carried(NamedTuple):
    """An input of a body: a tensor around the loop, whose values may change from one pass to the next.

    x      the tensor
    shape  of one row of it, if the body takes rows; otherwise its own
    """

    x: Value
    shape: Shape

    def value(self, builder: GraphBuilder, place: Place) -> Value:
        """It as the body reads it, without its values."""
        if 0 in self.shape:
            return Value(self.shape, self.x.type)
        [tensor] = builder.append([view("carried", self.x, self.shape)], place)
        return Value(self.shape, self.x.type, tensor=tensor)


class Known(NamedTuple):
    """An input of a body that is not a tensor around the loop: the number of the pass, or the condition to go on."""

    type: int
    data: Any = None

    def value(self, builder: GraphBuilder, place: Place) -> Value:
        """It as the body reads it."""
        return Value((), self.type, data=self.data)


@dataclass(frozen=True, slots=True)
class Passes:
    """The passes of a loop.

    trips   how many there are
    inputs  of the body
    states  how many of these are handed from one pass to the next
    asks    True if the first output of the body says whether to go on
    axes    of the outputs along which those of the passes are put together
    """

    trips: int
    inputs: Sequence[Carried | Known]
    states: int
    asks: bool
    axes: Sequence[int] = ()

    def loop(self, made: Sequence[Value], nodes: Sequence[Node]) -> Loop | None:
        """The loop whose body makes these values by these nodes.

        None if sizes change from one pass to the next, if values decide whether it goes on, and if mult-adds of the
        body are unknown.
        """
        trips = self.trips
        if self.asks:
            goes_on = scalar(made[0])
            if goes_on is None:
                return None
            trips, made = (trips if goes_on else min(trips, 1)), made[1:]
        before = [each.x for each in self.inputs if isinstance(each, Carried)][: self.states]
        after = made[: self.states]
        if [(x.shape, x.type) for x in before] != [(x.shape, x.type) for x in after]:
            return None
        counts = [node.facts.macs for node in nodes]
        terms = [term for count in counts if count is not None for term in count.terms]
        if None in counts or any(len(names) >= MOST for names, _ in terms):
            return None
        rows = made[self.states :]
        axes = [*self.axes, *[0] * len(rows)]
        outputs = [(x.shape, x.type) for x in after]
        for x, axis in zip(rows, axes, strict=False):
            place = axis if axis >= 0 else axis + len(x.shape) + 1
            if not 0 <= place <= len(x.shape):
                return None
            outputs.append(((*x.shape[:place], trips, *x.shape[place:]), x.type))
        told = [(("trips", *names), (trips, *factors)) for names, factors in terms]
        each = sum(node.facts.inside + sum(map(prod, node.facts.own("eval"))) for node in nodes)
        states = sum(prod(x.shape) for x in after)  # the last pass makes them
        return Loop(outputs, {"terms": told, "inside": max(trips * each - states, 0)})


def passes(node: onnx.NodeProto, inputs: Sequence[Value | None], version: int) -> Passes | None:
    """The passes of a Loop or Scan; None if their number depends on values."""
    if node.op_type == "Loop":
        return _of_loop(inputs)
    return _of_scan({a.name: helper.get_attribute_value(a) for a in node.attribute}, inputs) if version >= 9 else None


def size(nodes: Sequence[Node]) -> tuple[int, int]:
    """Compares branches: unknown mult-adds come first, then their number."""
    counts = [node.facts.macs for node in nodes]
    return sum(count is None for count in counts), sum(count.value for count in counts if count is not None)


def _of_loop(inputs: Sequence[Value | None]) -> Passes | None:
    most, goes_on, *states = [*inputs, None, None][: max(len(inputs), 2)]
    trips = None if most is None else scalar(most)
    begins = True if goes_on is None else scalar(goes_on)
    if trips is None or begins is None or not 0 <= trips <= 2**63:
        return None
    carried = [Carried(x, x.shape) for x in states if x is not None]
    told = [Known(onnx.TensorProto.INT64), Known(onnx.TensorProto.BOOL, np.array(True))]
    return (
        Passes(trips if begins else 0, [*told, *carried], len(carried), True) if len(carried) == len(states) else None
    )


def _of_scan(settings: Any, inputs: Sequence[Value | None]) -> Passes | None:
    given = [x for x in inputs if x is not None]
    states = len(given) - int(settings.get("num_scan_inputs", 0))
    rows = given[states:]
    axes = list(settings.get("scan_input_axes", [0] * len(rows)))
    if not rows or states < 0 or len(given) != len(inputs) or len(axes) != len(rows):
        return None
    if not all(-len(x.shape) <= axis < len(x.shape) for x, axis in zip(rows, axes, strict=True)):
        return None
    trips = {x.shape[axis] for x, axis in zip(rows, axes, strict=True)}
    if len(trips) != 1:
        return None
    carried = [Carried(x, x.shape) for x in given[:states]]
    for x, axis in zip(rows, axes, strict=True):
        place = axis % len(x.shape)
        carried.append(Carried(x, (*x.shape[:place], *x.shape[place + 1 :])))
    return Passes(trips.pop(), carried, states, False, list(settings.get("scan_output_axes", [])))


def scalar(x: Value) -> int | None:
    """The integer that a constant of one element is; None for other tensors."""
    data = x.data if x.constant else None
    return int(data.reshape(-1)[0]) if data is not None and data.size == 1 and data.dtype.kind in "biu" else None
