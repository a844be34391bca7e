"""What a thread has to be in, so that what it runs is read: torch's modes belong to one thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

from costcalc.convert.torch_reader.builder import Nodes
from costcalc.convert.torch_reader.constants import Constants
from costcalc.convert.torch_reader.derivatives import Recorded
from costcalc.convert.torch_reader.dispatch import Operations
from costcalc.convert.torch_reader.size_products import Sizes


@contextmanager
def read(nodes: Nodes, constants: Constants, settled: bool) -> Iterator[None]:
    """While this lasts, what this thread runs is read."""
    with ExitStack() as modes:
        if nodes.autograd:
            modes.enter_context(torch.enable_grad())
            modes.enter_context(Recorded(nodes, constants))
        else:
            modes.enter_context(torch.no_grad())
            modes.enter_context(Sizes(nodes, settled))
            modes.enter_context(torch._C._AutoDispatchBelowAutograd())
        modes.enter_context(Operations(nodes, constants))
        nodes.here.read = True
        try:
            yield
        finally:
            nodes.here.read = False
