"""Active params: of a mixture of experts, those that one token uses."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import transformers
from torch import nn

import costcalc

IDS = {"input_ids": (8,)}
SMALL: dict[str, Any] = {"vocab_size": 50, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
                         "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8}  # fmt: skip
EXPERT = 3 * 16 * 32
"""Params of an expert with three layers."""


def active(model: nn.Module, input: Any) -> tuple[int, str]:
    """Params less active ones, and the status; rows by layer and by block add up to the total."""
    dtype = dict.fromkeys(input, "int64") if isinstance(input, dict) else None
    cost = costcalc.cost(model.eval(), input=input, batch=2, dtype=dtype, columns=["params", "active_params"])
    amount = cost["active_params"]
    for breakdown in (cost.by_layer(), cost.by_block()):
        assert sum(row["active_params"].number_or_0 for row in breakdown.rows) == amount.number
    return cost.params - amount.number, amount.status


def test_mixtral_8x7b() -> None:
    """Each of 32 layers has 8 experts of 3·4096·14336; a token uses 2, and all of the rest."""
    with torch.device("meta"):
        model = transformers.MixtralForCausalLM(transformers.MixtralConfig())
    assert active(model, IDS) == (32 * 6 * 3 * 4096 * 14336, "counted")
    assert 46_702_792_704 - 32 * 6 * 3 * 4096 * 14336 == 12_879_925_248


@pytest.mark.parametrize("way", ["eager", "batched_mm", "grouped_mm"])
def test_ways_of_running_the_same_experts(way: str) -> None:
    config = transformers.MixtralConfig(**SMALL, num_local_experts=4, num_experts_per_tok=1)
    config._experts_implementation = way
    assert active(transformers.MixtralForCausalLM(config), IDS) == (2 * 3 * EXPERT, "counted")


def test_other_mixtures_of_transformers() -> None:
    """Biased experts; groups of experts and shared ones; experts in modules, one of four per token in two layers."""
    oss = transformers.GptOssConfig(
        **SMALL, num_local_experts=4, num_experts_per_tok=2, layer_types=["full_attention"] * 2
    )
    assert active(transformers.GptOssForCausalLM(oss), IDS) == (2 * 2 * (EXPERT + 2 * 32 + 16), "counted")
    qwen = transformers.Qwen3MoeConfig(**SMALL, moe_intermediate_size=8, num_experts=8, num_experts_per_tok=2)
    assert active(transformers.Qwen3MoeForCausalLM(qwen), IDS) == (2 * 6 * 3 * 16 * 8, "counted")
    few = {key: value for key, value in SMALL.items() if key not in ("num_key_value_heads", "head_dim")}
    deepseek = transformers.DeepseekV3Config(
        **few, num_key_value_heads=2, moe_intermediate_size=8, n_routed_experts=8, num_experts_per_tok=3, n_group=2,
        topk_group=1, first_k_dense_replace=1, q_lora_rank=8, kv_lora_rank=8, qk_rope_head_dim=4, qk_nope_head_dim=4,
        v_head_dim=8,
    )  # fmt: skip
    assert active(transformers.DeepseekV3ForCausalLM(deepseek), IDS) == (5 * 3 * 16 * 8, "counted")
    switch = transformers.SwitchTransformersConfig(
        vocab_size=50, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_sparse_encoder_layers=1, num_decoder_layers=2,
        num_sparse_decoder_layers=1, num_heads=2, num_experts=4,
    )  # fmt: skip
    ids = {"input_ids": (8,), "decoder_input_ids": (8,)}
    assert active(transformers.SwitchTransformersModel(switch), ids) == (2 * 3 * 2 * 16 * 32, "counted")


class Mixture(nn.Module):
    """Experts of two layers; a token uses `chosen` of them, found in one of three ways."""

    def __init__(self, way: str, chosen: int = 2, experts: int = 5) -> None:
        super().__init__()
        self.way, self.chosen = way, chosen
        self.gate = nn.Linear(16, experts)
        self.experts = nn.ModuleList(nn.Sequential(nn.Linear(16, 32), nn.Linear(32, 16)) for _ in range(experts))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.reshape(-1, 16)
        weights, places = self.gate(x).softmax(-1).topk(self.chosen, -1)
        if self.way == "all run":
            made = torch.stack([expert(x) for expert in self.experts], 1)
            return (made.gather(1, places[..., None].expand(-1, -1, 16)) * weights[..., None]).sum(1)
        out = torch.zeros_like(x)
        for number, expert in enumerate(self.experts):
            if self.way == "rows":
                rows, columns = torch.where(places == number)
                out.index_add_(0, rows, expert(x[rows]) * weights[rows, columns, None])
            else:
                mask = (places == number).any(-1)
                out[mask] += expert(x[mask])
        return out


@pytest.mark.parametrize("way", ["all run", "rows", "mask"])
def test_experts_written_by_hand(way: str) -> None:
    """Two mixtures among other layers, of which a token uses 2 and 1 of 5."""
    model = nn.Sequential(nn.Linear(16, 16), Mixture(way), nn.Linear(16, 16), Mixture(way, 1), nn.Linear(16, 16))
    assert active(model, (8, 16)) == ((3 + 4) * (16 * 32 + 32 + 32 * 16 + 16), "counted")


class Stacked(nn.Module):
    """Matrices of 4 experts in one weight, and their biases in another; `choose` makes the numbers of those used."""

    def __init__(self, choose: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.choose, self.gate = choose, nn.Linear(16, 4)
        self.weight, self.bias = nn.Parameter(torch.zeros(4, 16, 8)), nn.Parameter(torch.zeros(4, 8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.reshape(-1, 16)
        places = self.choose(self.gate(x))
        return torch.bmm(x[:, None], self.weight[places])[:, 0] + self.bias[places]


def test_stacked_experts() -> None:
    """A token uses 1 of 4. Without a router the weight that parts are taken of is unknown: 4·16·8 are left out."""
    assert active(Stacked(lambda scores: scores.argmax(-1)), (8, 16)) == (3 * (16 * 8 + 8), "counted")
    assert active(Stacked(lambda scores: scores[:, 0].long()), (8, 16)) == (4 * 16 * 8, "lower bound")


class ExpertsChoose(nn.Module):
    """Each of 4 experts chooses 3 tokens, so that a token may be used by any number of them."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.weight = nn.Linear(16, 4), nn.Parameter(torch.zeros(4, 16, 16))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.reshape(-1, 16)
        weights, tokens = self.gate(x).T.softmax(-1).topk(3, -1)
        return x[tokens] @ self.weight * weights[..., None]


def test_experts_that_choose_tokens_are_unknown() -> None:
    """16 tokens, and 4: as many as experts."""
    assert active(ExpertsChoose(), (8, 16)) == (4 * 16 * 16, "lower bound")
    assert active(ExpertsChoose(), (2, 16)) == (4 * 16 * 16, "lower bound")


class Quantised(nn.Module):
    """Looks up the nearest of 4 codes, then runs 4 layers, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.codes = nn.Parameter(torch.zeros(4, 16))
        self.layers = nn.ModuleList(nn.Linear(16, 16) for _ in range(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.codes[torch.cdist(x, self.codes).argmin(-1)]
        x = self.codes[(x @ self.codes.T).argmax(-1)]
        for layer in self.layers:
            x = layer(x)
        return x.topk(2, -1).values


class Found(nn.Module):
    """A layer that runs on the rows found, without a router."""

    def __init__(self) -> None:
        super().__init__()
        self.all, self.few = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.few(self.all(x)[x.sum(-1) > 0])


def test_networks_without_experts() -> None:
    """A token uses all that runs; of layers that run on an unknown number of rows, an unknown number."""
    assert active(Quantised(), (8, 16)) == (0, "counted")
    assert active(Found(), (8, 4)) == (4 * 2 + 2, "lower bound")
    zoo = costcalc.cost("googlenet_aux", columns=["params", "active_params"])
    assert (zoo.params, zoo["active_params"].number) == (13_378_280, 6_998_552)
