"""Weights that a file keeps in Constants, or makes from them by moves, count like initializers."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx_files import FLOAT, INT64, constant, info, network, node, numbers, weight, written
from onnx_ops import INT8, ONE, OPS, W, file_of
from small_modules import costs

import costcalc
from costcalc.convert.data import from_data, to_data
from costcalc.spec import Graph


def read(folder: Path, *args: Any, **kwargs: Any) -> Graph:
    graph = costcalc.graph(written(network(*args, **kwargs), folder))
    assert costs(from_data(to_data(graph))) == costs(graph)
    return graph


def moved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same file, its initializers in Constants that are turned around, and back."""
    made = []
    for tensor in model.graph.initializer:
        name, turned = tensor.name, {"perm": list(range(len(tensor.dims)))[::-1]} if tensor.dims else {}
        made += [
            helper.make_node("Constant", [], [f"{name}0"], value=tensor),
            helper.make_node("Transpose", [f"{name}0"], [f"{name}1"], **turned),
            helper.make_node("Transpose", [f"{name}1"], [f"{name}2"], **turned),
            helper.make_node("Identity", [f"{name}2"], [name]),
        ]
    del model.graph.initializer[:]
    for each in reversed(made):
        model.graph.node.insert(0, each)
    return model


@pytest.mark.parametrize("name", OPS)
def test_an_op_of_moved_constants(name: str, tmp_path: Path) -> None:
    """As of initializers; but a constant that is added to the input may as well be a mask, or a mean."""
    params, macs = OPS[name][3]
    expected = 0 if name == "a learned position" else params
    assert costs(costcalc.graph(written(moved(file_of(name)), tmp_path))) == (expected, macs, "complete")


def test_a_voice_detector(tmp_path: Path) -> None:
    """An LSTM of 128, as its authors ship it: 4·128·(128 + 128) weights and 2·4·128 biases are 132,096 params.

    Its halves come from Constants through Squeeze, Concat and Unsqueeze.
    """
    names = {"w": (256, 128), "r": (256, 128), "b": (512,)}
    nodes = []
    for name, sizes in names.items():
        nodes += [
            constant(f"{name}0", 1, *sizes),
            constant(f"{name}1", *sizes),
            node("Squeeze", f"{name}0 zero", f"{name}2"),
        ]
        nodes += [node("Concat", f"{name}2 {name}1", f"{name}3", axis=0), node("Unsqueeze", f"{name}3 zero", name)]
    nodes.append(node("LSTM", "x w r b", "y", hidden_size=128))
    graph = read(tmp_path, nodes, [numbers("zero", [0])], {"x": (1, 1, 128)})
    assert costs(graph) == (132_096, 4 * 128 * 256, "complete")
    stored = [weight("w", 1, 512, 128), weight("r", 1, 512, 128), weight("b", 1, 1024)]
    assert costs(read(tmp_path, nodes[-1:], stored, {"x": (1, 1, 128)})) == costs(graph)


# How the kernel k of a convolution, 4 x 3 x 3 x 3, is made of tensors of the file -> the elements of these

STORED = [
    numbers("zero", [0]), numbers("four", [4]), numbers("sizes", [4, 3, 3, 3]), numbers("times", [1, 1, 1, 3]),
    numbers("rows", [3, 1, 0, 2]), numbers("pads", [0, 0, 1, 1, 0, 0, 0, 0]), numbers("s", 0.1, np.float32),
    numbers("z", 0, np.int8), numbers("yes", True, np.bool_), numbers("axes", [1, 2, 3]), weight("scales", 4),
]  # fmt: skip
SPARSE = helper.make_sparse_tensor(
    helper.make_tensor("v", FLOAT, [1], [1.0]), helper.make_tensor("i", INT64, [1], [0]), [4, 3, 3, 3]
)
KERNELS: dict[str, tuple[list[onnx.NodeProto], int]] = {
    "a Constant": ([constant("k", 4, 3, 3, 3)], 108),
    "a list": (
        [helper.make_node("Constant", [], ["a"], value_floats=[0.5] * 108), node("Reshape", "a sizes", "k")], 108),
    "a sparse tensor": ([helper.make_node("Constant", [], ["k"], sparse_value=SPARSE)], 108),
    "Identity": ([constant("a", 4, 3, 3, 3), node("Identity", "a", "k")], 108),
    "Reshape": ([constant("a", 12, 9), node("Reshape", "a sizes", "k")], 108),
    "Squeeze": ([constant("a", 1, 4, 3, 3, 3), node("Squeeze", "a zero", "k")], 108),
    "Unsqueeze": ([constant("a", 4, 27), node("Unsqueeze", "a zero", "b"), node("Reshape", "b sizes", "k")], 108),
    "Transpose": ([constant("a", 3, 3, 3, 4), node("Transpose", "a", "k")], 108),
    "Cast": ([constant("a", 4, 3, 3, 3, type=TensorProto.FLOAT16), node("Cast", "a", "k", to=FLOAT)], 108),
    "CastLike": ([constant("a", 4, 3, 3, 3, type=TensorProto.DOUBLE), node("CastLike", "a s", "k")], 108),
    "Concat": ([constant("a", 1, 3, 3, 3), constant("b", 3, 3, 3, 3), node("Concat", "a b", "k", axis=0)], 27 + 81),
    "Concat, twice the same": ([constant("a", 2, 3, 3, 3), node("Concat", "a a", "k", axis=0)], 54),
    "Slice": ([constant("a", 9, 3, 3, 3), node("Slice", "a zero four", "k")], 9 * 27),
    "Split": ([constant("a", 8, 3, 3, 3), node("Split", "a", "k rest", num_outputs=2)], 8 * 27),
    "Expand": ([constant("a", 1, 3, 3, 3), node("Expand", "a sizes", "k")], 27),
    "Tile": ([constant("a", 4, 3, 3, 1), node("Tile", "a times", "k")], 36),
    "Gather": ([constant("a", 4, 3, 3, 3), node("Gather", "a rows", "k")], 108),
    "Pad": ([constant("a", 4, 3, 2, 2), node("Pad", "a pads", "k")], 48),
    "Where": ([constant("a", 4, 3, 3, 3), constant("b", 3, 1), node("Where", "yes a b", "k")], 108 + 3),
    "DepthToSpace": (
        [constant("a", 1, 4, 9, 3), node("DepthToSpace", "a", "b", blocksize=2), node("Reshape", "b sizes", "k")], 108),
    "DequantizeLinear": ([constant("a", 4, 3, 3, 3, type=INT8), node("DequantizeLinear", "a s z", "k")], 108),
    "moved, and dequantized": (
        [constant("a", 3, 3, 3, 4, type=INT8), node("Transpose", "a", "b"),
         node("DequantizeLinear", "b s z", "k")], 108),
    "quantized, and dequantized": (
        [constant("a", 4, 3, 3, 3), node("QuantizeLinear", "a s z", "q"), node("DequantizeLinear", "q s z", "k")], 108),
    "dequantized by hand": (
        [constant("a", 4, 3, 3, 3, type=INT8), constant("c", 4, 1, 1, 1), node("Cast", "a", "b", to=FLOAT),
         node("Mul", "b c", "k")], 108),
    "dequantized with scales of the file": (
        [constant("a", 4, 3, 3, 3, type=INT8), node("Identity", "a", "b"),
         node("DequantizeLinear", "b scales", "k", axis=0)], 108),
    "dequantized by hand with scales of the file": (
        [constant("a", 4, 3, 3, 3, type=INT8), node("Cast", "a", "b", to=FLOAT), node("Unsqueeze", "scales axes", "c"),
         node("Mul", "b c", "k")], 108),
    "Dropout": ([constant("a", 4, 3, 3, 3), node("Dropout", "a", "k")], 108),
    "made binary": ([constant("a", 4, 3, 3, 3), node("Sign", "a", "k")], 108),
    "normalized": (
        [constant("a", 4, 3, 3, 3), node("ReduceL2", "a axes", "n"), node("Div", "a n", "k")], 108),
    "ConstantOfShape": ([node("ConstantOfShape", "sizes", "k")], 108),
    "ConstantOfShape, a part": (
        [helper.make_node("Constant", [], ["n"], value_ints=[9, 27]), node("ConstantOfShape", "n", "a"),
         node("Slice", "a zero four", "b"), node("Reshape", "b sizes", "k")], 9 * 27),
}  # fmt: skip


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel(name: str, tmp_path: Path) -> None:
    """All of a tensor that is read, also if it is cut, and each tensor once; 36 positions of 108 mult-adds."""
    nodes, params = KERNELS[name]
    graph = read(tmp_path, [*nodes, node("Conv", "x k", "y")], STORED)
    assert costs(graph) == (params, 36 * 108, "complete")


@pytest.mark.parametrize("name", KERNELS)
def test_nothing_counts_twice(name: str, tmp_path: Path) -> None:
    """Two convolutions with the same kernel, or with kernels made from the same tensors."""
    nodes, params = KERNELS[name]
    convs = [
        node("Conv", "x k", "c1"),
        node("Transpose", "k", "turned", perm=[0, 1, 3, 2]),
        node("Conv", "x turned", "c2"),
    ]
    graph = read(tmp_path, [*nodes, *convs, node("Add", "c1 c2", "y")], STORED)
    assert costs(graph) == (params, 2 * 36 * 108, "complete")


def test_a_table_tied_to_the_last_layer(tmp_path: Path) -> None:
    """As an initializer: 1000·8 params, and 1000·8 mult-adds at each of 5 positions."""
    nodes = [
        constant("t", 1000, 8),
        node("Gather", "t ids", "e"),
        node("Transpose", "t", "u"),
        node("MatMul", "e u", "y"),
    ]
    graph = read(tmp_path, nodes, [], {"ids": (1, 5)}, types={"ids": INT64})
    assert costs(graph) == (8000, 40_000, "complete")


# Weights of functions, and of graphs inside nodes

SETS = [helper.make_opsetid("", 21), helper.make_opsetid("own", 1)]


def test_a_function_called_twice_has_its_weights_once(tmp_path: Path) -> None:
    """And two functions, each with a Constant k, have two: 108 + 144 params, 64·108 twice and 64·144 mult-adds."""
    conv = node("Conv", "a k", "b", pads=[1, 1, 1, 1])
    functions = [
        helper.make_function("own", name, ["a"], ["b"], [constant("k", *sizes), conv], SETS)
        for name, sizes in (("F", (3, 3, 3, 3)), ("G", (4, 3, 3, 3)))
    ]
    nodes = [node("F", "x", "p", domain="own"), node("F", "p", "q", domain="own"), node("G", "q", "y", domain="own")]
    graph = read(tmp_path, nodes, functions=functions)
    assert costs(graph) == (81 + 108, 64 * (2 * 81 + 108), "complete")
    assert graph.weights == {"k": (3, 3, 3, 3), "k_2": (4, 3, 3, 3)}


def test_a_branch_may_have_a_weight_of_the_same_name(tmp_path: Path) -> None:
    """Of 5 x 3 x 3 x 3, beside one of 4 x 3 x 3 x 3: 135 + 108 params."""
    branch = helper.make_graph([node("Conv", "x w", "z")], "then", [], [info("z")], [weight("w", 5, 3, 3, 3)])
    nodes = [node("If", "yes", "a", then_branch=branch, else_branch=branch), node("Conv", "x w", "b")]
    graph = read(tmp_path, [*nodes, node("Concat", "a b", "y", axis=1)], [W, *STORED])
    assert costs(graph) == (135 + 108, 36 * (135 + 108), "complete")


def test_branches_that_an_input_decides(tmp_path: Path) -> None:
    """Either runs 4 · 6 · 6 · 27. The file has the weights of both: 108 of a Constant, 27 moved, 54 from outside."""
    then = helper.make_graph([constant("k", 4, 3, 3, 3), node("Conv", "x k", "z")], "then", [], [info("z", 1, 4, 6, 6)])
    other = helper.make_graph(
        [constant("k", 27), node("Reshape", "k kernel", "l"), node("Concat", "l l o", "m", axis=0),
         node("Conv", "x m", "z")], "else", [], [info("z", 1, 4, 6, 6)])  # fmt: skip
    nodes = [
        constant("o", 2, 3, 3, 3),
        node("If", "go", "a", then_branch=then, else_branch=other),
        node("Relu", "a", "y"),
    ]
    graph = read(
        tmp_path, nodes, [numbers("kernel", [1, 3, 3, 3])], {**ONE, "go": (1,)}, types={"go": TensorProto.BOOL},
        told=[info("a", 1, 4, 6, 6)],
    )  # fmt: skip
    assert costs(graph) == (108 + 27 + 54, 4 * 6 * 6 * 27, "complete")


# ONNX's own files without weights: ConstantOfShape in their place -> params, as their papers, or authors, say

LIGHT = {
    "bvlc_alexnet": 60_965_224,  # Caffe's, in groups
    "densenet121": 7_978_856 + 83_648,  # Caffe has a scale and a shift beside those of the batch norms
    "inception_v1": 6_998_552,
    "resnet50": 25_557_032,
    "squeezenet": 1_235_496,  # version 1.1
    "vgg19": 143_667_240,
}


@pytest.mark.parametrize("name", LIGHT)
def test_light_files(name: str) -> None:
    file = Path(onnx.__file__).parent / f"backend/test/data/light/light_{name}.onnx"
    cost = costcalc.cost(str(file))
    assert (cost.params, cost.status) == (LIGHT[name], "complete")
