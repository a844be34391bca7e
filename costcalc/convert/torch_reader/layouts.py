"""Strides that the CPU gives an output, and the meta device does not."""

from __future__ import annotations

from typing import Any

import torch

from costcalc.convert.torch_reader.aten.schema import base

CONVOLUTIONS = {"conv2d", "conv_transpose2d", "convolution"}


def as_on_the_cpu(func: Any, args: Any, made: Any) -> Any:
    """The result of an operation on the meta device. That of a 2-D convolution has channels last if its input or its
    weight has: mkldnn_conv_use_channels_last in aten/native/ConvUtils.h.
    """
    if base(func) in CONVOLUTIONS and any(_is_channels_last(t) for t in args[:2]):
        return made.contiguous(memory_format=torch.channels_last)
    return made


def _is_channels_last(t: torch.Tensor) -> bool:
    return t.dim() == 4 and not t.is_contiguous() and t.is_contiguous(memory_format=torch.channels_last)
