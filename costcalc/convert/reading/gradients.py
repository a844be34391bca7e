"""aten's gradients as ops: those of convolutions and of fused attention, which are one operation each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.convert.reading.aten import Use, handler

CPU_ATTENTION = "_scaled_dot_product_flash_attention_for_cpu"
"""The kernel of attention that the CPU picks, if it can."""


@handler("convolution_backward")
def _conv_backward(func: Any, a: Mapping[str, Any]) -> Use | None:
    inputs = [a["grad_output"], a["input"], a["weight"]]
    settings = {"mask": tuple(a["output_mask"]), "groups": a["groups"], "transposed": a["transposed"]}
    return Use("conv_backward", inputs, settings)


@handler(CPU_ATTENTION)
def _attention(func: Any, a: Mapping[str, Any]) -> Use | None:
    inputs = [a[key] for key in ("query", "key", "value", "attn_mask") if a[key] is not None]
    return Use("scaled_dot_product_attention", inputs, {"causal": a["is_causal"]})


@handler(f"{CPU_ATTENTION}_backward")
def _attention_backward(func: Any, a: Mapping[str, Any]) -> Use | None:
    return Use("attention_backward", [a["grad_out"], a["query"], a["key"], a["value"]], {})
