"""aten operations that pick, copy, sort or lay out elements, as data."""

from __future__ import annotations

MOVES = {
    "_chunk_cat", "_index_put_impl", "_pad_circular", "_pin_memory", "_sample_dirichlet", "_stack", "_standard_gamma",
    "_to_copy", "_unique", "_unique2", "_unsafe_index", "_unsafe_index_put", "_unsafe_masked_index",
    "_unsafe_masked_index_put_accumulate", "_unsafe_view", "argsort", "argwhere", "as_strided", "as_strided_scatter",
    "bernoulli", "binomial", "block_diag", "bucketize", "cartesian_prod", "cat", "cauchy", "channel_shuffle", "clone",
    "col2im", "combinations", "complex", "constant_pad_nd", "contiguous", "copy", "detach", "diag", "diag_embed",
    "diagonal_copy", "diagonal_scatter", "embedding", "empty_like", "empty_permuted", "expand_copy", "exponential",
    "fill", "flip", "fliplr", "flipud", "full_like", "gather", "geometric", "im2col", "index", "index_add",
    "index_copy", "index_fill", "index_put", "index_select", "lift", "lift_fresh_copy", "log_normal", "lu_unpack",
    "masked_scatter", "masked_select", "max_unpool2d", "max_unpool3d", "meshgrid", "multinomial", "new_empty",
    "new_empty_strided", "new_full", "new_ones", "new_zeros", "nonzero", "nonzero_static", "normal", "one_hot",
    "ones_like", "pad", "pixel_shuffle", "pixel_unshuffle", "poisson", "put", "rand_like", "randint_like", "randn_like",
    "random", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d", "repeat", "repeat_interleave",
    "replication_pad1d", "replication_pad2d", "replication_pad3d", "resize", "resize_as", "roll", "rot90", "scatter",
    "scatter_add", "scatter_reduce", "searchsorted", "select_scatter", "set", "slice_scatter", "sort", "squeeze",
    "stack", "take", "take_along_dim", "tile", "topk", "tril", "triu", "unfold_copy", "uniform", "unique_consecutive",
    "unique_dim", "unsafe_split", "unsafe_split_with_sizes", "unsqueeze", "zero", "zeros_like",
}  # fmt: skip
"""Views need not be listed."""

ALIASES = {"alias", "detach", "lift", "lift_fresh", "resolve_conj", "resolve_neg"}
"""Operations that return the same tensor as a new object."""

OVERWRITES = {"copy", "fill", "zero"}
"""Operations that, in place, overwrite the whole tensor."""
