"""torch.nn's modules as ops: per class, the op and its settings for an input of a given shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from costcalc.convert import extra_modules
from costcalc.convert.torch_reader.settings import pad_pairs, scales
from costcalc.spec.shapes import Shape

OpSettings = tuple[str, Mapping[str, Any]]
"""An op and its settings."""

ModuleRule = Callable[[Any, Shape], OpSettings | None]
"""A module and the shape of its input -> the op; None if no op does the same."""

RULES: dict[type[nn.Module], ModuleRule] = {}
"""Rules by exact class: a subclass may do something else."""

CALLED_AS: dict[type[nn.Module], Callable[[Any], Mapping[str, Any]]] = {
    nn.Flatten: lambda m: {"start_dim": m.start_dim, "end_dim": m.end_dim},
    nn.GELU: lambda m: {"approximate": m.approximate},
    nn.Softmax2d: lambda m: {},
    nn.Upsample: lambda m: {**_resized(m), "mode": m.mode, "align_corners": m.align_corners},
    nn.UpsamplingBilinear2d: lambda m: _resized(m),
    nn.UpsamplingNearest2d: lambda m: _resized(m),
    nn.ZeroPad1d: lambda m: {"padding": m.padding},
    nn.ZeroPad2d: lambda m: {"padding": m.padding},
    nn.ZeroPad3d: lambda m: {"padding": m.padding},
}
"""Modules that are not the op's own call of torch: the arguments of their constructors."""


def module(*classes: type[nn.Module]) -> Callable[[ModuleRule], ModuleRule]:
    """Make a function the rule of these classes."""

    def decorate(rule: ModuleRule) -> ModuleRule:
        RULES.update(dict.fromkeys(classes, rule))
        return rule

    return decorate


@module(nn.Conv1d, nn.Conv2d, nn.Conv3d)
def _conv(m: Any, x: Shape) -> OpSettings | None:
    if m.padding_mode != "zeros" or len(x) != len(m.kernel_size) + 2:
        return None
    settings = {
        "width": m.out_channels,
        "k": m.kernel_size,
        "stride": m.stride,
        "padding": 0 if m.padding == "valid" else m.padding,
        "dilation": m.dilation,
        "groups": m.groups,
        "bias": m.bias is not None,
    }
    return "conv", settings


@module(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
def _conv_transpose(m: Any, x: Shape) -> OpSettings | None:
    found = _conv(m, x)
    return ("conv_transpose", {**found[1], "output_padding": m.output_padding}) if found else None


@module(nn.Linear)
def _linear(m: Any, x: Shape) -> OpSettings | None:
    return "linear", {"width": m.out_features, "bias": m.bias is not None}


@module(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
def _batch_norm(m: Any, x: Shape) -> OpSettings | None:
    axes = {nn.BatchNorm1d: (2, 3), nn.BatchNorm2d: (4,), nn.BatchNorm3d: (5,)}[type(m)]
    if not m.track_running_stats or m.momentum is None or len(x) not in axes or x[1] != m.num_features:
        return None
    if m.training and x[0] == 1 and all(size == 1 for size in x[2:]):
        return None  # torch refuses one value per channel
    return "batch_norm", {"eps": m.eps, "momentum": m.momentum, "affine": m.affine}


@module(nn.LayerNorm)
def _layer_norm(m: Any, x: Shape) -> OpSettings | None:
    axes = len(m.normalized_shape)
    if x[-axes:] != tuple(m.normalized_shape):
        return None
    affine = m.elementwise_affine
    return "layer_norm", {"axes": axes, "eps": m.eps, "affine": affine, "bias": not affine or m.bias is not None}


@module(nn.GroupNorm)
def _group_norm(m: Any, x: Shape) -> OpSettings | None:
    if len(x) < 2 or x[1] != m.num_channels:
        return None
    return "group_norm", {"groups": m.num_groups, "eps": m.eps, "affine": m.affine}


@module(nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)
def _instance_norm(m: Any, x: Shape) -> OpSettings | None:
    if m.track_running_stats or len(x) != int(type(m).__name__[-2]) + 2:
        return None
    return "instance_norm", {"eps": m.eps, "affine": m.affine}


@module(nn.LocalResponseNorm)
def _lrn(m: Any, x: Shape) -> OpSettings | None:
    return "lrn", {"size": m.size, "alpha": m.alpha, "beta": m.beta, "k": m.k}


@module(nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
def _max_pool(m: Any, x: Shape) -> OpSettings | None:
    if m.return_indices or len(x) != int(type(m).__name__[-2]) + 2:
        return None
    window = {"k": m.kernel_size, "stride": m.stride, "padding": m.padding, "dilation": m.dilation}
    return "max_pool", {**window, "ceil": m.ceil_mode}


@module(nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
def _avg_pool(m: Any, x: Shape) -> OpSettings | None:
    if getattr(m, "divisor_override", None) or len(x) != int(type(m).__name__[-2]) + 2:
        return None
    window = {"k": m.kernel_size, "stride": m.stride, "padding": m.padding}
    return "avg_pool", {**window, "ceil": m.ceil_mode, "count_include_pad": m.count_include_pad}


@module(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)
def _adaptive_avg_pool(m: Any, x: Shape) -> OpSettings | None:
    axes = int(type(m).__name__[-2])
    if len(x) != axes + 2:
        return None
    size = m.output_size if isinstance(m.output_size, tuple | list) else (m.output_size,) * axes
    return "adaptive_avg_pool", {"size": tuple(s if n is None else n for n, s in zip(size, x[2:], strict=True))}


@module(nn.ReLU, nn.ReLU6, nn.Hardsigmoid, nn.SiLU, nn.Hardswish)
def _in_place_or_not(m: Any, x: Shape) -> OpSettings | None:
    ops = {nn.ReLU: "relu", nn.ReLU6: "relu6", nn.Hardsigmoid: "hard_sigmoid", nn.SiLU: "silu"}
    return ops.get(type(m), "hard_swish"), {"inplace": m.inplace}


@module(nn.Sigmoid, nn.Tanh, nn.GELU)
def _plain(m: Any, x: Shape) -> OpSettings | None:
    return type(m).__name__.lower(), {}


@module(nn.LeakyReLU)
def _leaky_relu(m: Any, x: Shape) -> OpSettings | None:
    return "leaky_relu", {"slope": m.negative_slope, "inplace": m.inplace}


@module(nn.Softmax)
def _softmax(m: Any, x: Shape) -> OpSettings | None:
    return None if m.dim is None else ("softmax", {"axis": m.dim})


@module(nn.Softmax2d)
def _softmax_2d(m: Any, x: Shape) -> OpSettings | None:
    return ("softmax", {"axis": -3}) if len(x) in (3, 4) else None


@module(nn.Dropout)
def _dropout(m: Any, x: Shape) -> OpSettings | None:
    return "dropout", {"p": m.p, "inplace": m.inplace}


@module(nn.Flatten)
def _flatten(m: Any, x: Shape) -> OpSettings | None:
    return ("flatten", {"start": m.start_dim}) if m.end_dim in (-1, len(x) - 1) else None


@module(nn.Unflatten)
def _unflatten(m: Any, x: Shape) -> OpSettings | None:
    plain = isinstance(m.dim, int) and all(isinstance(size, int) and size > 0 for size in m.unflattened_size)
    return ("unflatten", {"sizes": tuple(m.unflattened_size), "axis": m.dim}) if plain else None


@module(nn.ChannelShuffle)
def _channel_shuffle(m: Any, x: Shape) -> OpSettings | None:
    return "channel_shuffle", {"groups": m.groups}


@module(nn.ZeroPad1d, nn.ZeroPad2d, nn.ZeroPad3d)
def _zero_pad(m: Any, x: Shape) -> OpSettings | None:
    return "pad", {"pads": pad_pairs(m.padding), "value": 0.0}


@module(nn.Upsample, nn.UpsamplingBilinear2d, nn.UpsamplingNearest2d)
def _upsample(m: Any, x: Shape) -> OpSettings | None:
    if m.recompute_scale_factor:
        return None
    of = {"size": m.size} if m.size is not None else {"scale": scales(m.scale_factor)}
    return "upsample", {**of, "mode": m.mode, "align_corners": m.align_corners}


@module(nn.Embedding)
def _embedding(m: Any, x: Shape) -> OpSettings | None:
    return None if m.max_norm else ("embedding", {"width": m.embedding_dim, "vocabulary": m.num_embeddings})


@module(nn.LSTM, nn.GRU, nn.RNN)
def _recurrent(m: Any, x: Shape) -> OpSettings | None:
    if len(x) != 3 or x[-1] != m.input_size:
        return None
    settings: dict[str, Any] = {
        "width": m.hidden_size,
        "layers": m.num_layers,
        "bidirectional": m.bidirectional,
        "bias": m.bias,
        "batch_first": m.batch_first,
        "dropout": float(m.dropout),
    }
    if type(m) is nn.LSTM:
        settings["projection"] = m.proj_size
    if type(m) is nn.RNN:
        settings["nonlinearity"] = m.nonlinearity
    return type(m).__name__.lower(), settings


@module(extra_modules.RBF)
def _rbf(m: Any, x: Shape) -> OpSettings | None:
    return ("rbf", {"width": m.vectors.shape[0]}) if x[1:] == m.vectors.shape[1:] else None


@module(nn.MultiheadAttention)
def _self_attention(m: Any, x: Shape) -> OpSettings | None:
    """Self-attention: queries, keys and values are one tensor. The call says whether the weights are needed."""
    same_width = m._qkv_same_embed_dim and x[-1] == m.embed_dim
    if len(x) != 3 or not m.batch_first or not same_width or m.bias_k is not None or m.add_zero_attn:
        return None
    return "multi_head_attention", {
        "heads": m.num_heads,
        "bias": m.in_proj_bias is not None,
        "dropout": float(m.dropout),
    }


def _resized(m: Any) -> dict[str, Any]:
    """The size or scale of an Upsample as given, one number or several: tools treat these differently."""
    return {"size": m.size} if m.size is not None else {"scale_factor": m.scale_factor}
