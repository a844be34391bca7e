"""What is asked of a model: checked once, when the Request is made."""

import dataclasses
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from costcalc.spec import CostcalcError
from costcalc.spec.request import Request


def no(request: Request) -> str:
    return f"{request} says no"


def test_fields_are_plain_once_it_is_made() -> None:
    request = Request(Path("net.json"), batch=np.int64(3), classes=np.uint8(7), cache=np.array(2))
    assert (request.model, request.batch, request.classes, request.cache) == ("net.json", 3, 7, 2)
    assert {type(request.batch), type(request.classes), type(request.cache)} == {int}
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.batch = 0  # type: ignore[misc]
    with pytest.raises(CostcalcError, match="batch=0 must be a positive integer"):
        dataclasses.replace(request, batch=0)


@pytest.mark.parametrize(
    ("model", "source", "name"),
    [
        ("torchvision:resnet50", "torchvision", "resnet50"),
        ("file.py:Net", "file.py", "Net"),
        (Path("folder/file.py:Net"), "folder/file.py", "Net"),
        ("C:/file.py:Net", "C:/file.py", "Net"),
        (":", "", ""),
    ],
)
def test_a_name_with_a_colon_has_a_source(model: Any, source: str, name: str) -> None:
    request = Request(model)
    assert (request.has_source, request.source, request.name) == (True, source, name)


@pytest.mark.parametrize("model", ["googlenet", "a:b.json", "a:b.onnx", "file.py", 3, None, ["a:b"]])
def test_other_models_have_none(model: Any) -> None:
    assert not Request(model).has_source


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("input", (3, 4)), ("input", ()), ("input", 0), ("input", np.zeros(2)), ("batch", 2), ("classes", 1),
        ("mode", "train"), ("args", {"a": None}), ("dtype", ""), ("dtype", np.zeros(2)), ("cache", 1),
    ],
)  # fmt: skip
def test_a_field_that_a_model_does_not_take(field: str, value: Any) -> None:
    request = Request("googlenet", **{field: value})
    with pytest.raises(CostcalcError, match=r"^googlenet says no$"):
        request.refuse({field: no})
    request.refuse({each.name: no for each in dataclasses.fields(Request) if each.name not in ("model", field)})


def test_a_default_is_never_refused() -> None:
    request = Request("googlenet", None, np.int64(1), None, "eval", {}, None, None)
    request.refuse({each.name: no for each in dataclasses.fields(Request) if each.name != "model"})


def test_it_goes_to_a_process_of_its_own() -> None:
    request = Request("file.py:Net", {"x": (3,)}, 2, args={"width": 4})
    assert pickle.loads(pickle.dumps(request)) == request
