"""aten's attention, and the gradient of its CPU kernel, as ops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.convert.torch_reader.aten.handlers import OpCall, handler
from costcalc.convert.torch_reader.cpu_attention import CPU_ATTENTION


@handler("scaled_dot_product_attention")
def _attention(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    if a["query"].shape[:-2] != a["key"].shape[:-2] and not a.get("enable_gqa"):
        return None
    inputs = [a[key] for key in ("query", "key", "value", "attn_mask") if a[key] is not None]
    settings = {"causal": a["is_causal"], **({"dropout": a["dropout_p"]} if a["dropout_p"] else {})}
    return OpCall("scaled_dot_product_attention", inputs, settings)


@handler(CPU_ATTENTION)
def _cpu_attention(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    inputs = [a[key] for key in ("query", "key", "value", "attn_mask") if a[key] is not None]
    return OpCall("scaled_dot_product_attention", inputs, {"causal": a["is_causal"]})


@handler(f"{CPU_ATTENTION}_backward")
def _attention_backward(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    return OpCall("attention_backward", [a["grad_out"], a["query"], a["key"], a["value"]], {})
