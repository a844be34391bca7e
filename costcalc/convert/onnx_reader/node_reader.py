"""Read one node: its outputs are views of weights, constants, or the outputs of new nodes of the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import onnx
from onnx import helper

from costcalc.convert import rules
from costcalc.convert.onnx_reader import constant_folding, op_kinds, ops, shape_inference, weights
from costcalc.convert.onnx_reader.attributes import attributes
from costcalc.convert.onnx_reader.graph_builder import GraphBuilder
from costcalc.convert.onnx_reader.handlers import Call
from costcalc.convert.onnx_reader.loops import Loop
from costcalc.convert.onnx_reader.module_paths import Place, clean
from costcalc.convert.onnx_reader.operands import Operand, Value, generic, view
from costcalc.convert.onnx_reader.shape_limits import bounded, checked
from costcalc.spec import CostcalcError, SpecError
from costcalc.spec.shapes import Shape

WEIGHT_VIEWS = {"Cast", "CastLike", "Flatten", "QuantizeLinear", "Reshape", "Squeeze", "Transpose", "Unsqueeze"}
"""Ops whose output is still the weight that they read, in another shape or type."""

MOST_EVALUATED = 2**22
"""Upper bound of all numbers computed from constants. Shapes need far fewer."""


class NodeReader:
    """Reads nodes, one at a time.

    in_constants  True if the file keeps its weights in Constants
    nodes         the nodes of the graph so far
    evaluated     how many numbers were computed from constants
    """

    def __init__(self, in_constants: bool) -> None:
        self.in_constants = in_constants
        self.builder = GraphBuilder()
        self.evaluated = 0

    def outputs(
        self,
        node: onnx.NodeProto,
        inputs: Sequence[Value | None],
        inside: Sequence[Value],
        version: int,
        declared: Sequence[Shape | None],
        once: Sequence[bool],
        place: Place,
        loop: Loop | None = None,
    ) -> Sequence[Value | None]:
        """The outputs of a node.

        inside    tensors that graphs inside it read
        version   of its domain's ops
        declared  the shapes that the file declares for its outputs
        once      for each input: True if nothing else reads it
        loop      what it does, if it is a loop that runs a known number of times

        Raises CostcalcError if the shape of an output is unknown.
        """
        own = node.domain in ("", "ai.onnx")
        op = clean(node.op_type) if own else f"{clean(node.domain)}::{clean(node.op_type)}"
        given = attributes(node, op)
        if loop is not None:
            told, problem = [*loop.outputs, *shape_inference.unknown(node, inputs)][: len(node.output)], ""
        elif own and op not in op_kinds.WITH_GRAPHS:
            told, problem = shape_inference.infer(node, inputs, version)
        else:
            told, problem = shape_inference.unknown(node, inputs), "the file does not say"
        shapes = [made if made is not None else said for (made, _), said in zip(told, declared, strict=True)]
        for shape in shapes:
            bounded(shape or (), "its output")
        types = [type for _, type in told]
        call = Call(op, version, [*inputs, *inside], given, node.output, shapes, types, loop and loop.settings)
        for i, sources in list(weights.read_by(call, self.in_constants)):
            call.inputs[i] = self._weight(call.operand(i), sources, place)
        free = _seen(call) or self._constants(call, node, problem)
        if free is not None:
            return free
        results, said = self._results(call)
        if results is None and op == "Add" and len(call.present) == 2:
            biased = self._biased(call, once)
            if biased is not None:
                return [biased]
        if results is None:
            results = self._generic(call, problem or said)
        return self._made(call, results, place)

    def _weight(self, x: Value, sources: Sequence[Value], place: Place) -> Value:
        """A constant as a weight: a view or a part of a tensor of the file, or several tensors put together."""
        if len(sources) == 1 and prod(sources[0].shape) == prod(x.shape):
            return Value(x.shape, x.type, name=sources[0].name, learned=True)
        [tensor] = self.builder.append([view("weight", sources, x.shape)], place)
        return Value(x.shape, x.type, tensor=tensor)

    def _constants(self, call: Call, node: onnx.NodeProto, problem: str) -> Sequence[Value | None] | None:
        """The outputs of an operation on constants that costs nothing; None for other operations."""
        if op_kinds.kind(call.op) == "unknown" or not all(x.constant for x in call.present):
            return None
        sources = weights.carried(call)
        if self.evaluated <= MOST_EVALUATED:
            arrays = constant_folding.evaluate(node, call.inputs, call.version, call.shapes)
        else:
            arrays = None
        if arrays is not None:
            made = [np.asarray(array) for array in arrays]
            self.evaluated += sum(array.size for array in made)
            types = [helper.np_dtype_to_tensor_dtype(array.dtype) for array in made]
            return [Value(a.shape, type, data=a, sources=sources) for a, type in zip(made, types, strict=True)]
        for shape in call.shapes:
            if shape is None:
                raise _untold(problem)
            if 0 not in shape:
                checked(shape, "its output")
        known = [(shape, type) for shape, type in zip(call.shapes, call.types, strict=True) if shape is not None]
        return [Value(shape, type, sources=sources) for shape, type in known]

    def _results(self, call: Call) -> tuple[Sequence[Operand | None] | None, str]:
        """The outputs by the op's handler; or None if it covers another call or contradicts ONNX, and why."""
        handler = ops.handlers().get(call.op)
        if handler is None:
            return None, ""
        try:
            results = handler(call)
        except SpecError as error:
            return None, str(error)
        for result, shape in zip(results or (), call.shapes, strict=False):
            if result is not None and shape is not None and result.shape != shape:
                return None, f"its output would be {result.shape}, not {shape}"
        return results, ""

    def _biased(self, call: Call, once: Sequence[bool]) -> Value | None:
        """The output of the linear layer whose bias this Add adds; None if it adds something else."""
        for i, bias in enumerate(call.present):
            x = call.present[1 - i]
            node = x.tensor.node if x.tensor is not None else None
            if (
                node is None
                or node.op != "linear"
                or self.builder.is_apart(node)
                or node.facts.settings["bias"]
                or not once[1 - i]
            ):
                continue
            shape = (node.facts.settings["width"],)
            if bias.learned and bias.shape == shape and self.builder.fits(bias, shape) and call.shapes == [x.shape]:
                self.builder.bias(node, bias)
                return x
        return None

    def _generic(self, call: Call, problem: str) -> Sequence[Operand | None]:
        """One node for an operation that no handler covers; none for empty outputs. A sum of no products is zero."""
        if None in call.shapes:
            raise _untold(problem)
        settings = op_kinds.SETTINGS.get(call.op, set())
        read = [x for i, x in enumerate(call.inputs) if x is not None and not (i in settings and x.name)]
        full = [i for i, shape in enumerate(call.shapes) if 0 not in (shape or ())]
        shapes = [checked(call.shapes[i] or (), "its output") for i in full]
        if not shapes:
            return [None] * len(call.shapes)
        empty = call.op in weights.PRODUCTS and any(0 in x.shape for x in read)
        kind, name = (
            "elementwise" if empty else str(op_kinds.kind(call.op)),
            call.op if "::" in call.op else f"ai.onnx::{call.op}",
        )
        rule: Mapping[str, Any] = {}
        if kind == "unknown" and name in rules.RULES:
            inputs = [x.shape if x is not None else None for x in call.inputs]
            kind, rule = "custom", rules.given(name, {"inputs": inputs, **call.attributes}).settings
        elif call.loop is not None:
            kind, rule = "custom", call.loop
        made = generic(kind, call.op, read, shapes, **rule)
        parts = {i: made if n == 0 else made.part(n) for n, i in enumerate(full)}
        return [parts.get(i) for i in range(len(call.shapes))]

    def _made(self, call: Call, results: Sequence[Operand | None], place: Place) -> list[Value | None]:
        """Append the nodes of the results, and one node for further outputs that are read. Returns all outputs."""
        results = [*results, *[None] * len(call.outputs)][: len(call.outputs)]
        empty = [
            0 in (r.shape if r is not None else shape or ()) for r, shape in zip(results, call.shapes, strict=True)
        ]
        results = [None if none else result for none, result in zip(empty, results, strict=True)]
        for result in results:
            checked(result.shape if result is not None else (), "its output")
        tensors = self.builder.append(results, place)
        more = [
            i
            for i, name in enumerate(call.outputs)
            if name and results[i] is None and call.shapes[i] is not None and not empty[i]
        ]
        if more:
            read = [x for x in call.present if not x.learned]
            made = generic("elementwise", call.op, read, [checked(call.shapes[i] or (), "its output") for i in more])
            parts: list[Operand] = [made, *[made.part(i) for i in range(1, len(more))]]
            for i, tensor in zip(more, self.builder.append(parts, place.beside("more")), strict=True):
                tensors[i] = tensor
        values: list[Value | None] = [
            None if t is None else Value(t.shape, type, tensor=t) for t, type in zip(tensors, call.types, strict=True)
        ]
        for i, shape in enumerate(call.shapes):
            if empty[i] and shape is not None:
                values[i] = Value(shape, call.types[i])
        return values


def _seen(call: Call) -> list[Value] | None:
    """The outputs of an op that returns a view of a weight, a shape, or its input; None for other ops."""
    first, shape = call.given(0), call.shapes[0] if call.shapes else None
    if first is None or shape is None:
        return None
    if call.op == "Identity":
        return [first]
    if call.op in ("Shape", "Size"):
        axes = first.shape[call.attributes.get("start", 0) : call.attributes.get("end", len(first.shape))]
        told = np.array(axes if call.op == "Shape" else prod(first.shape), dtype=np.int64)
        return [Value(told.shape, onnx.TensorProto.INT64, data=told)]
    if call.op == "CastLike" and first.constant:
        same = first.type == call.types[0]
        return [first if same else Value(shape, call.types[0], sources=first.sources)]
    if (call.op in WEIGHT_VIEWS and first.learned) or (call.op == "DequantizeLinear" and first.name):
        return [Value(shape, call.types[0], name=first.name, learned=True)]
    sources = weights.dequantized(call)
    return [Value(shape, call.types[0], sources=sources)] if sources else None


def _untold(problem: str) -> CostcalcError:
    why = f": {problem}" if problem else ""
    return CostcalcError(f"the shape of its output cannot be told without running the network{why}")
