"""Constants beside layers: their weights, or numbers in the code of a network."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx_files import INT64, constant, info, network, node, numbers, weight, written
from onnx_ops import ONE, ROWS
from small_modules import costs

import costcalc
from costcalc.convert.data import from_data, to_data
from costcalc.spec import Graph


def read(folder: Path, *args: Any, **kwargs: Any) -> Graph:
    graph = costcalc.graph(written(network(*args, **kwargs), folder))
    assert costs(from_data(to_data(graph))) == costs(graph)
    return graph


# What arithmetic, products and lookups read, in a file that keeps its weights in Constants -> params

BESIDE: dict[str, tuple[Sequence[onnx.NodeProto], dict[str, Any], int]] = {
    "a bias of a product": (
        [constant("w", 6, 7), constant("b", 7), node("MatMul", "x w", "a"), node("Add", "a b", "y")], ROWS, 42 + 7),
    "a bias of a convolution": (
        [constant("w", 4, 3, 3, 3), constant("b", 4), node("Unsqueeze", "b axes", "c"), node("Conv", "x w", "a"),
         node("Add", "c a", "y")], ONE, 108 + 4),
    "a scale and a shift after a norm": (
        [*[constant(n, 3) for n in "abmv"], constant("c", 1, 3, 1, 1), constant("d", 3, 1, 1),
         node("BatchNormalization", "x a b m v", "n"), node("Mul", "n c", "p"), node("Add", "p d", "y")], ONE, 6 + 6),
    "a mean of the inputs": ([constant("m", 3, 1, 1), node("Add", "x m", "y")], ONE, 0),
    "a mask": (
        [constant("w", 6, 5), constant("m", 5, 5), node("MatMul", "x w", "a"), node("Add", "a m", "y")], ROWS, 30),
    "a number": (
        [constant("w", 6, 7), constant("b", 1), node("MatMul", "x w", "a"), node("Add", "a b", "y")], ROWS, 42),
    "no bias": (
        [constant("w", 6, 7), constant("b", 1), node("Gemm", "x w b", "y", beta=0.0)], {"x": (5, 6)}, 42),
    "a table of sines": (
        [constant("p", 5, 1), constant("f", 1, 6), node("Mul", "p f", "a"), node("Sin", "a", "s"),
         node("Add", "x s", "y")], ROWS, 0),
    "an operation of another domain": (
        [constant("w", 6, 7), node("Fused", "x w", "a", domain="com.example"), node("Relu", "a", "y")], ROWS, 42),
}  # fmt: skip


@pytest.mark.parametrize("name", BESIDE)
def test_a_constant_beside_a_layer(name: str, tmp_path: Path) -> None:
    """One number per channel of a layer is its bias or scale; other operands of arithmetic are constants."""
    nodes, inputs, params = BESIDE[name]
    graph = read(
        tmp_path, nodes, [numbers("axes", [1, 2])], inputs, told=[info("a", 2, 5, 7)] if "domain" in name else []
    )
    assert costs(graph)[0] == params


LITERALS: dict[str, list[onnx.NodeProto]] = {
    "numbers in a network's code": [constant("b", 7), node("Mul", "l b", "m"), node("Add", "m b", "y")],
    "frequencies of positions": [constant("f", 1, 5, 5), node("MatMul", "f l", "y")],
    "a sum in Einstein's notation": [constant("f", 7, 2, 3), node("Einsum", "l f", "y", equation="bij,jkl->bikl")],
    "a table": [constant("t", 9, 4), node("Cast", "l", "ids", to=INT64), node("Gather", "t ids", "y")],
    "what another domain's operation is told": [
        constant("t", 9, 4), node("Fused", "l t", "z", domain="com.example"), node("Relu", "z", "y")],
}  # fmt: skip


@pytest.mark.parametrize("name", LITERALS)
def test_constants_beside_initializers(name: str, tmp_path: Path) -> None:
    """If the weights are initializers (42 of a linear layer), Constants are numbers in the code of a network."""
    nodes = [node("MatMul", "x w", "l"), *LITERALS[name]]
    assert costs(read(tmp_path, nodes, [weight("w", 6, 7)], ROWS, told=[info("z", 2, 5, 7)]))[0] == 42


def test_but_a_layer_has_its_weights(tmp_path: Path) -> None:
    """A linear layer of 6·7 in an initializer, one of 7·5 in a Constant that is turned, and a norm of 5."""
    nodes = [
        constant("v", 5, 7), constant("s", 5), node("MatMul", "x w", "l"), node("Transpose", "v", "t", perm=[1, 0]),
        node("MatMul", "l t", "m"), node("LayerNormalization", "m s", "y"),
    ]  # fmt: skip
    assert costs(read(tmp_path, nodes, [weight("w", 6, 7)], ROWS))[0] == 42 + 35 + 5


# Norms without a scale or a shift, as exporters write them: with ones and zeros

ONES, ZEROS = (numbers("", [value] * 3, np.float32) for value in (1, 0))
STATISTICS = [weight("m", 3), weight("v", 3)]
FILLED: dict[str, tuple[onnx.NodeProto, TensorProto, TensorProto, list[TensorProto], int]] = {
    "batch norm": (node("BatchNormalization", "x a b m v", "y"), ONES, ZEROS, STATISTICS, 0),
    "instance norm": (node("InstanceNormalization", "x a b", "y"), ONES, ZEROS, [], 0),
    "group norm": (node("GroupNormalization", "x a b", "y", num_groups=3), ONES, ZEROS, [], 0),
    "without a shift": (node("InstanceNormalization", "x a b", "y"), weight("", 3), ZEROS, [], 3),
    "without its weights": (node("InstanceNormalization", "x a b", "y"), ZEROS, ZEROS, [], 6),
    "a shift of ones": (node("InstanceNormalization", "x a b", "y"), weight("", 3), ONES, [], 6),
}


@pytest.mark.parametrize("name", FILLED)
def test_a_norm_without_scale_and_shift(name: str, tmp_path: Path) -> None:
    norm, scale, shift, stored, params = FILLED[name]
    nodes = [helper.make_node("Constant", [], [key], value=value) for key, value in (("a", scale), ("b", shift))]
    assert costs(read(tmp_path, [*nodes, norm], stored)) == (params, 0, "complete")


def test_a_batch_norm_all_in_constants(tmp_path: Path) -> None:
    """Untrained: ones and zeros are its weights, as its statistics are Constants too."""
    values = {"a": ONES, "b": ZEROS, "m": ZEROS, "v": ONES}
    nodes = [helper.make_node("Constant", [], [key], value=value) for key, value in values.items()]
    graph = read(tmp_path, [*nodes, node("BatchNormalization", "x a b m v", "y")])
    assert costs(graph) == (6, 0, "complete")
    assert list(graph.weights) == ["a", "b"]
