"""Fields of a Config: those that it declares, those that the model reads, and misspelled ones; arguments of forward."""

from typing import Any

import pytest
import torch
from command import printed, refused
from hf_models import GROUPED, IMAGES, SIZES, SMALL, counted, model, params

import costcalc
from costcalc import CostcalcError
from costcalc.measure.subject import Subject
from costcalc.openers import read
from costcalc.spec.request import Request

TEXT = {"input_ids": (10,)}


@pytest.mark.parametrize("family", ["Cohere", "Granite", "Olmo2", "Phi", "Qwen2", "Qwen3Moe", "Starcoder2"])
def test_a_field_that_the_model_reads(family: str) -> None:
    """These Configs do not declare `head_dim`; transformers' own model obeys it."""
    own = model(f"{family}ForCausalLM", "eager", **GROUPED, head_dim=32)
    cost = costcalc.cost(f"hf:{family}ForCausalLM", input=(10,), args={**GROUPED, "head_dim": 32})
    assert cost.params == params(own)
    assert cost.params > params(model(f"{family}ForCausalLM", **GROUPED))  # of heads of 64 / 4 = 16
    if family != "Qwen3Moe":  # FlopCounterMode's meta device does not run its experts
        assert cost.macs == counted(own, 1, **TEXT)


def test_a_field_that_only_the_forward_pass_reads() -> None:
    """Llama's cache keeps the last positions of a sliding window, one less than the window beside the new token."""
    cost = costcalc.cost("hf:LlamaForCausalLM", cache=20, args={**GROUPED, "sliding_window": 8})
    assert {t.shape[2] for t in cost.graph.inputs[1:]} == {7}


@pytest.mark.parametrize(("kind", "key", "near"), [
    ("Qwen3MoeForCausalLM", "head_dimm", "head_dim"),  # that which it does not declare
    ("Qwen2ForCausalLM", "head_dims", "head_dim"),
    ("LlamaForCausalLM", "num_hiden_layers", "num_hidden_layers"),
    ("GPTNeoXForCausalLM", "hiden_size", "hidden_size"),
    ("LlamaForCausalLM", "logit_to_keep", None),
    ("LlamaForCausalLM", "qqq", None),
])  # fmt: skip
def test_a_misspelled_field(kind: str, key: str, near: str | None) -> None:
    config = kind.removesuffix("ForCausalLM") + "Config"
    small = SIZES if kind.startswith("GPTNeoX") else GROUPED
    with pytest.raises(CostcalcError, match=f"^{config} has no field '{key}'") as error:
        costcalc.cost(f"hf:{kind}", input=(10,), args={**small, key: 1})
    assert near is None or f"did you mean {near}" in str(error.value)


@pytest.mark.parametrize(("inner", "line"), [
    ({"image_sise": 32}, "CLIPVisionConfig has no field 'image_sise'; did you mean image_size"),
    ({"hidden_size": 64, "num_head": 4}, "CLIPVisionConfig has no field 'num_head'"),
])  # fmt: skip
def test_a_misspelled_field_of_a_config_inside(inner: dict[str, Any], line: str) -> None:
    text = {**SIZES, "max_position_embeddings": 20}
    args = {"text_config": text, "vision_config": {**IMAGES, **inner}}
    with pytest.raises(CostcalcError, match=line):
        costcalc.cost("hf:CLIPModel", input={"input_ids": (10,), "pixel_values": (3, 32, 32)}, args=args)


def test_without_an_input_too() -> None:
    with pytest.raises(CostcalcError, match="LlamaConfig has no field 'hiden_size'; did you mean hidden_size"):
        costcalc.cost("hf:LlamaForCausalLM", args={**GROUPED, "hiden_size": 1})


def test_which_fields_are_given() -> None:
    small = [f"--arg={key}={value}" for key, value in GROUPED.items()]
    text = printed("table", "hf:LlamaForCausalLM", "--input", "10", *small, "--arg", "logits_to_keep=1")
    assert f"Fields of LlamaConfig that are given: {', '.join(GROUPED)}; all others have their defaults.\n" in text
    graph = costcalc.graph("hf:CLIPVisionModel", args=IMAGES)
    assert graph.note.startswith(f"Fields of CLIPVisionConfig that are given: {', '.join(IMAGES)}; all others")
    assert "All fields of ViTConfig have their defaults." in costcalc.graph("hf:ViTForImageClassification").note


# Arguments of the forward pass

LOGITS = SMALL.width * SMALL.vocabulary
"""Mult-adds of the logits of one position."""


@pytest.mark.parametrize("input", [(10,), [(10,)], {"input_ids": (10,)}])
def test_logits_of_the_last_position(input: Any) -> None:
    args = {**GROUPED, "logits_to_keep": 1}
    for dtype in (None, "int64"):
        cost = costcalc.cost("hf:LlamaForCausalLM", input=input, batch=3, args=args, dtype=dtype)
        assert cost.macs == SMALL.macs(3, 10) - 3 * 9 * LOGITS


def test_logits_of_the_last_position_in_decoding() -> None:
    args = {**GROUPED, "logits_to_keep": 1}
    cost = costcalc.cost("hf:LlamaForCausalLM", input=(4,), cache=20, args=args)
    assert cost.macs == SMALL.macs(1, 4, 20) - 3 * LOGITS


def test_a_field_comes_before_an_argument_of_the_same_name() -> None:
    """`use_cache` is both: without a cache the model takes none."""
    graph = costcalc.graph("hf:GPT2LMHeadModel", input=(4,), args={"n_layer": 1, "use_cache": False})
    assert graph.note == "Fields of GPT2Config that are given: n_layer, use_cache; all others have their defaults."


def test_the_real_model_gets_them_too() -> None:
    request = Request("hf:LlamaForCausalLM", input=(10,), args={**GROUPED, "logits_to_keep": 1})
    module, given = Subject(read(request), request).build("cpu")
    with torch.no_grad():
        assert module(*given).logits.shape == (1, 1, SMALL.vocabulary)


def test_a_tensor_given_as_a_number() -> None:
    line = refused(
        "table", "hf:BertModel", "--input", "10", "--arg", "num_hidden_layers=1", "--arg", "token_type_ids=3"
    )
    assert line.startswith("hf:BertModel")
