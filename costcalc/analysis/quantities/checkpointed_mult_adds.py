"""Mult-adds of training with activation checkpointing: the forward pass of each block runs again."""

from __future__ import annotations

from typing import ClassVar

from costcalc.analysis.quantities.train_mult_adds import QUANTITY as TRAIN
from costcalc.analysis.quantity import Layers, Quantity
from costcalc.analysis.training import training
from costcalc.spec.run import Run


class CheckpointedMultAdds(Quantity):
    """As `train_mult_adds`, if each outermost block is checkpointed (torch.utils.checkpoint) and runs forward twice.

    The whole block runs again. A block that the backward pass does not come to runs once, as do layers outside blocks.
    """

    key, heading = "checkpointed_mult_adds", "checkpointed mult-adds"
    reasons: ClassVar = {**TRAIN.reasons, "counted": "forward, forward again in a block, and the gradients"}
    note = "Checkpointed mult-adds: train mult-adds, with the forward pass of each outermost block once more."

    def layers(self, run: Run) -> Layers:
        """The mult-adds of every node, heads that run only in training included."""
        return training(run.graph, checkpointed=True)


QUANTITY = CheckpointedMultAdds()
