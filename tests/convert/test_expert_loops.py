"""Loops over experts: the total is known if it is the same whichever experts the tokens choose."""

from pathlib import Path
from typing import Any

import expert_loops as loops
import pytest
import torch
from small_modules import costs, module
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from costcalc.analysis.cost import Cost
from costcalc.convert.from_torch import from_torch
from costcalc.convert.sources import read
from costcalc.convert.torch_reader.assumptions import FOUND, ROUTED
from costcalc.measure.subject import Subject
from costcalc.measure.verify import verify
from costcalc.report.lower_bound import lower_bound
from costcalc.spec import Graph
from costcalc.spec.request import Request

TOKENS = 12
GATE, EXPERT = 8 * 4, 2 * 8 * 16


def read_at(loop: Any, k: int = 1, **how: Any) -> Graph:
    return from_torch(loops.Experts(loop, k, **how), (8,), batch=TOKENS)


@pytest.mark.parametrize(
    ("loop", "k"),
    [
        (loops.nonzero, 1),
        (loops.mask, 1),
        (loops.where, 1),
        (loops.where, 2),
        (loops.where, 3),
        (loops.hit, 1),
        (loops.hit, 2),
        (loops.sorted_rows, 2),
        (loops.sampled, 2),
    ],
)
def test_each_token_goes_to_k_experts(loop: Any, k: int) -> None:
    """The params are a gate, and four experts with 16 + 8 biases."""
    graph = read_at(loop, k)
    assert costs(graph) == (GATE + 4 * (EXPERT + 24), TOKENS * (GATE + k * EXPERT), "complete")
    assert graph.note == ROUTED
    model = loops.Experts(loop, k)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(torch.randn(TOKENS, 8))
    assert counter.get_total_flops() == 2 * Cost(graph).macs


@pytest.mark.parametrize("loop", [loops.at_most_three, loops.above, loops.attended])
def test_otherwise_it_is_a_lower_bound_that_names_the_experts(loop: Any) -> None:
    graph = read_at(loop)
    assert costs(graph)[1:] == (TOKENS * GATE, "lower bound")
    assert "linear, in experts.0.0, experts.0.2" in lower_bound(Cost(graph), "mult_adds")


def test_experts_of_different_sizes() -> None:
    graph = read_at(loops.nonzero, widths=(16, 8, 16, 16))
    assert costs(graph)[1:] == (TOKENS * GATE, "lower bound")


def test_a_choice_by_hashing_token_ids() -> None:
    """Each of 12 tokens, of 8 numbers, goes to one of two matrices of 8·8, by its id modulo 2."""

    def forward(self: Any, ids: torch.Tensor) -> Any:
        x, choice = self.table(ids), ids % 2
        return torch.cat([self.a(x[choice == 0]), self.b(x[choice == 1])])

    parts = {"a": nn.Linear(8, 8), "b": nn.Linear(8, 8)}
    graph = from_torch(module(forward, table=nn.Embedding(20, 8), **parts), torch.zeros(1, TOKENS, dtype=torch.int64))
    assert costs(graph)[1:] == (TOKENS * 64, "complete")


def test_tokens_of_switch_transformers() -> None:
    """An encoder of one layer at 12 tokens of 16 numbers: four projections of 16·16, two products of attention of
    12·16 per token, a router of 16·4 and one expert of 2·16·32. Of 4 tokens per expert at most, some may be dropped."""
    args = {
        "vocab_size": 100, "d_model": 16, "d_kv": 4, "num_heads": 4, "d_ff": 32, "num_layers": 1, "num_experts": 4,
        "num_sparse_encoder_layers": 1,
    }  # fmt: skip
    other = TOKENS * (4 * 256 + 2 * TOKENS * 16 + 64)
    model = Request("hf:SwitchTransformersEncoderModel", args=args, input=(TOKENS,))
    assert costs(read(model))[1:] == (other + TOKENS * 1024, "complete")
    model = Request("hf:SwitchTransformersEncoderModel", args={**args, "expert_capacity": 4}, input=(TOKENS,))
    assert costs(read(model))[1:] == (other, "lower bound")
    assert Cost(read(model)).unknown == ["encoder.block.0.layer.1.mlp.experts.nonzero"]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_tokens_of_mixtral(k: int) -> None:
    """One layer at 12 tokens of 16 numbers: q and o of 16·16, k and v of 16·8, two products of attention, a router of
    16·4, and k experts of 3·16·32."""
    args = {
        "vocab_size": 100, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4,
        "num_key_value_heads": 2, "num_local_experts": 4, "num_experts_per_tok": k, "experts_implementation": "eager",
    }  # fmt: skip
    graph = read(Request("hf:MixtralModel", args=args, input=(TOKENS,)))
    each = 2 * 256 + 2 * 128 + 2 * TOKENS * 16 + 64 + k * 3 * 512
    assert costs(graph)[1:] == (TOKENS * each, "complete")


def test_a_mask_that_drops_loops_of_a_graph() -> None:
    """As GCN: 100 nodes of 16 numbers to 4. The edges are only gathered, and summed."""

    def forward(self: Any, x: torch.Tensor, edges: torch.Tensor) -> Any:
        edges = edges[:, edges[0] != edges[1]]
        x = self.l(x)
        return torch.zeros_like(x).index_add(0, edges[1], x[edges[0]])

    model = module(forward, l=nn.Linear(16, 4))
    given = torch.zeros(100, 16), torch.zeros(2, 1000, dtype=torch.int64)
    graph = from_torch(model, given, batch=None)
    assert costs(graph)[1:] == (100 * 16 * 4, "complete")
    assert graph.note == FOUND.format("nonzero")


def test_a_product_per_edge_depends_on_the_mask() -> None:
    def forward(self: Any, x: torch.Tensor, edges: torch.Tensor) -> Any:
        edges = edges[:, edges[0] != edges[1]]
        return self.l(x[edges[0]])

    given = torch.zeros(100, 16), torch.zeros(2, 1000, dtype=torch.int64)
    graph = from_torch(module(forward, l=nn.Linear(16, 4)), given, batch=None)
    assert costs(graph)[1:] == (0, "lower bound")


def test_code_that_skips_layers_if_nothing_is_found_is_not_complete() -> None:
    def forward(self: Any, x: torch.Tensor) -> Any:
        return self.l(x) if len(x[x > 0]) else x

    assert costs(from_torch(module(forward, l=nn.Linear(16, 4)), (16,)))[1:] == (0, "lower bound")


def test_verify_holds_the_total_against_tools() -> None:
    """Modules get as many tokens as the values of the gate say, which no prediction knows."""
    request = Request(f"{Path(loops.__file__)}:example", input=(8,), batch=TOKENS)
    verdict = verify(Subject(read(request), request), tools=["flopcounter"])
    assert verdict.ok
    total = next(check for check in verdict.checks if check.tool == "flopcounter")
    assert (total.computed, total.reported) == (2 * TOKENS * (GATE + 2 * EXPERT),) * 2
