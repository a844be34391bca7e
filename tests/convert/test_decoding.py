"""One decoding step: closed forms, and torch's FlopCounterMode with a cache filled by hand."""

import inspect
from typing import Any

import pytest
import torch
from command import printed, refused
from hf_models import BOTH, GPT2, GROUPED, LLAMA_3_8B, SIZES, SMALL, TOKENS, WHISPER, counted, fields, model, params
from torch import nn
from transformers import DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput

import costcalc
from costcalc.convert.decoding import decoding_step
from costcalc.spec import CostcalcError, Graph

BOTH_WAYS = pytest.mark.parametrize("attention", ["eager", "sdpa"])


def filled(batch: int, heads: int, seen: int, head: int, layers: int = 2) -> DynamicCache:
    """A cache of keys and values of earlier positions."""
    cache = DynamicCache()
    for layer in range(layers):
        keys = torch.empty(batch, heads, seen, head, device="meta")
        cache.update(keys, torch.empty_like(keys), layer)
    return cache


def steps(module: nn.Module, cache: Any, batch: int, **inputs: Any) -> int:
    """A step's mult-adds, by FlopCounterMode."""
    name = "cache" if "cache" in inspect.signature(type(module).forward).parameters else "past_key_values"
    return counted(module, batch, **inputs, **{name: cache})


def shapes(graph: Graph) -> list[tuple[int, ...]]:
    return [t.shape for t in graph.inputs]


@BOTH_WAYS
def test_llama(attention: str) -> None:
    llama = model("LlamaForCausalLM", attention, **GROUPED)
    cost = costcalc.cost(llama, cache=9, batch=3)
    assert cost.macs == SMALL.macs(3, 1, seen=9) == steps(llama, filled(3, 2, 9, 16), 3, input_ids=(1,))
    assert (cost.params, cost.status, cost.tokens) == (SMALL.params, "complete", 3)
    assert shapes(cost.graph) == [(3, 1), *[(3, 2, 9, 16)] * 4]
    four = costcalc.cost(llama, input=(4,), cache=9, batch=3)  # a few at once, as in speculative decoding
    assert four.macs == SMALL.macs(3, 4, seen=9) == steps(llama, filled(3, 2, 9, 16), 3, input_ids=(4,))


def test_the_cache_is_read_and_what_is_made_is_not_seen_outside() -> None:
    """Each of its tensors goes into a concatenation; the module is left without a hook."""
    llama = model("LlamaForCausalLM", **GROUPED)
    graph = decoding_step(llama, 9)
    read = {t.index for node in graph.nodes if node.op == "concat" for t in node.inputs if t.node is None}
    assert read == {1, 2, 3, 4}
    assert not llama._forward_hooks
    cache = filled(1, 2, 9, 16)
    costcalc.graph(llama, input={"input_ids": (1,), "cache": cache})
    assert cache.get_seq_length() == 9


@BOTH_WAYS
def test_gpt2(attention: str) -> None:
    gpt2 = model("GPT2LMHeadModel", attention, **GPT2)
    cost = costcalc.cost(gpt2, cache=9, batch=3)
    layer = 64 * 3 * 64 + 64 * 64 + 2 * 64 * 4 * 64 + 2 * (9 + 1) * 64
    assert cost.macs == 3 * (2 * layer + 64 * 101) == steps(gpt2, filled(3, 4, 9, 16), 3, input_ids=(1,))
    assert (cost.params, cost.status) == (params(gpt2), "complete")


@BOTH_WAYS
def test_whisper(attention: str) -> None:
    """The encoder does not run again; keys and values of its 50 output positions are in the cache."""
    whisper = model("WhisperForConditionalGeneration", attention, **WHISPER)
    cost = costcalc.cost(whisper, cache=9, batch=3)
    layer = 4 * 64 * 64 + 2 * (9 + 1) * 64 + 2 * 64 * 64 + 2 * 50 * 64 + 2 * 64 * 96
    assert cost.macs == 3 * (2 * layer + 64 * 101)
    cache = EncoderDecoderCache(filled(3, 4, 9, 16), filled(3, 4, 50, 16))
    heard = BaseModelOutput(last_hidden_state=torch.empty(3, 50, 64, device="meta"))
    assert cost.macs == steps(whisper, cache, 3, decoder_input_ids=(1,), encoder_outputs=heard)
    assert shapes(cost.graph) == [(3, 1), *[(3, 4, 9, 16)] * 4, *[(3, 4, 50, 16)] * 4, (3, 50, 64)]
    assert (cost.params, cost.status) == (params(whisper), "complete")


@BOTH_WAYS
def test_an_encoder_of_tokens(attention: str) -> None:
    bart = model("BartForConditionalGeneration", attention, **BOTH)
    layer = 6 * 64 * 64 + 2 * 64 * 96 + 2 * (9 + 1) * 64 + 2 * 20 * 64
    assert costcalc.cost(bart, input=(20,), cache=9).macs == 2 * layer + 64 * 101


def test_a_sliding_window() -> None:
    """Mistral's layers keep window - 1 positions: 3 of 9."""
    mistral = model("MistralForCausalLM", **GROUPED, sliding_window=4)
    cost = costcalc.cost(mistral, cache=9)
    assert shapes(cost.graph) == [(1, 1), *[(1, 2, 3, 16)] * 4]
    assert cost.macs == SMALL.macs(1, 1, seen=3)


def test_a_state_in_the_place_of_a_cache() -> None:
    """Mamba keeps the last inputs of its convolution, and its state, whatever the number of tokens before."""
    mamba = model("MambaForCausalLM", "eager", hidden_size=64, num_hidden_layers=2, state_size=8, **TOKENS)
    few, many = costcalc.cost(mamba, cache=2), costcalc.cost(mamba, cache=20)
    assert shapes(few.graph) == shapes(many.graph) == [(1, 1), *[(1, 128, 4), (1, 128, 8)] * 2]
    assert few.macs == many.macs > 0


def test_from_the_command_line() -> None:
    """Llama 3 8B's, after 8,192 positions: 7,504,658,432 mult-adds of weights, and 32·32·8,193·128·2 of attention."""
    args = [word for key, value in fields(LLAMA_3_8B).items() for word in ("--arg", f"{key}={value}")]
    out = printed("table", "hf:LlamaForCausalLM", "--cache", "8192", *args)
    assert f"{LLAMA_3_8B.macs(1, 1, seen=8192):,}" in out
    assert LLAMA_3_8B.macs(1, 1, seen=8192) == 7_504_658_432 + 32 * 32 * 8193 * 128 * 2
    setting = " ".join(f"{key}={value}" for key, value in fields(LLAMA_3_8B).items())
    title = f"hf:LlamaForCausalLM {setting} cache=8192: input 1, 64 of 8x8192x128, batch 1, eval mode"
    assert out.startswith(f"{title}\n")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("hf:BertModel --cache 9", "hf:BertModel keeps no cache: only models that decode token by token do"),
        ("hf:ViTForImageClassification --cache 9", "hf:ViTForImageClassification keeps no cache"),
        (
            "hf:BartForConditionalGeneration --cache 9",
            "hf:BartForConditionalGeneration needs the size of its encoder's input",
        ),
        ("hf:GPT2LMHeadModel --cache 1024", "row 1,024 is looked up in an embedding of 1,024: the input is too long"),
        ("googlenet --cache 9", "cache=9 is for models of transformers, like hf:LlamaForCausalLM"),
        ("torchvision:alexnet --cache 9", "cache=9 is for models of transformers; torchvision:alexnet is not one"),
    ],
)
def test_what_does_not_decode_is_told_in_a_line(options: str, problem: str) -> None:
    assert refused("table", *options.split()).startswith(problem)


def test_no_positions_are_no_cache() -> None:
    with pytest.raises(CostcalcError, match="cache=0 must be a positive integer"):
        costcalc.graph(model("LlamaForCausalLM", **SIZES), cache=0)
