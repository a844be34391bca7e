"""The strides of operations that are not ops of their own: ptflops' aten backend counts a bias only if they are plain.

torch adds the bias of a linear layer within the product if the input is contiguous, and by itself otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from math import prod

import pytest
import torch
import torch.nn.functional as F
from small_modules import module
from torch import Tensor, nn

from costcalc.conventions import find
from costcalc.convert.data import from_data, to_data
from costcalc.convert.from_torch import from_torch
from costcalc.measure.worker import reports_for
from costcalc.spec import CostcalcError, Run

SHAPE = (2, 6, 8)


def swapped(x: Tensor) -> Tensor:
    return x.transpose(1, 2)


CASES: dict[str, Callable[[Tensor], Tensor]] = {
    "irfft": lambda x: torch.fft.irfft(torch.fft.rfft(x, dim=1), n=6, dim=1),
    "irfft of the last axis": lambda x: torch.fft.irfft(torch.fft.rfft(x)),
    "irfft, transposed": lambda x: swapped(torch.fft.irfft(torch.fft.rfft(x, dim=1), dim=1)),
    "irfft, reshaped": lambda x: torch.fft.irfft(torch.fft.rfft(x, dim=1), dim=1).reshape(2, 3, 2, 8),
    "irfft, viewed": lambda x: torch.fft.irfft(torch.fft.rfft(x)).view(2, 3, 2, 8),
    "irfft, then a sum": lambda x: torch.fft.irfft(torch.fft.rfft(x, dim=1), dim=1) + 1,
    "a sum, then irfft": lambda x: x + torch.fft.irfft(torch.fft.rfft(x, dim=1), dim=1),
    "irfft2": lambda x: torch.fft.irfft2(torch.fft.rfft2(x)),
    "ifft": lambda x: torch.fft.ifft(torch.fft.fft(x, dim=1), dim=1).real,
    "fft": lambda x: torch.fft.fft(torch.fft.fft(x), dim=1).real,
    "slice": lambda x: x[:, 1:],
    "steps": lambda x: x[:, ::2],
    "narrow": lambda x: x[..., :4],
    "unfold": lambda x: x.unfold(2, 3, 2),
    "expand": lambda x: x[:, None].expand(-1, 3, -1, -1),
    "unbind": lambda x: x.view(2, 6, 2, 4).unbind(2)[1],
    "movedim": lambda x: x.movedim(1, 0),
    "flip": lambda x: swapped(x).flip(1),
    "roll": lambda x: torch.roll(swapped(x), 1, 1),
    "where": lambda x: torch.where(swapped(x) > 0, swapped(x), 0.0),
    "clone": lambda x: swapped(x).clone(),
    "contiguous": lambda x: swapped(x).contiguous(),
    "sort": lambda x: swapped(x).sort(-1)[0],
    "cumsum": lambda x: swapped(x).cumsum(-1),
    "masked_fill": lambda x: swapped(x).masked_fill(swapped(x) > 0, 0.0),
    "pad": lambda x: F.pad(swapped(x), (0, 0, 1, 1)),
    "as_strided": lambda x: x.as_strided((2, 3, 4), (48, 8, 1)),
    "view_as_complex": lambda x: torch.view_as_complex(x.view(2, 6, 4, 2)).real,
}


@pytest.mark.parametrize("name", CASES)
def test_ptflops_aten(name: str) -> None:
    """4 output features: rows · width · 4 mult-adds, and rows · 4 for the bias if torch has the rows contiguous."""
    rows = CASES[name](torch.zeros(SHAPE))
    layer = nn.Linear(rows.shape[-1], 4)
    model = module(lambda self, x: self.layer(CASES[name](x)), layer=layer).eval()
    graph = from_data(json.loads(json.dumps(to_data(from_torch(model, SHAPE[1:], 2)))))
    predicted = find("ptflops_aten").total(Run(graph))
    positions = prod(rows.shape[:-1])
    assert predicted == positions * rows.shape[-1] * 4 + (positions * 4 if rows.is_contiguous() else 0)
    assert predicted == reports_for("ptflops_aten", model, (torch.zeros(SHAPE),))[0].total


@pytest.mark.parametrize("strides", [3, [3], [[1, 2]], [[1, 2, -1]], [[1, 2, 3], [1, 2, 3]]])
def test_strides_in_a_file(strides: object) -> None:
    data = to_data(from_torch(module(lambda self, x: x[:, 1:]), SHAPE[1:], 2))
    assert data["nodes"][0]["strides"] == [[48, 8, 1]]
    data["nodes"][0]["strides"] = strides
    with pytest.raises(CostcalcError):
        from_data(data)
