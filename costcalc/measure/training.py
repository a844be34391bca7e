"""Mult-adds of a training step of a torch model, as torch dispatches it: the oracle of `train_mult_adds`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode, conv_flop_count

aten = torch.ops.aten


class Step(NamedTuple):
    """Mult-adds of one training step.

    dispatched   of the products that torch dispatches
    flopcounter  as FlopCounterMode counts the same step, per 2 FLOPs
    """

    dispatched: int
    flopcounter: int


def training_step(model: nn.Module, inputs: tuple[Any, ...]) -> Step:
    """Run a model forward and backward, from the sum of its floating-point outputs, and count the products.

    The model runs in the mode that it is in, on the device that it is on. Attention and LSTMs run by their products
    (the math backend, without oneDNN), which have formulas in FlopCounterMode on every device; fused kernels compute
    scores twice, or have none.
    """
    theirs, right = FlopCounterMode(display=False), FlopCounterMode(display=False, custom_mapping=RIGHT)
    for counter in (theirs, right):
        with by_products(), counter:
            outputs = [each for each in tree_leaves(_opened(model(*inputs))) if isinstance(each, torch.Tensor)]
            losses = [each.sum() for each in outputs if each.requires_grad]
            if losses:
                torch.autograd.backward(losses)
    return Step(right.get_total_flops() // 2, theirs.get_total_flops() // 2)


@contextmanager
def by_products() -> Iterator[None]:
    """Attention and recurrent layers run as products of matrices."""
    with sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False):
        yield


def _opened(output: Any) -> Any:
    """The outputs as plain containers: those of transformers are mappings."""
    return dict(output) if hasattr(output, "keys") else output


def _conv_backward(
    grad_shape: Any, x_shape: Any, w_shape: Any, _bias: Any, _stride: Any, _padding: Any, _dilation: Any,
    transposed: bool, _output_padding: Any, _groups: int, mask: list[bool], out_shape: Any = None, **_kwargs: Any,
) -> int:  # fmt: skip
    """Each of the gradients of input and weight takes the products of the forward pass, of any number of groups."""
    return sum(mask[:2]) * conv_flop_count(list(x_shape), list(w_shape), list(grad_shape), transposed=transposed)


RIGHT = {aten.convolution_backward: _conv_backward}
"""Formulas for operations that FlopCounterMode counts otherwise than they run."""
