"""Run calflops and report its FLOPs. The same run has its MACs, for calflops_macs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from costcalc.measure.peers import Reported

PACKAGE = "calflops"


def _imported() -> Any:
    """Import the package. It needs transformers, an undeclared dependency: an empty module suffices."""
    absent = find_spec("transformers") is None
    if absent:
        sys.modules["transformers"] = empty = module_from_spec(ModuleSpec("transformers", None))
        vars(empty)["AutoTokenizer"] = None
    try:
        import calflops
        import calflops.calculate_pipline
        import calflops.utils
    finally:
        if absent:
            del sys.modules["transformers"]
    return calflops


calflops = _imported()


def report(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Reported:
    """Count FLOPs; by module, submodules included. Raises the tool's exceptions; restores patched functions."""
    return run(model, inputs)[0]


def run(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[Reported, Reported]:
    """FLOPs and MACs of one run. Restores the model's mode and torch's functions.

    Raises the tool's exceptions, such as StopIteration for a model without parameters.
    """
    flops_of: dict[str, int] = {}
    macs_of: dict[str, int] = {}

    def collect(*_: Any) -> None:  # the tool removes its numbers before it returns
        for path, module in model.named_modules():
            flops_of[path] = int(calflops.utils.get_module_flops(module))
            macs_of[path] = int(calflops.utils.get_module_macs(module))

    training = model.training
    handle = model.register_forward_hook(collect)
    try:
        with _unpatched_after():
            flops, macs, params = calflops.calculate_flops(
                model, args=list(inputs), print_results=False, output_as_string=False
            )
    finally:
        handle.remove()
        model.train(training)
    flops_of[""], macs_of[""] = int(flops), int(macs)  # includes the model's own calls, added after our hook
    return Reported(int(flops), flops_of, int(params)), Reported(int(macs), macs_of, int(params))


@contextmanager
def _unpatched_after() -> Iterator[None]:
    """Restore patched functions: if its run fails, the tool leaves its own functions in torch."""
    places: tuple[Any, ...] = (functional, torch, torch.Tensor)
    before = [dict(vars(place)) for place in places]
    try:
        yield
    finally:
        for place, names in zip(places, before, strict=True):
            for name, value in names.items():
                if vars(place).get(name) is not value:
                    setattr(place, name, value)
        for name in {"add", "addmm", "matmul", "mul"} & (vars(torch.Tensor).keys() - before[-1].keys()):
            delattr(torch.Tensor, name)  # inherited before
        calflops.calculate_pipline.module_flop_count.clear()
        calflops.calculate_pipline.module_mac_count.clear()
