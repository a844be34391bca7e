"""Converters called with invalid arguments: each call ends in one line."""

from typing import Any

import pytest
import torch
from hostile_calls import refusal

import costcalc
from costcalc.convert import plain, sources
from costcalc.convert.data import from_data, to_data
from costcalc.convert.decoding import decoding_step
from costcalc.convert.from_onnx import from_onnx
from costcalc.convert.from_torch import from_torch
from costcalc.convert.to_torch import to_torch
from costcalc.spec.request import Request

NAMES: dict[str, Any] = {
    "from_torch": from_torch, "from_onnx": from_onnx, "to_data": to_data, "from_data": from_data, "torch": torch,
    "to_torch": to_torch, "read_json": plain.read_json, "load": sources.load, "decoding_step": decoding_step,
    "Request": Request, "net": torch.nn.Linear(3, 4), "lenet": costcalc.graph("lenet5"),
}  # fmt: skip

POSITIVE = "must be a positive integer"
GRAPH = "must be a Graph, like costcalc.graph('googlenet')"
DEVICE = "must be a device that torch can use here, like 'cpu'"
FILE = "must be a name that a file can have"

WRONG = {
    "from_torch(3, (3,))": "3 is not a torch module",
    "from_torch(rude, (3,))": "is not a torch module",
    "from_torch(torch.nn.Sequential(torch.nn.LazyLinear(3), torch.nn.Linear(4, 4)), (3,))": (
        "the first forward pass of Sequential, a lazy module, fails: "
    ),
    "from_torch(net, (3,), name=3)": "name=3 must be a text",
    "from_torch(net, (3,), mode='Eval')": "mode='Eval' must be 'eval' or 'train'",
    "from_torch(net, (3,), mode=True)": "mode=True must be 'eval' or 'train'",
    "from_torch(net, (3,), batch='a')": f"batch='a' {POSITIVE}",
    "from_torch(net, (3,), batch='none')": f"batch='none' {POSITIVE}",
    "from_torch(net, None)": "input None is not a shape",
    "from_torch(net, (3,), dtype=[3])": "dtype=3 must be a dtype of torch",
    "from_onnx(3)": "file=3 must be a text",
    "from_onnx(None)": "file=None must be a text",
    "from_onnx('a\\0')": FILE,
    "from_onnx('a\\ud800')": FILE,
    "from_onnx('nowhere.onnx')": "there is no file 'nowhere.onnx'",
    "from_onnx('.')": "there is no file '.'",
    "to_data(3)": f"graph=3 {GRAPH}",
    "to_data(None)": GRAPH,
    "from_data(3)": "a costcalc network is a JSON object",
    "from_data(None)": "a costcalc network is a JSON object",
    "from_data({})": "this is not a costcalc network",
    "to_torch(3)": f"graph=3 {GRAPH}",
    "to_torch('lenet5')": GRAPH,
    "to_torch(lenet, 'foo')": f"device='foo' {DEVICE}",
    "to_torch(lenet, 'vulkan')": f"device='vulkan' {DEVICE}",
    "to_torch(lenet, '')": f"device='' {DEVICE}",
    "to_torch(lenet, 3)": "device=3 must be a text",
    "to_torch(lenet, dtype='float3')": "dtype='float3' must be a dtype of torch",
    "to_torch(lenet, dtype=3)": "dtype=3 must be a dtype of torch",
    "to_torch(lenet, dtype=torch.int64)": "dtype=torch.int64 must be of floating point",
    "read_json(0)": "file=0 must be a text",
    "read_json(b'a')": "file=b'a' must be a text",
    "read_json('a\\0')": FILE,
    "load(Request(3))": "model=3 must be a name like torchvision:resnet50 or file.py:Net",
    "load(Request('a\\0b:c'))": FILE,
    "load(Request('torch.nn:Linear', args=3))": "args=3 must be a dict",
    "load(Request('torch.nn:Linear', args={1: 2}))": "args={1: 2} must be a dict",
    "load(Request('torchvision:resnet18', classes='a'))": f"classes='a' {POSITIVE}",
    "load(Request('torchvision:resnet18', classes=True))": f"classes=True {POSITIVE}",
    "decoding_step(3, 4)": "cache=4 is for models of transformers; int is not one",
    "decoding_step(net, 'a')": f"cache='a' {POSITIVE}",
    "decoding_step(net, True)": f"cache=True {POSITIVE}",
}


@pytest.mark.parametrize("call", WRONG)
def test_one_line_says_what_was_given_and_what_is_right(call: str) -> None:
    assert WRONG[call] in refusal(call, NAMES)


def test_a_dtype_or_device_by_name_is_one() -> None:
    model = to_torch(NAMES["lenet"], "meta", "float64")  # type: ignore[arg-type]
    assert {(p.dtype, p.device.type) for p in model.parameters()} == {(torch.float64, "meta")}
