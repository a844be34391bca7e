"""ONNX Runtime's fused ops and packed weights, and deformable convolutions."""

from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto
from onnx_files import constant, network, node, weight, written
from small_modules import costs

import costcalc

MS = {"domain": "com.microsoft"}
UINT8 = TensorProto.UINT8
ROWS = {"x": (2, 5, 6)}
ONE = {"x": (1, 3, 8, 8)}
N_BITS = {"K": 40, "N": 7, **MS}

CASES: dict[str, tuple[list[onnx.NodeProto], list[TensorProto], dict[str, Any], tuple[int, int], tuple[int, ...]]] = {
    "FusedMatMul": (
        [node("FusedMatMul", "x w", "y", alpha=0.5, **MS)], [weight("w", 6, 7)], ROWS, (42, 420), (2, 5, 7)),
    "FusedMatMul, turned": (
        [node("FusedMatMul", "x w", "y", transB=1, **MS)], [weight("w", 7, 6)], ROWS, (42, 420), (2, 5, 7)),
    "FusedMatMul of inputs": (
        [node("FusedMatMul", "x v", "y", transA=1, transB=1, **MS)], [], {"x": (2, 6, 5), "v": (2, 7, 6)},
        (0, 2 * 5 * 6 * 7), (2, 5, 7)),
    "FusedMatMul with a Constant": (
        [constant("w", 6, 7), node("FusedMatMul", "x w", "y", **MS)], [], ROWS, (42, 420), (2, 5, 7)),
    "FusedConv": (
        [node("FusedConv", "x w b", "y", activation="Relu", **MS)], [weight("w", 4, 3, 3, 3), weight("b", 4)], ONE,
        (112, 36 * 108), (1, 4, 6, 6)),
    "FusedConv, strides, plus a tensor": (
        [node("FusedConv", "x w - z", "y", pads=[1, 1, 1, 1], strides=[2, 2], activation="Clip", **MS)],
        [weight("w", 4, 3, 3, 3)], {**ONE, "z": (1, 4, 4, 4)}, (108, 16 * 108), (1, 4, 4, 4)),
    "MatMulNBits": (  # two blocks of 32: 40 is not whole; 32 · 4 / 8 = 16 bytes each
        [node("MatMulNBits", "x w s", "y", bits=4, block_size=32, **N_BITS)],
        [weight("w", 7, 2, 16, type=UINT8), weight("s", 14)], {"x": (2, 5, 40)}, (280, 10 * 280), (2, 5, 7)),
    "MatMulNBits, 8 bits, a bias": (  # three blocks of 16, of 16 bytes each
        [node("MatMulNBits", "x w s - - b", "y", bits=8, block_size=16, **N_BITS)],
        [weight("w", 7, 3, 16, type=UINT8), weight("s", 21), weight("b", 7)], {"x": (5, 40)}, (287, 5 * 280), (5, 7)),
    "DeformConv": (
        [node("DeformConv", "x w o b m", "y")],
        [weight("w", 4, 3, 3, 3), weight("b", 4)], {**ONE, "o": (1, 18, 6, 6), "m": (1, 9, 6, 6)},
        (112, 36 * 108), (1, 4, 6, 6)),
    "DeformConv, groups": (
        [node("DeformConv", "x w o", "y", group=3, pads=[1, 1, 1, 1], strides=[2, 2])],
        [weight("w", 6, 1, 3, 3)], {**ONE, "o": (1, 18, 4, 4)}, (54, 16 * 54), (1, 6, 4, 4)),
}  # fmt: skip
"""(nodes, initializers, inputs, (params, mult-adds), shape of y)."""


@pytest.mark.parametrize("name", CASES)
def test_its_cost(name: str, tmp_path: Path) -> None:
    nodes, stored, inputs, numbers, shape = CASES[name]
    graph = costcalc.graph(written(network(nodes, stored, inputs), tmp_path))
    assert costs(graph) == (*numbers, "complete")
    assert graph.outputs[0].shape == shape


@pytest.mark.parametrize(
    "attributes",
    [{"K": 41}, {"N": 2**62}, {"K": -40}, {"block_size": 0}, {"block_size": 2**40}, {"bits": 99}, {"bits": 3}],
)
def test_packed_weights_that_do_not_fit_are_unknown(attributes: dict[str, int], tmp_path: Path) -> None:
    """The shape is told by the layer that reads the output: the declared one."""
    from onnx_files import info

    given: Any = {"bits": 4, "block_size": 32, **N_BITS, **attributes}
    made = network(
        [node("MatMulNBits", "x w s", "h", **given), node("Relu", "h", "y")],
        [weight("w", 7, 2, 16, type=UINT8), weight("s", 14)], {"x": (5, 40)}, told=[info("h", 5, 7)],
    )  # fmt: skip
    assert costs(costcalc.graph(written(made, tmp_path)))[2] == "lower bound"


def test_what_is_not_fused_that_way_is_unknown(tmp_path: Path) -> None:
    from onnx_files import info

    made = network(
        [node("FusedMatMul", "x v", "h", transBatchA=1, **MS), node("Relu", "h", "y")],
        [], {"x": (5, 2, 6), "v": (2, 6, 7)}, told=[info("h", 2, 5, 7)],
    )  # fmt: skip
    assert costs(costcalc.graph(written(made, tmp_path)))[2] == "lower bound"
