"""Forward passes that take derivatives: read, they cost what torch dispatches of them on the CPU."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from dispatched import dispatched
from small_modules import costs, module
from torch import func, nn
from torch.autograd import forward_ad, functional
from torch.utils.checkpoint import checkpoint

from costcalc.analysis.cost import Cost
from costcalc.conventions import find
from costcalc.conventions.convention import TRANSFORMED
from costcalc.convert.data import from_data, to_data
from costcalc.convert.from_torch import from_torch
from costcalc.measure.worker import reports_for
from costcalc.spec import CostcalcError, Run

Forward = Callable[[Any, torch.Tensor], Any]


def output(self: Any, x: torch.Tensor) -> torch.Tensor:
    made = self.l(x)
    return made[0] if isinstance(made, tuple) else made


def squared(self: Any, x: torch.Tensor) -> torch.Tensor:
    return (output(self, x) ** 2).sum()


# Ways to a derivative


def by_autograd(self: Any, x: torch.Tensor) -> Any:
    return torch.autograd.grad(squared(self, x.requires_grad_()), x)


def by_backward(self: Any, x: torch.Tensor) -> Any:
    squared(self, x.requires_grad_()).backward()
    return x.grad


def of_parameters(self: Any, x: torch.Tensor) -> Any:
    return torch.autograd.grad(squared(self, x), list(self.l.parameters()), allow_unused=True)


def twice(self: Any, x: torch.Tensor) -> Any:
    (first,) = torch.autograd.grad(squared(self, x.requires_grad_()), x, create_graph=True)
    return torch.autograd.grad((first**2).sum(), x)


def by_grad(self: Any, x: torch.Tensor) -> Any:
    return func.grad(lambda t: squared(self, t))(x)


def by_jvp(self: Any, x: torch.Tensor) -> Any:
    return func.jvp(lambda t: output(self, t), (x,), (torch.ones_like(x),))


def by_dual_numbers(self: Any, x: torch.Tensor) -> Any:
    with forward_ad.dual_level():
        return forward_ad.unpack_dual(output(self, forward_ad.make_dual(x, torch.ones_like(x))))


def of_each_sample(self: Any, x: torch.Tensor) -> Any:
    return func.vmap(func.grad(lambda t: squared(self, t.unsqueeze(0))), randomness="different")(x)


def of_checkpoints(self: Any, x: torch.Tensor) -> Any:
    made = checkpoint(lambda t: output(self, t), x.requires_grad_(), use_reentrant=False)
    return torch.autograd.grad(made.sum(), x)


LINEAR: dict[str, tuple[Forward, int]] = {
    "grad": (by_grad, 16 + 16),  # forward, and the gradient of the input
    "jacrev": (lambda self, x: func.jacrev(self.l)(x), 16 + 16),
    "vjp": (lambda self, x: func.vjp(self.l, x)[1](torch.ones(1, 1)), 16 + 16),
    "grad_and_value": (lambda self, x: func.grad_and_value(lambda t: squared(self, t))(x), 16 + 16),
    "autograd.grad": (by_autograd, 16 + 16),
    "backward": (by_backward, 16 + 16 + 16),  # and the gradient of the weight
    "jvp": (by_jvp, 16 + 16 + 16),  # the products of the tangents of both, that of the weight zeros
    "jacfwd": (lambda self, x: func.jacfwd(self.l)(x), 16 + 16 + 16 * 16),  # a tangent for each of 16 inputs
    "twice": (twice, 16 + 16 + 16 + 16),  # the gradient of a gradient: of its product with the weight, of the square
}


@pytest.mark.parametrize("way", LINEAR)
def test_of_a_linear_layer(way: str) -> None:
    forward, expected = LINEAR[way]
    model = module(forward, l=nn.Linear(16, 1, bias=False))
    graph = from_torch(model, (16,))
    assert costs(graph) == (16, expected, "complete")
    assert dispatched(model, torch.randn(1, 16)) == expected


def net() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 1))


def hessian(self: Any, x: torch.Tensor) -> Any:
    return func.hessian(lambda t: self.l(t).sum())(x)


def laplacian(self: Any, x: torch.Tensor) -> Any:
    u = self.l(x.requires_grad_())
    (first,) = torch.autograd.grad(u.sum(), x, create_graph=True)
    return sum(torch.autograd.grad(first[:, i].sum(), x, create_graph=True)[0][:, i] for i in range(6))


def stress(self: Any, x: torch.Tensor) -> Any:
    strain = torch.zeros(6, 6)
    strain.requires_grad_(True)
    energy = self.l(x.requires_grad_() @ (torch.eye(6) + (strain + strain.T) / 2))
    return torch.autograd.grad([energy.sum()], [x, strain], create_graph=True)


def adapted(self: Any, x: torch.Tensor) -> Any:
    weights = dict(self.l.named_parameters())
    for _ in range(2):
        loss = func.functional_call(self.l, weights, (x,)).square().mean()
        steps = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
        weights = {name: w - 0.1 * step for (name, w), step in zip(weights.items(), steps, strict=True)}
    return func.functional_call(self.l, weights, (x,))


def trained(self: Any, x: torch.Tensor) -> Any:
    optimizer = torch.optim.Adam(self.l.parameters())
    for _ in range(2):
        optimizer.zero_grad()
        self.l(x).square().mean().backward()
        optimizer.step()
    return self.l(x)


class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        ctx.save_for_backward(x, w)
        return x @ w.t()

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, w = ctx.saved_tensors
        return grad @ w, grad.t() @ x


def by_a_function(self: Any, x: torch.Tensor) -> Any:
    w = self.l[0].weight
    return torch.autograd.grad(Product.apply(x.requires_grad_(), w).sum(), [x, w])


def hooked(self: Any, x: torch.Tensor) -> Any:
    hidden = self.l[0](x.requires_grad_())
    hidden.register_hook(lambda grad: grad @ torch.eye(5) * self.l[2].weight)
    return torch.autograd.grad(self.l[2](hidden).sum(), x)


def of_stacked_models(self: Any, x: torch.Tensor) -> Any:
    stacked, buffers = func.stack_module_state([self.l, self.other])

    def energy(p: Any, b: Any, t: Any) -> Any:
        return func.functional_call(self.l, (p, b), (t,)).sum()

    return func.vmap(func.grad(energy), (0, 0, None))(stacked, buffers, x)


MORE: dict[str, Forward] = {
    "hessian": hessian,
    "hessian, each sample": lambda self, x: func.vmap(func.hessian(lambda t: self.l(t).sum()))(x),
    "jacrev of jacrev": lambda self, x: func.jacrev(func.jacrev(lambda t: self.l(t).sum()))(x),
    "jvp of jvp": lambda self, x: func.jvp(lambda t: func.jvp(self.l, (t,), (x,))[1], (x,), (x,)),
    "linearize": lambda self, x: func.linearize(self.l, x)[1](torch.ones(3, 6)),
    "functional.jacobian": lambda self, x: functional.jacobian(self.l, x),
    "functional.jacobian, forward": lambda self, x: functional.jacobian(
        self.l, x, vectorize=True, strategy="forward-mode"
    ),
    "functional.hessian": lambda self, x: functional.hessian(lambda t: self.l(t).sum(), x),
    "functional.hvp": lambda self, x: functional.hvp(lambda t: self.l(t).sum(), x, torch.ones(3, 6)),
    "functional.vhp": lambda self, x: functional.vhp(lambda t: self.l(t).sum(), x, torch.ones(3, 6)),
    "functional.vjp": lambda self, x: functional.vjp(self.l, x, torch.ones(3, 1)),
    "functional.jvp": lambda self, x: functional.jvp(self.l, x, torch.ones_like(x)),
    "batched gradients": lambda self, x: torch.autograd.grad(
        self.l(x.requires_grad_())[:, 0], x, torch.eye(3), is_grads_batched=True
    ),
    "laplacian": laplacian,
    "stress": stress,
    "adapted": adapted,
    "trained": trained,
    "a function of its own": by_a_function,
    "a hook": hooked,
    "stacked models": of_stacked_models,
    "of a constant": lambda self, x: func.grad(lambda t: self.l(x + t).sum())(torch.zeros(6)),
    "checkpoint, reentrant": lambda self, x: (
        checkpoint(self.l, x.requires_grad_(), use_reentrant=True).sum().backward()
    ),
}


@pytest.mark.parametrize("way", MORE)
def test_more_ways(way: str) -> None:
    model = module(MORE[way], l=net(), other=net())
    macs = Cost(from_torch(model, (6,), batch=3))
    assert (macs.macs, macs.status) == (dispatched(copy.deepcopy(model), torch.randn(3, 6)), "complete")


def attention(**given: Any) -> Forward:
    return lambda self, x: F.scaled_dot_product_attention(self.l(x), x, x, **given)


def by_parts(self: Any, x: torch.Tensor) -> Any:
    return F.scaled_dot_product_attention(self.l(x), x, x[..., :4])


def embedded(self: Any, x: torch.Tensor) -> Any:
    return self.e(torch.arange(6)) * self.l(x)[..., None]


heads, fused_heads = nn.MultiheadAttention(8, 2, batch_first=True), nn.MultiheadAttention(8, 2)

LAYERS: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "conv": (nn.Conv1d(4, 6, 3), (4, 10)),
    "conv, stride": (nn.Conv2d(4, 6, 3, stride=2, padding=1), (4, 9, 9)),
    "conv, groups": (nn.Conv2d(4, 8, 3, groups=2, dilation=2), (4, 9, 9)),
    "conv, 3d": (nn.Conv3d(2, 4, 2), (2, 5, 5, 5)),
    "conv, reflected": (nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"), (4, 9, 9)),
    "conv_transpose": (nn.ConvTranspose2d(4, 6, 3, stride=2, output_padding=1, groups=2), (4, 5, 5)),
    "norms": (nn.Sequential(nn.Conv2d(4, 6, 3), nn.BatchNorm2d(6), nn.ReLU(True), nn.GroupNorm(2, 6)), (4, 5, 5)),
    "batch norm in eval": (nn.Sequential(nn.Conv2d(4, 6, 3), nn.BatchNorm2d(6)).eval(), (4, 5, 5)),
    "layer norm": (nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5), nn.GELU(), nn.RMSNorm(5)), (7, 6)),
    "pools": (nn.Sequential(nn.Conv2d(4, 6, 3), nn.MaxPool2d(2), nn.AvgPool2d(1), nn.AdaptiveAvgPool2d(1)), (4, 8, 8)),
    "upsample": (nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(4, 2, 1)), (4, 5, 5)),
    "activations": (nn.Sequential(nn.Linear(6, 8), nn.GLU(), nn.PReLU(), nn.Mish(), nn.Softmax(-1)), (6,)),
    "dropout": (nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.5), nn.Linear(8, 2)), (6,)),
    "gru": (nn.GRU(6, 4, bidirectional=True, batch_first=True), (3, 6)),
    "cell": (module(lambda self, x: self.c(x)[0], c=nn.LSTMCell(6, 4)), (6,)),
    "heads": (module(lambda self, x: self.a(x, x, x)[0], a=heads), (5, 8)),
    "heads, fused": (module(lambda self, x: self.a(x, x, x, need_weights=False)[0], a=fused_heads), (5, 8)),
    "encoder": (nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True), (5, 8)),
    "attention": (module(attention(is_causal=True), l=nn.Linear(8, 8)), (2, 5, 8)),
    "attention, masked": (module(attention(attn_mask=torch.eye(5) == 1), l=nn.Linear(8, 8)), (2, 5, 8)),
    "attention, 3 axes": (module(attention(), l=nn.Linear(8, 8)), (5, 8)),
    "attention, by parts": (module(by_parts, l=nn.Linear(8, 8)), (2, 5, 8)),
    "einsum": (module(lambda self, x: torch.einsum("bi,bj,oi->bjo", x, x, self.l.weight), l=nn.Linear(6, 3)), (6,)),
    "baddbmm": (module(lambda self, x: torch.baddbmm(x[:, :, :1], self.l(x), x.mT), l=nn.Linear(6, 6)), (5, 6)),
    "vectors": (module(lambda self, x: torch.mv(self.l.weight, x[0]) @ self.l.bias, l=nn.Linear(6, 3)), (6,)),
    "fold": (module(lambda self, x: F.fold(self.l(F.unfold(x, 3).mT).mT, (7, 7), 3), l=nn.Linear(36, 36)), (4, 7, 7)),
    "indices": (
        module(lambda self, x: self.l(x)[:, [0, 1, 1]].cumsum(1) * x.sort(1)[0][:, :3], l=nn.Linear(6, 6)),
        (6,),
    ),
    "embedding": (module(embedded, e=nn.Embedding(6, 3), l=nn.Linear(6, 6)), (6,)),
    "parametrized": (nn.utils.parametrizations.weight_norm(nn.Linear(6, 3)), (6,)),
    "loss": (module(lambda self, x: F.cross_entropy(self.l(x), torch.tensor([0, 1])), l=nn.Linear(6, 6)), (6,)),
}
WAYS = [by_autograd, of_parameters, twice, by_grad, by_jvp, by_dual_numbers, of_each_sample, of_checkpoints]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_layers(layer: str, way: Forward) -> None:
    """What torch cannot derive is refused in a line."""
    inside, shape = LAYERS[layer]
    model = module(way, l=inside)
    try:
        expected = dispatched(copy.deepcopy(model), torch.randn(2, *shape))
    except Exception:
        with pytest.raises(CostcalcError, match="does not run"):
            from_torch(model, shape, batch=2)
    else:
        cost = Cost(from_torch(model, shape, batch=2))
        assert (cost.macs, cost.status) == (expected, "complete")


def test_gradients_without_a_rule_are_unknown() -> None:
    """Distances have none either. The layer before: 2·5·6·6 forward, and as many for the gradient of its input."""
    model = module(by_autograd, l=module(lambda self, x: torch.cdist(self.l(x), x.detach()), l=nn.Linear(6, 6)))
    cost = Cost(from_torch(model, (5, 6), batch=2))
    assert cost.unknown == ["l._cdist_forward", "_cdist_backward"]
    assert cost.macs == dispatched(copy.deepcopy(model), torch.randn(2, 5, 6)) == 2 * 2 * 5 * 6 * 6


def test_double_backward_of_a_convolution() -> None:
    """y is 3·3·9·2; so are the gradient g of y², that of g² by the gradient of y, and from there by x.

    torch computes that of g² by the weight as well, which nobody asked for (_convolution_double_backward).
    """
    model = module(twice, l=nn.Conv2d(1, 2, 3, bias=False))
    macs = 3 * 3 * 9 * 2
    assert costs(from_torch(model, (1, 5, 5))) == (18, 5 * macs, "complete")
    assert dispatched(model, torch.randn(1, 1, 5, 5)) == 5 * macs


# What a model asks of autograd


def if_it_requires(self: Any, x: torch.Tensor) -> Any:
    energy = self.l(x.requires_grad_())
    return torch.autograd.grad(energy.sum(), x)[0] if energy.requires_grad else energy


def if_enabled(self: Any, x: torch.Tensor) -> Any:
    with torch.enable_grad():
        t = x.detach().requires_grad_()
        energy = self.l(t)
        return torch.autograd.grad(energy.sum(), t)[0] if torch.is_grad_enabled() else energy


def of_its_input(self: Any, x: torch.Tensor) -> Any:
    return torch.autograd.grad(self.l(x).sum(), x)[0]


@pytest.mark.parametrize("forward", [if_it_requires, if_enabled, of_its_input])
def test_it_may_ask_first(forward: Forward) -> None:
    """3·(6·5 + 5) each way. The last leaves it to its caller to require the gradient of the input."""
    assert costs(from_torch(module(forward, l=net()), (6,), batch=3)) == (41, 2 * 3 * 35, "complete")


def test_to_turn_autograd_on_changes_nothing_by_itself() -> None:
    def forward(self: Any, x: torch.Tensor) -> Any:
        with torch.enable_grad():
            return self.l(x)

    parts = net()
    graph, plain = from_torch(module(forward, l=parts), (6,)), from_torch(module(output, l=parts), (6,))
    assert not graph.transformed
    assert [(n.name, n.op, n.facts) for n in graph.nodes] == [(n.name, n.op, n.facts) for n in plain.nodes]


def test_numbers_are_there_to_be_looked_at() -> None:
    def forward(self: Any, x: torch.Tensor) -> Any:
        at = torch.tensor([2, 0, 1])
        assert at.tolist() == [2, 0, 1]
        assert int(at.numpy().sum()) == at.sum().item() == 3
        assert f"{at[0]}" == "2"
        assert self.steps.max() == 4
        count = torch.zeros(())
        count += 1
        return by_autograd(self, x[at, : int(at.max()) * 3] * count)

    model = module(forward, l=net())
    model.register_buffer("steps", torch.tensor([3, 4]))
    assert costs(from_torch(model, (6,), batch=3)) == (41, 2 * 3 * 35, "complete")


@pytest.mark.parametrize("forward", [by_backward, trained, adapted, twice])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_the_model_stays_as_it_was(forward: Forward, device: str) -> None:
    model = module(forward, l=nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Linear(5, 1))).to(device)
    before, values = dict(model.named_parameters()), copy.deepcopy(model.state_dict())
    graph = from_torch(model, (6,), batch=3)
    assert graph.transformed
    assert all(p is before[name] and p.grad is None for name, p in model.named_parameters())
    assert device == "meta" or all(torch.equal(t, values[name]) for name, t in model.state_dict().items())
    assert torch.autograd._engine_run_backward is torch.autograd.graph._engine_run_backward


def test_an_input_of_ids() -> None:
    """Of 2·4 embeddings of 6 features: 2·4·35 forward, and as many for their gradient."""

    def forward(self: Any, ids: torch.Tensor) -> Any:
        return by_autograd(self, self.e(ids).detach())

    model = module(forward, e=nn.Embedding(9, 6), l=net())
    assert costs(from_torch(model, (4,), batch=2)) == (54 + 41, 2 * 2 * 4 * 35, "complete")


class Scripted(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.l = nn.Linear(6, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x.requires_grad_(True)
        found = torch.autograd.grad([self.l(x).sum()], [x])[0]
        assert found is not None
        return found


def test_scripted() -> None:
    assert costs(from_torch(torch.jit.script(Scripted()), (6,), batch=3)) == (7, 2 * 3 * 6, "complete")


# Maps over an axis


@pytest.mark.parametrize(
    ("forward", "expected"),
    [
        (lambda self, x: func.vmap(self.l)(x), 3 * 7 * 6 * 4),
        (lambda self, x: func.vmap(func.vmap(self.l))(x), 3 * 7 * 6 * 4),
        (lambda self, x: func.vmap(lambda t: t @ t.mT)(x), 3 * 7 * 7 * 6),
        (lambda self, x: func.vmap(lambda t: F.scaled_dot_product_attention(t, t, t))(x[:, None]), 3 * 2 * 7 * 7 * 6),
    ],
)
def test_maps(forward: Forward, expected: int) -> None:
    model = module(forward, l=nn.Linear(6, 4))
    assert costs(from_torch(model, (7, 6), batch=3)) == (28, expected, "complete")
    assert dispatched(model, torch.randn(3, 7, 6)) == expected


# What others make of it

COUNTED = [
    (nn.Sequential(nn.Conv2d(4, 8, 3, groups=2), nn.Tanh(), nn.ConvTranspose2d(8, 6, 3, groups=2)), (4, 9, 9)),
    LAYERS["attention"],
    LAYERS["attention, by parts"],
    LAYERS["einsum"],
    LAYERS["fold"],
]


@pytest.mark.parametrize("way", [by_autograd, of_parameters, by_grad, of_each_sample])
@pytest.mark.parametrize("layer", range(len(COUNTED)))
@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_flopcounter_predicted(layer: int, way: Forward) -> None:
    inside, shape = COUNTED[layer]
    model = module(way, l=inside)
    graph = from_data(json.loads(json.dumps(to_data(from_torch(model, shape, batch=2)))))
    assert find("flopcounter").unpredicted(graph) == []
    reported, _ = reports_for("flopcounter", copy.deepcopy(model), (torch.randn(2, *shape),), derivatives=True)
    assert find("flopcounter").total(Run(graph)) == reported.total


@pytest.mark.parametrize(
    "name", ["calflops_macs", "fvcore", "ptflops", "ptflops_aten", "thop", "torchinfo", "torchprofile"]
)
def test_others_are_not_predicted(name: str) -> None:
    graph = from_torch(module(by_autograd, l=net()), (6,))
    assert find(name).unpredicted(graph) == [TRANSFORMED]
    assert find(name).unpredicted(from_torch(net(), (6,))) == []


@pytest.mark.parametrize("kind", ["MultiheadAttention", "LSTM"])
def test_modules_that_the_cpu_runs_in_its_own_way(kind: str) -> None:
    layers = {"MultiheadAttention": LAYERS["heads"][0], "LSTM": nn.LSTM(8, 4, batch_first=True)}
    graph = from_torch(module(by_autograd, l=layers[kind]), (5, 8))
    assert find("flopcounter").unpredicted(graph) == [kind]
