"""Attention as the CPU runs it: what autograd, or a function that maps over an axis, makes of it depends on its kernel.

On the meta device torch picks no kernel but runs it by its parts.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from costcalc.convert.reading.gradients import CPU_ATTENTION

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
    """Run attention by the kernel that the CPU would pick; by its parts if it would pick none."""
    given = (query, key, value, attn_mask)
    with torch._C._DisableTorchDispatch():
        choice = torch._fused_sdp_choice(
            *map(_on_the_cpu, given), dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
        )
    if choice != FUSED:
        return ATTENTION(*given, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa)
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        attn_mask = torch.zeros_like(attn_mask, dtype=query.dtype).masked_fill_(attn_mask.logical_not(), -torch.inf)
    return KERNEL(query, key, value, dropout_p, is_causal, attn_mask=attn_mask, scale=scale)[0]


def _on_the_cpu(t: Any) -> Any:
    """A tensor of the same sizes and strides there, which nothing is written into."""
    if t is None:
        return None
    made = torch.empty_strided(t.shape, t.stride(), dtype=t.dtype)
    return made.requires_grad_() if t.requires_grad else made
