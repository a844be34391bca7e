from collections import Counter

import pytest
from against import is_the_same_network, totals

from costcalc import zoo


def test_totals() -> None:
    """Chollet, CVPR 2017, Table 3: 22,855,952 params. Mult-adds of timm's xception at 299."""
    assert totals("xception") == (22_855_952, 8_357_403_496)


def test_keras_counts_the_moving_statistics() -> None:
    """keras' Xception has 22,910,480: mean and variance of each batch norm counted."""
    graph = zoo.find("xception").build()
    channels = sum(node.facts.outputs[0][1] for node in graph.nodes if node.op == "batch_norm")
    assert totals("xception")[0] + 2 * channels == 22_910_480


def test_36_convolutional_layers_in_14_modules() -> None:
    """Chollet, CVPR 2017, section 3, a separable convolution being one layer and the shortcuts left out."""
    graph = zoo.find("xception").build()
    layers = [node.name for node in graph.nodes if node.op == "conv" and not node.name.endswith((".conv1", ".skip"))]
    assert len(layers) == 36
    assert Counter(node.op for node in graph.nodes)["add"] == 14 - 2  # the first and the last module have no shortcut


def test_is_timms() -> None:
    timm = pytest.importorskip("timm")
    is_the_same_network("xception", timm.create_model("legacy_xception", pretrained=False), size=71)
