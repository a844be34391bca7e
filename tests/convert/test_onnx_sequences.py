"""ONNX's sequences of tensors, whose ops are read as those of their tensors, and SequenceMap by its body."""

from pathlib import Path
from typing import Any

import pytest
from onnx import TensorProto, helper
from onnx_files import info, network, node, numbers, weight, written
from small_modules import costs

import costcalc
from costcalc.spec import CostcalcError

STORED = [numbers("one", 1), numbers("last", -1), numbers("two", 2), numbers("sizes", [2, 3]), weight("w", 6, 4)]
AFTER = node("MatMul", "y w", "z")

CASES: dict[str, tuple[list[Any], tuple[int, ...]]] = {
    "a part of one": ([node("SplitToSequence", "x", "s"), node("SequenceAt", "s one", "y")], (1, 6)),
    "without its axis": ([node("SplitToSequence", "x", "s", keepdims=0), node("SequenceAt", "s one", "y")], (6,)),
    "a part of two": ([node("SplitToSequence", "x two", "s"), node("SequenceAt", "s one", "y")], (2, 6)),
    "the rest": ([node("SplitToSequence", "x two", "s"), node("SequenceAt", "s last", "y")], (1, 6)),
    "of given sizes": ([node("SplitToSequence", "x sizes", "s"), node("SequenceAt", "s last", "y")], (3, 6)),
    "put together": ([node("SequenceConstruct", "x x x", "s"), node("ConcatFromSequence", "s", "y", axis=0)], (15, 6)),
    "on a new axis": (
        [node("SequenceConstruct", "x x", "s"), node("ConcatFromSequence", "s", "y", axis=1, new_axis=1)],
        (5, 2, 6),
    ),
    "one by one": (
        [
            node("SequenceEmpty", "", "e"),
            node("SequenceInsert", "e x", "a"),
            node("SequenceInsert", "a x", "b"),
            node("SequenceErase", "b one", "s"),
            node("SequenceLength", "b", "n"),
            node("Concat", "row six", "to", axis=0),
            node("ConcatFromSequence", "s", "c", axis=0),
            node("Unsqueeze", "n zero", "m"),
            node("Tile", "c times", "y"),
        ],
        (10, 6),
    ),
}
"""Nodes from x, 5 x 6, to y, and the shape of y; its product with w, 6 x 4, follows."""


@pytest.mark.parametrize("name", CASES)
def test_tensors_of_sequences(name: str, tmp_path: Path) -> None:
    nodes, shape = CASES[name]
    more = [numbers("row", [2]), numbers("six", [6]), numbers("zero", [0]), numbers("times", [2, 1])]
    graph = costcalc.graph(written(network([*nodes, AFTER], [*STORED, *more], {"x": (5, 6)}, "z"), tmp_path))
    assert graph.outputs[0].shape == (*shape[:-1], 4)
    rows = 1
    for size in shape[:-1]:
        rows *= size
    assert costs(graph) == (24, rows * 24, "complete")


def test_a_body_per_tensor(tmp_path: Path) -> None:
    """Rows 2 and 3 of x, 5 x 6, each times w, 6 x 4, with a tensor that all of them take: 5·24; w counts once."""
    body = helper.make_graph(
        [node("MatMul", "row w", "m"), node("Add", "m whole", "out")],
        "body",
        [info("row", None, 6), info("whole", 4)],
        [info("out", None, 4)],
    )
    nodes = [
        node("SplitToSequence", "x sizes", "s"),
        node("SequenceMap", "s v", "t", body=body),
        node("ConcatFromSequence", "t", "y", axis=0),
    ]
    file = written(network(nodes, STORED, {"x": (5, 6), "v": (4,)}), tmp_path)
    graph = costcalc.graph(file)
    assert costs(graph) == (24, 5 * 24, "complete")
    assert graph.outputs[0].shape == (5, 4)
    apart = costcalc.graph(written(network(nodes[:2], STORED, {"x": (5, 6), "v": (4,)}, "t"), tmp_path))
    assert [t.shape for t in apart.outputs] == [(2, 4), (3, 4)]


def test_a_loop_that_collects(tmp_path: Path) -> None:
    """As a scripted model that appends to a list: row i of x, 5 x 6, times w, 6 x 4; three passes, and their rows."""
    scalars = [helper.make_tensor_value_info(n, t, []) for n, t in (("i", 7), ("go", 9), ("on", 9))]
    kind = helper.make_sequence_type_proto(helper.make_tensor_type_proto(1, None))
    states = [helper.make_value_info(name, kind) for name in ("s", "out")]
    body = helper.make_graph(
        [
            node("Gather", "x i", "r"),
            node("MatMul", "r w", "m"),
            node("SequenceInsert", "s m", "out"),
            node("Identity", "go", "on"),
        ],
        "body",
        [*scalars[:2], states[0]],
        [scalars[2], states[1], info("m", 4)],
    )
    nodes = [
        node("SequenceEmpty", "", "e"),
        node("Loop", "three - e", "t rows", body=body),
        node("ConcatFromSequence", "t", "c", axis=0, new_axis=1),
        node("Add", "c rows", "y"),
    ]
    graph = costcalc.graph(written(network(nodes, [*STORED, numbers("three", 3)], {"x": (5, 6)}), tmp_path))
    assert costs(graph) == (24, 3 * 24, "complete")
    assert graph.outputs[0].shape == (3, 4)
    many = network(nodes, [*STORED, numbers("three", 2000)], {"x": (5, 6)})
    with pytest.raises(CostcalcError, match="more than 1024 bodies"):
        costcalc.graph(written(many, tmp_path))


@pytest.mark.parametrize(
    ("nodes", "problem"),
    [
        ([node("SplitToSequence", "x", "s"), node("Relu", "s", "y")], "it takes a sequence of tensors"),
        ([node("SplitToSequence", "x", "s"), node("SequenceAt", "s i", "y")], "position in its sequence is not known"),
        ([node("SequenceConstruct", "x", "s"), node("SequenceAt", "s one", "y")], "or there is none"),
        ([node("SplitToSequence", "x i", "s"), node("SequenceAt", "s one", "y")], "its sizes are not known"),
        ([node("SplitToSequence", "x", "s", axis=2), node("SequenceAt", "s one", "y")], "a tensor with 2 axes"),
        ([node("SplitToSequence", "x", "s", axis=1), node("SequenceAt", "s one", "y")], "more than 1024 tensors"),
    ],
)
def test_sequences_that_are_not_known(nodes: list[Any], problem: str, tmp_path: Path) -> None:
    inputs: dict[str, Any] = {"x": (5, 2**20), "i": ()}
    file = written(network(nodes, STORED, inputs, types={"i": TensorProto.INT64}), tmp_path)
    with pytest.raises(CostcalcError, match=problem):
        costcalc.graph(file)
