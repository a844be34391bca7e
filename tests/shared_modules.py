"""Models whose modules, or parameters, are in several places, as people write them; and modules with hooks."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from small_modules import module
from torch import nn
from torch.nn.utils import prune


def block(layer: nn.Module, act: nn.Module) -> nn.Module:
    return module(lambda self, x: self.act(self.layer(x)), layer=layer, act=act)


def two(act: nn.Module, *, shared: bool = False) -> nn.Module:
    """Two blocks with one activation, or also one layer."""
    layer = nn.Linear(6, 6)
    other = layer if shared else nn.Linear(6, 6)
    return nn.Sequential(block(layer, act), block(other, act), nn.Linear(6, 3))


def nested() -> nn.Module:
    """One block in four places, two of them in one parent."""
    one = block(nn.Linear(6, 6), nn.ReLU())
    return module(
        lambda self, x: self.again(self.q(self.p(self.one(x)))),
        p=nn.Sequential(one, nn.Linear(6, 6)),
        q=nn.Sequential(one, nn.BatchNorm1d(6)),
        one=one,
        again=one,
    )


def convolutions() -> nn.Module:
    """Heads of a detector that share a tower, and an activation in a list that is called nowhere."""
    tower = nn.Sequential(nn.Conv2d(3, 3, 1), nn.SiLU())
    heads = nn.ModuleList([nn.Sequential(tower, nn.Conv2d(3, i + 1, 1)) for i in range(2)])
    return module(lambda self, x: [head(x) for head in self.heads], heads=heads, unused=nn.ModuleList([tower[1]]))


def handed() -> nn.Module:
    """A block hands its child to a deeper module, which calls it."""
    deeper = module(lambda self, x, child: self.layer(child(x)), layer=nn.Linear(6, 4))
    return module(lambda self, x: self.deeper(x, self.child), child=nn.Linear(6, 6), deeper=nn.Sequential(deeper)[0])


def handed_up() -> nn.Module:
    """A module calls the grandchild of another."""
    return module(
        lambda self, x: self.body[0][0](x) + self.body(x) + self.head(x),
        body=nn.Sequential(nn.Sequential(nn.Linear(6, 6)), nn.ReLU()),
        head=nn.Linear(6, 6),
    )


def tied() -> nn.Module:
    made = module(lambda self, x: self.b(self.a(x)), a=nn.Linear(6, 6), b=nn.Sequential(nn.Linear(6, 6)))
    made.b[0].weight = made.a.weight
    return made


class Positions(nn.Module):
    """A leaf that only returns its parameter."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.register_parameter(name, nn.Parameter(torch.zeros(1, 6)))

    def forward(self) -> Any:
        return getattr(self, self.name)


def positions(name: str) -> nn.Module:
    return module(lambda self, x: self.layer(x + self.p() + self.p()), p=Positions(name), layer=nn.Linear(6, 4))


def pruned() -> nn.Module:
    made = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 4))
    prune.l1_unstructured(made[0], "weight", amount=5)
    return made


def hooked(pre: bool, leaf: bool) -> nn.Module:
    """A hook that multiplies."""
    made = nn.Sequential(nn.Sequential(nn.Linear(6, 6)), nn.Linear(6, 4))
    place = made[0][0] if leaf else made[0]

    def work(of: Any, x: Any) -> Any:
        weight = of.weight if leaf else of[0].weight
        return F.relu(torch.matmul(x, weight)).mul(x)

    if pre:
        place.register_forward_pre_hook(lambda of, args: (work(of, args[0]),))
    else:
        place.register_forward_hook(lambda of, args, out: work(of, out))
    return made


def made_in_forward() -> nn.Module:
    """Modules that the model does not hold: no hook is on them."""
    return module(lambda self, x: nn.Softmax(dim=-1)(self.layer(nn.ReLU()(x))), layer=nn.Linear(6, 4))


with torch.no_grad():  # so that they can be copied
    MODELS: dict[str, nn.Module] = {
        "one layer": nn.Linear(6, 4),
        "one block": nn.Sequential(nn.Linear(6, 4)),
        "ReLU": two(nn.ReLU()),
        "SiLU": two(nn.SiLU()),
        "PReLU": two(nn.PReLU()),
        "Linear": two(nn.ReLU(), shared=True),
        "block": nested(),
        "tower": convolutions(),
        "handed to a deeper module": handed(),
        "called from above": handed_up(),
        "tied": tied(),
        "positions": positions("table"),
        "positions in weight": positions("weight"),
        "weight_norm": nn.utils.weight_norm(nn.Linear(6, 4)),
        "spectral_norm": nn.Sequential(nn.utils.spectral_norm(nn.Linear(6, 4)), nn.ReLU()),
        "weight_norm of a convolution": nn.Sequential(nn.utils.weight_norm(nn.Conv2d(3, 4, 3))),
        "pruned": pruned(),
        "pre-hook of a leaf": hooked(pre=True, leaf=True),
        "pre-hook of a block": hooked(pre=True, leaf=False),
        "hook of a leaf": hooked(pre=False, leaf=True),
        "hook of a block": hooked(pre=False, leaf=False),
        "made in forward": made_in_forward(),
    }

IMAGES = ("tower", "weight_norm of a convolution")


def differences_of_all() -> dict[str, list[list[str]]]:
    """The differences of each model, at a batch of 1 and of 2."""
    from counters import differences

    shapes = {name: (3, 4, 4) if name in IMAGES else (6,) for name in MODELS}
    return {name: [differences(model.eval(), shapes[name], n) for n in (1, 2)] for name, model in MODELS.items()}
