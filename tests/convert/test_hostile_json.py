"""A JSON file may hold anything: it ends in a network, or in one line."""

import copy
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import refused
from hypothesis import given, settings
from hypothesis import strategies as st
from json_parts import KINDS

import costcalc
from costcalc import zoo
from costcalc.analysis.cost import Cost
from costcalc.conventions import find, names
from costcalc.conventions.examples import EXAMPLES, example
from costcalc.convert.data import from_data, to_data
from costcalc.report.cost_table import cost_data, cost_table
from costcalc.report.formats import render
from costcalc.spec import CostcalcError, Graph, Run, lstm, trace

NUMBERS = st.sampled_from([0, 1, -1, 2, 3, 2**40, 2**40 + 1, 2**64, 10**30, 10**4000, 1.5, -0.0, 1e308])
TEXTS = st.sampled_from(["", "x", "same", "conv", "lstm", "custom", "Conv2d", "torch.load", "a\nb", "@2", "ij,jk->ik"])
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS | st.just({"float": "nan"}) | st.just([-1, 0])
VALUES = st.recursive(
    LEAVES, lambda v: st.lists(v, max_size=4) | st.dictionaries(TEXTS | st.just("float"), v, max_size=3), max_leaves=6
)
FACTS = {"aten": "mylib::scan", "shapes": [[1, 3]], "fresh": True}
CUSTOM = {"name": "a", "op": "custom", "inputs": [[-1, 0]], "weights": [], "block": -1}
CUSTOM["settings"] = {**FACTS, "terms": [[["N", "D"], [1, 3]]]}
UNKNOWN = {**CUSTOM, "name": "b", "op": "unknown", "inputs": [[0, 0]], "settings": FACTS}


def _generic() -> dict[str, Any]:
    data = to_data(trace(lambda x: x, (1, 3), name="generic"))
    return {**data, "nodes": [CUSTOM, UNKNOWN], "outputs": [[1, 0]]}


FILES = [
    *(to_data(example(op)) for op in EXAMPLES),
    to_data(trace(lambda x: lstm(x, "a", 4, layers=2, bidirectional=True)[0], (1, 3, 5))),
    to_data(zoo.find("lenet5").build()),
    to_data(zoo.find("googlenet_aux").build()),
    _generic(),
]


def paths(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a value is, for each value in the data."""
    if path:
        yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from paths(value, (*path, key))


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """A valid file with one value, anywhere in it, replaced by another, or gone."""
    data = copy.deepcopy(draw(st.sampled_from(FILES)))
    *keys, last = draw(st.sampled_from(list(paths(data))))
    place = data
    for key in keys:
        place = place[key]
    if draw(st.integers(0, 9)) == 0:
        del place[last]
    else:
        place[last] = draw(VALUES)
    return data


@settings(deadline=None, max_examples=int(os.environ.get("COSTCALC_EXAMPLES", "400")))
@given(broken())
def test_a_graph_or_a_line_and_nothing_else(data: Any) -> None:
    graph, problem = read(data)
    assert "\n" not in problem
    assert len(problem) < 600
    if graph is not None:
        used(graph)


def read(data: Any) -> tuple[Graph | None, str]:
    """The network, or the error."""
    try:
        return from_data(data), ""
    except CostcalcError as error:
        return None, str(error)


def used(graph: Graph) -> None:
    """The network that was read can be shown, for every tool, and written again."""
    again = to_data(graph)
    assert to_data(from_data(json.loads(json.dumps(again, allow_nan=False)))) == again
    cost = costcalc.cost(graph, mode="train", conventions=names())
    render([cost_table(cost, cost.by_layer().rows, "layer", {})], "text")
    alone = Cost(graph)
    json.dumps(cost_data(alone, alone.by_block().rows))


def one(op: str, shape: list[int], settings: dict[str, Any], weights: int = 0, **more: Any) -> dict[str, Any]:
    """A network of one op."""
    node = {"name": "a", "op": op, "inputs": [[-1, 0]], "settings": settings, "block": -1}
    node["weights"] = [f"w{i}" for i in range(weights)]
    data = to_data(trace(lambda x: x, (1, 2), name="one"))
    return {**data, "inputs": [{"shape": shape, "integer": False}], "nodes": [node], "outputs": [[0, 0]], **more}


LARGE = [
    (one("lstm", [1, 3, 5], {"width": 4, "layers": 10**9}), "layers=1000000000 must be at most 10,000"),
    (one("lstm", [1, 3, 5], {"width": 4, "layers": 10**12}), "layers=1000000000000 must be at most 10,000"),
    (one("reshape", [1, 2], {"shape": [2**64] * 10**6}), "a shape has at most 64 axes"),
    (one("unflatten", [1, 2], {"sizes": [2**64] * 10**6}), "must multiply to axis 1"),
    (one("split", [1, 2], {"sizes": [1] * 10**6}), "must add up to axis 1"),
    (one("adaptive_avg_pool", [1, 2, 3, 3], {"size": [2**41, 1]}), "is not a shape: sizes are integers"),
    (one("conv", [1, 2, 3, 3], {"width": 1, "k": 10**30, "padding": 10**30}), "a setting is an integer beyond 2^64"),
    (one("relu", [1] * 10**6, {}), "is not a shape"),
    (one("relu", [1, 2], {"inplace": "yes"}), "inplace='yes' must be True or False"),
    (one("relu", [1, 2], {}, inputs=[]), "a network has inputs, the first with a batch axis"),
    (one("relu", [], {}), "a network has inputs, the first with a batch axis"),
    (one("relu", [1, 2], {}, blocks=[["b", i - 1, "", False, []] for i in range(10**5)]), "nested more than 200 deep"),
    (one("relu", [1, 2], {}, nodes=[{**CUSTOM, "op": "relu", "inputs": [[-1, 0]] * 2, "settings": {}}]), "reads one"),
]


@pytest.mark.parametrize(("data", "problem"), LARGE, ids=[problem for _, problem in LARGE])
def test_what_asks_for_too_much_is_refused(data: Any, problem: str) -> None:
    with pytest.raises(CostcalcError) as caught:
        from_data(data)
    assert problem in str(caught.value)
    assert len(str(caught.value)) < 600


def test_a_size_may_be_large(tmp_path: Path) -> None:
    """2^40 inputs of 2^40 · 2^40 features: 2^160 mult-adds is a number like any other."""
    file = tmp_path / "large.json"
    file.write_text(json.dumps(one("linear", [2**40] * 3, {"width": 2**40}, weights=2)))
    assert costcalc.cost(str(file)).macs == 2**160


NO_JSON = {
    "cut off": json.dumps(FILES[0])[:300],
    "no text": b"\xff\xfe\x00",
    "nothing": "",
    "deep lists": "[" * 10**6,
    "deep objects": '{"a":' * 10**5,
    "a number too long": '{"format": ' + "9" * 5000 + "}",
    "not a number": '{"format": NaN}',
    "infinity": '{"format": -Infinity}',
    "a key twice": '{"format": "costcalc", "format": "costcalc"}',
}


@pytest.mark.parametrize("text", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json(text: str | bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    line = refused("table", str(file))
    assert line.startswith(f"{str(file)!r} is not JSON: ")
    assert line.endswith("; 'costcalc export' writes a network as JSON")


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    assert refused("table", f"{tmp_path}/folder.json").endswith("Is a directory")
    assert refused("table", f"{tmp_path}/none.json").endswith(f"there is no file '{tmp_path}/none.json'")
    with open(tmp_path / "huge.json", "wb") as huge:
        huge.truncate(2**28 + 1)
    assert refused("table", f"{tmp_path}/huge.json").endswith("has more than 256 MiB, which no network has")


def test_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(json.dumps(one("linear", [1, 3], {"width": 2}, 2))))
    writer.start()
    assert costcalc.cost(str(pipe)).macs == 6
    writer.join()


ATTENTION = ["softmax", "scaled_dot_product_attention", "multi_head_attention", "layer_norm", "linear", "lstm"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("op", ATTENTION)
def test_a_class_that_a_block_is_not(op: str, kind: str) -> None:
    """Conventions look at the classes of modules: a file can say any, of any layer, with any output."""
    for output in ([], [2], [0, 0, 0], [2, 3], [1, 5, 4], [1, 5, 10**9], [3] * 5):
        data = to_data(example(op))
        data["blocks"] = [["b", -1, kind, False, output]]
        data["nodes"] = [{**node, "block": 0} for node in data["nodes"]]
        graph, _ = read(data)
        assert graph is not None
        for name in names():
            of = f"has inputs, weights or settings that {name} cannot count: "
            assert not (problem := refusal(name, graph)) or problem.startswith(
                (f"layer 'b' {of}", f"layer {op!r} {of}")
            )


def refusal(tool: str, graph: Graph) -> str:
    """Why a tool's number is unknown; empty if it is known."""
    try:
        find(tool).total(Run(graph))
    except CostcalcError as error:
        return str(error)
    return ""
