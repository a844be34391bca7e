"""Memory of attention, by the CPU's kernel and by products. A peak that is not known is a lower bound."""

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch", reason="the extra torch is not installed")

import torch
import torch.nn.functional as F
from torch import nn

import costcalc
from costcalc.measure.memory import measured_peak, measured_saved

L, D = 16, 64
X = torch.Tensor
attend: Any = F.scaled_dot_product_attention


class Attention(nn.Module):
    """A projection, and attention of a function of it and of a learned bias."""

    def __init__(self, run: Callable[[X, X], X]) -> None:
        super().__init__()
        self.a, self.bias, self.run = nn.Linear(D, D), nn.Parameter(torch.zeros(L, L)), run

    def forward(self, x: X) -> X:
        y: X = self.run(self.a(x), self.bias)
        return y


def heads(y: X) -> X:
    """(N, L, D) -> (N, 4, L, D / 4), a view that a product has to copy."""
    return y.view(y.shape[0], L, 4, -1).transpose(1, 2)


KERNEL: dict[str, Callable[[X, X], X]] = {
    "plain": lambda y, b: attend(heads(y), heads(y), heads(y)),
    "contiguous": lambda y, b: attend(*[heads(y).contiguous()] * 3),
    "three axes": lambda y, b: attend(y, y, y),
    "grouped": lambda y, b: attend(heads(y), heads(y)[:, :2], heads(y)[:, :2], enable_gqa=True),
    "a mask": lambda y, b: attend(heads(y), heads(y), heads(y), attn_mask=torch.ones(L, L).tril().bool()),
    "causal": lambda y, b: attend(heads(y), heads(y), heads(y), is_causal=True),
    "float64": lambda y, b: attend(heads(y.double()), heads(y.double()), heads(y.double())),
}
TRAINED_MASK: dict[str, Callable[[X, X], X]] = {  # by products if autograd is on
    "mask of the input": lambda y, b: attend(heads(y), heads(y), heads(y), attn_mask=(y @ y.transpose(1, 2))[:, None]),
    "bias and mask": lambda y, b: attend(heads(y), heads(y), heads(y), attn_mask=b + torch.ones(L, L).tril()),
}
PRODUCTS: dict[str, Callable[[X, X], X]] = {
    "bias": lambda y, b: attend(heads(y), heads(y), heads(y), attn_mask=b),
    "bias, contiguous": lambda y, b: attend(*[heads(y).contiguous()] * 3, attn_mask=b),
    "expanded bias": lambda y, b: attend(heads(y), heads(y), heads(y), attn_mask=b.expand(y.shape[0], 4, L, L)),
    "bias, three axes": lambda y, b: attend(y, y, y, attn_mask=b),
    "narrow values": lambda y, b: attend(heads(y), heads(y), heads(y)[..., :8]),
    "wide values": lambda y, b: attend(heads(y), heads(y), torch.cat((heads(y), heads(y)), -1)),
    "five axes": lambda y, b: attend(*[heads(y)[None]] * 3),
    "dropout": lambda y, b: attend(heads(y), heads(y), heads(y), dropout_p=0.1),
    "bias and dropout": lambda y, b: attend(heads(y), heads(y), heads(y), attn_mask=b, dropout_p=0.1),
    "detached": lambda y, b: attend(heads(y), heads(y.detach()), heads(y.detach()), attn_mask=b),
}


@pytest.mark.parametrize("name", [*KERNEL, *TRAINED_MASK, *PRODUCTS])
def test_as_torch_holds_it(name: str) -> None:
    run = {**KERNEL, **TRAINED_MASK, **PRODUCTS}[name]
    model, x = Attention(run).train(), torch.randn(2, L, D)
    cost = costcalc.cost(Attention(run), input=(L, D), batch=2, mode="train")
    assert cost["saved_for_backward"].status == "counted"
    assert cost["saved_for_backward"].number == measured_saved(model, (x,))
    peak, real = cost["peak_memory"], measured_peak(model, (x,))[0]
    if name in PRODUCTS:
        assert peak.status == "lower bound"
        assert peak.number < real
    else:
        assert peak.status == "counted"
        assert peak.number == real
