"""ONNX files written by hand: names, sizes, and the commands that take them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from command import printed, refused
from onnx import helper
from onnx_files import info, network, node, numbers, weight, written
from small_modules import costs, named

import costcalc
from costcalc.spec import CostcalcError, Graph

W = weight("w", 4, 3, 3, 3)


def read(folder: Path, *args: Any, **kwargs: Any) -> Graph:
    return costcalc.graph(written(network(*args, **kwargs), folder))


# Branches, functions, names


@pytest.mark.parametrize(("taken", "macs"), [(True, 36 * 108), (False, 0)])
def test_a_branch_that_is_decided_is_walked(taken: bool, macs: int, tmp_path: Path) -> None:
    end = [info("z")]
    then = helper.make_graph([node("Conv", "x w", "z")], "then", [], end)
    other = helper.make_graph([node("Relu", "x", "z")], "else", [], end)
    nodes = [
        node("Shape", "x", "s"),
        node("Gather", "s one", "n"),
        node("Equal", "n size", "c"),
        node("If", "c", "y", then_branch=then, else_branch=other),
    ]
    stored = [W, numbers("one", 1), numbers("size", 3 if taken else 4)]
    graph = read(tmp_path, nodes, stored)
    assert costs(graph) == (108 if taken else 0, macs, "complete")


def test_a_function_is_a_block(tmp_path: Path) -> None:
    """Called twice, with attributes and weights of its own."""
    sets = [helper.make_opsetid("", 21), helper.make_opsetid("own", 1)]
    conv = node("Conv", "a k", "b", name="conv/Conv")
    conv.attribute.append(onnx.AttributeProto(name="pads", ref_attr_name="around", type=onnx.AttributeProto.INTS))
    body = [conv, node("Relu", "b", "c", name="act/Relu")]
    function = helper.make_function("own", "Block", ["a", "k"], ["c"], body, sets, ["around"])
    nodes = [
        node("Block", "x w", "h", domain="own", name="first", around=[1, 1, 1, 1]),
        node("Block", "h v", "y", domain="own", name="second", around=[0, 0, 0, 0]),
    ]
    graph = read(tmp_path, nodes, [W, weight("v", 5, 4, 3, 3)], functions=[function])
    assert named(graph) == {
        "first.conv": "conv", "first.act": "relu", "second.conv": "conv", "second.act": "relu",
    }  # fmt: skip
    assert costs(graph) == (108 + 180, 64 * 108 + 36 * 180, "complete")


def test_names_are_unique_and_fit_a_table(tmp_path: Path) -> None:
    names = ["a@2 |\n", "a@2 |\n", "", "", "/m/m.0/c/Conv", "/m/m.0/Relu", "x" * 9999]
    tensors = ["x", *"abcdefy"]
    nodes = [node("Relu", tensors[i], tensors[i + 1], name=name) for i, name in enumerate(names)]
    graph = read(tmp_path, nodes)
    assert list(named(graph)) == ["a_2___", "a_2____2", "Relu", "Relu_2", "m.0.c", "m.0.Relu", "x" * 100]
    assert [n.block and n.block.path for n in graph.nodes] == [None, None, None, None, "m.0", "m.0", None]


def test_a_plain_name_takes_its_place_from_its_weight(tmp_path: Path) -> None:
    nodes = [node("Conv", "x layer1.0.conv1.weight", "y", name="Conv_7")]
    graph = read(tmp_path, nodes, [weight("layer1.0.conv1.weight", 4, 3, 3, 3)])
    assert named(graph) == {"layer1.0.conv1": "conv"}


# Sizes


OPEN = {"x": ("batch", 3, "side", "side")}


def test_open_axes_are_given(tmp_path: Path) -> None:
    file = written(network([node("Conv", "x w", "y")], [W], OPEN), tmp_path)
    assert costs(costcalc.graph(file, (3, 10, 10), batch=4)) == (108, 4 * 64 * 108, "complete")
    assert costs(costcalc.graph(file, {"x": (3, 10, 10)}))[1] == 64 * 108
    assert "3x10x10" in printed("table", file, "--input", "3x10x10")
    said = refused("table", file)
    assert "input 'x' is batch x 3 x side x side: the sizes of its axes 2, 3 are open" in said
    assert said.endswith("give all of them, like --input 3x224x224")


def test_one_name_is_one_size(tmp_path: Path) -> None:
    """A mask as long as the words, a batch as large."""
    inputs = {"x": ("n", "length", 6), "mask": ("n", "length", 1)}
    file = written(network([node("Mul", "x mask", "y")], [], inputs), tmp_path)
    graph = costcalc.graph(file, (5, 6), batch=2)
    assert [t.shape for t in graph.inputs] == [(2, 5, 6), (2, 5, 1)]
    assert [t.shape for t in costcalc.graph(file, {"mask": (5, 1)}).inputs] == [(1, 5, 6), (1, 5, 1)]
    with pytest.raises(CostcalcError, match="input 'mask' is n x length x 1: axis 1 is fixed at 5, not 7"):
        costcalc.graph(file, [(5, 6), (7, 1)])


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"input": (3, 9, 9)}, "input 'x' is 1 x 3 x 8 x 8: axis 2 is fixed at 8, not 9"),
        ({"input": (3, 8)}, "--input takes 3 sizes of it"),
        ({"input": {"z": (3, 8, 8)}}, "there is no input 'z' in it; there are x"),
        ({"input": [(3, 8, 8), (1,)]}, "it has 1 inputs, not 2"),
        ({"input": "3x8x8"}, "is not a shape, like"),
        ({"input": {"x": (3, 8.0, 8)}}, "is not a shape: positive integers"),
        ({"batch": 2}, "its batch is fixed at 1, not 2"),
        ({"batch": 0}, "batch=0 must be a positive integer"),
        ({"classes": 10}, "its classes are fixed"),
        ({"args": {"a": 1}}, "takes no arguments"),
    ],
)
def test_what_the_file_fixes_stays(given: dict[str, Any], problem: str, tmp_path: Path) -> None:
    file = written(network([node("Conv", "x w", "y")], [W]), tmp_path)
    with pytest.raises(CostcalcError, match=problem) as caught:
        costcalc.graph(file, **given)
    assert "\n" not in str(caught.value)
    assert costs(costcalc.graph(file, (3, 8, 8)))[1] == 36 * 108


def test_a_fixed_batch_is_the_files(tmp_path: Path) -> None:
    file = written(network([node("Relu", "x", "y")], [], {"x": (20, 3)}), tmp_path)
    assert costcalc.graph(file).inputs[0].shape == (20, 3)
    assert costcalc.graph(file, batch=20).inputs[0].shape == (20, 3)


def test_shapes_are_computed_where_the_file_does(tmp_path: Path) -> None:
    """x.reshape(n, c·h·w) from the shape of x; and one fourth of it repeated, by a scale."""
    nodes = [
        node("Shape", "x", "s"),
        node("Slice", "s one end", "rest"),
        node("ReduceProd", "rest", "p"),
        node("Slice", "s nought one", "n"),
        node("Concat", "n p", "t", axis=0),
        node("Reshape", "x t", "f"),
        node("Gemm", "f w", "g"),
        node("Resize", "x - scales", "r"),
        node("Flatten", "r", "y"),
    ]
    stored = [weight("w", 192, 5), numbers("nought", [0]), numbers("one", [1]), numbers("end", [4]),
              numbers("scales", [1, 1, 2, 0.5], np.float32)]  # fmt: skip
    graph = read(tmp_path, nodes, stored, outputs="g y")
    assert [t.shape for t in graph.outputs] == [(1, 5), (1, 3 * 16 * 4)]
    assert costs(graph) == (960, 960, "complete")


# Constants that a network puts out


@pytest.mark.parametrize(
    ("nodes", "shapes"),
    [
        ([node("Shape", "x", "y")], [(4,)]),
        ([node("Size", "x", "y")], [()]),
        ([helper.make_node("Constant", [], ["y"], value=weight("", 2, 3))], [(2, 3)]),
        ([node("Relu", "x", "r"), node("Shape", "r", "s"), node("Size", "s", "y")], [()]),
        ([node("Shape", "x", "y", start=2, end=1)], [(0,)]),
        (
            [node("Relu", "x", "z"), node("Shape", "x", "y"), node("Identity", "x", "w")],
            [(4,), (1, 3, 8, 8), (1, 3, 8, 8)],
        ),
    ],
)
def test_a_constant_as_output(nodes: list[onnx.NodeProto], shapes: list[tuple[int, ...]], tmp_path: Path) -> None:
    graph = read(tmp_path, nodes, outputs=" ".join("yzw"[: len(shapes)]))
    assert [t.shape for t in graph.outputs] == shapes
    assert costs(graph) == (0, 0, "complete")


def test_a_weight_as_output(tmp_path: Path) -> None:
    graph = read(tmp_path, [node("Relu", "x", "r")], [W], outputs="r w")
    assert [t.shape for t in graph.outputs] == [(1, 3, 8, 8), (4, 3, 3, 3)]
    assert costs(graph) == (108, 0, "complete")


# Through the commands


def test_export_and_table_again(tmp_path: Path) -> None:
    nodes = [
        node("Conv", "x w b", "c", name="/stem/conv/Conv"),
        node("BatchNormalization", "c s t m v", "n", name="/stem/norm/BatchNormalization"),
        node("Relu", "n", "y", name="/stem/act/Relu"),
    ]
    stored = [W, *(weight(name, 4) for name in "bstmv")]
    file, data = written(network(nodes, stored), tmp_path), tmp_path / "x.json"
    assert printed("export", file, "-o", str(data)) == ""
    for options in (["--depth", "layer"], ["--depth", "op"], [], ["--convention", "fvcore", "--format", "json"]):
        assert printed("table", file, *options) == printed("table", str(data), *options)
    assert "stem.conv" in printed("explain", file, "stem.conv")
    assert costcalc.graph(file).buffers["stem.norm.running_mean"] == (4,)


def test_no_torch_is_loaded(tmp_path: Path) -> None:
    file = written(network([node("Conv", "x w", "y")], [W]), tmp_path)
    code = (
        "import sys; sys.argv = ['costcalc', 'table', sys.argv[1]]\n"
        "from costcalc.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, 'torch' in sys.modules, 'pandas' in sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, check=True)
    assert done.stderr.split() == ["0", "False", "False"]
    assert "3,888" in done.stdout


def test_without_onnx_a_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("costcalc.convert.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    said = refused("table", str(tmp_path / "x.onnx"))
    assert said == "this needs onnx; install it with: pip install 'costcalc[onnx]'"
