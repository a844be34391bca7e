"""costcalc memory MODEL"""

import json

import pytest
from command import printed, refused

import costcalc


def test_training_that_fits() -> None:
    """GoogLeNet has 6,998,552 params in 116 tensors; Adam keeps two numbers of 4 bytes per param, and a step of 4 each.

    57 convolutions and one fully connected layer, each with weights and biases.
    """
    words = "memory googlenet --batch 32 --optimizer adam --fits 24GiB --format json"
    said = json.loads(printed(*words.split()))
    assert said["param_bytes"] == said["gradient_bytes"] == 4 * 6_998_552
    assert said["optimizer_bytes"] == 8 * 6_998_552 + 4 * 2 * (57 + 1)
    parts = ["param_bytes", "buffer_bytes", "input_bytes", "saved_for_backward", "gradient_bytes", "optimizer_bytes"]
    assert said["total"] == sum(said[key] for key in parts) + said["peak_memory"]["bytes"]
    batch = said["fits"]["batch"]
    totals = [costcalc.memory("googlenet", batch=n, optimizer="adam").data()["total"] for n in (batch, batch + 1)]
    assert totals[0] <= 24 * 2**30 < totals[1]


def test_measured_beside_predicted() -> None:
    pytest.importorskip("torch")
    said = printed("memory", "resnet18", "--measure")
    assert "peak_memory: 6,422,528 bytes, equal." in said
    assert "saved_for_backward: 22,179,840 bytes, equal." in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--fits much", "'much': expected bytes, like 24GiB or 80GB"),
        ("--fits 0GiB", "'0GiB': expected at least 1 byte"),
        ("--mixed", "mixed precision is of training: give an optimizer"),
        ("--measure --precision float16", "memory is measured in float32"),
    ],
)
def test_refused(words: str, said: str) -> None:
    assert said in refused("memory", "lenet5", *words.split())
