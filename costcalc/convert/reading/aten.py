"""torch's aten operations: which op a call is, with its inputs, settings and weights; and which kinds are zero.

Names are those of ATen/native/native_functions.yaml. An operation that stands nowhere here is made of others, which
are read in its place (CompositeImplicitAutograd), or unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import torch
from torch.nn import functional

from costcalc.convert.reading.relatives import relative

Kind = Literal["elementwise", "move", "decompose", "unknown"]


@dataclass(slots=True)
class Use:
    """A call as an op: its inputs, its settings, and the tensors behind the weights that the op's rule names."""

    op: str
    inputs: Sequence[torch.Tensor]
    settings: Mapping[str, Any]
    weights: Sequence[torch.Tensor] = ()
    no_buffers: bool = False


Handler = Callable[[Any, Mapping[str, Any]], Use | None]
"""The operation and its arguments by name -> the op; None where it is just not that op."""

HANDLERS: dict[str, Handler] = {}

COSTLY = {
    "_convolution", "_scaled_dot_product_flash_attention_for_cpu",
    "_scaled_dot_product_flash_attention_for_cpu_backward", "addbmm", "addmm", "addmv", "baddbmm", "bmm", "conv1d",
    "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "convolution",
    "convolution_backward", "dot", "einsum", "linear", "matmul", "mm", "mv", "scaled_dot_product_attention", "vdot",
}  # fmt: skip
"""Counted even where they work on constants only."""

BY_MODE = "_convolution_mode"
"""What torch runs, and traces, of a convolution whose padding is a word."""

TRACED_BY_PARTS = {"gru_cell", "lstm_cell", "rnn_relu_cell", "rnn_tanh_cell"}
"""Made of others that torch.jit's trace has in their place (DONT_RECORD_TRACE in tools/autograd/gen_trace_type.py)."""

ALIASES = {"alias", "detach", "lift", "lift_fresh", "resolve_conj", "resolve_neg"}
"""The same tensor under another name."""

OVERWRITES = {"copy", "fill", "zero"}
"""In place, nothing is left of what was there."""

MOVES = {
    "_chunk_cat", "_index_put_impl", "_pad_circular", "_pin_memory", "_stack", "_to_copy", "_unique", "_unique2",
    "_unsafe_index", "_unsafe_index_put", "_unsafe_masked_index", "_unsafe_masked_index_put_accumulate", "_unsafe_view",
    "argsort", "argwhere", "as_strided", "as_strided_scatter", "bernoulli", "block_diag", "bucketize", "cartesian_prod",
    "cat", "cauchy", "channel_shuffle", "clone", "col2im", "combinations", "complex", "constant_pad_nd", "contiguous",
    "copy", "detach", "diag", "diag_embed", "diagonal_copy", "diagonal_scatter", "embedding", "empty_like",
    "empty_permuted", "expand_copy", "exponential", "fill", "flip", "fliplr", "flipud", "full_like", "gather",
    "geometric", "im2col", "index", "index_add", "index_copy", "index_fill", "index_put", "index_select", "lift",
    "lift_fresh_copy", "log_normal", "masked_scatter", "masked_select", "max_unpool2d", "max_unpool3d", "meshgrid",
    "multinomial", "new_empty", "new_empty_strided", "new_full", "new_ones", "new_zeros", "nonzero", "nonzero_static",
    "normal", "one_hot", "ones_like", "pad", "pixel_shuffle", "pixel_unshuffle", "poisson", "put", "rand_like",
    "randint_like", "randn_like", "random", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d", "repeat",
    "repeat_interleave", "replication_pad1d", "replication_pad2d", "replication_pad3d", "resize", "resize_as", "roll",
    "rot90", "scatter", "scatter_add", "scatter_reduce", "searchsorted", "select_scatter", "set", "slice_scatter",
    "sort", "squeeze", "stack", "take", "take_along_dim", "tile", "topk", "tril", "triu", "unfold_copy", "uniform",
    "unique_consecutive", "unique_dim", "unsafe_split", "unsafe_split_with_sizes", "unsqueeze", "zero", "zeros_like",
}  # fmt: skip
"""Picking, copying, sorting and laying out anew. Views need not be listed."""

ARITHMETIC = {
    "_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "_aminmax", "_batch_norm_no_update", "_batch_norm_with_update",
    "_embedding_bag", "_fused_rms_norm", "_log_softmax", "_masked_scale", "_masked_softmax", "_native_batch_norm_legit",
    "_native_batch_norm_legit_no_training", "_safe_softmax", "_softmax", "_upsample_bicubic2d_aa",
    "_upsample_bilinear2d_aa", "_upsample_nearest_exact1d", "_upsample_nearest_exact2d", "_upsample_nearest_exact3d",
    "_weight_norm", "_weight_norm_interface", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
    "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d", "affine_grid_generator", "all", "amax", "amin",
    "aminmax", "any", "argmax", "argmin", "avg_pool1d", "avg_pool2d", "avg_pool3d", "batch_norm",
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "bincount", "count_nonzero", "cummax", "cummin",
    "cumprod", "cumsum", "dist", "dropout", "embedding_bag", "feature_dropout", "floor_divide", "fractional_max_pool2d",
    "fractional_max_pool3d", "glu", "grid_sampler", "grid_sampler_2d", "grid_sampler_3d", "group_norm", "hardswish",
    "histc", "huber_loss", "instance_norm", "isin", "kthvalue", "layer_norm", "linalg_norm", "linalg_vector_norm",
    "log_sigmoid_forward", "log_softmax", "logcumsumexp", "logsumexp", "max", "max_pool1d", "max_pool2d",
    "max_pool2d_with_indices", "max_pool3d", "max_pool3d_with_indices", "mean", "median", "min", "mode", "mse_loss",
    "multi_margin_loss", "nanmedian", "nansum", "native_batch_norm", "native_dropout", "native_group_norm",
    "native_layer_norm", "native_norm", "nll_loss2d_forward", "nll_loss_forward", "norm", "polar", "prelu", "prod",
    "quantile", "renorm", "rms_norm", "rrelu", "rrelu_with_noise", "smooth_l1_loss", "soft_margin_loss", "softmax",
    "std", "std_mean", "sum", "torchvision::nms", "torchvision::ps_roi_align", "torchvision::ps_roi_pool",
    "torchvision::roi_align", "torchvision::roi_pool", "trace", "upsample_bicubic2d", "upsample_bilinear2d",
    "upsample_linear1d", "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "upsample_trilinear3d",
    "var", "var_mean",
}  # fmt: skip
"""Arithmetic on elements, sums, statistics, interpolation, overlaps of boxes that torch does not tag as pointwise."""


def handler(*names: str) -> Callable[[Handler], Handler]:
    """Make a function the handler of these operations, in place or not, and all their overloads."""

    def decorate(function: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, function))
        return function

    return decorate


@cache
def base(func: Any) -> str:
    """``aten::add_`` -> ``add``; operations of others keep their namespace: ``torchvision::nms``."""
    name: str = func._schema.name.removeprefix("aten::")
    return name[:-1] if name.endswith("_") and not name.endswith("__") else name


@cache
def is_inplace(func: Any) -> bool:
    """True if it writes into an argument."""
    return bool(func._schema.is_mutable)


@cache
def is_view(func: Any) -> bool:
    """True if what it returns may lie in the memory of an argument, which it does not write."""
    return not is_inplace(func) and any(r.alias_info is not None for r in func._schema.returns)


@cache
def costs(func: Any) -> bool:
    """True if it may cost mult-adds, or nobody knows; what returns no tensor only looks."""
    if not any("Tensor" in str(r.type) for r in func._schema.returns):
        return False
    return base(func) in COSTLY or (base(func) not in HANDLERS and kind(func) == "unknown")


@cache
def kind(func: Any) -> Kind:
    """What an operation is that is no op of its own."""
    name = base(func)
    if name in MOVES or is_view(func):
        return "move"
    if name in ARITHMETIC or _is_pointwise(func):
        return "elementwise"
    key = torch._C.DispatchKey.CompositeImplicitAutograd
    if key in func.py_kernels or torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), key):
        return "decompose"
    return _as(relative(name))


def _as(name: str) -> Kind:
    """The kind of the operation of that name, if it is zero by convention; otherwise unknown."""
    packet = getattr(torch.ops.aten, name, None) if name else None
    found: Kind = kind(getattr(packet, packet.overloads()[0])) if packet is not None else "unknown"
    return "unknown" if found == "decompose" else found


def _is_pointwise(func: Any) -> bool:
    """True if torch tags it so, or the operation that it is in another guise: in place, into a given tensor."""
    if any("List" in str(r.type) for r in func._schema.returns):
        return False  # where(mask) finds places; where(mask, x, y) is pointwise
    packet = getattr(torch.ops.aten, base(func), None)
    overloads = [getattr(packet, name) for name in packet.overloads()] if packet is not None else []
    return any(torch.Tag.pointwise in each.tags for each in (func, *overloads))


@cache
def function(func: Any) -> str:
    """Where a user finds it."""
    name = base(func)
    for place, path in ((functional, "torch.nn.functional"), (torch, "torch")):
        if hasattr(place, name):
            return f"{path}.{name}"
    return f"torch.ops.aten.{name}"


def use(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Use | None:
    """The op that a call is, or None."""
    found = HANDLERS.get(base(func))
    if found is None:
        return None
    return found(func, by_name(func, args, kwargs))


def by_name(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """A call's arguments by name, in the operation's order, with the defaults of those not given."""
    names, defaults = _arguments(func)
    given = {**defaults, **dict(zip(names, args, strict=False)), **kwargs}
    return {name: given[name] for name in names}


def written(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """The arguments that an operation of others writes into: what it makes, where it returns nothing."""
    if "::" not in base(func):
        return []
    given = by_name(func, args, kwargs)
    return [given[a.name] for a in func._schema.arguments if a.alias_info is not None and a.alias_info.is_write]


def weights(a: Mapping[str, Any]) -> list[torch.Tensor]:
    """Weight and bias, those there are, in the order in which rules name them."""
    return [a[key] for key in ("weight", "bias") if a[key] is not None]


def each(value: Any, x: torch.Tensor) -> tuple[int, ...]:
    """One number for each spatial axis, as aten's lists of one or several have it."""
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * (x.dim() - 2) if len(values) == 1 else values


@cache
def _arguments(func: Any) -> tuple[list[str], dict[str, Any]]:
    arguments = func._schema.arguments
    return [a.name for a in arguments], {a.name: a.default_value for a in arguments if a.has_default_value()}
