"""Recurrent layers and attention as people use them: see users_models.py."""

from __future__ import annotations

import math
from typing import Any, cast

import torch
import torch.nn.functional as F
from small_modules import module
from timm.models.vision_transformer import Attention
from torch import nn
from users_models import IMAGE, IMAGES, SEQUENCE, SEQUENCES, VECTOR, VECTORS, weight

KINDS: tuple[Any, ...] = (nn.LSTM, nn.GRU, nn.RNN)
CELLS: tuple[Any, ...] = (nn.LSTMCell, nn.GRUCell, nn.RNNCell)
WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"batch_first": True, "bias": False},
    {"batch_first": True, "bidirectional": True, "num_layers": 2},
    {"num_layers": 3, "bias": False},
    {"batch_first": True, "num_layers": 2, "dropout": 0.5},
    {"bidirectional": True},
)
PROJECTIONS: tuple[dict[str, Any], ...] = (
    {"proj_size": 2},
    {"proj_size": 2, "batch_first": True, "num_layers": 2, "bidirectional": True},
    {"proj_size": 3, "bias": False, "num_layers": 2},
)


def recurrent(kind: Any, **settings: Any) -> nn.Module:
    return module(lambda self, x: self.r(x)[0], r=kind(8, 4, **settings))


def step(self: Any, x: Any, state: Any = None) -> Any:
    """The output of a cell."""
    made = self.r(x) if state is None else self.r(x, state)
    return made[0] if isinstance(made, tuple) else made


def loop(self: Any, x: Any) -> Any:
    """A cell over a sequence, by hand."""
    state = None
    for i in range(x.shape[1]):
        state = self.r(x[:, i], state)
    return state[0] if isinstance(state, tuple) else state


def attention(forward: Any, *args: int, **settings: Any) -> nn.Module:
    """A function of a MultiheadAttention and the input."""
    part = nn.MultiheadAttention(*(args or (8, 2)), **{"batch_first": True, **settings})
    return module(lambda self, x: forward(self.a, x)[0], a=part)


def own_attention(self: Any, x: Any) -> Any:
    """As nanoGPT has it: projections together, heads apart, a mask."""
    n, length, d = x.shape
    q, k, v = (y.view(n, length, 2, d // 2).transpose(1, 2) for y in self.qkv(x).split(d, dim=2))
    scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
    scores = scores.masked_fill(torch.tril(torch.ones(length, length)) == 0, float("-inf"))
    return self.out((F.softmax(scores, dim=-1) @ v).transpose(1, 2).contiguous().view(n, length, d))


def masked(self: Any, x: Any) -> Any:
    """Attention of two heads with a table of positions, as the mask."""
    q, k = (y.view(len(x), 5, 2, 4).transpose(1, 2) for y in (self.l(x), x))
    return F.scaled_dot_product_attention(q, k, k, attn_mask=self.m)


def by_hand(attention: Any) -> nn.Module:
    """timm's, without the fused kernel."""
    attention.fused_attn = False
    return cast("nn.Module", attention)


def grouped(self: Any, x: Any) -> Any:
    """Fewer heads of keys and values than of queries."""
    q = self.q(x).view(len(x), 5, 4, 2).transpose(1, 2)
    k, v = (y.view(len(x), 5, 2, 2).transpose(1, 2) for y in self.kv(x).chunk(2, -1))
    return F.scaled_dot_product_attention(q, k, v, enable_gqa=True)


LAYER: Any = nn.TransformerEncoderLayer
WIDE: dict[str, Any] = {"d_model": 8, "nhead": 2, "dim_feedforward": 16, "batch_first": True}

RECURRENT = {
    **{f"{kind.__name__} {settings}": recurrent(kind, **settings) for kind in KINDS for settings in WAYS},
    **{f"LSTM {settings}": recurrent(nn.LSTM, **settings) for settings in PROJECTIONS},
    **{f"{kind.__name__} in a loop": module(loop, r=kind(8, 4)) for kind in CELLS},
    **{f"{kind.__name__} once": module(lambda self, x: step(self, x[:, 0]), r=kind(8, 4, False)) for kind in CELLS},
    "RNN with relu": recurrent(nn.RNN, nonlinearity="relu"),
    "GRU, positions first": module(lambda self, x: self.r(x.transpose(0, 1))[0], r=nn.GRU(8, 4)),
    "the last state": module(
        lambda self, x: self.h(self.r(x)[1][0][-1]), r=nn.LSTM(8, 4, batch_first=True), h=nn.Linear(4, 3)
    ),
    "GRU alone": nn.GRU(8, 4),
}

ATTENTION = {
    "F.scaled_dot_product_attention": module(
        lambda self, x: F.scaled_dot_product_attention(self.l(x), x, x), l=nn.Linear(8, 8)
    ),
    "a learned mask": module(masked, l=nn.Linear(8, 8), m=weight(1, 1, 5, 5)),
    "a mask of fewer axes": module(masked, l=nn.Linear(8, 8), m=weight(2, 5, 5)),
    "timm's Attention": module(lambda self, x: self.a(x), a=Attention(8, 2)),
    "timm's Attention by hand": module(lambda self, x: self.a(x), a=by_hand(Attention(8, 2))),
    "own attention": module(own_attention, qkv=nn.Linear(8, 24), out=nn.Linear(8, 8)),
    "grouped": module(grouped, q=nn.Linear(8, 8), kv=nn.Linear(8, 8)),
    "MultiheadAttention": attention(lambda a, x: a(x, x, x)),
    "without weights": attention(lambda a, x: a(x, x, x, need_weights=False)),
    "positions first": attention(lambda a, x: a(x, x, x), batch_first=False),
    "with a mask": attention(lambda a, x: a(x, x, x, attn_mask=torch.zeros(5, 5))),
    "an odd number of heads": attention(lambda a, x: a(x, x, x), 8, 1),
    "across": attention(lambda a, x: a(x[:, :3], x, x)),
    "across, without weights": attention(lambda a, x: a(x[:, :3], x, x, need_weights=False)),
    "keys of another width": module(
        lambda self, x: self.a(x, self.k(x), self.k(x))[0],
        a=nn.MultiheadAttention(8, 2, kdim=6, vdim=6, batch_first=True),
        k=nn.Linear(8, 6),
    ),
    "TransformerEncoderLayer": module(lambda self, x: self.t(x), t=LAYER(**WIDE)),
    "TransformerEncoderLayer with a mask": module(lambda self, x: self.t(x, torch.zeros(5, 5)), t=LAYER(**WIDE)),
    "TransformerEncoderLayer with tanh": module(lambda self, x: self.t(x), t=LAYER(**WIDE, activation=torch.tanh)),
    "TransformerEncoder": module(
        lambda self, x: self.t(x), t=nn.TransformerEncoder(LAYER(**WIDE, activation="gelu"), 2)
    ),
    "TransformerDecoderLayer": module(lambda self, x: self.t(x, x[:, :3]), t=nn.TransformerDecoderLayer(**WIDE)),
    "a class token": module(
        lambda self, x: torch.cat([self.c.expand(len(x), -1, -1), self.l(x)], 1), c=weight(1, 1, 8), l=nn.Linear(8, 8)
    ),
}

TABLES: dict[str, tuple[tuple[int, ...], dict[str, nn.Module]]] = {
    "vectors": (VECTOR, VECTORS),
    "sequences": (SEQUENCE, SEQUENCES),
    "images": (IMAGE, IMAGES),
    "recurrent": (SEQUENCE, RECURRENT),
    "attention": (SEQUENCE, ATTENTION),
}
