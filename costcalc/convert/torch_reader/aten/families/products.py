"""aten's products of matrices as ops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.convert.torch_reader.aten.handlers import OpCall, handler, weights


@handler("linear")
def _linear(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    settings = {"width": a["weight"].shape[0], "bias": a["bias"] is not None}
    return OpCall("linear", [a["input"]], settings, weights(a)) if a["weight"].dim() == 2 else None


@handler("matmul", "mm", "bmm")
def _matmul(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    return OpCall("matmul", [a["self"], a["other"] if "other" in a else a["mat2"]], {})


@handler("einsum")
def _einsum(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    return OpCall("einsum", list(a["tensors"]), {"equation": a["equation"]}) if a["path"] is None else None
