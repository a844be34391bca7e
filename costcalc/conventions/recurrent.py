"""Recurrent layers as tools see them, and their counts by ptflops, calflops and thop, from the modules' weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.conventions.unbatched import input_of
from costcalc.spec.count import Count
from costcalc.spec.node import BlockCall, Node
from costcalc.spec.shapes import Shape, numel

GATES = {"rnn": 1, "gru": 3, "lstm": 4}

CELLS = {f"torch.nn.modules.rnn.{name}Cell": name.lower() for name in ("RNN", "GRU", "LSTM")}
"""torch.nn's classes that run one position -> the op that runs a sequence."""

BY_ELEMENT = {"rnn": 1, "gru": 7, "lstm": 10}
"""Elementwise products and sums that ptflops and calflops count, per element of the state and step."""


def directions(node: Node) -> int:
    """2 if a layer is bidirectional, otherwise 1."""
    return 2 if node.facts.settings["bidirectional"] else 1


def sequence(node: Node, shape: Shape = ()) -> tuple[int, int]:
    """The number of sequences and their length, from the first two sizes of the input, or of another shape."""
    first, second, *_ = shape or node.inputs[0].shape
    return (first, second) if node.facts.settings["batch_first"] else (second, first)


def steps(node: Node, flops: bool = False) -> Count:
    """The count of ptflops and calflops for a layer: a step of one direction, times positions and directions."""
    settings, (first, second, *_) = node.facts.settings, input_of(node)
    forward = {key: shape for key, shape in node.facts.weights.items() if not key.endswith("_reverse")}
    times = (("N", first), ("L", second), ("directions", directions(node)))
    return _step(node.op, settings["layers"], forward, times, flops)


def cell(call: BlockCall, flops: bool = False) -> Count:
    """The count of ptflops and calflops for one call of a cell, which is one step."""
    return _step(CELLS[call.module.kind], 1, call.weights, (("N", call.module.output[0]),), flops)


def gate_steps(node: Node) -> Count:
    """The count of thop for a layer: a step at every position. Later layers read the whole state."""
    (n, length), settings = sequence(node, input_of(node)), node.facts.settings
    inputs = [node.inputs[0].shape[-1]] + [settings["width"] * directions(node)] * (settings["layers"] - 1)
    times = (("N", n), ("L", length), ("directions", directions(node)))
    return _gates(node.op, node.facts.weights, times, inputs)


def gate_step(call: BlockCall) -> Count:
    """The count of thop for one call of a cell."""
    times = (("N", call.module.output[0]),)
    return _gates(CELLS[call.module.kind], call.weights, times, [call.weights["weight_ih"][1]])


def _step(op: str, layers: int, weights: Mapping[str, Shape], times: tuple[tuple[str, int], ...], flops: bool) -> Count:
    """Both products (as flops: twice their mult-adds, less 1 per sum), elementwise work of the gates, and biases."""
    products = [shape for key, shape in weights.items() if key.startswith(("weight_ih", "weight_hh"))]
    biases = [shape for key, shape in weights.items() if key.startswith("bias")]
    width = products[0][0] // GATES[op]
    each = {
        "weights": sum(2 * numel(shape) - shape[0] if flops else numel(shape) for shape in products),
        "gates": BY_ELEMENT[op] * width * layers,
        "biases": sum(map(numel, biases)),
    }
    names, sizes = zip(*times, strict=True)
    return Count(*[((*names, name), (*sizes, n)) for name, n in each.items() if n])


def _gates(op: str, weights: Mapping[str, Shape], times: tuple[tuple[str, int], ...], inputs: Sequence[int]) -> Count:
    """Per layer: products, a sum and two biases per element of each gate, and elementwise products."""
    gates, by_element = GATES[op], {"rnn": 0, "gru": 4, "lstm": 4}[op]
    width = next(iter(weights.values()))[0] // gates
    biases = 2 if any(key.startswith("bias") for key in weights) else 0
    names, sizes = zip(*times, strict=True)
    each = [gates * (width * (d_in + width) + width + biases * width) + by_element * width for d_in in inputs]
    return Count(*[((*names, "step"), (*sizes, step)) for step in each])
