"""Mult-adds of training: of the forward pass, of the gradients of inputs and of those of weights."""

from __future__ import annotations

from typing import ClassVar

from costcalc.analysis.quantity import Layers, Quantity
from costcalc.analysis.training import training
from costcalc.spec.run import Run


class TrainMultAdds(Quantity):
    """Mult-adds of a layer in a training step, the same in both modes; see `costcalc.analysis.training`.

    A layer whose backward pass has no rule counts its forward pass, as a lower bound. Layers that the model's code
    checkpoints run forward twice.
    """

    key, heading = "train_mult_adds", "train mult-adds"
    reasons: ClassVar = {
        "counted": "forward, and each gradient of an input or a weight that is needed",
        "zero": "no multiply-add here",
        "unknown": "there is no rule for its mult-adds, or they depend on values",
        "lower bound": "gradients without a rule are left out: of a user's rule, an autograd.Function, a derivative",
    }
    note = (
        "Train mult-adds: forward, gradients of inputs (none where no trained weight lies before) and of weights (none "
        "where frozen); the optimizer is not counted."
    )

    def layers(self, run: Run) -> Layers:
        """The mult-adds of every node, heads that run only in training included."""
        return training(run.graph)


QUANTITY = TrainMultAdds()
