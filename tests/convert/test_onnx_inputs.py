"""ONNX inputs by name and in order, of any rank, with values, and with empty axes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import printed, refused
from onnx import ModelProto, TensorProto, helper
from onnx_files import INT64, info, network, node, numbers, weight, written
from small_modules import costs

import costcalc
from costcalc.spec import CostcalcError


def data(command: str, *arguments: str) -> Any:
    return json.loads(printed(command, *arguments, "--format", "json"))


HIDDEN = 5 * 128
"""Params of a product of rows of 5 by 5 x 128."""


def recurrent() -> ModelProto:
    """x is multiplied, and a state is added whose batch is its second axis, without a name."""
    nodes = [node("MatMul", "x w", "h"), node("Add", "h state", "y")]
    return network(nodes, [weight("w", 5, 128)], {"x": ("batch", "n", 5), "state": (2, None, 128)})


def rates(*shape: int | str | None, type: int = INT64, at: Any = 16000, dtype: Any = np.int64) -> ModelProto:
    """A convolution if an input is `at`, otherwise nothing."""
    end = [info("z")]
    then = helper.make_graph([node("Conv", "x w", "z")], "then", [], end)
    other = helper.make_graph([node("Relu", "x", "z")], "else", [], end)
    nodes = [node("Equal", "sr:0 k", "c"), node("If", "c", "y", then_branch=then, else_branch=other)]
    inputs = {"sr:0": shape, "x": (1, 3, 8, 8)}
    return network(nodes, [weight("w", 4, 3, 3, 3), numbers("k", at, dtype)], inputs, types={"sr:0": type})


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        ([(7, 5), (2, 7, 128)], 7),
        ({"x": (7, 5), "state": (7, 128)}, 7),
        ({"state": (2, 7, 128), "x": (2, 7, 5)}, 14),
        ([np.zeros((1, 7, 5)), np.zeros((2, 7, 128))], 7),
    ],
)
def test_sizes_by_name_or_in_order_with_or_without_the_first_axis(given: Any, rows: int, tmp_path: Path) -> None:
    assert costs(costcalc.graph(written(recurrent(), tmp_path), given)) == (HIDDEN, rows * HIDDEN, "complete")


def test_the_command_takes_them_as_well(tmp_path: Path) -> None:
    file = written(recurrent(), tmp_path)
    for options in (
        ["--input", "7x5", "--input", "2x7x128"],
        ["--input", "state=2x7x128:float32", "--input", "x=7x5"],
        ["--input", "1x7x5", "--input", "2x7x128", "--batch", "none"],
    ):
        assert data("table", file, *options)["total"]["mult_adds"] == 7 * HIDDEN
    said = refused("table", file, "--input", "x=7x5")
    assert said.endswith("the sizes of its axes 1 are open; give all of them, like --input state=2x224x128")
    wrong = refused("table", file, "--input", "x=7x5", "--input", "state=2x7x128:int64")
    assert "input 'state' is of dtype float32 in the file, not 'int64'" in wrong
    assert "--input takes 2 sizes of it, or all 3" in refused("table", file, "--input", "5")


def test_a_free_axis_is_the_batch_wherever_its_name_stands(tmp_path: Path) -> None:
    inputs = {"x": ("batch", 4, 5), "state": (2, "batch", 5)}
    graph = costcalc.graph(written(network([node("Relu", "x", "y")], [], inputs), tmp_path), batch=3)
    assert [t.shape for t in graph.inputs] == [(3, 4, 5), (2, 3, 5)]
    assert not graph.batched


@pytest.mark.parametrize(
    ("model", "taken", "other"),
    [
        (rates(), 16000, 8000),
        (rates(1), 16000, [8000]),
        (rates("n"), [16000], 8000),
        (rates(type=TensorProto.FLOAT, at=0.5, dtype=np.float32), 0.5, 1),
        (rates(type=TensorProto.BOOL, at=True, dtype=bool), True, False),
    ],
)
def test_a_value_decides_an_if(model: ModelProto, taken: Any, other: Any, tmp_path: Path) -> None:
    """36 positions of 4 x 27, or nothing."""
    file = written(model, tmp_path)
    assert costs(costcalc.graph(file, values={"sr:0": taken})) == (108, 36 * 108, "complete")
    assert costs(costcalc.graph(file, values={"sr:0": other})) == (0, 0, "complete")
    if not isinstance(taken, list) and not isinstance(other, list):
        rows = data("compare", f"{file} value=sr:0={taken}", file, "--value", f"sr:0={other}")
        assert [each["mult_adds"] for each in rows["models"]] == [36 * 108, 0]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"sr": 16000}, "there is no input 'sr' to give a value; there are sr:0, x"),
        ({"sr:0": 1.5}, "value 1.5 of input 'sr:0': expected int64: a number, or a list of at most 4096"),
        ({"sr:0": 2**70}, "expected int64"),
        ({"sr:0": "high"}, "expected int64"),
        ({"sr:0": True}, "expected int64"),
        ({"sr:0": [1] * 4097}, "expected int64"),
        ({"sr:0": [1, 2]}, "input 'sr:0' is a single number: --input takes no sizes of it"),
        ([("sr:0", 1)], "must be a dict by names of inputs, like"),
    ],
)
def test_values_that_do_not_fit(values: Any, problem: str, tmp_path: Path) -> None:
    with pytest.raises(CostcalcError, match=problem):
        costcalc.graph(written(rates(), tmp_path), values=values)


def test_values_are_for_onnx_files() -> None:
    assert "values of inputs, such as 'sr', are for ONNX files" in refused("table", "vgg11", "--value", "sr=1")
    assert "expected its name and value, like sr=16000" in refused("table", "vgg11", "--value", "16000")


def test_a_first_input_without_axes(tmp_path: Path) -> None:
    file = written(network([node("Mul", "s x", "y")], [], {"s": (), "x": ("n", 5)}), tmp_path)
    assert [t.shape for t in costcalc.graph(file, {"x": (5,)}, batch=2).inputs] == [(), (2, 5)]
    assert "takes no sizes of it" in refused("table", file, "--input", "3")
    alone = written(network([node("Relu", "x", "y")], [], {"x": ()}), tmp_path)
    assert costs(costcalc.graph(alone)) == (0, 0, "complete")


@pytest.mark.parametrize(("past", "macs"), [(0, 4 * 5 * 5 * 16), (3, 4 * 5 * 8 * 16)])
def test_an_empty_past(past: int, macs: int, tmp_path: Path) -> None:
    """4 heads, 5 queries, 5 + past keys of width 16."""
    nodes = [
        node("Concat", "past x", "k", axis=2),
        node("Transpose", "k", "t", perm=[0, 1, 3, 2]),
        node("MatMul", "x t", "y"),
    ]
    file = written(network(nodes, [], {"past": (1, 4, "p", 16), "x": (1, 4, 5, 16)}), tmp_path)
    assert data("table", file, "--input", f"past=4x{past}x16")["total"]["mult_adds"] == macs


@pytest.mark.parametrize(
    ("nodes", "macs"),
    [
        ([node("Relu", "a", "y")], 0),
        ([node("Concat", "a b", "h", axis=1), node("MatMul", "h x", "y")], 8 * 8 * 8),
        ([node("Relu", "b", "r"), node("Concat", "r a", "h", axis=1), node("MatMul", "h x", "y")], 8 * 8 * 8),
        ([node("Transpose", "b", "t"), node("MatMul", "b t", "h"), node("Add", "h x", "y")], 0),
        ([node("MatMul", "x b", "h"), node("Relu", "a", "y")], 0),
        ([node("Einsum", "b b", "y", equation="ij,kj->ik")], 0),
    ],
)
def test_an_empty_part_of_a_split(nodes: Any, macs: int, tmp_path: Path) -> None:
    """A product over no element is zero."""
    made = [node("Split", "x s", "a b", axis=1), *nodes]
    graph = costcalc.graph(written(network(made, [numbers("s", [8, 0])], {"x": (8, 8)}), tmp_path))
    assert costs(graph) == (0, macs, "complete")
