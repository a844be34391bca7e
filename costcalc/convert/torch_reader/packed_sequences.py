"""Sequences of given lengths that are packed into rows, step by step, as recurrent layers take them.

torch computes the rows from the values of the lengths, for which the meta device has no kernel. The rows only move.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

PACK = torch.ops.aten._pack_padded_sequence.default
PAD = torch.ops.aten._pad_packed_sequence.default


def pack(x: Any, lengths: torch.Tensor, batch_first: bool) -> tuple[Any, torch.Tensor]:
    """(B, T, *features), or (T, B, *features), and B lengths in descending order -> (rows, *features), rows per step.

    Raises RuntimeError for lengths that do not fit, as torch does.
    """
    batch, steps = x.shape[:2] if batch_first else x.shape[1::-1]
    with torch._C._DisableTorchDispatch():
        _, sizes = PACK(torch.zeros((batch, steps), device="cpu"), lengths, True)
    return x.flatten(0, 1)[: int(lengths.sum())], sizes


def pad(
    rows: Any, sizes: torch.Tensor, batch_first: bool, padding: float, total_length: int = -1
) -> tuple[Any, torch.Tensor]:
    """The reverse: (rows, *features) and rows per step -> (B, T, *features), or (T, B, *features), and the lengths."""
    with torch._C._DisableTorchDispatch():
        filled, lengths = PAD(torch.zeros(len(rows), device="cpu"), sizes, batch_first, padding, total_length)
    more = rows.new_full((filled.numel() - len(rows), *rows.shape[1:]), padding)
    return torch.cat([rows, more]).reshape(*filled.shape, *rows.shape[1:]), lengths


LAYERS = [getattr(torch.ops.aten, name).data for name in ("gru", "lstm", "rnn_relu", "rnn_tanh")]

STEPS: dict[Any, Callable[..., Any]] = {PACK: pack, PAD: pad, **{layer: layer.decompose for layer in LAYERS}}
"""Operations, and what is read in their place: the second argument has values."""
