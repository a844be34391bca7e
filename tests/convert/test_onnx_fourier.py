"""ONNX's Fourier transforms, counted as torch's: one per complex element and stage, ⌈log2 n⌉ stages."""

from pathlib import Path
from typing import Any

import pytest
import torch
from onnx import TensorProto
from onnx_files import INT64, network, node, numbers, weight, written
from small_modules import costs, module

import costcalc
from costcalc.convert.from_torch import from_torch

CASES: dict[str, tuple[str, dict[str, Any], tuple[int, ...], int, int]] = {
    "complex": ("x", {}, (2, 16, 5, 2), 17, 2 * 16 * 5 * 4),
    "real": ("x", {}, (2, 16, 5, 1), 17, 2 * 16 * 5 * 4),
    "one-sided": ("x", {"onesided": 1}, (2, 16, 5, 1), 17, 2 * 9 * 5 * 4),
    "another axis": ("x", {"axis": 2}, (2, 16, 5, 2), 17, 2 * 16 * 5 * 3),
    "an axis from the end": ("x - axis", {}, (2, 16, 5, 2), 20, 2 * 16 * 5 * 3),
    "the last axis by default": ("x", {}, (2, 16, 5, 2), 20, 2 * 16 * 5 * 3),
    "cut": ("x eight", {}, (2, 16, 5, 2), 17, 2 * 8 * 5 * 3),
    "padded, one-sided": ("x forty", {"onesided": 1}, (2, 16, 5, 1), 17, 2 * 21 * 5 * 6),
    "inverse": ("x", {"inverse": 1}, (2, 16, 5, 2), 17, 2 * 16 * 5 * 4),
}
"""Inputs, attributes, shape of x, the version, and elements times stages: ⌈log2⌉ of 16 is 4, of 5 and 8 3, of 40 6."""

STORED = [numbers("axis", -2), numbers("eight", 8), numbers("forty", 40)]


@pytest.mark.parametrize("name", CASES)
def test_a_transform(name: str, tmp_path: Path) -> None:
    inputs, attributes, shape, version, macs = CASES[name]
    model = network([node("DFT", inputs, "y", **attributes)], STORED, {"x": shape}, opset=version)
    assert costs(costcalc.graph(written(model, tmp_path))) == (0, macs, "complete")


def test_a_length_that_is_an_input(tmp_path: Path) -> None:
    """With a value it is known; without, the shape of the output is not."""
    nodes = [node("DFT", "x n", "y", onesided=1)]
    types = {"n": TensorProto.INT64}
    file = written(network(nodes, (), {"x": (2, 16, 1), "n": ()}, types=types, opset=17), tmp_path)
    assert costs(costcalc.graph(file, values={"n": 8})) == (0, 2 * 5 * 3, "complete")


@pytest.mark.parametrize(
    ("inputs", "attributes", "bins"), [("x step window", {}, 9), ("x step - length", {"onesided": 0}, 16)]
)
def test_short_transforms(inputs: str, attributes: dict[str, Any], bins: int, tmp_path: Path) -> None:
    """Frames of 16, 8 apart, of 80 samples: (80 - 16) / 8 + 1 = 9. As torch.stft, which multiplies by the window."""
    stored = [numbers("step", 8), numbers("length", 16), weight("window", 16)]
    model = network([node("STFT", inputs, "y", **attributes)], stored, {"x": (3, 80, 1)}, opset=17)
    graph = costcalc.graph(written(model, tmp_path))
    assert costs(graph)[1:] == (3 * 9 * bins * 4, "complete")
    sided = bins == 9
    made = from_torch(
        module(lambda self, x: torch.stft(x, 16, 8, center=False, onesided=sided, return_complex=True)), (80,), batch=3
    )
    assert costs(made)[1:] == (3 * 9 * bins * 4, "complete")


def test_activations_of_a_loop(tmp_path: Path) -> None:
    """Five passes of Mul and Relu on 2 x 8: 10 outputs of 16. The last pass makes the state; Relu after it has 16."""
    from onnx import helper
    from onnx_files import info

    body = helper.make_graph(
        [node("Mul", "s s", "m"), node("Relu", "m", "next"), node("Identity", "go", "on"), node("Relu", "m", "row")],
        "body",
        [
            helper.make_tensor_value_info("i", INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            info("s", 2, 8),
        ],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), info("next", 2, 8), info("row", 2, 8)],
    )
    model = network(
        [node("Loop", "five - x", "a rows", body=body), node("Relu", "a", "y")], [numbers("five", 5)], {"x": (2, 8)}
    )
    cost = costcalc.cost(written(model, tmp_path))
    assert cost["activations"].number == 5 * 3 * 16 + 5 * 16 + 16
    assert cost.graph.nodes[0].facts.inside == 5 * 3 * 16 - 16
