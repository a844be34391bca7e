"""Rules for operations of libraries, which are no ops of their own here: mult-adds from the shapes of the arguments."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from math import prod
from typing import Any

from costcalc.spec import Count, product


def deform_conv2d(input: Any, weight: Any, offset: Any) -> Count:
    """A convolution at moved positions. Interpolation between them is zero by convention.

    input (N, C, H, W), weight (C_out, C / groups, k_h, k_w), offset (N, 2 · k_h · k_w · offset groups, H_out, W_out).
    """
    width, *window = weight
    return product(N=input[0], C_out=width, positions=prod(offset[2:]), window=prod(window))


def half_n2_k(self: Any, B: Any, left: bool) -> Count:
    """A triangular system of n equations and k right sides: n²k/2 per system, rounded down."""
    return _substitutions(1, self, B, left)


def half_n2_k_of_second(self: Any, A: Any) -> Count:
    """As `half_n2_k`, with the matrix as the second argument."""
    return _substitutions(1, A, self)


def n2_k(LU: Any, B: Any, left: bool) -> Count:
    """Two triangular systems, one after the other: n²k."""
    return _substitutions(2, LU, B, left)


def n2_k_of_second(self: Any, input2: Any) -> Count:
    """As `n2_k`, with the matrix as the second argument."""
    return _substitutions(2, input2, self)


def n_log2_n(self: Any, dim: Any) -> Count:
    """A complex Fourier transform: one complex mult-add per element and stage; log2 n stages per axis, rounded up."""
    return stages(prod(self), [self[axis] for axis in dim])


def n_log2_n_of_real(self: Any, dim: Any, onesided: bool) -> Count:
    """As `n_log2_n`, of real numbers: per element of the spectrum that is kept, which is half of it if one-sided."""
    size = self[dim[-1]]
    kept = prod(self) // size * (size // 2 + 1 if onesided else size) if size else 0
    return stages(kept, [self[axis] for axis in dim])


def n_log2_n_to_real(self: Any, dim: Any, last_dim_size: int) -> Count:
    """As `n_log2_n`, to real numbers: per element of the half of the spectrum that is given."""
    return stages(prod(self), [*[self[axis] for axis in dim[:-1]], last_dim_size])


def stages(elements: int, sizes: list[int]) -> Count:
    """Complex elements, times ⌈log2 n⌉ summed over the sizes n that are transformed."""
    stages = sum((size - 1).bit_length() for size in sizes)
    return Count((("elements", "log2 n"), (elements, stages)))


def _substitutions(times: int, matrix: Any, right: Any, left: bool = True) -> Count:
    n, k = matrix[-1], right[-1] if left else right[-2]
    leading = zip_longest(matrix[-3::-1], right[-3::-1], fillvalue=1)
    batch = prod(b if a == 1 else a for a, b in leading)
    if times == 2:
        return Count((("batch", "n", "n", "k"), (batch, n, n, k)))
    if n % 2 == 0:
        return Count((("batch", "n/2", "n", "k"), (batch, n // 2, n, k)))
    if k % 2 == 0:
        return Count((("batch", "n", "n", "k/2"), (batch, n, n, k // 2)))
    return Count((("batch", "n²k/2 rounded down"), (batch, n * n * k // 2)))


KNOWN: dict[str, Callable[..., Count]] = {
    "_fft_c2c": n_log2_n,
    "_fft_c2r": n_log2_n_to_real,
    "_fft_r2c": n_log2_n_of_real,
    "cholesky_solve": n2_k_of_second,
    "linalg_lu_solve": n2_k,
    "linalg_solve_triangular": half_n2_k,
    "torchvision::deform_conv2d": deform_conv2d,
    "triangular_solve": half_n2_k_of_second,
}
"""By the operation's name."""
