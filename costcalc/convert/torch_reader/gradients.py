"""Which tensors of a read the model's code detaches, or asks the gradients of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from costcalc.convert.torch_reader.thread_state import Call
from costcalc.spec.noticed import USUAL, Backward


class Gradients:
    """What the model's code says of the gradients of its tensors.

    autograd     True if autograd is on, which then knows by itself
    detached     ids of the tensors that are detached
    leaves       ids of the tensors of which the code asks for the gradient
    checkpoints  number of the calls of torch.utils.checkpoint so far
    """

    def __init__(self, autograd: bool) -> None:
        self.autograd = autograd
        self.detached: set[int] = set()
        self.leaves: set[int] = set()
        self.checkpoints = 0
        self._alive: list[torch.Tensor] = []  # so that no id is given twice

    def alias(self, t: torch.Tensor, same: torch.Tensor, detached: bool = False) -> None:
        """Register a tensor as an alias of another; `detached` if it has no gradient of its own."""
        if id(same) in self.detached or (detached and not self.autograd):
            self.detached.add(id(t))

    def asked(self, args: Sequence[Any]) -> None:
        """Register that the code asks for the gradient of a tensor, if that is the first argument."""
        if args and isinstance(args[0], torch.Tensor) and not isinstance(args[0], torch.nn.Parameter):
            self.leaves.add(id(args[0]))
            self._alive.append(args[0])

    def of(self, operands: Mapping[int | str, torch.Tensor], inplace: bool, call: Call, grad_mode: bool) -> Backward:
        """How a node with these inputs and weights takes part in the backward pass.

        inplace    True if it writes into its first input, whose gradient goes on even if grad mode is off
        grad_mode  that of the code; with autograd on, torch's own
        """
        off = not (torch.is_grad_enabled() if self.autograd else grad_mode)
        detached = [
            operand
            for operand, t in operands.items()
            if id(t) in self.detached or (off and not (inplace and operand == 0)) or self._recorded(operand, t)
        ]
        leaves = [i for i, t in operands.items() if isinstance(i, int) and id(t) in self.leaves and not off]
        if not (detached or leaves or call.own_backward or call.checkpoint):
            return USUAL
        return Backward(tuple(detached), tuple(leaves), call.own_backward, call.checkpoint, call.again)

    def _recorded(self, operand: int | str, t: torch.Tensor) -> bool:
        """True for an input that autograd, which is on, does not follow."""
        return self.autograd and isinstance(operand, int) and t.is_floating_point() and not t.requires_grad
