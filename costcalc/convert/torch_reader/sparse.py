"""Operations on sparse tensors, which the meta device lacks: products cost one mult-add per non-zero and column.

The number of non-zeros is the one that a tensor was given or made with. What keeps the places of the elements keeps the
number. That of a product of two sparse tensors depends on values: it is unknown, and so is each product with it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from costcalc.convert.meta_tensors import COMPRESSED
from costcalc.convert.torch_reader.aten import kinds
from costcalc.convert.torch_reader.aten.schema import base, by_name
from costcalc.convert.torch_reader.storage import tensors
from costcalc.spec import CostcalcError
from costcalc.spec.count import Count

PRODUCTS = {
    "_sparse_addmm": ("mat1", "mat2"), "addmm": ("mat1", "mat2"), "addmv": ("mat", "vec"), "bmm": ("self", "mat2"),
    "mm": ("self", "mat2"), "mv": ("self", "vec"), "baddbmm": ("batch1", "batch2"),
}  # fmt: skip
"""Products of a sparse and a dense tensor: the names of both factors."""

MADE = ("_sparse_coo_tensor_with_dims_and_tensors", "_sparse_coo_tensor_unsafe", "sparse_compressed_tensor",
        "_sparse_compressed_tensor_unsafe")  # fmt: skip
"""Operations that make a sparse tensor of indices and values."""

LAYOUTS = {
    "_to_sparse_csr": torch.sparse_csr, "_to_sparse_csc": torch.sparse_csc, "_to_sparse_bsr": torch.sparse_bsr,
    "_to_sparse_bsc": torch.sparse_bsc,
}  # fmt: skip
"""Changes of layout."""

TRANSPOSED = {
    torch.sparse_csr: torch.sparse_csc, torch.sparse_csc: torch.sparse_csr, torch.sparse_bsr: torch.sparse_bsc,
    torch.sparse_bsc: torch.sparse_bsr,
}  # fmt: skip
"""The layouts of transposed tensors."""

KEEP = {"_coalesce", "_to_sparse", "coalesce", "t", "to_sparse", "transpose", *LAYOUTS}
"""Operations that move the non-zeros, and leave their number."""

SAME = {"_sparse_log_softmax", "_sparse_softmax"}
"""Operations without a dense form whose result has the non-zeros of their input."""


PARTS = {"_indices", "_values", "ccol_indices", "col_indices", "crow_indices", "indices", "row_indices", "values"}
"""Operations that give the indices or values."""

SUM = torch.ops.aten.sum.dim_IntList
"""The dense form of ``torch.sparse.sum``."""

WHOLE = "matmul"
"""The name of the products by which tools know them, which may count them as if both were dense."""


def is_sparse(t: torch.Tensor) -> bool:
    """True for the layouts COO, CSR, CSC, BSR and BSC."""
    return t.layout is torch.sparse_coo or t.layout in COMPRESSED


def non_zeros(t: torch.Tensor) -> int:
    """The number of elements that are stored."""
    with torch._C._DisableTorchDispatch():
        return (t._values() if t.layout is torch.sparse_coo else t.values()).numel()


def makes_sparse(func: Any) -> bool:
    """True for an operation that makes a sparse tensor of indices and values."""
    return base(func) in MADE


def run(func: Any, args: Any, kwargs: Any) -> tuple[str, Any, Mapping[str, Any]]:
    """The kind of node that an operation is, its result on the meta device, and the settings of its count.

    Raises CostcalcError for an operation whose result is not known.
    """
    name, given = base(func), list(tensors((args, tuple(kwargs.values()))))
    if makes_sparse(func) or name in PARTS or not any("Tensor" in str(r.type) for r in func._schema.returns):
        return "move", func(*args, **kwargs), {}
    if name in PRODUCTS:
        return _product(func, args, kwargs)
    first, *others = filter(is_sparse, given)
    if name in ("t", "transpose"):
        shape = func(*_dense(args), **_dense(kwargs)).shape
        return "move", like_with(first, shape, TRANSPOSED.get(first.layout)), {}
    if name in KEEP:
        return "move", like_with(first, first.shape, LAYOUTS.get(name)), {}
    if name in SAME:
        return "elementwise", like_with(first, first.shape), {}
    if name == "_to_dense":
        return "move", torch.empty(first.shape, dtype=first.dtype, device="meta"), {}
    if name == "sparse_sampled_addmm":  # only the elements of the product at the non-zeros
        return "custom", like_with(first, first.shape), {"terms": _terms(first, args[1].shape[-1])}
    kind, run_as = ("elementwise", SUM) if name == "_sparse_sum" else (kinds.kind(func), func)
    try:
        made = run_as(*_dense(args), **_dense(kwargs))
    except NotImplementedError as error:
        raise CostcalcError(f"{name} of a sparse tensor cannot be read: the meta device does not have it") from error
    if (
        not isinstance(made, torch.Tensor)
        or not made.shape
        or (name in ("add", "sub") and len(others) + 1 < len(given))
    ):
        return kind, made, {}
    if not others and run_as is not SUM and made.shape == first.shape:
        return kind, like_with(first, made.shape, dtype=made.dtype), {}
    count = sum(map(non_zeros, (first, *others))) if name == "cat" else 0
    return kind, like_with(first, made.shape, torch.sparse_coo, made.dtype, count), {}


def _product(func: Any, args: Any, kwargs: Any) -> tuple[str, Any, Mapping[str, Any]]:
    """A product of matrices: one mult-add per non-zero of the sparse one and row or column of the dense one.

    Unknown if both are sparse, or if the number of non-zeros is not known.
    """
    named = by_name(func, args, kwargs)
    first, second = (named[key] for key in PRODUCTS[base(func)])
    made = func(*_dense(args), **_dense(kwargs))
    name = {} if base(func) == "_sparse_addmm" else {"aten": WHOLE}
    if is_sparse(first) and is_sparse(second):
        return "unknown", like_with(first, made.shape, torch.sparse_coo, count=0), name
    alone, width = (
        (first, second.shape[-1] if second.dim() > 1 else 1) if is_sparse(first) else (second, first.shape[-2])
    )
    if not is_sparse(alone) or not non_zeros(alone):
        return "unknown", made, name
    return "custom", made, {**name, "terms": _terms(alone, width)}


def _terms(t: torch.Tensor, width: int) -> Any:
    return Count((("nnz", "N"), (non_zeros(t), width))).terms


def like_with(
    t: torch.Tensor,
    shape: Sequence[int],
    layout: torch.layout | None = None,
    dtype: torch.dtype | None = None,
    count: int | None = None,
) -> torch.Tensor:
    """A sparse tensor on the meta device with as many non-zeros as another, in a shape and layout.

    count  the number of non-zeros; 0 if it is not known
    """
    layout, dtype = layout or t.layout, dtype or t.dtype
    count = non_zeros(t) if count is None else count
    with torch._C._DisableTorchDispatch(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = torch.empty(count, dtype=dtype, device="meta")
        if layout not in COMPRESSED:
            places = torch.empty((len(shape), count), dtype=torch.int64, device="meta")
            return torch.sparse_coo_tensor(places, values, tuple(shape), is_coalesced=True, device="meta")
        layout = torch.sparse_csc if layout in (torch.sparse_csc, torch.sparse_bsc) else torch.sparse_csr
        lines = shape[-1] if layout is torch.sparse_csc else shape[-2]
        ends = torch.empty((*shape[:-2], lines + 1), dtype=torch.int64, device="meta")
        each = count // math.prod(shape[:-2])
        values = values.reshape(*shape[:-2], each)
        places = torch.empty(values.shape, dtype=torch.int64, device="meta")
        make: Any = torch.sparse_compressed_tensor
        made: torch.Tensor = make(ends, places, values, tuple(shape), layout=layout, device="meta")
        return made


def _dense(value: Any) -> Any:
    """Replace sparse tensors by dense ones of their sizes, in lists, tuples and dicts."""
    if isinstance(value, torch.Tensor):
        return torch.empty(value.shape, dtype=value.dtype, device="meta") if is_sparse(value) else value
    if type(value) in (list, tuple):
        return type(value)(map(_dense, value))
    return {key: _dense(each) for key, each in value.items()} if type(value) is dict else value
