"""Mult-adds of a training step of a torch model, as torch dispatches it: the oracle of `train_mult_adds`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode, conv_flop_count, flop_registry, shape_wrapper

aten = torch.ops.aten


class Step(NamedTuple):
    """Mult-adds of one training step.

    dispatched   of the products that torch dispatches
    flopcounter  as FlopCounterMode counts the same step, per 2 FLOPs; None if it fails, as where the forward pass takes
                 a derivative
    """

    dispatched: int
    flopcounter: int | None


class Products(TorchDispatchMode):
    """While this mode is on, `flops` adds up those of the products that torch dispatches."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flops = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation, by its parts if it is a composite one without a formula."""
        formula = FORMULAS.get(func._overloadpacket)
        if formula is None and torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), "CompositeImplicitAutograd"):
            with self:
                return func.decompose(*args, **(kwargs or {}))
        made = func(*args, **(kwargs or {}))
        if formula is not None:
            self.flops += formula(*args, **(kwargs or {}), out_val=made)
        return made


def training_step(model: nn.Module, inputs: tuple[Any, ...]) -> Step:
    """Run a model forward and backward, from the sum of its floating-point outputs, and count the products.

    The model runs in the mode that it is in, on the device that it is on. Attention and LSTMs run by their products
    (the math backend, without oneDNN), which have formulas in FlopCounterMode on every device; fused kernels compute
    scores twice, or have none.
    """
    right, theirs = Products(), FlopCounterMode(display=False)
    _step(model, inputs, right)
    try:
        _step(model, inputs, theirs)
    except RuntimeError:
        return Step(right.flops // 2, None)
    return Step(right.flops // 2, theirs.get_total_flops() // 2)


def _step(model: nn.Module, inputs: tuple[Any, ...], counter: AbstractContextManager[Any]) -> None:
    with by_products(), counter:
        outputs = [each for each in tree_leaves(_opened(model(*inputs))) if isinstance(each, torch.Tensor)]
        losses = [each.sum() for each in outputs if each.requires_grad]
        if losses:
            torch.autograd.backward(losses)


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


_shapes: Any = shape_wrapper
FORMULAS: dict[Any, Any] = {**flop_registry, aten.convolution_backward: _shapes(_conv_backward)}
"""torch's formulas, except for the operation that FlopCounterMode counts otherwise than it runs."""
