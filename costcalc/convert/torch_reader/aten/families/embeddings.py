"""aten's lookups in a table of rows as ops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.convert.torch_reader.aten.handlers import OpCall, handler


@handler("embedding")
def _embedding(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    vocabulary, width = a["weight"].shape
    return OpCall("embedding", [a["indices"]], {"width": width, "vocabulary": vocabulary}, [a["weight"]])
