"""Names of torch by which models call their operations. Names only: torch is not imported.

Counting tools look at these names. A network that was read from torch therefore keeps them, also in a file.
"""

from __future__ import annotations

WATCHED: dict[str, tuple[str, ...]] = {
    "torch.nn.functional": (
        "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
        "adaptive_max_pool2d", "adaptive_max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d", "batch_norm", "conv1d",
        "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "elu", "embedding", "gelu",
        "group_norm", "instance_norm", "interpolate", "layer_norm", "leaky_relu", "linear", "max_pool1d", "max_pool2d",
        "max_pool3d", "prelu", "relu", "relu6", "silu", "softmax",
    ),
    "torch": ("add", "addmm", "baddbmm", "bmm", "einsum", "matmul", "mm", "mul"),
    "torch.Tensor": ("add", "addmm", "bmm", "matmul", "mm", "mul"),
}  # fmt: skip
"""Functions that the tools of `conventions/tools` patch, by the module or class that holds them."""

BY_PRODUCTS = "_scaled_dot_product_attention_math"
"""The operation that the CPU runs for attention with dropout, in place of its fused kernel."""

INSIDE = {
    "torch.nn.functional.embedding": "contiguous embedding_renorm",
    "torch.nn.functional.interpolate": "_upsample_bicubic2d_aa _upsample_bilinear2d_aa _upsample_lanczos2d_aa",
}
"""Watched functions -> the aten operations in them that have another name."""

PARTED = ("torch.Tensor.addmm", "torch.Tensor.matmul", "torch.addmm", "torch.baddbmm", "torch.matmul")
"""Watched functions that are read through their parts. The parts keep the name of the function."""

MODULES = {
    "AdaptiveAvgPool1d": "adaptive_avg_pool1d",
    "AdaptiveAvgPool2d": "adaptive_avg_pool2d",
    "AdaptiveAvgPool3d": "adaptive_avg_pool3d",
    "AdaptiveMaxPool1d": "adaptive_max_pool1d",
    "AdaptiveMaxPool2d": "adaptive_max_pool2d",
    "AdaptiveMaxPool3d": "adaptive_max_pool3d",
    "AlphaDropout": "empty_like mul",
    "AvgPool1d": "avg_pool1d",
    "AvgPool2d": "avg_pool2d",
    "AvgPool3d": "avg_pool3d",
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "BatchNorm1d": "batch_norm",
    "BatchNorm2d": "batch_norm",
    "BatchNorm3d": "batch_norm",
    "CELU": "celu",
    "CircularPad1d": "pad",
    "CircularPad2d": "pad",
    "CircularPad3d": "pad",
    "ConstantPad1d": "pad",
    "ConstantPad2d": "pad",
    "ConstantPad3d": "pad",
    "CosineEmbeddingLoss": "sum",
    "CosineSimilarity": "linalg_vector_norm",
    "CrossEntropyLoss": "log_softmax",
    "CrossMapLRN2d": "resize_as",
    "Dropout1d": "unsqueeze",
    "Dropout3d": "unsqueeze",
    "ELU": "elu",
    "Embedding": "embedding_renorm",
    "EmbeddingBag": "embedding_bag",
    "FeatureAlphaDropout": "mul new_empty",
    "Flatten": "flatten",
    "Fold": "col2im",
    "FractionalMaxPool2d": "fractional_max_pool2d",
    "FractionalMaxPool3d": "fractional_max_pool3d",
    "GLU": "glu",
    "Hardshrink": "hardshrink",
    "Hardtanh": "hardtanh",
    "HingeEmbeddingLoss": "zeros_like",
    "HuberLoss": "huber_loss",
    "InstanceNorm1d": "instance_norm unsqueeze",
    "InstanceNorm2d": "instance_norm unsqueeze",
    "InstanceNorm3d": "instance_norm unsqueeze",
    "KLDivLoss": "xlogy",
    "L1Loss": "sub",
    "LPPool1d": "pow",
    "LPPool2d": "pow",
    "LPPool3d": "pow",
    "LogSigmoid": "log_sigmoid_forward",
    "LogSoftmax": "log_softmax",
    "MSELoss": "mse_loss",
    "MarginRankingLoss": "sub",
    "MaxPool1d": "max_pool1d squeeze unsqueeze",
    "MaxPool2d": "max_pool2d max_pool2d_with_indices",
    "MaxPool3d": "max_pool3d max_pool3d_with_indices",
    "MaxUnpool1d": "unsqueeze",
    "MaxUnpool2d": "max_unpool2d",
    "MaxUnpool3d": "max_unpool3d",
    "Mish": "mish",
    "MultiLabelMarginLoss": "multilabel_margin_loss_forward",
    "MultiLabelSoftMarginLoss": "log_sigmoid_forward",
    "MultiMarginLoss": "multi_margin_loss",
    "NLLLoss": "nll_loss_forward",
    "NLLLoss2d": "nll_loss2d_forward",
    "PReLU": "prelu",
    "PairwiseDistance": "sub",
    "PixelShuffle": "pixel_shuffle",
    "PixelUnshuffle": "pixel_unshuffle",
    "PoissonNLLLoss": "exp",
    "RMSNorm": "rms_norm",
    "RReLU": "rrelu",
    "ReflectionPad1d": "pad",
    "ReflectionPad2d": "pad",
    "ReflectionPad3d": "pad",
    "ReplicationPad1d": "pad",
    "ReplicationPad2d": "pad",
    "ReplicationPad3d": "pad",
    "SELU": "selu",
    "SmoothL1Loss": "smooth_l1_loss",
    "SoftMarginLoss": "soft_margin_loss",
    "Softmax": "softmax",
    "Softmin": "neg",
    "Softplus": "softplus",
    "Softshrink": "softshrink",
    "Softsign": "abs",
    "Tanhshrink": "sub",
    "Threshold": "threshold",
    "TripletMarginLoss": "sub",
    "Unfold": "im2col",
    "ZeroPad1d": "pad",
    "ZeroPad2d": "pad",
    "ZeroPad3d": "pad",
}
"""Modules of torch.nn without an op of their own -> the aten operations that can have their name: the first ones that
they run."""

COMPOSITES = {
    "__and__", "__iand__", "__ior__", "__or__", "_batch_norm_impl_index", "_batch_norm_impl_index_backward",
    "_convolution", "_convolution_mode", "_grouped_mm", "_scaled_dot_product_attention_math", "_upsample_lanczos2d_aa",
    "absolute", "addbmm", "addmm", "addmv", "affine_grid_generator_backward", "alpha_dropout", "arccos", "arccosh",
    "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "atleast_1d", "atleast_2d", "atleast_3d", "baddbmm",
    "bilinear", "broadcast_tensors", "cdist", "chain_matmul", "chalf", "column_stack", "concat", "concatenate",
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "corrcoef",
    "cosine_embedding_loss", "cosine_similarity", "cov", "cross", "cross_entropy_loss", "ctc_loss",
    "cummaxmin_backward", "cumprod_backward", "cumulative_trapezoid", "det", "diagflat", "diff", "divide", "dot",
    "dstack", "einsum", "embedding_backward", "embedding_sparse_backward", "fake_quantize_per_channel_affine",
    "fake_quantize_per_tensor_affine", "feature_alpha_dropout", "fft_fft", "fft_fft2", "fft_fftn", "fft_fftshift",
    "fft_hfft", "fft_hfft2", "fft_hfftn", "fft_ifft", "fft_ifft2", "fft_ifftn", "fft_ifftshift", "fft_ihfft",
    "fft_ihfft2", "fft_ihfftn", "fft_irfft", "fft_irfft2", "fft_irfftn", "fft_rfft", "fft_rfft2", "fft_rfftn",
    "fill_diagonal", "fix", "frobenius_norm", "fused_moving_avg_obs_fake_quant", "gather_backward", "ger", "gradient",
    "greater", "greater_equal", "gru", "gru_cell", "hinge_embedding_loss", "histogramdd", "hstack",
    "index_select_backward", "infinitely_differentiable_gelu_backward", "inner", "inverse", "isclose", "isreal",
    "istft", "kl_div", "kron", "l1_loss", "less", "less_equal", "linalg_cholesky", "linalg_cond", "linalg_det",
    "linalg_eigh", "linalg_eigvals", "linalg_eigvalsh", "linalg_inv", "linalg_ldl_factor", "linalg_lu_factor",
    "linalg_matmul", "linalg_matrix_norm", "linalg_matrix_power", "linalg_matrix_rank", "linalg_multi_dot",
    "linalg_pinv", "linalg_slogdet", "linalg_solve", "linalg_solve_ex", "linalg_svd", "linalg_svdvals",
    "linalg_tensorinv", "linalg_tensorsolve", "linalg_vander", "linalg_vecdot", "linear", "log_sigmoid", "logdet",
    "lstm", "lstm_cell", "lu_solve", "margin_ranking_loss", "masked_select_backward", "matmul", "matrix_exp",
    "matrix_exp_backward", "matrix_power", "max_pool1d_with_indices", "mish_backward", "msort",
    "multilabel_margin_loss", "multiply", "mv", "nanmean", "nanquantile", "native_channel_shuffle", "negative",
    "nll_loss", "nll_loss2d", "nll_loss_nd", "nonzero_numpy", "norm_except_dim", "not_equal", "nuclear_norm", "orgqr",
    "outer", "pad_sequence", "pairwise_distance", "pdist", "pinverse", "poisson_nll_loss", "rnn_relu", "rnn_relu_cell",
    "rnn_tanh", "rnn_tanh_cell", "row_stack", "scaled_dot_product_attention", "slogdet", "slow_conv3d",
    "special_digamma", "special_erf", "special_erfc", "special_erfinv", "special_exp2", "special_expit",
    "special_expm1", "special_gammainc", "special_gammaincc", "special_gammaln", "special_i0", "special_log1p",
    "special_log_softmax", "special_logit", "special_logsumexp", "special_multigammaln", "special_ndtr",
    "special_polygamma", "special_psi", "special_round", "special_sinc", "special_softmax", "special_xlogy", "stft",
    "subtract", "sum_to_size", "svd", "swapaxes", "swapdims", "tensordot", "thnn_conv2d", "to_dense",
    "to_dense_backward", "trace_backward", "trapezoid", "trapz", "triplet_margin_loss", "type_as", "unsafe_chunk",
    "value_selecting_reduction_backward", "vander", "vdot", "vstack", "where",
}  # fmt: skip
"""aten operations that are read through their decomposition (CompositeImplicitAutograd). A part may have their name."""

PRODUCTS = {
    "_convolution", "_convolution_mode", "_grouped_mm", "_scaled_dot_product_attention_math", "addbmm", "addmm",
    "addmv", "baddbmm", "bilinear", "chain_matmul", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
    "conv_transpose2d", "conv_transpose3d", "dot", "einsum", "inner", "linalg_matmul", "linalg_multi_dot", "linear",
    "matmul", "mv", "outer", "scaled_dot_product_attention", "tensordot", "vdot",
}  # fmt: skip
"""Members of `COMPOSITES` whose parts are products, sums and moves."""
