"""ONNX files written by hand, op by op: params and mult-adds that a reader can redo."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from onnx_files import INT64, info, network, node, numbers, weight, written
from onnx_ops import OPS, ROWS, W, file_of
from small_modules import costs, flops, module, named

import costcalc
from costcalc.convert.data import from_data, to_data
from costcalc.spec import Graph

LOWER = "lower bound"


def read(folder: Path, *args: Any, **kwargs: Any) -> Graph:
    return costcalc.graph(written(network(*args, **kwargs), folder))


@pytest.mark.parametrize("name", OPS)
def test_an_op(name: str, tmp_path: Path) -> None:
    graph = costcalc.graph(written(file_of(name), tmp_path))
    assert costs(graph) == (*OPS[name][3], "complete")
    again = from_data(json.loads(json.dumps(to_data(graph), allow_nan=False)))
    assert costs(again) == costs(graph)
    assert [n.facts for n in again.nodes] == [n.facts for n in graph.nodes]


def test_an_embedding_reads_integers(tmp_path: Path) -> None:
    """1000·8 params; tied to the last layer, 1000·8 mult-adds at each of 5 positions, and no params more."""
    nodes = [
        node("Gather", "table ids", "e"),
        node("Transpose", "table", "t", perm=[1, 0]),
        node("MatMul", "e t", "y"),
    ]
    graph = read(tmp_path, nodes, [weight("table", 1000, 8)], {"ids": (1, 5)}, types={"ids": INT64})
    assert costs(graph) == (8000, 40_000, "complete")
    assert [node.op for node in graph.nodes] == ["embedding", "linear"]
    assert graph.inputs[0].integer


def test_a_weight_in_two_shapes_counts_once(tmp_path: Path) -> None:
    """As it is (6 x 7) and turned (7 x 6): 2·5·42 mult-adds each."""
    nodes = [
        node("MatMul", "x w", "a"),
        node("Transpose", "w", "t", perm=[1, 0]),
        node("MatMul", "a t", "b"),
        node("MatMul", "b w", "y"),
    ]
    graph = read(tmp_path, nodes, [weight("w", 6, 7)], ROWS)
    assert costs(graph) == (42, 3 * 420, "complete")
    assert costs(from_data(to_data(graph))) == costs(graph)


def test_an_add_gives_its_bias_to_the_product_before(tmp_path: Path) -> None:
    nodes = [node("MatMul", "x w", "a", name="/fc/MatMul"), node("Add", "b a", "y", name="/fc/Add")]
    graph = read(tmp_path, nodes, [weight("w", 6, 7), weight("b", 7)], ROWS)
    assert named(graph) == {"fc": "linear"}
    assert costs(graph) == (49, 420, "complete")


def test_but_not_where_the_product_is_read_elsewhere(tmp_path: Path) -> None:
    nodes = [node("MatMul", "x w", "a"), node("Add", "b a", "c"), node("Mul", "a c", "y")]
    graph = read(tmp_path, nodes, [weight("w", 6, 7), weight("b", 7)], ROWS)
    assert [n.op for n in graph.nodes] == ["linear", "elementwise", "multiply"]
    assert costs(graph) == (49, 420, "complete")


@pytest.mark.parametrize("directions", [1, 2])
def test_a_recurrent_layer(directions: int, tmp_path: Path) -> None:
    """4 gates of 10, an input of 6: 40·(6 + 10) weights and 80 biases per direction; at each of 5 positions, of 2."""
    stored = [weight("w", directions, 40, 6), weight("r", directions, 40, 10), weight("b", directions, 80)]
    settings = {"hidden_size": 10, "direction": "bidirectional" if directions == 2 else "forward"}
    nodes = [node("LSTM", "x w r b", "y h c", name="/rnn/LSTM", **settings)]
    graph = read(tmp_path, nodes, stored, {"x": (5, 2, 6)}, "y h c")
    assert costs(graph) == (directions * 720, directions * 10 * 640, "complete")
    assert [t.shape for t in graph.outputs] == [(5, directions, 2, 10), (directions, 2, 10), (directions, 2, 10)]
    assert named(graph) == {"rnn": "lstm", "rnn.directions": "move"}


def test_attention_with_few_heads_of_keys(tmp_path: Path) -> None:
    """8 heads of 4 features, 2 of keys and values, 3 positions before: 8·5·8·4 mult-adds, twice."""
    inputs = {"q": (1, 5, 32), "k": (1, 5, 8), "v": (1, 5, 8), "pk": (1, 2, 3, 4), "pv": (1, 2, 3, 4)}
    nodes = [node("Attention", "q k v - pk pv", "y nk nv", q_num_heads=8, kv_num_heads=2)]
    graph = read(tmp_path, nodes, [], inputs, "y nk nv", opset=23)
    assert costs(graph) == (0, 2 * 8 * 5 * 8 * 4, "complete")
    assert [t.shape for t in graph.outputs] == [(1, 5, 32), (1, 2, 8, 4), (1, 2, 8, 4)]


# Older files, and outputs beside the first: (nodes, opset, initializers) -> the ops

BATCH_NORM = [weight(name, 3) for name in "abmv"]
OLDER: dict[str, tuple[list[onnx.NodeProto], int, list[TensorProto], list[str]]] = {
    "Clip": ([node("Clip", "x", "y", min=0.0, max=6.0)], 6, [], ["relu6"]),
    "Clip by inputs": (
        [node("Clip", "x a b", "y")], 13, [numbers("a", 0, np.float32), numbers("b", 6, np.float32)], ["relu6"]),
    "Clip to others": ([node("Clip", "x", "y", min=0.0, max=1.0)], 6, [], ["elementwise"]),
    "Upsample": (
        [node("Upsample", "x s", "y", mode="nearest")], 9, [numbers("s", [1, 1, 2, 2], np.float32)], ["upsample"]),
    "Squeeze": ([node("Unsqueeze", "x", "a", axes=[0]), node("Squeeze", "a", "y", axes=[0])], 11, [], ["move"] * 2),
    "Pad": ([node("Pad", "x", "y", pads=[0, 0, 1, 1, 0, 0, 1, 1])], 10, [], ["pad"]),
    "Softmax": ([node("Softmax", "x", "y")], 11, [], ["softmax"]),
    "a mask of dropout": ([node("Dropout", "x", "y m")], 12, [], ["dropout", "elementwise"]),
    "indices of a pool": ([node("MaxPool", "x", "y i", kernel_shape=[2, 2])], 12, [], ["max_pool", "elementwise"]),
    "new statistics": (
        [node("BatchNormalization", "x a b m v", "y n u", training_mode=1)], 15, BATCH_NORM,
        ["batch_norm", "elementwise"]),
    "ReduceMean": ([node("ReduceMean", "x", "y", axes=[2, 3], keepdims=0)], 13, [], ["mean"]),
    "a global pool": ([node("ReduceMean", "x", "y", axes=[-1, -2])], 13, [], ["adaptive_avg_pool"]),
    "Split": ([node("Split", "x", "a b", axis=1, split=[1, 2]), node("Concat", "b a", "y", axis=1)], 11, [],
              ["split", "concat"]),
}  # fmt: skip


@pytest.mark.parametrize("name", OLDER)
def test_older_files_and_further_outputs(name: str, tmp_path: Path) -> None:
    nodes, opset, stored, ops = OLDER[name]
    graph = read(tmp_path, nodes, stored, opset=opset)
    assert [n.op for n in graph.nodes] == ops
    assert costs(graph) == (6 if stored == BATCH_NORM else 0, 0, "complete")


def test_an_initializer_may_be_an_input_too(tmp_path: Path) -> None:
    graph = read(tmp_path, [node("Conv", "x w", "y")], [W], {"x": (1, 3, 8, 8), "w": (4, 3, 3, 3)})
    assert costs(graph) == (108, 36 * 108, "complete")
    assert len(graph.inputs) == 1


def test_what_torch_notes_as_a_buffer_is_a_constant(tmp_path: Path) -> None:
    told = [info("a", 5, 6), info("b", 5, 6)]
    for value, kind in zip(told, ("BUFFER", "PARAMETER"), strict=True):
        value.metadata_props.add(key="pkg.torch.export.graph_signature.InputSpec.kind", value=kind)
    nodes = [node("Add", "x a", "h"), node("Add", "h b", "y")]
    graph = read(tmp_path, nodes, [weight("a", 5, 6), weight("b", 5, 6)], ROWS, told=told)
    assert costs(graph) == (30, 0, "complete")
    assert list(graph.weights) == ["b"]


# What nobody can tell


def test_an_op_of_another_domain_is_unknown(tmp_path: Path) -> None:
    """Its shape is declared in the file; the weights that it reads count as params."""
    nodes = [node("Fused", "x w", "a", domain="com.example"), node("Relu", "a", "y")]
    graph = read(tmp_path, nodes, [W], told=[info("a", 1, 4, 6, 6)])
    assert costs(graph) == (108, 0, LOWER)
    assert graph.nodes[0].facts.settings["aten"] == "com.example::Fused"


UNKNOWN = {
    "three tensors": ("ij,jk,kl->il", [(4, 4)] * 3),
    "sizes that do not fit": ("ij,jk->ik", [(4, 5), (4, 4)]),
    "an axis of 1 that repeats": ("ij,jk->ik", [(4, 1), (4, 4)]),
    "leading axes that repeat": ("...ij,...jk->...ik", [(1, 4, 4), (4, 4, 4)]),
    "too few letters": ("i,jk->ik", [(4, 4), (4, 4)]),
    "too many letters": ("ijk,jk->ik", [(4, 4), (4, 4)]),
    "too many terms": ("ij,jk->ik", [(4, 4)]),
    "a diagonal of no square": ("ii,ij->ij", [(4, 5), (4, 4)]),
    "a new letter": ("ij,jk->iz", [(4, 4), (4, 4)]),
    "a letter put out twice": ("ij,jk->ii", [(4, 4), (4, 4)]),
    "digits": ("1j,...jk->...k", [(5, 4), (5, 4, 4)]),
    "two arrows": ("ij->jk->ik", [(4, 4)]),
    "nothing": ("", [(4, 4)]),
}
"""(equation, inputs): no product of two tensors, or not one that torch and ONNX agree on."""


@pytest.mark.parametrize("name", UNKNOWN)
def test_other_einsums_are_unknown(name: str, tmp_path: Path) -> None:
    """Never a wrong number: one unknown node, whose output shape the file declares."""
    equation, shapes = UNKNOWN[name]
    inputs = dict(zip("xuv", shapes, strict=False))
    nodes = [node("Einsum", " ".join(inputs), "h", equation=equation), node("Relu", "h", "y")]
    graph = read(tmp_path, nodes, [], inputs, told=[info("h", 4, 4)])
    assert costs(graph) == (0, 0, LOWER)
    assert [n.op for n in graph.nodes] == ["unknown", "relu"]
    assert graph.nodes[0].facts.settings["aten"] == "Einsum"


@pytest.mark.parametrize("name", [name for name in OPS if name.startswith("Einsum")])
def test_an_einsum_is_the_op_that_torchs_is(name: str, tmp_path: Path) -> None:
    """torch's own counter counts 2 for each mult-add of the products that torch runs for the equation."""
    model = file_of(name)
    graph = costcalc.graph(written(model, tmp_path))
    assert graph.nodes[-1].op == "einsum"
    (einsum,) = model.graph.node
    shapes = {told.name: [d.dim_value for d in told.type.tensor_type.shape.dim] for told in model.graph.input}
    shapes |= {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    equation = helper.get_attribute_value(einsum.attribute[0]).decode()
    run = module(lambda self, *xs: torch.einsum(equation, *xs))
    assert flops(run, *[torch.zeros(shapes[n]) for n in einsum.input]) == 2 * costs(graph)[1]
    (out,) = graph.outputs
    assert out.shape == run(*[torch.zeros(shapes[n]) for n in einsum.input]).shape
