"""Every kind of model with every field of a Request: the field is taken, or one line says that it is not."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from command import refused
from hf_models import SIZES, model
from onnx_files import network, node, weight, written

import costcalc
from costcalc.convert.data import to_data
from costcalc.openers import OPENERS
from costcalc.spec import CostcalcError
from costcalc.spec.request import Request

OWN = """
import costcalc
from torch import nn

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.layer = nn.Linear(3, width)

    def forward(self, x):
        return self.layer(x.float())

def make(name="lenet5"):
    return costcalc.graph(name)

model, graph = Net(), make()
"""

VALUES: dict[str, Any] = {
    "input": (5, 3), "batch": 2, "classes": 7, "mode": "train", "args": {"width": 5}, "dtype": "float64", "cache": 9,
    "values": {"sr": 16000},
}  # fmt: skip

TAKEN = {
    "lenet5": {"batch", "classes", "mode"},
    "net.json": {"mode"},
    "net.onnx": {"input", "batch", "mode"},
    "own.py": set(),
    "own.py:Net": {"input", "batch", "mode", "args", "dtype"},
    "own.py:model": {"input", "batch", "mode", "dtype"},
    "own.py:make": {"mode", "args"},
    "own.py:graph": {"mode"},
    "torch.nn:Identity": {"input", "batch", "mode", "args", "dtype"},
    "timm:test_vit": {"batch", "classes", "mode"},
    "hf:BertModel": {"batch", "mode"},
    "a Graph": {"mode"},
    "a Net": {"input", "batch", "mode", "dtype"},
}
"""The fields that each model takes. The others are refused, or their value is: lenet5 takes one image."""

NEEDS_INPUT = {"own.py:Net", "own.py:model", "torch.nn:Identity", "hf:BertModel", "a Net"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("models")
    (made / "own.py").write_text(OWN, encoding="utf-8")
    (made / "net.json").write_text(json.dumps(to_data(costcalc.graph("lenet5"))), encoding="utf-8")
    layer = network([node("MatMul", "x w", "y")], [weight("w", 3, 4)], {"x": ("n", 5, 3)})
    Path(written(layer, made)).rename(made / "net.onnx")
    return made


def asked(name: str, folder: Path, **fields: Any) -> costcalc.Graph:
    found: Any = {"a Graph": costcalc.graph("lenet5"), "a Net": torch.nn.Linear(3, 4, dtype=torch.float64)}.get(name)
    if found is None:
        found = str(folder / name) if name.startswith(("own", "net")) else name
    if name in NEEDS_INPUT:
        fields = {"input": (3,), **fields}
    if name == "own.py:make" and "args" in fields:
        fields["args"] = {"name": "lenet5"}
    return costcalc.graph(found, **fields)


@pytest.mark.parametrize("field", VALUES)
@pytest.mark.parametrize("name", TAKEN)
def test_a_field_is_taken_or_refused(name: str, field: str, folder: Path) -> None:
    if field in TAKEN[name]:
        made = asked(name, folder, **{field: VALUES[field]})
        if field == "batch":
            assert made.inputs[0].shape[0] == 2
        return
    with pytest.raises(CostcalcError) as caught:
        asked(name, folder, **{field: VALUES[field]})
    assert "\n" not in str(caught.value)


def test_these_are_all_fields() -> None:
    every = {"model", "label", "batch_given", "shared", "causal"}  # every model takes these
    fields = {each.name for each in dataclasses.fields(Request)} - every
    assert set(VALUES) == fields
    assert {name for opener in OPENERS for name in opener.takes_no} <= fields


def test_each_opener_opens_one_of_these(folder: Path) -> None:
    models = [costcalc.graph("lenet5"), torch.nn.Linear(3, 4), "torch.nn:Identity", "lenet5"]
    models += [str(folder / name) for name in ("net.json", "net.onnx", "own.py", "net.pt")]
    first = [next(o for o in OPENERS if o.opens(Request(each))) for each in models]
    assert sorted(map(OPENERS.index, first)) == list(range(len(OPENERS)))


@pytest.mark.parametrize(
    ("name", "field", "line"),
    [
        ("own.py:make", "dtype", "own.py:make gives a graph: its input and batch are fixed"),
        ("own.py:make", "cache", "own.py:make gives a graph: its input and batch are fixed"),
        ("own.py:graph", "args", "own.py:graph is made already: it takes no arguments, such as 'width'"),
        ("own.py", "args", "own.py is a Python file: name a callable in it, like "),
        ("net.json", "args", "net.json takes no arguments, such as 'width'; give them to a model by name"),
        (
            "net.json",
            "dtype",
            "lenet5 is a graph: its input, batch and classes are fixed, at 1x32x32 and batch 1; make a new graph with "
            "others",
        ),
        ("a Net", "classes", "a Linear makes its own classifier: classes=7 is for networks by name"),
    ],
)
def test_the_line(name: str, field: str, line: str, folder: Path) -> None:
    with pytest.raises(CostcalcError) as caught:
        asked(name, folder, **{field: VALUES[field]})
    assert line in str(caught.value)


def test_a_decoding_step_has_dtypes_of_its_own() -> None:
    """The new token's is int64, and the cache has the one of the model's parameters."""
    line = "cache=9 is a step of decoding, whose inputs have dtypes of their own: leave dtype out"
    with pytest.raises(CostcalcError, match=f"^{line}$"):
        costcalc.graph(model("LlamaForCausalLM", **SIZES), cache=9, dtype="float64")
    by_name = ["hf:GPT2LMHeadModel", "--arg", "n_layer=1", "--cache", "9", "--input", "1:int64"]
    assert refused("table", *by_name) == line
