"""What each counting tool says of torchvision's models, built for real, against what their graphs predict.

Small ones, at small inputs where they take them; all of them, at their own, takes many minutes:
``COSTCALC_MODELS=all python -m pytest tests/measure/test_torchvision_counters.py``
"""

from __future__ import annotations

import pytest
import samples
import torchvision
from alone import alone
from counters import of_torchvision

SMALL = {
    "convnext_tiny": 64,
    "densenet121": 64,
    "googlenet": 64,
    "mobilenet_v3_small": 64,
    "swin_t": 64,
}


def own_size(name: str) -> int:
    """The side of the images that the model's weights were made for."""
    return int(torchvision.models.get_model_weights(name).DEFAULT.transforms().crop_size[0])


def models() -> dict[str, int]:
    """The models to try, and the sides of their inputs."""
    if not samples.ALL:
        return SMALL
    return {name: own_size(name) for name in torchvision.models.list_models(module=torchvision.models)}


@pytest.mark.parametrize("name", models())
def test_every_tool(name: str) -> None:
    """In a process of its own: some tools leave torch patched."""
    assert alone(of_torchvision, name, models()[name]) == []
