"""Setting: how a model is run while it is timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_leaves

from costcalc.analysis.target import TF32
from costcalc.measure.subject import Subject
from costcalc.spec import CostcalcError, arguments
from costcalc.spec.graph import MODES, Mode

DTYPES = {d: getattr(torch, d) for d in ("float32", "float64", "float16", "bfloat16")} | {TF32: torch.float32}
"""Of weights and inputs. "float32" multiplies in float32 also where torch would round the factors to TF32."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a model is run.

    dtype          of weights and inputs, or "tf32": float32 with the products of convolutions and matrices in TF32
    mode           "eval": forward passes without gradients; "train": steps of training with SGD
    channels_last  True for images, and the weights of 2-D convolutions, with adjacent channels
    compiled       True for the model as torch.compile makes it

    Raises CostcalcError for any other value.
    """

    dtype: str = "float32"
    mode: Mode = "eval"
    channels_last: bool = False
    compiled: bool = False

    def __post_init__(self) -> None:
        arguments.one_of("dtype", self.dtype, tuple(DTYPES))
        arguments.one_of("mode", self.mode, MODES)
        arguments.flag("channels_last", self.channels_last)
        arguments.flag("compiled", self.compiled)

    def build(self, subject: Subject, device: torch.device) -> tuple[nn.Module, tuple[Any, ...]]:
        """The torch model on a device, and its positional inputs with random numbers.

        Raises CostcalcError for TF32 on a device other than CUDA.
        """
        if self.dtype == TF32 and device.type != "cuda":
            raise CostcalcError(f"dtype 'tf32' is a rate of CUDA devices; on {device.type} take float32")
        model, given = subject.build(device, self.mode, DTYPES[self.dtype])
        inputs = tuple(map(_numbers, given))
        if self.channels_last:
            model = model.to(memory_format=torch.channels_last)
            inputs = tuple(_channels_last(x) for x in inputs)
        return model, inputs

    def runner(self, model: nn.Module, inputs: tuple[Any, ...]) -> Callable[[], Any]:
        """The function that runs one pass, or one step of training.

        Raises CostcalcError for a training step of a model without trainable params.
        """
        run: Callable[..., Any] = torch.compile(model) if self.compiled else model
        if self.mode == "eval":
            return lambda: run(*inputs)
        params = [p for p in model.parameters() if p.requires_grad]
        if not params:
            raise CostcalcError("the model has no trainable params, so there is no training step to time")
        optimizer = torch.optim.SGD(params, lr=1e-6)

        def step() -> None:
            outputs = [t for t in tree_leaves(run(*inputs)) if isinstance(t, torch.Tensor) and t.requires_grad]
            sum(t.float().mean() for t in outputs).backward()  # type: ignore[union-attr]
            optimizer.step()
            optimizer.zero_grad()

        return step

    @contextmanager
    def active(self) -> Iterator[None]:
        """Gradients as the mode needs them, and products of float32 in TF32 or not; restored afterwards."""
        matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
        before = matmul.allow_tf32, cudnn.allow_tf32
        matmul.allow_tf32 = cudnn.allow_tf32 = self.dtype == TF32
        try:
            with torch.set_grad_enabled(self.mode == "train"):
                yield
        finally:
            matmul.allow_tf32, cudnn.allow_tf32 = before

    def __str__(self) -> str:
        extras = (", channels last" if self.channels_last else "") + (", torch.compile" if self.compiled else "")
        return self.dtype + extras


def _numbers(x: Any) -> Any:
    """Replace a floating-point tensor by random numbers; return anything else unchanged."""
    return torch.randn_like(x) if isinstance(x, torch.Tensor) and x.dtype.is_floating_point else x


def _channels_last(x: Any) -> Any:
    image = isinstance(x, torch.Tensor) and x.dim() == 4
    return x.contiguous(memory_format=torch.channels_last) if image else x
