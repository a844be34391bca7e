"""Inputs that are given by name keep it, in every reader; a KV cache says what it is."""

from typing import Any

import pytest
import torch
from command import printed, refused

import costcalc
from costcalc.convert.data import from_data, to_data

pytest.importorskip("transformers")

from hf_models import BOTH, GROUPED, SMALL


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = torch.nn.Linear(4, 8), torch.nn.Linear(2, 8)

    def forward(self, image: torch.Tensor, meta: Any) -> torch.Tensor:
        meta = meta if isinstance(meta, list) else [meta]
        return self.first(image) + sum(self.second(each) for each in meta)


@pytest.mark.parametrize(("given", "names"), [
    ({"image": (4,), "meta": (2,)}, ["image", "meta"]),
    ({"meta": (2,), "image": (4,)}, ["meta", "image"]),
    ({"image": (4,), "meta": [(2,), (2,)]}, ["image", "meta.0", "meta.1"]),
    ([(4,), (2,)], ["input", "input_2"]),
])  # fmt: skip
def test_a_torch_module(given: Any, names: list[str]) -> None:
    graph = costcalc.graph(Net(), given)
    assert [t.name for t in graph.inputs] == names
    again = from_data(to_data(graph))
    assert [t.name for t in again.inputs] == names
    inputs = {row.node.name: row.inputs for row in costcalc.cost(graph).by_layer().rows}
    assert inputs["second"] == ((names[1],) if names[0] != "meta" else ("meta",))


def test_an_onnx_file(tmp_path: Any) -> None:
    pytest.importorskip("onnx")
    from onnx import TensorProto, helper, save

    def value(name: str) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 3])

    added = helper.make_node("Add", ["image", "meta"], ["y"])
    graph = helper.make_graph([added], "g", [value("image"), value("meta")], [value("y")])
    save(helper.make_model(graph), tmp_path / "net.onnx")
    read = costcalc.graph(tmp_path / "net.onnx", batch=2)
    assert [t.name for t in read.nodes[0].inputs] == ["image", "meta"]


def test_a_file_with_a_name_that_is_not_one(tmp_path: Any) -> None:
    data = to_data(costcalc.graph("lenet5"))
    data["inputs"][0]["name"] = 3
    with pytest.raises(costcalc.CostcalcError, match="the name of an input must be a text"):
        from_data(data)


SMALL_ARGS = [f"--arg={key}={value}" for key, value in GROUPED.items()]


def test_a_kv_cache() -> None:
    """Keys and values of 2 layers: 2·2 tensors of 3 sequences, 2 heads, 20 positions and 16 channels."""
    text = printed("table", "hf:LlamaForCausalLM", "--cache", "20", "--batch", "3", *SMALL_ARGS, "--depth", "layer")
    elements = SMALL.layers * 2 * 3 * SMALL.kv_heads * 20 * SMALL.head
    line = f"2 layers, 4 inputs, {4 * elements:,} bytes in float32, {2 * elements:,} in bfloat16.\n"
    assert f"KV cache (cache): {line}" in text or f"KV cache (past_key_values): {line}" in text
    graph = costcalc.graph("hf:LlamaForCausalLM", cache=20, args=GROUPED)
    assert [t.name.partition(".")[2] for t in graph.inputs] == ["", "0", "1", "2", "3"]
    assert graph.inputs[0].name == "input_ids"


def test_the_cache_of_an_encoder_and_a_decoder() -> None:
    """Two layers, each with its own keys and values, of 20 positions, and with the encoder's, of 10."""
    note = costcalc.graph("hf:BartForConditionalGeneration", input=(10,), cache=20, args=BOTH).note
    elements = 2 * 2 * 4 * 16 * (20 + 10)
    assert f"2 layers, 8 inputs, {4 * elements:,} bytes in float32, {2 * elements:,} in bfloat16." in note


def test_a_recurrent_state_is_not_a_kv_cache() -> None:
    args = {"hidden_size": 64, "num_hidden_layers": 2, "state_size": 8, "vocab_size": 101}
    note = costcalc.graph("hf:MambaForCausalLM", cache=20, args=args).note
    assert note.startswith("Cache and recurrent state (")


def test_explain_says_which_input() -> None:
    layer = next(
        node.name
        for node in costcalc.graph("hf:LlamaForCausalLM", cache=20, args=GROUPED).nodes
        if any(t.node is None and "." in t.name for t in node.inputs)
    )
    text = printed("explain", "hf:LlamaForCausalLM", layer, "--cache", "20", *SMALL_ARGS, "--convention", "fvcore")
    assert ".0 (2x20x16)" in text
    assert refused("explain", "lenet5", "zzz").startswith("lenet5 has no layer")
