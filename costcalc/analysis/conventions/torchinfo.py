"""torchinfo's summary: looks at leaf modules, and takes their parameters times the positions of the output.

A convolution (a class with Conv in its name): weights and bias, times the batch and the output's positions. Any
other module: weights and bias, times the batch (axes between batch and features are dropped, so a linear layer over a
sequence comes out low by its length, and an embedding's whole table counts). Functions are not seen, unless a leaf
module of the user's own calls them on its parameters; neither are modules with others inside: attention. Zero are leaf
modules without parameters.
"""

from __future__ import annotations

from costcalc.analysis.conventions.convention import Convention
from costcalc.spec.count import ZERO, Count, product
from costcalc.spec.graph import BlockCall, Graph, Mode, Node
from costcalc.spec.shapes import numel

CONVENTION = Convention(
    "torchinfo",
    version="1.8.0",
    unit=1,
    about="weights and biases of leaf modules, times the batch and, for convolutions, the output's positions",
)

FLOAT = 4
"""Bytes of an element: torchinfo's inputs are float32 unless told."""

INTEGER = 8
"""Bytes of an id."""


def _parameters(node: Node, *positions: tuple[str, int]) -> Count | None:
    """The sum over weight and bias of their size times the positions. None for a function outside a leaf module."""
    if node.facts.torch is None or not node.facts.torch.is_module:
        return _of_a_leaf(node)
    names, sizes = zip(*positions, strict=True)
    return Count(*[((*names, key), (*sizes, numel(shape))) for key, shape in node.facts.weights.items()])


def _of_a_leaf(node: Node) -> Count | None:
    """The same for parameters of a leaf module of the user's own, by their names in it, and its output's shape.

    Names with "weight" or "bias" in them count, others are zero.
    """
    block, counted = node.block, Count()
    if block is None or not _is_leaf(block):
        return None
    n, *positions = block.output
    for name, shape in zip(node.weights, node.facts.weights.values(), strict=True):
        key = name[len(block.path) + 1 :]
        if key in ("weight", "bias"):
            out = numel(tuple(positions[1:])) if "Conv" in block.kind.rpartition(".")[-1] else 1
            counted += product(N=n, out=out, param=numel(shape))
        elif "weight" in key or "bias" in key:
            counted += product(N=n, axis=numel(tuple(positions[:1])), param=numel(shape))
    return counted if node.weights else None


def _is_leaf(block: BlockCall) -> bool:
    return block.leaf and bool(block.output)


@CONVENTION.rule(
    "conv",
    "conv_transpose",
    mirrors="torchinfo.layer_info.LayerInfo.calculate_macs",
    note="the bias too, once at every position of the output (of the output of a transposed convolution as well)",
)
def _conv(node: Node, mode: Mode) -> Count | None:
    n, _, *out = node.facts.outputs[0]
    return _parameters(node, ("N", n), *((f"out_{i}", size) for i, size in enumerate(out, 1)))


@CONVENTION.rule(
    mirrors="torchinfo.layer_info.LayerInfo.calculate_macs",
    note="parameters, the bias too, once for each input of the batch",
)
def _any_module(node: Node, mode: Mode) -> Count | None:
    count = _parameters(node, ("N", numel(node.facts.outputs[0][:1])))
    return ZERO if count is not None and not count.terms else count


@CONVENTION.rule(
    "multi_head_attention",
    mirrors="torchinfo.model_statistics.ModelStatistics.__init__ (is_leaf_layer)",
    note="not seen: the module has another inside (out_proj) that is never called, so that neither of them counts",
)
def _multi_head_attention(node: Node, mode: Mode) -> Count | None:
    return None


def memory(graph: Graph, mode: Mode) -> dict[str, int]:
    """The bytes below torchinfo's table (torchinfo.model_statistics.ModelStatistics.__init__).

    "input"             4 · elements of the inputs (8 where they are ids)
    "forward/backward"  2 · 4 · elements put out by each call of a leaf module that has parameters
    "params"            4 · parameters of the leaf modules that ran, each once
    "total"             the sum of the three

    torchinfo adds the header of Python's storage object to the input (some 50 bytes); it is left out here.
    """
    sizes = {name: numel(shape) for name, shape in graph.weights.items()}
    not_run = graph.not_run(mode)
    put_out = params = 0
    leaves: set[BlockCall] = set()
    for node in graph.nodes:
        if not node.weights or node.op == "multi_head_attention" or node in not_run:
            continue
        if node.facts.torch is not None and node.facts.torch.is_module:
            put_out += sum(map(numel, node.facts.outputs))
        elif node.block is not None and _is_leaf(node.block):
            put_out += numel(node.block.output) if node.block not in leaves else 0
            leaves.add(node.block)
        else:
            continue
        params += sum(sizes.pop(name, 0) for name in node.weights)
    lines = {
        "input": sum((INTEGER if t.integer else FLOAT) * numel(t.shape) for t in graph.inputs),
        "forward/backward": 2 * FLOAT * put_out,
        "params": FLOAT * params,
    }
    return {**lines, "total": sum(lines.values())}


CONVENTION.memory = memory
