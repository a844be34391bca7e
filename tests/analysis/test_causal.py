"""Causal attention by half: L(L+1)/2 of L·L pairs, of each call that is known to be causal."""

from typing import Any, Literal

import pytest
from command import printed, refused

import costcalc
from costcalc import CostcalcError
from costcalc.convert.data import from_data, to_data
from costcalc.spec.ops.attention import scaled_dot_product_attention

pytest.importorskip("transformers")

from hf_models import BOTH, GROUPED, SIZES, SMALL

PAIR = 2 * SMALL.layers * SMALL.heads * SMALL.head
"""Mult-adds of one pair of a query and a key, in all heads and layers: a product with the key, one with the value."""


def saved(kind: str, args: dict[str, Any], **given: Any) -> int:
    """Mult-adds that count in full and not by half; params and all else are equal."""
    full, half = (costcalc.cost(f"hf:{kind}", args=args, causal=how, **given) for how in ways())
    assert full.params == half.params
    assert full.activations == half.activations
    return full.macs - half.macs


def ways() -> tuple[Literal["full"], Literal["half"]]:
    return "full", "half"


@pytest.mark.parametrize("length", [1, 2, 16, 17, 1500])
@pytest.mark.parametrize(("kind", "more"), [
    ("LlamaForCausalLM", {}),  # is_causal
    ("MistralForCausalLM", {"sliding_window": 8}),  # a mask, in a module that is causal
])  # fmt: skip
def test_prefill(kind: str, more: dict[str, Any], length: int) -> None:
    batch = 3
    masked = length * length - length * (length + 1) // 2
    assert saved(kind, {**GROUPED, **more}, input=(length,), batch=batch) == batch * PAIR * masked


@pytest.mark.parametrize("tokens", [1, 4])
def test_decoding(tokens: int) -> None:
    """New tokens see the whole cache; of each other, those before."""
    masked = tokens * tokens - tokens * (tokens + 1) // 2
    assert saved("LlamaForCausalLM", GROUPED, input=(tokens,), cache=20) == PAIR * masked


def test_decoding_in_a_sliding_window() -> None:
    """The mask of one token has one row: heads that share keys are folded into the axis of the queries."""
    args = {**GROUPED, "sliding_window": 8}
    assert saved("MistralForCausalLM", args, cache=20, batch=2) == 0
    assert saved("MistralForCausalLM", args, cache=20, input=(3,)) == PAIR * 3


def test_an_encoder_and_a_decoder() -> None:
    """Bart: of 2 layers with 4 heads of 16 the decoder's own attention is causal; to the encoder's output it is not."""
    inputs = {"input_ids": (10,), "decoder_input_ids": (7,)}
    given = saved("BartForConditionalGeneration", BOTH, input=inputs)
    assert given == 2 * 2 * 4 * 16 * (49 - 28)
    assert saved("BertModel", SIZES, input=(10,)) == 0


@pytest.mark.parametrize(("queries", "keys", "kept"), [
    (1, 1, 1), (3, 3, 6), (3, 5, 6), (5, 3, 12),  # torch's is_causal: query i sees keys 0 to i; 1 + 2 + 3 + 3 + 3
])  # fmt: skip
def test_a_network_of_ones_own(queries: int, keys: int, kept: int) -> None:
    def net(q: Any, k: Any, v: Any) -> Any:
        return scaled_dot_product_attention(q, k, v, name="attention", causal=True)

    graph = costcalc.trace(net, (2, 4, queries, 8), (2, 4, keys, 8), (2, 4, keys, 6))
    full, half = costcalc.cost(graph), costcalc.cost(graph, causal="half")
    assert full.macs == 2 * 4 * queries * keys * (8 + 6)
    assert half.macs == half.by_layer().rows[0].macs == 2 * 4 * kept * (8 + 6)
    tool = costcalc.cost(graph, causal="half", conventions=["flopcounter"])
    assert tool.counts == {"flopcounter": 2 * full.macs}  # tools count all products


def test_symbols() -> None:
    length = pytest.importorskip("sympy").Symbol("L", integer=True, positive=True)

    def net(q: Any, k: Any, v: Any) -> Any:
        return scaled_dot_product_attention(q, k, v, name="attention", causal=True)

    half = costcalc.cost(costcalc.trace(net, *[(1, 2, length, 8)] * 3), causal="half")
    assert [half.macs.subs(length, n) for n in (4, 5)] == [2 * 10 * 16, 2 * 15 * 16]


def test_a_file_keeps_which_masks_are_causal() -> None:
    args = {**GROUPED, "sliding_window": 8}
    graph = costcalc.graph("hf:MistralForCausalLM", input=(16,), args=args)
    again = from_data(to_data(graph))
    assert (
        costcalc.cost(again, causal="half").macs == costcalc.cost(graph, causal="half").macs < costcalc.cost(graph).macs
    )


SMALL_ARGS = [f"--arg={key}={value}" for key, value in GROUPED.items()]


def test_the_notes() -> None:
    full, kept = PAIR * 16 * 16, PAIR * 16 * 17 // 2
    command = ["hf:LlamaForCausalLM", "--input", "16", *SMALL_ARGS]
    text = printed("table", *command)
    assert f"Masked products are included: {full:,} mult-adds of causal attention, {kept:,} without them" in text
    text = printed("table", *command, "--causal", "half")
    assert f"{kept:,} mult-adds, L(L+1)/2 of L·L pairs; all products are {full:,}.\n" in text
    assert "causal=half: input 16" in text.splitlines()[0]
    layer = "model.layers.0.self_attn.scaled_dot_product_attention"
    text = printed("explain", *command[:1], layer, *command[1:], "--causal", "half", "--convention", "fvcore")
    assert "4·136·16 + 4·136·16" in text  # 16·17/2 = 136
    assert "the products that the causal mask keeps" in text


def test_where_there_is_nothing_to_halve() -> None:
    assert "none of its attention is known to be causal" in printed("table", "lenet5", "--causal", "half")
    assert "Masked" not in printed("table", "lenet5")


@pytest.mark.parametrize("command", ["reconcile", "export", "verify"])
def test_commands_that_count_all_products(command: str) -> None:
    assert refused(command, "lenet5", "--causal", "half") == "--causal half is for table, compare and explain"


def test_what_is_refused() -> None:
    with pytest.raises(CostcalcError, match="causal='quarter' must be 'full' or 'half'"):
        costcalc.cost("lenet5", causal="quarter")  # type: ignore[arg-type]
    line = refused("table", "lenet5", "--causal", "half", "--columns", "params")
    assert line == "causal='half' is a way to count mult_adds, which are not among the columns"
