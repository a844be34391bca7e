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
    assert said["saved_inputs"] == said["input_bytes"]  # the first convolution saves it: the total has it once
    parts = ["param_bytes", "buffer_bytes", "saved_for_backward", "gradient_bytes", "optimizer_bytes"]
    assert said["total"] == sum(said[key] for key in parts) + said["peak_memory"]["bytes"]
    batch = said["fits"]["batch"]
    totals = [costcalc.memory("googlenet", batch=n, optimizer="adam").data()["total"] for n in (batch, batch + 1)]
    assert totals[0] <= 24 * 2**30 < totals[1]


@pytest.mark.parametrize("dtype", ["fp16", "float16", "bf16"])
def test_both_spellings_of_a_dtype(dtype: str) -> None:
    """2 bytes per param."""
    said = json.loads(printed("memory", "lenet5", "--dtype", dtype, "--format", "json"))
    assert said["param_bytes"] * 2 == costcalc.memory("lenet5").data()["param_bytes"]
    assert costcalc.memory("lenet5", as_dtype=dtype).data() == said


def test_measured_beside_predicted() -> None:
    pytest.importorskip("torch")
    said = printed("memory", "resnet18", "--measure")
    assert "peak_memory: 6,422,528 bytes, equal." in said
    assert "saved_for_backward: 22,179,840 bytes, equal." in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--fits much", "fits='much': expected bytes, like 24GiB, 80GB or 5000000"),
        ("--fits -2GiB", "fits='-2GiB': expected bytes, like 24GiB"),
        ("--fits 10ms", "fits='10ms': expected bytes, like 24GiB"),
        ("--fits 0GiB", "fits='0GiB': expected at least 1 byte"),
        ("--fits 0.5B", "fits='0.5B': expected at least 1 byte"),
        ("--mixed", "mixed precision is of training: give an optimizer"),
        ("--measure --dtype fp16", "memory is measured in float32"),
    ],
)
def test_refused(words: str, said: str) -> None:
    assert said in refused("memory", "lenet5", *words.split())
