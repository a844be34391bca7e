"""What each counting tool says of torchvision's models, built for real, against what their graphs predict.

Small ones, at small inputs where they take them; all of them, at their own, takes many minutes:
``COSTCALC_MODELS=all python -m pytest tests/measure/test_torchvision_counters.py``
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

import pytest
import torch
import torchvision
from alone import alone
from counters import differences
from torch import nn
from torch.overrides import TorchFunctionMode

SMALL = {
    "convnext_tiny": 64,
    "densenet121": 64,
    "googlenet": 64,
    "maxvit_t": 224,
    "mobilenet_v3_small": 64,
    "shufflenet_v2_x0_5": 64,
    "squeezenet1_1": 64,
    "swin_t": 64,
    "swin_v2_t": 64,
    "vit_b_32": 64,
}


def own_size(name: str) -> int:
    """The side of the images that the model's weights were made for."""
    return int(torchvision.models.get_model_weights(name).DEFAULT.transforms().crop_size[0])


def models() -> dict[str, int]:
    """The models to try, and the sides of their inputs."""
    if os.environ.get("COSTCALC_MODELS") != "all":
        return SMALL
    return {name: own_size(name) for name in torchvision.models.list_models(module=torchvision.models)}


class Unfilled(TorchFunctionMode):
    """Parameters are left as they come: their numbers do not matter, and making them takes long."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        target = args[0] if args else kwargs.get("tensor")
        if isinstance(target, nn.Parameter) and func.__name__.endswith("_") and not func.__name__.endswith("__"):
            return target
        return func(*args, **kwargs)


def main(name: str, size: int) -> list[str]:
    """What a tool says that its convention does not predict, a line each."""
    warnings.simplefilter("ignore")
    settings: dict[str, Any] = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    if name.startswith("vit"):
        settings["image_size"] = size
    with Unfilled():
        model = torchvision.models.get_model(name, **settings).eval()
    return differences(model, (3, size, size))


@pytest.mark.parametrize("name", models())
def test_every_tool(name: str) -> None:
    """In a process of its own: some tools leave torch patched."""
    assert eval(alone(__file__, name, str(models()[name])).splitlines()[-1]) == []


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(main(sys.argv[1], int(sys.argv[2])))
