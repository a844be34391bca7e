"""aten's activation functions, softmax and dropout as ops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.convert.torch_reader.aten.handlers import OpCall, handler
from costcalc.convert.torch_reader.aten.schema import base, is_inplace

ACTIVATIONS = {
    "relu": "relu",
    "relu6": "relu6",
    "hardsigmoid": "hard_sigmoid",
    "silu": "silu",
    "hardswish": "hard_swish",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "gelu": "gelu",
}


@handler(*ACTIVATIONS)
def _activation(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    op = ACTIVATIONS[base(func)]
    settings = {} if op in ("sigmoid", "tanh", "gelu") else {"inplace": is_inplace(func)}
    return OpCall(op, [a["self"]], settings)


@handler("hardtanh")
def _hardtanh(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    relu6 = (a["min_val"], a["max_val"]) == (0, 6)
    return OpCall("relu6", [a["self"]], {"inplace": is_inplace(func)}) if relu6 else None


@handler("leaky_relu")
def _leaky_relu(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    return OpCall("leaky_relu", [a["self"]], {"slope": a["negative_slope"], "inplace": is_inplace(func)})


@handler("softmax", "_softmax")
def _softmax(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    return OpCall("softmax", [a["self"]], {"axis": a["dim"]})


@handler("dropout", "feature_dropout")
def _dropout(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    settings = {"p": a["p"], "inplace": is_inplace(func)}
    if base(func) == "feature_dropout":
        settings["channels"] = True
    return OpCall("dropout", [a["input"] if "input" in a else a["self"]], settings)
