"""Changes that a forward pass makes to the modules and tensors of its model are undone; scripted modules too."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from reads import HOW_IT_ENDS, X, read
from small_modules import module
from torch import nn


def state(value: Any, seen: dict[int, int] | None = None) -> Any:
    """The state of a module: objects by identity, in order, and tensors with their values."""
    seen = {} if seen is None else seen
    if id(value) in seen:
        return seen[id(value)]
    seen[id(value)] = len(seen)
    about: tuple[Any, ...] = (id(value), type(value))
    if isinstance(value, torch.Tensor):
        hooks = [list(hooks or ()) for hooks in (value._backward_hooks, value._post_accumulate_grad_hooks)]
        numbers = None if value.is_meta else value.tolist()
        return (
            *about,
            value.dtype,
            value.data_ptr(),
            numbers,
            value.requires_grad,
            id(value.grad),
            hooks,
            list(vars(value)),
        )
    if isinstance(value, dict):
        return *about, [(key, state(each, seen)) for key, each in value.items()]
    return *about, state(vars(value), seen) if isinstance(value, nn.Module) else repr(value)


def double(self: Any) -> None:
    self.l.weight.data = self.l.weight.data * 2


CHANGES: dict[str, Callable[[Any, Any], Any]] = {
    "requires_grad_": lambda self, x: self.requires_grad_(False),
    "requires_grad": lambda self, x: setattr(self.free, "requires_grad", True),
    "a gradient": lambda self, x: setattr(self.l.weight, "grad", torch.ones(3, 3)),
    "no gradient": lambda self, x: self.zero_grad(),
    "an attribute of a parameter": lambda self, x: setattr(self.l.weight, "seen", x),
    "data": lambda self, x: double(self),
    "data of another size": lambda self, x: setattr(self.free, "data", torch.ones(7)),
    "in place": lambda self, x: (self.l.weight.data.fill_(0), self.n.running_mean.add_(1), self.free.mul_(2)),
    "clipped": lambda self, x: self.l.weight.data.clamp_(-0.01, 0.01),
    "resized": lambda self, x: self.free.data.resize_(9),
    "initialized": lambda self, x: nn.init.zeros_(self.l.weight),
    "half and back": lambda self, x: self.half().float(),
    "double": lambda self, x: (self.double(), self.float()),
    "swapped": lambda self, x: torch.utils.swap_tensors(self.l.weight, nn.Parameter(torch.ones(3, 3))),
    "from a vector": lambda self, x: nn.utils.vector_to_parameters(torch.ones(12), self.l.parameters()),
    "loaded": lambda self, x: self.load_state_dict({k: torch.ones_like(v) for k, v in self.state_dict().items()}),
    "assigned": lambda self, x: self.l.load_state_dict(
        {"weight": torch.ones(3, 3), "bias": torch.ones(3)}, assign=True
    ),
    "mode": lambda self, x: self.train(not self.training),
    "mode of one": lambda self, x: self.n.eval(),
    "a new module": lambda self, x: setattr(self, "late", nn.Linear(3, 3)),
    "a module less": lambda self, x: delattr(self, "n"),
    "modules in another order": lambda self, x: self._modules.update(l=self._modules.pop("l")),
    "a new parameter": lambda self, x: self.l.register_parameter("late", nn.Parameter(torch.ones(3))),
    "a parameter less": lambda self, x: setattr(self.l, "bias", None),
    "a buffer instead": lambda self, x: setattr(self.n, "running_mean", torch.ones(3)),
    "a new buffer": lambda self, x: self.register_buffer("late", x),
    "tied": lambda self, x: setattr(self.l, "bias", self.free),
    "hooks of a module": lambda self, x: [
        self.l.register_forward_hook(print),
        self.l.register_forward_pre_hook(print),
        self.l.register_full_backward_hook(print),
        self.l.register_load_state_dict_post_hook(print),
    ],
    "a hook less": lambda self, x: self.n._forward_hooks.clear(),
    "hooks of a parameter": lambda self, x: (
        self.l.weight.register_hook(print),
        self.l.weight.register_post_accumulate_grad_hook(print),
    ),
    "a parametrization": lambda self, x: nn.utils.parametrizations.weight_norm(self.l),
    "another forward": lambda self, x: setattr(self.l, "forward", print),
    "compiled": lambda self, x: self.l.compile(),
}


@HOW_IT_ENDS
@pytest.mark.parametrize("change", CHANGES)
def test_what_a_forward_pass_does_to_its_model(change: str, error: type[BaseException] | None) -> None:
    def forward(self: Any, x: Any) -> Any:
        CHANGES[change](self, x)
        if error is not None:
            raise error
        return x + 1

    model = module(
        forward, l=nn.Linear(3, 3), n=nn.BatchNorm1d(3), free=nn.Parameter(torch.ones(3), requires_grad=False)
    )
    model.n.register_forward_hook(lambda m, args, out: out)
    model.n.weight.grad = torch.ones(3)
    before = state(model)
    read(model, error)
    assert state(model) == before
    model.l(X).sum().backward()  # and it works
    assert torch.equal(model.l.weight.grad, X.sum(0).expand(3, 3))


@pytest.mark.parametrize("mode", ["eval", "train"])
@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
def test_statistics_and_vectors_that_training_updates(mode: Any) -> None:
    """A batch norm's mean, the number of its batches, a spectral norm's vectors: the same passes give the same."""
    layers = [
        nn.utils.parametrizations.spectral_norm(nn.Linear(3, 3)),
        nn.utils.spectral_norm(nn.Linear(3, 3)),
        nn.utils.weight_norm(nn.Linear(3, 3)),
        nn.BatchNorm1d(3),
    ]
    model = nn.Sequential(*layers).train()
    tensors = {key: value.clone() for key, value in model.state_dict().items()}
    read(model, mode=mode)
    assert all(torch.equal(value, tensors[key]) for key, value in model.state_dict().items())
    assert all(each.training for each in model.modules())


@pytest.mark.parametrize("make", [nn.LSTM, nn.GRU, nn.RNN])
def test_recurrent_layers_work_afterwards(make: Any) -> None:
    model = make(3, 4, bidirectional=True)
    expected = model(X)[0]
    read(model)
    assert torch.equal(model(X)[0], expected)


# Scripted modules


class Counting(nn.Module):
    table: dict[str, torch.Tensor]
    deep: list[list[int]]

    def __init__(self, fails: bool) -> None:
        super().__init__()
        self.l, self.n = nn.Linear(3, 3), nn.BatchNorm1d(3)
        self.cache, self.table = torch.zeros(1), {"a": torch.zeros(1)}
        self.calls, self.deep, self.fails = 0, [[1]], fails
        self.register_buffer("steps", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.cache = x
        self.calls += 1
        self.table["x"] = x
        self.deep[0].append(2)
        self.steps += 1
        if self.fails:
            raise ValueError("no")
        return self.n(self.l(x))


def wrapped(model: Any, how: str) -> nn.Module:
    if how == "traced":
        return torch.jit.trace(nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)).train(), X)
    scripted = torch.jit.script(model)
    return {"alone": scripted, "a child": nn.Sequential(nn.ModuleList([scripted])[0])}[how]


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("how", ["alone", "a child", "traced"])
@pytest.mark.parametrize("mode", [None, "eval", "train"])
@pytest.mark.filterwarnings("ignore")
def test_scripted_modules(how: str, training: bool, fails: bool, mode: Any) -> None:
    model = wrapped(Counting(fails), how).train(training)
    read(model, RuntimeError if fails and how != "traced" else None, mode=mode)
    assert {each.training for each in model.modules()} == {training}
    if how == "traced":
        return
    scripted: Any = model if how == "alone" else model[0]  # type: ignore[index]
    assert (scripted.cache, list(scripted.table), scripted.calls, scripted.deep) == (torch.zeros(1), ["a"], 0, [[1]])
    assert not scripted.steps.is_meta
    if not fails:
        assert not model(X).is_meta
        assert scripted.calls == 1
