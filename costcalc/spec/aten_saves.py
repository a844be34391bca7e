"""What torch's aten operations keep for their gradients, by name, as data: see torch's derivatives.yaml.

A row is a rule and the operations that it holds for. ``i1`` is an argument and ``o0`` an output, by its number;
``i0?1`` is saved if the gradient of argument 1 is needed. Without a rule, it is not known what an operation saves.
"""

from __future__ import annotations

from functools import cache

from costcalc.spec.saves import NO_GRADIENT, NOTHING, OUTPUT, Saves

NEVER = """
_efficientzerotensor _is_all_true _is_any_true all any argmax argmin argwhere bincount bitwise_and
bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor bucketize count_nonzero detach empty_like
empty_permuted eq full_like gcd ge gt histc isin isnan isneginf isposinf lcm le logical_and logical_not logical_or
logical_xor lt multinomial ne new_empty new_empty_strided new_full new_ones new_zeros nonzero nonzero_static one_hot
ones_like rand_like randint_like randn_like searchsorted signbit torchvision::nms zeros_like
"""
"""Operations whose output needs no gradient. In place it does, if its input did: the gradient is zero."""

ROWS = """
: _fft_c2c _fft_c2r _pad_circular _pin_memory _reshape_alias _stack _to_copy _unsafe_view
: _upsample_bicubic2d_aa _upsample_bilinear2d_aa _upsample_nearest_exact1d _upsample_nearest_exact2d
: _upsample_nearest_exact3d add affine_grid_generator alias as_strided as_strided_scatter bernoulli block_diag
: broadcast_to cat cauchy ceil channel_shuffle chunk clone concat conj conj_physical constant_pad_nd contiguous copy
: cumsum deg2rad diag diag_embed diagonal diagonal_scatter embedding_renorm expand expand_as exponential fill flatten
: flip fliplr flipud floor floor_divide frac geometric heaviside histogram im2col imag lift lift_fresh log_normal
: lu_unpack mean movedim narrow neg normal permute pin_memory pixel_shuffle pixel_unshuffle poisson positive rad2deg
: random real repeat reshape roll rot90 round rsub select select_scatter sign slice slice_inverse slice_scatter split
: split_with_sizes squeeze stack sub sum swapaxes t tensor_split tile to trace transpose tril triu trunc unbind
: unflatten unfold uniform unsafe_chunk unsafe_split unsafe_split_with_sizes unsqueeze upsample_bicubic2d
: upsample_bilinear2d upsample_linear1d upsample_nearest1d upsample_nearest2d upsample_nearest3d upsample_trilinear3d
: view view_as view_as_complex view_as_real write zero
i0: _fft_r2c
i0: _adaptive_avg_pool2d _adaptive_avg_pool3d abs acos acosh angle asin asinh atan atanh avg_pool2d avg_pool3d celu
i0: cos cosh digamma elu erf erfc erfinv gelu glu hardshrink hardsigmoid hardswish hardtanh i0 leaky_relu lgamma log
i0: log10 log1p log2 logit mish mvlgamma nan_to_num nansum reflection_pad1d reflection_pad2d reflection_pad3d renorm
i0: replication_pad1d replication_pad2d replication_pad3d selu silu sin sinc sinh softplus softshrink special_entr
i0: square threshold var var_mean where
i1: _index_put_impl _unsafe_index _unsafe_index_put index index_put masked_fill masked_scatter polygamma
i2: index_fill index_select scatter
o0: _log_softmax argsort _safe_softmax _softmax exp exp2 expm1 log_softmax polar reciprocal relu rsqrt sigmoid softmax
o0: special_ndtri sqrt tan tanh
o1: frexp kthvalue mode native_dropout sort topk
i0 o0: _pdist_forward _standard_gamma amax amin cumprod linalg_vector_norm logcumsumexp logsumexp max median min
i0 o0: nanmedian norm prod sgn special_erfcx special_i0e special_i1 special_i1e special_log_ndtr std std_mean
i0 o1: adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d cummax cummin log_sigmoid_forward
i0 i1: _grid_sampler_2d_cpu_fallback _prelu_kernel atan2 clamp_max clamp_min fmax fmin grid_sampler grid_sampler_2d
i0 i1: grid_sampler_3d logaddexp logaddexp2 maximum minimum prelu special_xlog1py take xlogy
i0 i2: gather
i0 i1 i2: clamp
i0 i1 i2 i3: binary_cross_entropy_with_logits
i0 i1 o0: _cdist_forward dist
i0 i1 o1: _weight_norm_interface
i0 i2 i3 o0: scatter_reduce
i0 i2 i4 o0: segment_reduce
i0 o0 o1: aminmax
i1 i2: _unsafe_masked_index
i1 o0: _masked_softmax
i0?1 i1: div true_divide
i0?1 i1?0: mul
i0?1 i1?1: fmod igamma igammac remainder special_zeta
i0?0 i1?1: complex
i0?0 i1?1 o0: hypot
i0?0 o0?0: copysign
i0?2 i1?2 i2: lerp
i0 i1 o0?1: pow
i1?0 o0?1: ldexp
i1?2 i2: addcdiv
i1?2 i2?1: addcmul
i1?3 i2?3: _unsafe_masked_index_put_accumulate
i2?3: scatter_add
i2?3 i3?3: index_add
"""

OF_TWO = dict.fromkeys(["max", "median", "min", "nanmedian"], Saves(outputs=(1,)))
"""Along an axis, where the positions are a second output."""

IN_PLACE = dict.fromkeys(["celu", "elu", "leaky_relu", "selu"], OUTPUT)
"""Where the gradient in place has a formula of its own."""


POSITIONS = {
    "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d", "cummax", "cummin", "fractional_max_pool2d",
    "fractional_max_pool3d", "kthvalue", "max", "max_pool2d_with_indices", "max_pool3d_with_indices", "median", "min",
    "mode", "nanmedian", "sort", "topk",
}  # fmt: skip
"""Operations whose second output holds positions, as int64."""


def saves_of(name: str, fresh: bool, outputs: int) -> Saves | None:
    """What autograd saves for an aten operation; None if it is not known.

    fresh    False if it works in place, or is a view
    outputs  their number
    """
    if not fresh and name in IN_PLACE:
        return IN_PLACE[name]
    if not fresh and name in _by_name() and not _by_name()[name].gradient and name != "detach":
        return NOTHING
    return (OF_TWO if outputs == 2 else {}).get(name) or _by_name().get(name)


@cache
def _by_name() -> dict[str, Saves]:
    found = dict.fromkeys(NEVER.split(), NO_GRADIENT)
    for row in ROWS.strip().splitlines():
        rule, _, names = row.partition(":")
        found.update(dict.fromkeys(names.split(), _saves(rule)))
    return found


def _saves(rule: str) -> Saves:
    """``i0?1 i1 o0`` -> the Saves that it stands for."""
    always: dict[str, list[int]] = {"i": [], "o": []}
    for_one: dict[str, list[tuple[int, int]]] = {"i": [], "o": []}
    for word in rule.split():
        number, _, other = word[1:].partition("?")
        if other:
            for_one[word[0]].append((int(number), int(other)))
        else:
            always[word[0]].append(int(number))
    return Saves(tuple(always["i"]), tuple(always["o"]), tuple(for_one["i"]), tuple(for_one["o"]))
