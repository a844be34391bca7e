"""Inputs that people already have: tensors, arrays, dicts, lists and tuples of them; inputs without a batch axis."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from onnx_files import network, node, weight, written
from small_modules import module
from torch import nn

import costcalc
from costcalc.convert.data import from_data, to_data
from costcalc.measure.subject import Subject
from costcalc.spec import CostcalcError
from costcalc.spec.request import Request

IMAGE = torch.randn(2, 3, 16, 16)
CONV = 2 * 8 * 3 * 9 * 14 * 14
"""Mult-adds of nn.Conv2d(3, 8, 3) for two images of 16x16."""

Pair = namedtuple("Pair", ("x", "y"))


def table(self: Any, a: Any, ids: Any) -> Any:
    return self.l(a) + self.e(ids)


def nested(self: Any, batch: Any) -> Any:
    return self.l(batch["a"]) + self.l(batch["b"]["c"][0])


@pytest.mark.parametrize(
    "given",
    [
        IMAGE, IMAGE.to("meta"), nn.Parameter(IMAGE), IMAGE.to(memory_format=torch.channels_last), [IMAGE], (IMAGE,),
        {"input": IMAGE}, OrderedDict(input=IMAGE), IMAGE.numpy(), [IMAGE.numpy()],
    ],
)  # fmt: skip
def test_a_tensor_is_taken_by_its_shape_with_the_batch(given: Any) -> None:
    cost = costcalc.cost(nn.Conv2d(3, 8, 3), input=given)
    assert (cost.macs, cost.graph.batch, cost.graph.inputs[0].shape) == (CONV, 2, (2, 3, 16, 16))


@pytest.mark.parametrize(
    ("given", "batch"),
    [
        ([torch.randn(2, 7, 3), torch.zeros(2, 7, dtype=torch.long)], 1),
        ((torch.randn(2, 7, 3), (7,)), 2),
        ({"ids": torch.zeros(2, 7, dtype=torch.int32), "a": (7, 3)}, 2),
    ],
)
def test_tensors_and_shapes_together(given: Any, batch: int) -> None:
    """2 * 7 rows through nn.Linear(3, 4)."""
    made = module(table, l=nn.Linear(3, 4), e=nn.Embedding(5, 4))
    assert costcalc.cost(made, input=given, batch=batch).macs == 2 * 7 * 3 * 4


@pytest.mark.parametrize(
    "given",
    [
        {"batch": {"a": (3,), "b": {"c": [(3,)]}}},
        [{"a": (3,), "b": {"c": ((3,),)}}],
        ({"a": torch.randn(5, 3), "b": OrderedDict(c=[(3,)])},),
    ],
)
def test_nested_in_one_argument(given: Any) -> None:
    """Five rows twice through nn.Linear(3, 4)."""
    assert costcalc.cost(module(nested, l=nn.Linear(3, 4)), input=given, batch=5).macs == 2 * 5 * 3 * 4


def test_keys_of_any_kind_and_named_tuples() -> None:
    by_size = module(lambda self, d, z: self.l(d[512]) + self.l(d["64"]) + self.l(z), l=nn.Linear(3, 4))
    assert costcalc.cost(by_size, input=[{512: (3,), "64": (3,)}, (3,)]).macs == 3 * 3 * 4
    pair = module(lambda self, p: self.l(p.x) + self.l(p.y), l=nn.Linear(3, 4))
    assert costcalc.cost(pair, input=[Pair((3,), torch.randn(1, 3))]).macs == 2 * 3 * 4


def test_plain_values_stay_as_they_are() -> None:
    """Also lists of numbers that are no sizes of an input: the reshape asserts them."""

    def forward(self: Any, x: Any, shapes: Any, scale: Any, none: Any = None) -> Any:
        assert none is None
        return (self.l(x) * scale).reshape(shapes[0][0])

    made = module(forward, l=nn.Linear(4, 4))
    assert costcalc.cost(made, input={"x": (2, 4), "shapes": [[(1, 8, 1)]], "scale": 0.5}).macs == 2 * 4 * 4
    assert costcalc.cost(made, input=(torch.randn(1, 2, 4), [[(1, 8, 1)]], 2, None)).macs == 2 * 4 * 4


def test_a_tensor_given_twice_is_one_input() -> None:
    x = torch.randn(2, 5, 8)
    cost = costcalc.cost(nn.MultiheadAttention(8, 2, batch_first=True), input=[x, x, x])
    assert [t.shape for t in cost.graph.inputs] == [(2, 5, 8)]


def test_lengths_keep_their_values_if_the_pass_needs_them() -> None:
    """The longest of 4 and 6 rows: 2 * 6 rows through nn.Linear(3, 4)."""
    made = module(lambda self, x, n: self.l(x[:, : int(n.max())]), l=nn.Linear(3, 4))
    assert costcalc.cost(made, input=[torch.randn(2, 9, 3), torch.tensor([4, 6])]).macs == 2 * 6 * 3 * 4


# No batch axis


class Graphs(nn.Module):
    """A graph convolution: 100 nodes of 16 numbers through one matrix, summed along 1,000 edges."""

    def __init__(self) -> None:
        super().__init__()
        self.l = nn.Linear(16, 8)

    def forward(self, x: Any, edge_index: Any) -> Any:
        return torch.zeros(len(x), 8, device=x.device).index_add(0, edge_index[1], self.l(x)[edge_index[0]])


@pytest.mark.parametrize(
    ("given", "batch"),
    [
        ({"x": (100, 16), "edge_index": (2, 1000)}, None),
        ([torch.randn(100, 16), torch.zeros(2, 1000, dtype=torch.long)], 1),
        ([torch.randn(100, 16), (2, 1000)], None),
    ],
)
def test_shapes_as_they_stand(given: Any, batch: Any) -> None:
    dtype = {"edge_index": "int64"} if isinstance(given, dict) else [None, "int64"]
    graph = costcalc.graph(Graphs(), given, batch=batch, dtype=dtype)
    assert [t.shape for t in graph.inputs] == [(100, 16), (2, 1000)]
    assert (graph.batched, graph.batch) == (False, None)
    assert costcalc.cost(graph).macs == 100 * 16 * 8
    assert not from_data(to_data(graph)).batched


def test_one_state_vector() -> None:
    graph = costcalc.graph(nn.Linear(3, 4), (3,), batch=None)
    assert (costcalc.cost(graph).macs, graph.batched, graph.outputs[0].shape) == (12, False, (4,))


def test_a_number_alone_has_no_batch_axis() -> None:
    made = module(lambda self, t: self.l(t.reshape(1, 1)), l=nn.Linear(1, 4))
    assert costcalc.graph(made, torch.tensor(0.5)).batch is None


# Networks and files


def test_networks_by_name() -> None:
    """GoogLeNet's 1,582,671,872 mult-adds per image."""
    image = torch.randn(4, 3, 224, 224)
    for given in (image, [image], image.numpy()):
        assert costcalc.cost("googlenet", input=given).macs == 4 * 1_582_671_872
    assert costcalc.cost("googlenet", input=(4, 3, 224, 224), batch=None).macs == 4 * 1_582_671_872


def test_an_onnx_file(tmp_path: Any) -> None:
    """(n, 5, 3) through a matrix of 3x4, for n = 2; without a batch axis the shape has all axes."""
    layer = network([node("MatMul", "x w", "y")], [weight("w", 3, 4)], {"x": ("n", 5, 3)})
    file = written(layer, tmp_path)
    for given in (torch.randn(2, 5, 3), {"x": torch.randn(2, 5, 3)}, [np.zeros((2, 5, 3))]):
        graph = costcalc.graph(file, given)
        assert (costcalc.cost(graph).macs, graph.batch) == (2 * 5 * 3 * 4, 2)
    graph = costcalc.graph(file, (2, 5, 3), batch=None)
    assert (costcalc.cost(graph).macs, graph.batch) == (2 * 5 * 3 * 4, None)


def test_a_state_whose_batch_is_its_second_axis(tmp_path: Any) -> None:
    """x (1, 6) and h (2, 1, 4): 1*6*4 and 2*1*4*4 mult-adds."""
    nodes = [node("MatMul", "x w", "y"), node("MatMul", "h v", "z")]
    inputs = {"x": ("n", 6), "h": (2, "n", 4)}
    file = written(network(nodes, [weight("w", 6, 4), weight("v", 4, 4)], inputs, outputs="y z"), tmp_path)
    for given in ({"x": (1, 6), "h": (2, 1, 4)}, {"x": torch.randn(1, 6), "h": torch.randn(2, 1, 4)}):
        batch = None if isinstance(given["x"], tuple) else 1
        assert costcalc.cost(file, input=given, batch=batch).macs == 1 * 6 * 4 + 2 * 1 * 4 * 4


# The model that is run


def test_given_tensors_are_what_is_run(tmp_path: Any) -> None:
    """Floating-point ones in the dtype asked for; shapes are zeros, a tensor on the meta device too."""
    (tmp_path / "own.py").write_text("from torch.nn import Identity as Net", encoding="utf-8")
    for given, value in ((torch.ones(2, 3), 1), (torch.ones(2, 3, device="meta"), 0), ((3,), 0)):
        request = Request(f"{tmp_path / 'own.py'}:Net", given, 1 if isinstance(given, torch.Tensor) else 2)
        _, (x,) = Subject(costcalc.graph(request.model, given, request.batch), request).build(
            "cpu", dtype=torch.float64
        )
        assert (x.shape, x.dtype, float(x.mean())) == ((2, 3), torch.float64, value)


# What is refused, in a line without a tensor's numbers


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"input": IMAGE, "batch": 8}, "batch=8: the input's tensors have a batch of their own; give none"),
        ({"input": IMAGE, "dtype": "float16"}, "input 0: dtype 'float16' is for shapes; the tensor given has its own"),
        ({"input": torch.randn(2, 4, 16, 16)}, "Conv2d does not run at input 2x4x16x16: RuntimeError"),
        ({"input": np.array(["a"])}, "input: torch has no dtype like numpy's <U1"),
        ({"input": {"input": {}}}, "a model is read from the shape of at least one input"),
        ({"input": [None, "x"]}, "input [None, 'x'] is not a shape, like (3, 224, 224), or a list of shapes"),
        ({"input": (3, 16), "batch": torch.rand(3)}, "batch=<Tensor 3> must be a positive integer"),
        ({"input": (3, 16), "dtype": [torch.rand(3)]}, "input 0: dtype=<Tensor 3> must be a dtype of torch"),
        ({"input": {torch.rand(3): (3,)}}, "input={<Tensor 3>: (3,)} must be a dict by names of arguments"),
    ],
)
def test_one_line(asked: Any, line: str) -> None:
    with pytest.raises(CostcalcError) as caught:
        costcalc.cost(nn.Conv2d(3, 8, 3), **asked)
    assert str(caught.value).startswith(line)


def test_tensors_of_other_kinds() -> None:
    nested = torch.nested.nested_tensor([torch.randn(3, 16), torch.randn(2, 16)])
    quantized = torch.quantize_per_tensor(torch.randn(5, 16), 0.1, 0, torch.quint8)
    for given, kind in ((nested, "nested"), ([quantized], "quantized"), ([[nested]], "nested")):
        with pytest.raises(CostcalcError, match=f"input: a {kind} tensor is not read"):
            costcalc.cost(nn.Linear(16, 8), input=given)
    loop: list[Any] = [torch.randn(5, 16)]
    loop.append(loop)
    with pytest.raises(CostcalcError, match=r"^input: lists or dicts are nested too deep, or hold themselves$"):
        costcalc.cost(nn.Linear(16, 8), input=loop)


def test_objects_that_hold_tensors() -> None:
    """A dataclass: five rows through nn.Linear(16, 8), of which seven are picked."""

    @dataclass
    class Batch:
        x: torch.Tensor
        index: torch.Tensor

    made = module(lambda self, batch: self.l(batch.x)[batch.index], l=nn.Linear(16, 8))
    for given in (Batch(torch.randn(5, 16), torch.zeros(7, dtype=torch.long)),):
        assert costcalc.cost(made, input=given).macs == costcalc.cost(made, input=[given]).macs == 5 * 16 * 8


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"input": torch.zeros(1, 3, 224, 224, dtype=torch.uint8)}, "googlenet has one input, of floating point"),
        ({"input": torch.rand(3, 224, 224)}, "googlenet takes an input like 3x224x224, in Python (3, 224, 224); not"),
        ({"input": IMAGE, "batch": 8}, "batch=8: the input's tensors have a batch of their own; give none"),
        ({"batch": None}, "googlenet takes an input like 1x3x224x224, batch included; not None"),
        ({"input": {"x": IMAGE}}, "googlenet has one input"),
    ],
)
def test_one_line_of_a_network(asked: Any, line: str) -> None:
    with pytest.raises(CostcalcError) as caught:
        costcalc.cost("googlenet", **asked)
    assert str(caught.value).startswith(line)
