"""Mixtures of experts as people write their loops: each token goes to `k` of four experts, by the values of a gate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import one_hot

EXPERTS = 4


class Experts(nn.Module):
    """A gate of 8·4, and experts of 8·width + width·8, whose outputs are summed by a loop."""

    def __init__(self, loop: Callable[..., Any], k: int, widths: Sequence[int] = (16,) * EXPERTS) -> None:
        super().__init__()
        self.loop, self.k = loop, k
        self.gate = nn.Linear(8, EXPERTS, bias=False)
        self.experts = nn.ModuleList(nn.Sequential(nn.Linear(8, n), nn.ReLU(), nn.Linear(n, 8)) for n in widths)

    def forward(self, x: torch.Tensor) -> Any:
        return self.loop(self, x)


def nonzero(self: Any, x: torch.Tensor) -> Any:
    choice, out = self.gate(x).argmax(-1), torch.zeros_like(x)
    for i, expert in enumerate(self.experts):
        rows = (choice == i).nonzero(as_tuple=True)[0]
        out[rows] = expert(x[rows])
    return out


def mask(self: Any, x: torch.Tensor) -> Any:
    choice, out = self.gate(x).max(-1)[1], torch.zeros_like(x)
    for i, expert in enumerate(self.experts):
        if (choice == i).any():
            out[choice == i] = expert(x[choice == i])
    return out


def where(self: Any, x: torch.Tensor) -> Any:
    weights, choice = self.gate(x).softmax(-1).topk(self.k)
    out = torch.zeros_like(x)
    for i, expert in enumerate(self.experts):
        row, place = torch.where(choice == i)
        if row.numel():
            out.index_add_(0, row, expert(x[row]) * weights[row, place, None])
    return out


def hit(self: Any, x: torch.Tensor) -> Any:
    """As Mixtral's."""
    weights, choice = self.gate(x).softmax(-1).topk(self.k)
    out, chosen = torch.zeros_like(x), one_hot(choice, EXPERTS).permute(2, 1, 0)
    for i in torch.greater(chosen.sum(dim=(-1, -2)), 0).nonzero():
        place, row = torch.where(chosen[i].squeeze(0))
        out.index_add_(0, row, self.experts[i](x[None, row].reshape(-1, 8)) * weights[row, place, None])
    return out


def sorted_rows(self: Any, x: torch.Tensor) -> Any:
    """As DeepSeek's: the rows of an expert after those of another."""
    weights, choice = self.gate(x).softmax(-1).sort(descending=True)
    weights, choice = weights[:, : self.k], choice[:, : self.k]
    order = choice.reshape(-1).argsort()
    sizes = torch.bincount(choice.reshape(-1), minlength=EXPERTS).tolist()
    parts = x[order // self.k].split(sizes)
    made = torch.cat([expert(part) for expert, part in zip(self.experts, parts, strict=True)])
    out = torch.empty_like(made)
    out[order] = made
    return (out.view(*choice.shape, -1) * weights.unsqueeze(-1)).sum(1)


def sampled(self: Any, x: torch.Tensor) -> Any:
    choice, out = self.gate(x).softmax(-1).multinomial(self.k), torch.zeros_like(x)
    for i, expert in enumerate(self.experts):
        row = (choice == i).nonzero()[:, 0]
        out.index_add_(0, row, expert(x[row]))
    return out


def at_most_three(self: Any, x: torch.Tensor) -> Any:
    """Tokens beyond the third of an expert are dropped: how many there are depends on values."""
    choice, out = self.gate(x).argmax(-1), torch.zeros_like(x)
    for i, expert in enumerate(self.experts):
        rows = (choice == i).nonzero(as_tuple=True)[0][:3]
        out[rows] = expert(x[rows])
    return out


def above(self: Any, x: torch.Tensor) -> Any:
    """Every expert whose gate is open."""
    gates, out = self.gate(x).sigmoid(), torch.zeros_like(x)
    for i, expert in enumerate(self.experts):
        rows = (gates[:, i] > 0.5).nonzero(as_tuple=True)[0]
        out[rows] = expert(x[rows])
    return out


def attended(self: Any, x: torch.Tensor) -> Any:
    """The tokens of an expert attend to each other: n² of them, so that it counts how they are spread."""
    choice, out = self.gate(x).argmax(-1), torch.zeros_like(x)
    for i, expert in enumerate(self.experts):
        rows = (choice == i).nonzero(as_tuple=True)[0]
        out[rows] = (x[rows] @ x[rows].mT).softmax(-1) @ expert(x[rows])
    return out


def example() -> nn.Module:
    return Experts(where, 2)
