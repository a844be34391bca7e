"""Experts with a capacity: buffers of a fixed size are complete, and tokens that are dropped leave a lower bound."""

from typing import Any

import torch
from small_modules import costs, module
from torch import nn
from torch.nn.functional import one_hot

from costcalc.convert.from_torch import from_torch

TOKENS, WIDTH, EXPERTS, CAPACITY = 16, 8, 4, 6
GATE = TOKENS * WIDTH * EXPERTS


def parts() -> dict[str, nn.Module]:
    """Params: 8·4 of the gate, and 4 experts of 8·8."""
    experts = nn.ModuleList(nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(EXPERTS))
    return {"gate": nn.Linear(WIDTH, EXPERTS, bias=False), "experts": experts}


def test_buffers_of_a_fixed_size() -> None:
    """As Mesh TensorFlow: tokens x experts x capacity by tokens x width, the experts on whole buffers, and back."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        x = x.reshape(-1, WIDTH)
        chosen = one_hot(self.gate(x).argmax(-1), EXPERTS).float()
        place = (chosen.cumsum(0) * chosen).sum(-1).long() - 1
        sent = one_hot(place.clamp(0, CAPACITY - 1), CAPACITY) * (place < CAPACITY)[:, None]
        sent = chosen[:, :, None] * sent[:, None, :]
        rows = torch.einsum("tec,td->ecd", sent, x)
        made = torch.stack([expert(row) for expert, row in zip(self.experts, rows, strict=True)])
        return torch.einsum("tec,ecd->td", sent, made)

    rows = EXPERTS * CAPACITY
    macs = GATE + 2 * TOKENS * rows * WIDTH + rows * WIDTH * WIDTH
    assert costs(from_torch(module(forward, **parts()), (TOKENS, WIDTH))) == (32 + 256, macs, "complete")


def test_experts_that_choose_tokens() -> None:
    """Each expert takes the tokens of its highest gates, as many as its capacity."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        x = x.reshape(-1, WIDTH)
        gates, out = self.gate(x).softmax(-1), torch.zeros_like(x)
        for i, expert in enumerate(self.experts):
            weights, rows = gates[:, i].topk(CAPACITY)
            out.index_add_(0, rows, expert(x[rows]) * weights[:, None])
        return out

    macs = GATE + EXPERTS * CAPACITY * WIDTH * WIDTH
    assert costs(from_torch(module(forward, **parts()), (TOKENS, WIDTH))) == (32 + 256, macs, "complete")


def test_tokens_that_are_dropped() -> None:
    """Only the gate is certain. With room for all tokens, each goes to one expert: 8·8 each."""

    def reading(capacity: int) -> nn.Module:
        def forward(self: Any, x: torch.Tensor) -> Any:
            x = x.reshape(-1, WIDTH)
            choice, out = self.gate(x).argmax(-1), torch.zeros_like(x)
            for i, expert in enumerate(self.experts):
                rows = (choice == i).nonzero()[:capacity, 0]
                out[rows] = expert(x[rows])
            return out

        return module(forward, **parts())

    assert costs(from_torch(reading(CAPACITY), (TOKENS, WIDTH))) == (32 + 256, GATE, "lower bound")
    macs = GATE + TOKENS * WIDTH * WIDTH
    assert costs(from_torch(reading(TOKENS), (TOKENS, WIDTH))) == (32 + 256, macs, "complete")
