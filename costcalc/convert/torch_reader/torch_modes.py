"""The modes of torch in which a thread is read. Each thread has its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.constants import Constants
from costcalc.convert.torch_reader.derivatives import Recorded
from costcalc.convert.torch_reader.dispatch import Dispatch
from costcalc.convert.torch_reader.size_products import SizeProducts


@contextmanager
def read(builder: GraphBuilder, constants: Constants, settled: bool) -> Iterator[None]:
    """Read the operations that this thread runs."""
    with ExitStack() as modes:
        if builder.autograd:
            modes.enter_context(torch.enable_grad())
            modes.enter_context(Recorded(builder, constants))
        else:
            modes.enter_context(torch.no_grad())
            modes.enter_context(SizeProducts(builder, settled))
            modes.enter_context(torch._C._AutoDispatchBelowAutograd())
        modes.enter_context(Dispatch(builder, constants))
        builder.thread.read = True
        try:
            yield
        finally:
            builder.thread.read = False
