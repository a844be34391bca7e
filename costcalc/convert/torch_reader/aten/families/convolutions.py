"""aten's convolutions, and their gradients, as ops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.convert.torch_reader.aten.handlers import OpCall, handler, weights
from costcalc.convert.torch_reader.settings import each

BY_MODE = "_convolution_mode"
"""The operation that torch runs, and traces, for a convolution with padding "same" or "valid"."""


@handler("conv1d", "conv2d", "conv3d", "convolution", "_convolution")
def _conv(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    x, weight = a["input"], a["weight"]
    if x.dim() != weight.dim():
        return None
    padding = {"same": "same", "valid": 0}.get(a["padding"], 0) if isinstance(a["padding"], str) else a["padding"]
    settings = {
        "k": tuple(weight.shape[2:]),
        "stride": each(a["stride"], x),
        "padding": padding if isinstance(padding, str) else each(padding, x),
        "dilation": each(a["dilation"], x),
        "groups": a["groups"],
        "bias": a["bias"] is not None,
    }
    if not a.get("transposed", False):
        return OpCall("conv", [x], {"width": weight.shape[0], **settings}, weights(a))
    settings["output_padding"] = each(a["output_padding"], x)
    return OpCall("conv_transpose", [x], {"width": weight.shape[1] * a["groups"], **settings}, weights(a))


@handler("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def _conv_transpose(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    return _conv(func, {**a, "transposed": True})


@handler("convolution_backward")
def _conv_backward(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    inputs = [a["grad_output"], a["input"], a["weight"]]
    settings = {"mask": tuple(a["output_mask"]), "groups": a["groups"], "transposed": a["transposed"]}
    return OpCall("conv_backward", inputs, settings)
