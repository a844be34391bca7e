"""Attention as the CPU runs it: its derivatives, and a map over an axis, depend on the kernel.

On the meta device torch picks no kernel, and runs its decomposition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.nn import functional

CPU_ATTENTION = "_scaled_dot_product_flash_attention_for_cpu"
"""The kernel of attention that the CPU prefers."""

ATTENTION = functional.scaled_dot_product_attention
KERNEL = getattr(torch.ops.aten, CPU_ATTENTION)
FUSED = 1
"""The kernel's number in torch's SDPBackend: FLASH_ATTENTION."""


def as_on_the_cpu(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """Run attention with the kernel that the CPU would pick; if none, through its decomposition."""
    given = (query, key, value, attn_mask)
    how: Any = {"dropout_p": dropout_p, "is_causal": is_causal, "scale": scale, "enable_gqa": enable_gqa}
    if not _fused(given, how):
        return ATTENTION(*given, **how)
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        attn_mask = torch.zeros_like(attn_mask, dtype=query.dtype).masked_fill_(attn_mask.logical_not(), -torch.inf)
    if query.dim() == 3:
        query, key, value = (t.unsqueeze(0) for t in (query, key, value))
        attn_mask = attn_mask.unsqueeze(0) if attn_mask is not None and attn_mask.dim() == 3 else attn_mask
    made = KERNEL(query, key, value, dropout_p, is_causal, attn_mask=attn_mask, scale=scale)[0]
    return made.squeeze(0) if len(given[0].shape) == 3 else made


def runs_kernel(given: Mapping[str, Any]) -> bool:
    """True if the CPU would run its kernel for a call with these arguments, and the output has the queries' shape."""
    tensors = [given[key] for key in ("query", "key", "value", "attn_mask")]
    how = {key: given[key] for key in ("dropout_p", "is_causal", "scale", "enable_gqa") if key in given}
    return tensors[0].dim() == 4 and tensors[0].shape[-1] == tensors[2].shape[-1] and _fused(tensors, how)


def _fused(given: Sequence[torch.Tensor | None], how: Mapping[str, Any]) -> bool:
    """True if the CPU would pick its kernel for tensors of the same sizes there."""
    mask = given[-1]
    if mask is not None and mask.requires_grad:  # check_attn_mask_shape in aten/native/transformers/sdp_utils_cpp.h
        return False
    with torch._C._DisableTorchDispatch():
        there: Any = [t if t is None else _there(t) for t in given]
        return bool(torch._fused_sdp_choice(*there, **how) == FUSED)


def _there(t: torch.Tensor) -> torch.Tensor:
    """A tensor of the same sizes on the CPU, which takes no memory: the kernel asks for the stride of the last axis."""
    last = t.stride(-1)
    row = torch.empty(t.shape[-1] * max(last, 1), dtype=t.dtype)
    return row.as_strided(t.shape, (*(0 for _ in t.shape[1:]), last))
