"""aten's norms, pools, activations, sums of tensors, views and pads as ops."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import torch

from costcalc.convert.reading.aten import Use, base, each, handler, is_inplace, weights
from costcalc.convert.reading.leaves import pad_pairs, scales

# Norms, pools, activations


@handler("batch_norm")
def _batch_norm(func: Any, a: Mapping[str, Any]) -> Use | None:
    if (a["weight"] is None) != (a["bias"] is None):
        return None
    settings = {"eps": a["eps"], "momentum": a["momentum"], "affine": a["weight"] is not None}
    return Use("batch_norm", [a["input"]], settings, weights(a), no_buffers=a["running_mean"] is None)


@handler("layer_norm")
def _layer_norm(func: Any, a: Mapping[str, Any]) -> Use | None:
    if a["weight"] is None and a["bias"] is not None:
        return None
    settings = {"axes": len(a["normalized_shape"]), "eps": a["eps"], "affine": a["weight"] is not None}
    settings["bias"] = a["weight"] is None or a["bias"] is not None
    return Use("layer_norm", [a["input"]], settings, weights(a))


@handler("group_norm")
def _group_norm(func: Any, a: Mapping[str, Any]) -> Use | None:
    if (a["weight"] is None) != (a["bias"] is None):
        return None
    settings = {"groups": a["num_groups"], "eps": a["eps"], "affine": a["weight"] is not None}
    return Use("group_norm", [a["input"]], settings, weights(a))


@handler("instance_norm")
def _instance_norm(func: Any, a: Mapping[str, Any]) -> Use | None:
    if (a["weight"] is None) != (a["bias"] is None) or a["running_mean"] is not None:
        return None
    return Use("instance_norm", [a["input"]], {"eps": a["eps"], "affine": a["weight"] is not None}, weights(a))


@handler("max_pool1d", "max_pool2d", "max_pool3d", "max_pool2d_with_indices")
def _max_pool(func: Any, a: Mapping[str, Any]) -> Use | None:
    x = a["self"]
    window = {key: each(a[name], x) for key, name in (("k", "kernel_size"), ("padding", "padding"))}
    window["stride"] = each(a["stride"], x) or window["k"]
    return Use("max_pool", [x], {**window, "dilation": each(a["dilation"], x), "ceil": a["ceil_mode"]})


@handler("avg_pool1d", "avg_pool2d", "avg_pool3d")
def _avg_pool(func: Any, a: Mapping[str, Any]) -> Use | None:
    x = a["self"]
    if a.get("divisor_override") is not None:
        return None
    window = {key: each(a[name], x) for key, name in (("k", "kernel_size"), ("padding", "padding"))}
    window["stride"] = each(a["stride"], x) or window["k"]
    rest = {"ceil": a["ceil_mode"], "count_include_pad": a["count_include_pad"]}
    return Use("avg_pool", [x], {**window, **rest})


@handler("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d")
def _adaptive_avg_pool(func: Any, a: Mapping[str, Any]) -> Use | None:
    return Use("adaptive_avg_pool", [a["self"]], {"size": tuple(a["output_size"])})


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
def _activation(func: Any, a: Mapping[str, Any]) -> Use | None:
    op = ACTIVATIONS[base(func)]
    settings = {} if op in ("sigmoid", "tanh", "gelu") else {"inplace": is_inplace(func)}
    return Use(op, [a["self"]], settings)


@handler("hardtanh")
def _hardtanh(func: Any, a: Mapping[str, Any]) -> Use | None:
    return Use("relu6", [a["self"]], {"inplace": is_inplace(func)}) if (a["min_val"], a["max_val"]) == (0, 6) else None


@handler("leaky_relu")
def _leaky_relu(func: Any, a: Mapping[str, Any]) -> Use | None:
    return Use("leaky_relu", [a["self"]], {"slope": a["negative_slope"], "inplace": is_inplace(func)})


@handler("softmax", "_softmax")
def _softmax(func: Any, a: Mapping[str, Any]) -> Use | None:
    return Use("softmax", [a["self"]], {"axis": a["dim"]})


@handler("dropout", "feature_dropout")
def _dropout(func: Any, a: Mapping[str, Any]) -> Use | None:
    return Use("dropout", [a["input"] if "input" in a else a["self"]], {"p": a["p"], "inplace": is_inplace(func)})


# Tensors together


@handler("add", "mul")
def _two(func: Any, a: Mapping[str, Any]) -> Use | None:
    x, other, op = a["self"], a["other"], "add" if base(func) == "add" else "multiply"
    if isinstance(other, torch.Tensor):
        return None if a.get("alpha", 1) != 1 else Use(op, [x, other], {})
    return Use("scale", [x], {"factor": other}) if op == "multiply" else None


@handler("cat", "concat", "concatenate")
def _cat(func: Any, a: Mapping[str, Any]) -> Use | None:
    return Use("concat", list(a["tensors"]), {"axis": a["dim"]}) if isinstance(a["dim"], int) else None


@handler("mean")
def _mean(func: Any, a: Mapping[str, Any]) -> Use | None:
    x, axes = a["self"], a.get("dim")
    if not axes or a["keepdim"] or a["dtype"] is not None:
        return None
    return Use("mean", [x], {"axes": tuple(sorted(axis % x.dim() for axis in axes))})


# Views and pads


@handler("reshape", "view", "_unsafe_view", "view_as", "reshape_as")
def _reshape(func: Any, a: Mapping[str, Any]) -> Use | None:
    x = a["self"]
    shape = a["other"].shape if "other" in a else a.get("size", a.get("shape"))
    if shape is None:
        return None  # view.dtype
    rest = x.numel() // max(prod(n for n in shape if n != -1), 1)
    return Use("reshape", [x], {"shape": tuple(rest if n == -1 else n for n in shape)})


@handler("flatten")
def _flatten(func: Any, a: Mapping[str, Any]) -> Use | None:
    x = a["self"]
    if not x.dim() or a.get("end_dim") not in (-1, x.dim() - 1):
        return None
    return Use("flatten", [x], {"start": a["start_dim"] % x.dim()})


@handler("permute", "transpose", "swapaxes", "swapdims", "t", "numpy_T", "mT", "adjoint")
def _transpose(func: Any, a: Mapping[str, Any]) -> Use | None:
    x, name = a["self"], base(func)
    axes = list(range(x.dim()))
    if not axes:
        return None
    if name == "permute":
        axes = [axis % x.dim() for axis in a["dims"]]
    elif name in ("t", "numpy_T"):
        axes.reverse()
    elif name in ("mT", "adjoint"):
        axes[-2:] = axes[:-3:-1]
    else:
        i, j = (a[key] for key in ("dim0", "dim1")) if "dim0" in a else (a["axis0"], a["axis1"])
        axes[i], axes[j] = axes[j], axes[i]
    return Use("transpose", [x], {"axes": tuple(axes)})


@handler("split", "split_with_sizes", "chunk")
def _split(func: Any, a: Mapping[str, Any]) -> Use | None:
    x, axis = a["self"], a["dim"] % a["self"].dim()
    size = x.shape[axis]
    each = a["split_size"] if "split_size" in a else a.get("split_sizes")
    if each is None:
        each = -(-size // a["chunks"])
    if isinstance(each, int):
        each = [each] * (size // each) + ([size % each] if size % each else []) if each else []
    return Use("split", [x], {"sizes": tuple(each), "axis": axis})


@handler("pad", "constant_pad_nd")
def _pad(func: Any, a: Mapping[str, Any]) -> Use | None:
    if a.get("mode", "constant") != "constant" or min(a["pad"], default=0) < 0:
        return None
    return Use("pad", [a["self"]], {"pads": pad_pairs(a["pad"]), "value": float(a["value"] or 0)})


UPSAMPLES = {
    f"{start}{name}{end}": mode
    for mode, start, name, ends in (
        ("nearest", "", "upsample_nearest", ("1d", "2d", "3d")),
        ("nearest-exact", "", "_upsample_nearest_exact", ("1d", "2d", "3d")),
        ("linear", "", "upsample_linear", ("1d",)),
        ("bilinear", "", "upsample_bilinear", ("2d",)),
        ("bicubic", "", "upsample_bicubic", ("2d",)),
        ("trilinear", "", "upsample_trilinear", ("3d",)),
    )
    for end in ends
}


@handler(*UPSAMPLES)
def _upsample(func: Any, a: Mapping[str, Any]) -> Use | None:
    x = a["input"] if "input" in a else a["self"]
    of = {"size": tuple(a["output_size"])} if a.get("output_size") else {"scale": scales(a["scale_factors"])}
    return Use("upsample", [x], {**of, "mode": UPSAMPLES[base(func)], "align_corners": a.get("align_corners") or None})


@handler("embedding")
def _embedding(func: Any, a: Mapping[str, Any]) -> Use | None:
    vocabulary, width = a["weight"].shape
    return Use("embedding", [a["indices"]], {"width": width, "vocabulary": vocabulary}, [a["weight"]])
