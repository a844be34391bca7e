"""Tensors on the meta device like given ones: shape, dtype and layout, and no values."""

from __future__ import annotations

from typing import Any

import torch

from costcalc.convert import torch_arguments
from costcalc.spec import CostcalcError
from costcalc.spec.arguments import shown
from costcalc.spec.given import leaves

COMPRESSED = {
    torch.sparse_csr: ("crow_indices", "col_indices"),
    torch.sparse_bsr: ("crow_indices", "col_indices"),
    torch.sparse_csc: ("ccol_indices", "row_indices"),
    torch.sparse_bsc: ("ccol_indices", "row_indices"),
}
"""Layouts with compressed indices, and the methods that return both indices."""


def like(value: Any) -> torch.Tensor:
    """A tensor on the meta device like a tensor of torch or an array of numpy; a sparse one with as many non-zeros."""
    if not isinstance(value, torch.Tensor):
        try:
            return torch.empty(value.shape, dtype=torch.from_numpy(value.ravel()[:0].copy()).dtype, device="meta")
        except TypeError:
            raise CostcalcError(f"input: torch has no dtype like numpy's {value.dtype}") from None
    if value.is_nested or value.is_quantized or value.layout not in (torch.strided, torch.sparse_coo, *COMPRESSED):
        kind = "nested" if value.is_nested else "quantized" if value.is_quantized else str(value.layout)
        raise CostcalcError(f"input: a {kind} tensor is not read; give a padded or dense one of the same sizes")
    if value.layout is torch.strided:
        return torch.empty_like(value.detach(), device="meta")
    if value.layout is torch.sparse_coo:
        parts = like(value._indices()), like(value._values())
        return torch.sparse_coo_tensor(*parts, value.shape, is_coalesced=value.is_coalesced(), device="meta")
    indices = [like(getattr(value, name)()) for name in COMPRESSED[value.layout]]
    make: Any = torch.sparse_compressed_tensor
    made: torch.Tensor = make(*indices, like(value.values()), value.shape, layout=value.layout, device="meta")
    return made


def own_dtype(key: Any, value: Any, given: Any) -> None:
    """Raises CostcalcError if a dtype is given for tensors of another."""
    wanted = torch_arguments.dtype(given, f"input {key!r}: dtype")
    for leaf in leaves(value):
        if like(leaf).dtype != wanted:
            raise CostcalcError(f"input {key!r}: dtype {shown(given)} is for shapes; the tensor given has its own")
