"""aten's sums, products and concatenations of tensors as ops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from costcalc.convert.torch_reader.aten.handlers import OpCall, handler
from costcalc.convert.torch_reader.aten.schema import base


@handler("add", "mul")
def _two(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    x, other, op = a["self"], a["other"], "add" if base(func) == "add" else "multiply"
    if isinstance(other, torch.Tensor):
        return None if a.get("alpha", 1) != 1 else OpCall(op, [x, other], {})
    return OpCall("scale", [x], {"factor": other}) if op == "multiply" else None


@handler("cat", "concat", "concatenate")
def _cat(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    return OpCall("concat", list(a["tensors"]), {"axis": a["dim"]}) if isinstance(a["dim"], int) else None
