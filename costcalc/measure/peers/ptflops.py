"""Run ptflops: its pytorch backend, and code shared with its aten backend."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any, Literal
from unittest.mock import patch

import torch
from ptflops import get_model_complexity_info
from torch import nn

from costcalc.measure.peers import Reported

PACKAGE = "ptflops"


def report(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """Count; by module, the number that the hook left on each leaf module, for the whole batch, without functions.

    Raises the exception that the tool prints if its run fails.
    """
    by_module: dict[str, int] = {}

    def collect(*_: Any) -> None:  # the tool removes its numbers before it returns
        counts = {path: getattr(module, "__flops__", None) for path, module in model.named_modules()}
        by_module.update({path: int(n) for path, n in counts.items() if path and n is not None})

    handle = model.register_forward_hook(collect)
    try:
        total, params, _ = run(model, inputs, "pytorch")
    finally:
        handle.remove()
    return Reported(total, by_module, params)


def run(
    model: nn.Module, inputs: tuple[torch.Tensor, ...], backend: Literal["pytorch", "aten"]
) -> tuple[int, int, str]:
    """The tool's total, its params, and its printed lines by layer in raw numbers. The model keeps its mode.

    Raises the exception that the tool prints if its run fails: the tool then returns None.
    """
    lines, output, training = StringIO(), StringIO(), model.training
    failed: list[BaseException | None] = []
    caught = patch("traceback.print_exc", lambda: failed.append(sys.exception()))
    try:
        with _bound(model, inputs[1:]), redirect_stdout(output), redirect_stderr(output), caught:
            total, params = get_model_complexity_info(
                model,
                tuple(inputs[0].shape[1:]),
                print_per_layer_stat=backend == "aten",
                as_strings=False,
                input_constructor=lambda _: inputs[0],
                ost=lines,
                backend=backend,
                flops_units="raw",
            )
    finally:
        model.train(training)
    if failed and failed[0] is not None:
        raise failed[0]
    return int(total), int(params), lines.getvalue()


@contextmanager
def _bound(model: nn.Module, others: tuple[torch.Tensor, ...]) -> Iterator[None]:
    """Bind all inputs except the first, since the tool passes only one tensor."""
    if not others:
        yield
        return
    forward = model.forward
    model.forward = lambda x: forward(x, *others)
    try:
        yield
    finally:
        del model.forward
