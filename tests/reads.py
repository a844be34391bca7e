"""Reads of a model that succeed or fail, after which the model is checked."""

from typing import Any

import pytest
import torch
from torch import nn

from costcalc.convert.from_torch import from_torch
from costcalc.spec import CostcalcError

X = torch.tensor([[1.0, -2.0, 3.0], [0.5, 0.0, -1.0]])

HOW_IT_ENDS = pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt])
"""What the forward pass raises."""


def read(model: nn.Module, error: type[BaseException] | None = None, **settings: Any) -> None:
    """Read a model at the sizes of X; its forward pass may raise an error."""
    if error is None:
        from_torch(model, (3,), 2, **settings)
        return
    with pytest.raises(CostcalcError if issubclass(error, Exception) else error):
        from_torch(model, (3,), 2, **settings)
