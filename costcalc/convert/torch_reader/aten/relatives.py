"""Operations that are zero by convention because a related one is: gradients and primitives of operations.

The gradient of a softmax adds up no products over features or windows, as a softmax does not. The gradient of a
matrix product does: that is a matrix product again, under its own name.
"""

from __future__ import annotations

import re

ENDS = re.compile(r"(_double)?_(backward|jvp)(_data|_jvp)?$")
"""Suffixes of the names of gradients, and of their gradients: ``_softmax_backward_data``, ``glu_backward_jvp``."""

IRREGULAR = {
    "_cdist_backward": "dist",
    "_cdist_forward": "dist",
    "_efficientzerotensor": "zero",
    "_embedding_bag_dense_backward": "_embedding_bag",
    "_embedding_bag_per_sample_weights_backward": "_embedding_bag",
    "_fake_quantize_learnable_per_channel_affine": "round",
    "_fake_quantize_learnable_per_tensor_affine": "round",
    "_fake_quantize_per_tensor_affine_cachemask_tensor_qparams": "round",
    "_fused_moving_avg_obs_fq_helper": "round",
    "_grid_sampler_2d_cpu_fallback": "grid_sampler_2d",
    "_grid_sampler_2d_cpu_fallback_backward": "grid_sampler_2d",
    "_new_zeros_with_same_feature_meta": "new_zeros",
    "_pdist_backward": "dist",
    "_prelu_kernel": "prelu",
    "_prelu_kernel_backward": "prelu",
    "_segment_reduce_backward": "segment_reduce",
    "embedding_dense_backward": "embedding",
    "fake_quantize_per_channel_affine_cachemask": "round",
    "fake_quantize_per_tensor_affine_cachemask": "round",
    "log_sigmoid_backward": "log_sigmoid_forward",
    "nll_loss2d_backward": "nll_loss2d_forward",
    "nll_loss_backward": "nll_loss_forward",
    "prims::broadcast_in_dim": "copy",
    "prims::collapse": "copy",
    "prims::collapse_view": "copy",
    "prims::convert_element_type": "copy",
    "prims::copy_strided": "copy",
    "prims::copy_to": "copy",
    "prims::device_put": "copy",
    "prims::rev": "flip",
    "prims::reshape": "copy",
    "prims::split_dim": "copy",
    "prims::transpose": "copy",
    "prims::view_of": "copy",
    "prims::view_of_dtype": "copy",
}
"""By the operation's name."""


def relative(name: str) -> str:
    """The operation whose kind this one shares if that is zero by convention; empty if there is none."""
    if name in IRREGULAR:
        return IRREGULAR[name]
    if name.startswith("quantized_decomposed::"):  # rounding and its scales, in exported programs
        return "round"
    if name.endswith("_copy"):  # of a view
        return name.removesuffix("_copy")
    for prefix in ("prims::", "_foreach_"):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return ENDS.sub("", name) if ENDS.search(name) else ""
