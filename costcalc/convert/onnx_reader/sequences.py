"""Sequences of tensors: their ops are read as those of their tensors, one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper

from costcalc.convert.onnx_reader.loops import scalar
from costcalc.convert.onnx_reader.module_paths import Place
from costcalc.convert.onnx_reader.node_reader import NodeReader
from costcalc.convert.onnx_reader.operands import Value
from costcalc.spec import CostcalcError

MOST = 1024
"""Most tensors of a sequence, and most bodies that are read for sequences."""

ON = np.array(True)

VERSION = 13
"""The version of Split, Squeeze, Unsqueeze and Concat that sequences are read by."""


class Items(Value):
    """A sequence of tensors."""

    def __init__(self, items: Sequence[Value]) -> None:
        super().__init__((), items[0].type if items else onnx.TensorProto.FLOAT)
        self.items = list(items)
        if len(self.items) > MOST:
            raise CostcalcError(f"a sequence of {len(self.items)} tensors: at most {MOST} are read")


def tensors(values: Sequence[Value]) -> list[Value]:
    """The tensors, and those of sequences."""
    return [x for each in values for x in (each.items if isinstance(each, Items) else [each])]


class Sequences:
    """Reads nodes that make or take sequences."""

    def __init__(self, nodes: NodeReader) -> None:
        self.nodes, self.bodies = nodes, 0

    def read(
        self, op: str, node: onnx.NodeProto, inputs: Sequence[Value | None], where: Place, body: Callable[..., Any]
    ) -> list[Value] | None:
        """The outputs of a node; None if it has nothing to do with sequences.

        op    its name; empty if it is not one of ONNX's own
        body  reads the graph inside the node, with the tensors that it takes

        Raises CostcalcError for an op that does not take a sequence, and for positions and sizes that are not known.
        """
        given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        match op, [*inputs]:
            case "SequenceEmpty", _:
                return [Items([])]
            case "SequenceConstruct", [*xs]:
                return [Items([_tensor(x) for x in xs])]
            case "SplitToSequence", [Value() as x, *sizes]:
                return [Items(self._split(x, sizes[0] if sizes else None, given, where))]
            case "SequenceMap", [Items(), *_]:
                return self._mapped(inputs, body)
            case "Loop", [trips, begins, *states] if any(isinstance(x, Items) for x in states):
                return self._loop(trips, begins, states, len(node.output), where, body)
            case "SequenceLength", [Items(items=items)]:
                return [Value((), onnx.TensorProto.INT64, data=np.array(len(items)))]
            case "SequenceAt", [Items(items=items), Value() as at]:
                return [items[_position(at, len(items))]]
            case "SequenceInsert", [Items(items=items), x, *at]:
                place = _position(at[0], len(items) + 1) if at else len(items)
                return [Items([*items[:place], _tensor(x), *items[place:]])]
            case "SequenceErase", [Items(items=items), *at]:
                place = _position(at[0] if at else None, len(items))
                return [Items([*items[:place], *items[place + 1 :]])]
            case "ConcatFromSequence", [Items(items=[_, *_] as items)]:
                axis = given.get("axis", 0)
                if given.get("new_axis", 0):
                    items = [self._run("Unsqueeze", [x, _numbers([axis])], where)[0] for x in items]
                return self._run("Concat", items, where, axis=axis)
            case "Identity", [Items() as same]:
                return [same]
        if any(isinstance(x, Items) for x in inputs):
            raise CostcalcError("it takes a sequence of tensors, which is not read")
        return None

    def _split(self, x: Value, sizes: Value | None, given: Any, where: Place) -> list[Value]:
        axis = given.get("axis", 0)
        if not -len(x.shape) <= axis < len(x.shape):
            raise CostcalcError(f"attribute 'axis' is {axis}, of a tensor with {len(x.shape)} axes")
        whole, told = x.shape[axis], [1] if sizes is None else sizes.numbers
        if told is None or any(size < 0 for size in told) or (0 in told and whole):
            raise CostcalcError("its sizes are not known")
        if sizes is None or not sizes.shape:  # all alike, but for the last
            each = int(told[0])
            told = [min(each, whole - start) for start in range(0, min(whole, (MOST + 1) * each), each)]
        if not told:
            return []
        if len(told) > MOST:
            raise CostcalcError(f"a sequence of more than {MOST} tensors is not read")
        parts = self._run("Split", [x, _numbers(told)], where, len(told), axis=axis)
        if sizes is None and not given.get("keepdims", 1):
            parts = [self._run("Squeeze", [part, _numbers([axis])], where)[0] for part in parts]
        return parts

    def _mapped(self, inputs: Sequence[Value | None], body: Callable[..., Any]) -> list[Value]:
        """A body per tensor of the first sequence; it takes one tensor of each sequence, and other tensors whole."""
        [*columns] = [x.items if isinstance(x, Items) else None for x in inputs]
        number = len(columns[0] or [])
        self._read_bodies(number)
        if any(items is not None and len(items) != number for items in columns):
            raise CostcalcError("its sequences are of different lengths")
        made = [
            body([x if items is None else items[i] for x, items in zip(inputs, columns, strict=True)])
            for i in range(number)
        ]
        return [Items(each) for each in zip(*made, strict=True)]

    def _loop(
        self,
        trips: Value | None,
        begins: Value | None,
        states: Sequence[Value | None],
        outputs: int,
        where: Place,
        body: Callable[..., Any],
    ) -> list[Value]:
        """A Loop that collects tensors in a sequence: its body once per pass."""
        number = None if trips is None else scalar(trips)
        goes_on = 1 if begins is None else scalar(begins)
        rows: list[list[Value]] = []
        for i in range(number or 0):
            if goes_on == 0:
                break
            self._read_bodies(1)
            told = Value((), onnx.TensorProto.INT64, data=np.array(i)), Value((), onnx.TensorProto.BOOL, data=ON)
            condition, *made = body([*told, *states])
            goes_on, states = scalar(condition), made[: len(states)]
            rows.append(made[len(states) :])
            if goes_on is None:
                break
        if number is None or goes_on is None or (not rows and outputs > len(states)):
            raise CostcalcError("how often it runs is not known, or never")
        apart = [[self._run("Unsqueeze", [x, _numbers([0])], where)[0] for x in row] for row in zip(*rows, strict=True)]
        return [*(x for x in states if x is not None), *(self._run("Concat", each, where, axis=0)[0] for each in apart)]

    def _read_bodies(self, number: int) -> None:
        self.bodies += number
        if self.bodies > MOST:
            raise CostcalcError(f"more than {MOST} bodies are not read")

    def _run(self, op: str, inputs: Sequence[Value], where: Place, outputs: int = 1, **settings: Any) -> list[Value]:
        """The outputs of an op on tensors."""
        names = [f"x{i}" for i in range(len(inputs))], [f"y{i}" for i in range(outputs)]
        node = helper.make_node(op, *names, **settings)
        made = self.nodes.outputs(node, inputs, [], VERSION, [None] * outputs, [False] * len(inputs), where)
        return [_tensor(x) for x in made]


def _numbers(values: Sequence[Any]) -> Value:
    return Value((len(values),), onnx.TensorProto.INT64, data=np.array(values, dtype=np.int64))


def _tensor(x: Value | None) -> Value:
    if x is None or isinstance(x, Items):
        raise CostcalcError("it takes tensors")
    return x


def _position(at: Value | None, length: int) -> int:
    """A known position; the last one if none is given."""
    told = [-1] if at is None else at.numbers
    if told is None or len(told) != 1 or not -length <= told[0] < length:
        raise CostcalcError("the position in its sequence is not known, or there is none")
    return int(told[0]) % length
