"""torchinfo's summary: the parameters of leaf modules, times the batch and the positions of the output.

A convolution (a class with Conv in its name): weights and bias, times the batch and the output's positions. Any
other module: weights and bias, times the batch (axes between batch and features are dropped, so the count of a linear
layer over a sequence is too low by the length, and an embedding's whole table counts). Functions are not counted,
unless a leaf module of the user's own calls them on its parameters; nor are modules with others inside, such as
attention. Leaf modules without parameters are zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.conventions import summary
from costcalc.conventions.called import starting_calls
from costcalc.conventions.guarded import guarded
from costcalc.conventions.modules import Hooking
from costcalc.conventions.op_rule import OpRule
from costcalc.conventions.unbatched import output_of
from costcalc.spec import numbers
from costcalc.spec.count import Count, product
from costcalc.spec.dtypes import itemsize
from costcalc.spec.graph import Graph
from costcalc.spec.node import BlockCall, Node, Tensor
from costcalc.spec.run import Run
from costcalc.spec.shapes import Shape, numel


class Torchinfo(Hooking):
    """Counts leaf modules from their weights: those of torch and those of the user."""

    def rule_of_call(self, call: BlockCall) -> OpRule | None:
        """The rule for a leaf module without a node of its own, if it has weights; otherwise None."""
        return OWN if call.module.leaf and call.module.output and call.weights else None

    def params(self, run: Run) -> Any:
        """Of a model that was read, those of the lines of the summary: some count twice, or not at all."""
        graph = run.graph
        return summary.params(graph, summary.own_sizes(graph))[0] if graph.held.modules else super().params(run)


CONVENTION = Torchinfo(
    "torchinfo",
    version="1.8.0",
    unit=1,
    about="weights and biases of leaf modules, times the batch and, for convolutions, the output's positions",
    sees="hooks modules",
    has="rule",
)

INTEGER = 8
"""Bytes of a token id."""


def _module(weights: Mapping[str, int], kind: str, output: Shape) -> Count:
    """A leaf module's count, from its own parameters by name, the name of its class, and the shape of its output.

    ``weight`` and ``bias`` times the batch and, for a convolution, the output's positions; other names that contain
    these words times the batch and the first axis after it; the rest is not counted.
    """
    counted = Count()
    if not output:  # of a scalar, such as a loss, the tool fails if there are parameters
        return counted
    n, *rest = output
    positions = [(f"out_{i}", size) for i, size in enumerate(rest[1:], 1)] if "Conv" in kind else []
    for key, size in weights.items():
        if key in ("weight", "bias"):
            counted += product(N=n, **dict(positions), **{key: size})
        elif "weight" in key or "bias" in key:
            counted += product(N=n, axis=numel(tuple(rest[:1])), **{key: size})
    return counted


def _sizes(shapes: Mapping[str, Shape]) -> dict[str, int]:
    return {key: numel(shape) for key, shape in shapes.items()}


def _weights(node: Node, graph: Graph) -> dict[str, int]:
    """Elements of the parameters of a node's module, by their names in it; a pruned one has the name without _orig."""
    number = graph.held.numbers.get(node.module)
    if number is None:
        return _sizes(node.facts.weights)
    module, sizes = graph.held.modules[number], summary.own_sizes(graph)
    return {key.removesuffix("_orig") if key in module.masked else key: sizes[n] for key, n in module.weights.items()}


def _of_call(call: BlockCall) -> Count | None:
    return _module(_sizes(call.weights), call.module.kind.rpartition(".")[-1], call.module.output)


OWN = OpRule(
    guarded("torchinfo", _of_call),
    "torchinfo.layer_info.LayerInfo.calculate_macs",
    "counts parameters by name: weight and bias once per input of the batch (of a class with Conv in its name also "
    "at each "
    "position), others with these words in their names also along the second axis",
)


@CONVENTION.rule(
    "conv",
    "conv_transpose",
    mirrors="torchinfo.layer_info.LayerInfo.calculate_macs",
    note="counts weights and biases, once at every position of the output (of a transposed convolution as well)",
)
@CONVENTION.rule(
    "gru",
    "lstm",
    "rnn",
    mirrors="torchinfo.layer_info.LayerInfo.calculate_macs",
    note="counts weights and biases, once per input of the batch and position",
)
@CONVENTION.rule(
    mirrors="torchinfo.layer_info.LayerInfo.calculate_macs",
    note="counts weights and biases, if the module has any, once per input of the batch",
)
def _of_node(node: Node, run: Run) -> Count | None:
    call = node.call
    return _module(_weights(node, run.graph), call.name, output_of(node)) if call and call.is_module else None


@CONVENTION.rule(
    "multi_head_attention",
    mirrors="torchinfo.model_statistics.ModelStatistics.__init__ (is_leaf_layer)",
    otherwise="not counted: the module has another inside (out_proj), which is never called, so neither of them counts",
)
def _multi_head_attention(node: Node, run: Run) -> Count | None:
    return None


def _of_input(t: Tensor) -> int:
    """Bytes per element of an input."""
    return INTEGER if t.integer else itemsize(t.dtype or "float32")


def _each(graph: Graph, weights: Sequence[str]) -> int:
    """Bytes per element of what a module with these weights puts out: torch computes in their dtype."""
    return summary.itemsize_of(graph, weights[0]) if weights else itemsize("float32")


def memory(run: Run) -> dict[str, int]:
    """The bytes below torchinfo's table (torchinfo.model_statistics.ModelStatistics.__init__).

    "input"             elements of the inputs, at 4 bytes (8 if they are token ids), or as many as their dtype has
    "forward/backward"  2 · output elements of each call of a leaf module that has parameters, at the bytes of these
    "params"            4 · parameters of the leaf modules that ran, each once; of other dtypes at their own bytes
    "total"             the sum of the three

    torchinfo adds the header of Python's storage object to the input (some 50 bytes); it is left out here.
    """
    sizes: dict[str, Any] = {n: summary.itemsize_of(run.graph, n) * numel(s) for n, s in run.graph.weights.items()}
    put_out = params = 0
    for node in run.nodes:
        if node.op == "multi_head_attention":
            continue
        for call in starting_calls(node):
            if CONVENTION.rule_of_call(call):
                prefix = f"{call.path}." if call.path else ""
                put_out += _each(run.graph, [prefix + key for key in call.weights]) * numel(call.module.output)
                params += numbers.total(sizes.pop(prefix + key, 0) for key in call.weights)
        if node.call is not None and node.call.is_module and _weights(node, run.graph):
            put_out += _each(run.graph, node.weights) * sum(map(numel, node.facts.outputs[:1]))
            params += sum(sizes.pop(name, 0) for name in node.weights)
    if run.graph.held.modules:
        params = summary.params(run.graph, summary.own_bytes(run.graph))[1]
    lines = {
        "input": numbers.total(_of_input(t) * numel(t.shape) for t in run.graph.inputs),
        "forward/backward": 2 * put_out,
        "params": params,
    }
    return {**lines, "total": numbers.total(lines.values())}


CONVENTION.memory = memory
CONVENTION.memory_headings = {
    "input": "Input size",
    "forward/backward": "Forward/backward pass size",
    "params": "Params size",
    "total": "Estimated Total Size",
}
