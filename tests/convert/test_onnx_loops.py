"""ONNX's Loop and Scan cost their body, as often as it runs; of an If that is not decided the larger branch."""

from pathlib import Path
from typing import Any

import pytest
from onnx import GraphProto, ModelProto, TensorProto, helper
from onnx_files import INT64, info, network, node, numbers, weight, written
from small_modules import costs

import costcalc
from costcalc.convert import rules
from costcalc.spec import Graph

BOOL = TensorProto.BOOL
CONV = 8 * 8 * 3 * 3 * 3 * 3
"""Mult-adds of a convolution of 3 channels of 8 x 8 to as many, with a kernel of 3 x 3; it has 81 params."""

SAID = ["Of the branches of If, the larger one is counted."]


def plain(name: str, type: int) -> Any:
    return helper.make_tensor_value_info(name, type, [])


def conv(x: str, y: str) -> Any:
    return node("Conv", f"{x} w", y, pads=[1, 1, 1, 1])


def body(*nodes: Any, rows: str = "", going: str = "go", state: str = "state") -> GraphProto:
    """The body of a Loop of one state: (pass, condition, state) -> (condition, next, *rows)."""
    outs = [plain("going", BOOL), info("next", 1, 3, 8, 8), *(info(row, 1, 3, 8, 8) for row in rows.split())]
    given = [plain("i", INT64), plain("go", BOOL), info(state, 1, 3, 8, 8)]
    return helper.make_graph([*(nodes or [conv(state, "next")]), node("Identity", going, "going")], "body", given, outs)


def loop(inner: GraphProto, times: Any = 7, begins: str = "-", outputs: str = "a", **more: Any) -> ModelProto:
    stored = [weight("w", 3, 3, 3, 3), numbers("yes", True, bool), numbers("no", False, bool)]
    if times is not None:
        stored.append(numbers("times", times))
    nodes = [node("Loop", f"{'-' if times is None else 'times'} {begins} x", outputs, body=inner)]
    return network([*nodes, node("Relu", "a", "y")], stored, **more)


def read(model: ModelProto, folder: Path, **more: Any) -> Graph:
    return costcalc.graph(written(model, folder), **more)


@pytest.mark.parametrize("times", [0, 1, 7, 2**40])
@pytest.mark.parametrize("begins", ["-", "yes"])
def test_a_loop_costs_its_body_times_its_trip_count(times: int, begins: str, tmp_path: Path) -> None:
    """2^40 passes are not run, nor read, one by one."""
    graph = read(loop(body(), times, begins), tmp_path)
    assert costs(graph) == (81, times * CONV, "complete")
    assert [n.op for n in graph.nodes] == ["custom", "relu"]
    assert graph.outputs[0].shape == (1, 3, 8, 8)
    assert costcalc.cost(graph).notes == []


@pytest.mark.parametrize(("begins", "going", "passes"), [("no", "go", 0), ("-", "no", 1), ("yes", "yes", 7)])
def test_a_constant_condition(begins: str, going: str, passes: int, tmp_path: Path) -> None:
    """It ends the loop before the first pass, or after it."""
    assert costs(read(loop(body(going=going), 7, begins), tmp_path)) == (81, passes * CONV, "complete")


def test_rows_of_all_passes_are_put_together(tmp_path: Path) -> None:
    graph = read(loop(body(conv("state", "next"), conv("next", "row"), rows="row"), outputs="a rows"), tmp_path)
    assert costs(graph) == (81, 7 * 2 * CONV, "complete")
    assert graph.nodes[0].facts.outputs == ((1, 3, 8, 8), (7, 1, 3, 8, 8))


def test_loops_in_loops(tmp_path: Path) -> None:
    """7 passes of 7 passes, of one convolution each; a convolution beside it in each of the outer ones."""
    inner = node("Loop", "times - state", "made", body=body(state="held"))
    graph = read(loop(body(inner, conv("made", "next"))), tmp_path)
    assert costs(graph) == (81, (7 * 7 + 7) * CONV, "complete")


VALUES = [conv("state", "next"), node("ReduceMax", "next", "m", keepdims=0), node("Greater", "m m", "more")]
UNKNOWN = {
    "no trip count": (None, body()),
    "a condition that depends on values": (7, body(*VALUES, going="more")),
    "sizes that change": (7, body(node("Concat", "state state", "next", axis=0))),
    "a body with an unknown op": (7, body(node("Det", "state", "d"), conv("state", "next"))),
    "a body that reads what is not there": (7, body(conv("nothing", "next"))),
    "a negative trip count": (-1, body()),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_other_loops_are_unknown(name: str, tmp_path: Path) -> None:
    """The sizes of their outputs are those that the file declares."""
    times, inner = UNKNOWN[name]
    graph = read(loop(inner, times, told=[info("a", 1, 3, 8, 8)]), tmp_path)
    assert costs(graph)[1:] == (0, "lower bound")
    assert [n.op for n in graph.nodes] == ["unknown", "relu"]


def scan(axis: int = 0, rows: int = 1, out: int = 0) -> ModelProto:
    """One step: a row of 4 x 3 times a matrix of 3 x 3, added to the state."""
    nodes = [node("MatMul", "row w", "step"), node("Add", "state step", "next"), node("Identity", "next", "all")]
    given, made = [info("state", 4, 3), info("row", 4, 3)], [info("next", 4, 3), info("all", 4, 3)]
    inner = helper.make_graph(nodes, "body", given, made)
    settings = {"num_scan_inputs": rows, "scan_input_axes": [axis], "scan_output_axes": [out]}
    nodes = [node("Scan", "s x", "a b", body=inner, **settings), node("Relu", "b", "y")]
    inputs = {"s": (4, 3), "x": {1: (4, 5, 3), -1: (4, 3, 5)}.get(axis, (5, 4, 3))}
    return network(nodes, [weight("w", 3, 3)], inputs, told=[info("a", 4, 3), info("b", 5, 4, 3)])


@pytest.mark.parametrize(("axis", "out", "shape"), [(0, 0, (5, 4, 3)), (1, 1, (4, 5, 3)), (-1, -1, (4, 3, 5))])
def test_a_scan_costs_its_body_per_row(axis: int, out: int, shape: Any, tmp_path: Path) -> None:
    graph = read(scan(axis, out=out), tmp_path, batch=None)
    assert costs(graph) == (9, 5 * 4 * 3 * 3, "complete")
    assert graph.outputs[0].shape == shape


@pytest.mark.parametrize("wrong", [{"axis": 7}, {"axis": -4}, {"rows": 0}, {"rows": 3}, {"rows": -1}, {"out": 9}])
def test_a_scan_that_does_not_fit_is_unknown(wrong: Any, tmp_path: Path) -> None:
    assert costs(read(scan(**wrong), tmp_path, batch=None))[1:] == (0, "lower bound")


def branch(name: str, *nodes: Any) -> GraphProto:
    return helper.make_graph(list(nodes), name, [], [info("out", 1, 3, 8, 8)])


def undecided(then: GraphProto, other: GraphProto, **more: Any) -> ModelProto:
    nodes = [node("If", "c", "a", then_branch=then, else_branch=other), node("Relu", "a", "y")]
    stored = [weight("w", 3, 3, 3, 3), weight("v", 3, 3, 1, 1)]
    return network(nodes, stored, {"x": (1, 3, 8, 8), "c": ()}, types={"c": BOOL}, **more)


LARGE, SMALL = conv("x", "out"), node("Conv", "x v", "out")


@pytest.mark.parametrize("order", [1, -1])
def test_the_larger_branch_of_an_if_is_counted_and_said_so(order: int, tmp_path: Path) -> None:
    """A kernel of 3 x 3 (81 params), or of 1 x 1 (9 params): the params of both count."""
    branches = [branch("small", SMALL), branch("large", LARGE)]
    graph = read(undecided(*branches[::order]), tmp_path)
    assert costs(graph) == (81 + 9, CONV, "complete")
    assert sorted(n.op for n in graph.nodes) == ["conv", "parameter", "relu"]
    assert costcalc.cost(graph).notes == SAID


def test_ifs_in_ifs_and_in_loops(tmp_path: Path) -> None:
    """Two convolutions in a row in one branch of the inner If; 7 passes of the larger branch."""
    twice = branch("b", conv("x", "h"), conv("h", "out"))
    deep = node("If", "c", "out", then_branch=branch("a", LARGE), else_branch=twice)
    assert costs(read(undecided(branch("then", deep), branch("else", LARGE)), tmp_path))[1] == 2 * CONV
    asked = node("If", "c", "next", then_branch=branch("a", LARGE), else_branch=branch("b", SMALL))
    model = loop(body(asked))
    model.graph.input.append(plain("c", BOOL))
    model.graph.initializer.append(weight("v", 3, 3, 1, 1))
    graph = read(model, tmp_path)
    assert costs(graph) == (81 + 9, 7 * CONV, "complete")
    assert costcalc.cost(graph).notes == SAID


def test_an_unknown_branch_is_the_larger_one(tmp_path: Path) -> None:
    """Never a number that leaves out what is not known."""
    unknown = node("Fused", "x", "out", domain="own")
    model = undecided(branch("then", LARGE), branch("else", unknown), told=[info("a", 1, 3, 8, 8)])
    assert costs(read(model, tmp_path))[2] == "lower bound"


def test_a_branch_that_cannot_be_read_leaves_it_unknown(tmp_path: Path) -> None:
    model = undecided(branch("t", LARGE), branch("e", conv("nothing", "out")), told=[info("a", 1, 3, 8, 8)])
    graph = read(model, tmp_path)
    assert costs(graph) == (81, 0, "lower bound")
    assert costcalc.cost(graph).notes == []


def test_a_bias_is_not_added_to_a_layer_outside_of_a_branch(tmp_path: Path) -> None:
    """The layer of 4 · 3 before the If stays as it is; the bias of 3 counts."""
    adds = branch("then", node("Identity", "h", "g"), node("Add", "g b", "out"))
    keeps = branch("else", node("Identity", "h", "out"))
    last = node("If", "c", "a", then_branch=keeps, else_branch=adds)
    made = [node("MatMul", "x w", "h"), last, node("Relu", "a", "y")]
    model = network(made, [weight("w", 4, 3), weight("b", 3)], {"x": (1, 4), "c": ()}, types={"c": BOOL})
    graph = read(model, tmp_path)
    assert costs(graph) == (12 + 3, 12, "complete")
    assert graph.nodes[0].weights == ("w",)


@pytest.mark.parametrize("op", ["Loop", "If"])
def test_a_rule_of_the_users_comes_first(op: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(rules.RULES, f"ai.onnx::{op}", lambda inputs: 11)
    told = [info("a", 1, 3, 8, 8)]
    model = loop(body(), told=told) if op == "Loop" else undecided(branch("t", LARGE), branch("e", SMALL), told=told)
    assert costs(read(model, tmp_path))[1] == 11
