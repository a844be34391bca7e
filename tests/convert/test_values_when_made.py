"""Models by name whose constructor or forward pass needs values, which the meta device does not have."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import costcalc
from costcalc.convert.from_torch import on_meta
from costcalc.spec import CostcalcError

FILE = '''
import math
import torch
from torch import nn

class Layer(nn.Module):
    """Linear(4, 4): 16 mult-adds per call."""

    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)
        self.made()

    def made(self):
        pass

    def forward(self, x):
        return self.l(x)

class Sliced(Layer):  # (4, 4) -> the first 3 rows: 48
    def made(self):
        self.register_buffer("stride", torch.tensor(2))

    def forward(self, x):
        return self.l(x[:, : int(self.stride) + 1])

class Computed(Layer):  # [0, 2, 7], then [7, 2, 7]: 7 + 2 calls of 16, on a row of 4 each
    def made(self):
        self.register_buffer("k", torch.arange(3, device=None) * 2)
        self.k[-1:] += 3
        self.k.data[0].copy_(self.k[2])
        self.register_buffer("filled", torch.empty(2))
        nn.init.constant_(self.filled, 1.0)

    def forward(self, x):
        for _ in range(self.k[:2].sum().item()):
            x = self.l(x)
        return x * self.filled.tolist()[1]

class Asked(Layer):  # 3 layers, of which the last does not run
    def made(self):
        self.rates = [rate.item() for rate in torch.linspace(0, 1, 3)]
        self.more = nn.ModuleList(nn.Linear(4, 4) for _ in torch.ones(2).numpy())
        self.register_buffer("on", torch.tensor([self.rates[1] > 0, False]))

    def forward(self, x):
        for part, on in zip(self.more, self.on):
            x = part(x) if on else x
        return self.l(x)

class Moved(Layer):
    def made(self):
        self.to("cpu")

class Read(Layer):
    def made(self):
        self.mean = self.l.weight.mean().item()
        self.first = self.l.weight.detach().numpy()[0]

class Passed(Layer):  # 3 rows of 4 by 4, of which every second is taken: 2 calls of 16
    def made(self):
        self.stride = torch.tensor([8 / self.l(torch.zeros(1, n)).shape[-1] for n in (4,)])

    def forward(self, x):
        return self.l(x[:, :: int(self.stride[0])])

class PassedOnTheCPU(Layer):
    def made(self):
        self.seen = float(self.l(torch.zeros(1, 4, device="cpu")).detach().sum())

class Drawn(Layer):  # all but the row 0 of 4: 48
    def made(self):
        self.register_buffer("order", torch.randperm(4))

    def forward(self, x):
        return self.l(x[:, : int(self.order.max())])

class Scaled(Layer):
    def made(self):
        self.scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, x):
        return self.l(x) * float(self.scale)

class Learned(Layer):  # 4 rows; the parameter is a factor of a product, whatever its first values: 64 more
    def made(self):
        self.w = nn.Parameter(torch.ones(5, 4))

    def forward(self, x):
        return self.l(x) @ self.w[1:].exp()

class Vain(Layer):
    def forward(self, x):
        return self.l(x)[:, : int(x.sum())]
'''

CASES: list[tuple[str, tuple[int, ...], int, bool]] = [
    ("Sliced", (4, 4), 3 * 16, False),
    ("Computed", (4,), (7 + 2) * 16, False),
    ("Asked", (4,), 2 * 16, False),
    ("Moved", (4,), 16, False),
    ("Read", (4,), 16, False),
    ("Passed", (3, 4), 2 * 16, False),
    ("PassedOnTheCPU", (4,), 16, False),
    ("Drawn", (4, 4), 3 * 16, True),
    ("Scaled", (4,), 16, True),
    ("Learned", (4, 4), 4 * 16 + 4 * 16, False),
]
"""Class, input, mult-adds, and whether it is made once more on the CPU."""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "values.py"
    path.write_text(FILE)
    return str(path)


@pytest.mark.parametrize(("name", "input", "macs", "noted"), CASES)
def test_by_name(file: str, name: str, input: Any, macs: int, noted: bool) -> None:
    cost = costcalc.cost(f"{file}:{name}", input=input)
    assert (cost.macs, cost.status) == (macs, "complete")
    assert ("depends on values" in cost.graph.note) == noted


def test_values_of_inputs_are_never_known(file: str) -> None:
    """The message names the module, and the line of its code."""
    line = FILE.splitlines().index("        return self.l(x)[:, : int(x.sum())]") + 1
    with pytest.raises(CostcalcError, match=rf"depends on its tensors' values.*values\.py, line {line}"):
        costcalc.cost(f"{file}:Vain", input=(4,))


def test_all_is_on_meta() -> None:
    def make() -> nn.Module:
        made = nn.BatchNorm1d(4)
        made.register_buffer("k", torch.arange(3))
        return made.to("cpu")

    made = on_meta(make)
    assert all(t.is_meta for t in (*made.parameters(), *made.buffers()))


def test_too_large_for_the_cpu() -> None:
    """2^31 floats are 8 GiB; with 4 more they are not made."""

    def make() -> nn.Module:
        made = nn.Linear(4, 1)
        made.read = made.weight.detach().numpy()  # type: ignore[assignment]
        made.large = nn.Parameter(torch.empty(2**33, device="cpu"))
        return made

    with pytest.raises(CostcalcError, match="more than 8 GiB"):
        on_meta(make)
