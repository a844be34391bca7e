"""aten operations that are arithmetic on elements, as data."""

from __future__ import annotations

ARITHMETIC = {
    "_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "_aminmax", "_batch_norm_no_update", "_batch_norm_with_update",
    "_ctc_loss", "_embedding_bag", "_fused_rms_norm", "_is_all_true", "_is_any_true", "_log_softmax", "_masked_scale",
    "_masked_softmax", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training", "_pdist_forward",
    "_safe_softmax", "_softmax", "_upsample_bicubic2d_aa", "_upsample_bilinear2d_aa", "_upsample_nearest_exact1d",
    "_upsample_nearest_exact2d", "_upsample_nearest_exact3d", "_weight_norm", "_weight_norm_interface",
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d",
    "adaptive_max_pool3d", "affine_grid_generator", "all", "amax", "amin", "aminmax", "any", "argmax", "argmin",
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "batch_norm", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "bincount", "count_nonzero", "cummax", "cummin", "cumprod", "cumsum", "dist", "dropout", "embedding_bag",
    "embedding_renorm", "feature_dropout", "floor_divide", "fractional_max_pool2d", "fractional_max_pool3d", "glu",
    "grid_sampler", "grid_sampler_2d", "grid_sampler_3d", "group_norm", "hardswish", "histc", "histogram", "huber_loss",
    "instance_norm", "isin", "kthvalue", "layer_norm", "linalg_norm", "linalg_vector_norm", "log_sigmoid_forward",
    "log_softmax", "logcumsumexp", "logsumexp", "max", "max_pool1d", "max_pool2d", "max_pool2d_with_indices",
    "max_pool3d", "max_pool3d_with_indices", "mean", "median", "min", "mode", "mse_loss", "multi_margin_loss",
    "nanmedian", "nansum", "native_batch_norm", "native_dropout", "native_group_norm", "native_layer_norm",
    "native_norm", "nll_loss2d_forward", "nll_loss_forward", "norm", "polar", "prelu", "prod", "quantile", "renorm",
    "rms_norm", "rrelu", "rrelu_with_noise", "segment_reduce", "smooth_l1_loss", "soft_margin_loss", "softmax", "std",
    "std_mean", "sum", "torchvision::nms", "torchvision::ps_roi_align", "torchvision::ps_roi_pool",
    "torchvision::roi_align", "torchvision::roi_pool", "trace", "upsample_bicubic2d", "upsample_bilinear2d",
    "upsample_linear1d", "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "upsample_trilinear3d",
    "var", "var_mean",
}  # fmt: skip
"""Arithmetic on elements, sums, statistics, interpolation, overlaps of boxes that torch does not tag as pointwise."""
