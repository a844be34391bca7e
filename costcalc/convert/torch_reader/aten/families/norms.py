"""aten's normalizations as ops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.convert.torch_reader.aten.handlers import OpCall, handler, weights


@handler("batch_norm")
def _batch_norm(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    if (a["weight"] is None) != (a["bias"] is None):
        return None
    settings = {"eps": a["eps"], "momentum": a["momentum"], "affine": a["weight"] is not None}
    return OpCall("batch_norm", [a["input"]], settings, weights(a), no_buffers=a["running_mean"] is None)


@handler("layer_norm")
def _layer_norm(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    if a["weight"] is None and a["bias"] is not None:
        return None
    settings = {"axes": len(a["normalized_shape"]), "eps": a["eps"], "affine": a["weight"] is not None}
    settings["bias"] = a["weight"] is None or a["bias"] is not None
    return OpCall("layer_norm", [a["input"]], settings, weights(a))


@handler("group_norm")
def _group_norm(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    if (a["weight"] is None) != (a["bias"] is None):
        return None
    settings = {"groups": a["num_groups"], "eps": a["eps"], "affine": a["weight"] is not None}
    return OpCall("group_norm", [a["input"]], settings, weights(a))


@handler("instance_norm")
def _instance_norm(func: Any, a: Mapping[str, Any]) -> OpCall | None:
    if (a["weight"] is None) != (a["bias"] is None) or a["running_mean"] is not None:
        return None
    return OpCall("instance_norm", [a["input"]], {"eps": a["eps"], "affine": a["weight"] is not None}, weights(a))
