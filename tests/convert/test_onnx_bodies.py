"""ONNX's own ops without a rule are read by the body that ONNX has for them."""

from pathlib import Path
from typing import Any

import pytest
from onnx import helper
from onnx_files import info, network, node, weight, written
from small_modules import costs

import costcalc


@pytest.mark.parametrize("past", [True, False])
def test_a_causal_convolution_with_a_state(past: bool, tmp_path: Path) -> None:
    """One filter of 3 per channel, at each of 8 positions of 4 channels."""
    inputs: Any = {"x": (1, 4, 8), **({"p": (1, 4, 2)} if past else {})}
    made = [node("CausalConvWithState", "x w - p" if past else "x w", "y q", activation="silu")]
    graph = costcalc.graph(written(network(made, [weight("w", 4, 1, 3)], inputs, "y q", opset=27), tmp_path))
    assert costs(graph) == (4 * 3, 8 * 4 * 3, "complete")
    assert [t.shape for t in graph.outputs] == [(1, 4, 8), (1, 4, 2)]


@pytest.mark.parametrize(
    ("heads", "macs", "status"), [(0, 0, "lower bound"), (-1, 0, "lower bound"), (2**40, 0, "lower bound"),
                                  (1, 5 * 2 * 8 * 8, "complete"), (2, 5 * 2 * 2 * 4 * 4, "complete")],
)  # fmt: skip
def test_one_whose_body_has_a_loop(heads: int, macs: int, status: str, tmp_path: Path) -> None:
    """Per token and head a product of key and value, and one of the query and the state; unknown if it cannot be."""
    inputs = dict.fromkeys("qkv", (1, 5, 8))
    made = [
        node("LinearAttention", "q k v", "h s", q_num_heads=heads, kv_num_heads=heads, update_rule="linear"),
        node("Relu", "h", "y"),
    ]
    told = [info("h", 1, 5, 8), info("s", 1, 2, 4, 4)]
    graph = costcalc.graph(written(network(made, [], inputs, opset=27, told=told), tmp_path))
    assert costs(graph) == (0, macs, status)


def test_attention_of_another_of_its_domains(tmp_path: Path) -> None:
    """2 heads, 5 queries, 7 keys of width 8: a product for the scores, and one with the values."""
    inputs: Any = {"q": (1, 2, 5, 8), "k": (1, 2, 7, 8), "v": (1, 2, 7, 8)}
    model = network([node("FlexAttention", "q k v", "y", domain="ai.onnx.preview")], [], inputs, opset=27)
    model.opset_import.append(helper.make_opsetid("ai.onnx.preview", 1))
    graph = costcalc.graph(written(model, tmp_path))
    assert costs(graph) == (0, 2 * (2 * 5 * 7 * 8), "complete")
    assert graph.outputs[0].shape == (1, 2, 5, 8)
