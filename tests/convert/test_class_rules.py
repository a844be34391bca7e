"""Rules that users write for modules and for functions of autograd, which are then counted as a whole."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import torch
from small_modules import module
from torch import nn

import costcalc
from costcalc.conventions import find, names
from costcalc.convert import rules
from costcalc.convert.data import from_data, to_data
from costcalc.report.compare_report import compare_data, compare_report
from costcalc.report.cost_table import cost_data, cost_table
from costcalc.report.explain_table import explain_data, explain_table
from costcalc.report.reconcile_table import reconcile_data, reconcile_tables
from costcalc.spec import CostcalcError


@pytest.fixture(autouse=True)
def no_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "RULES", dict(rules.KNOWN))


class Mixer(nn.Module):
    """Two layers, 2 · (4 · 4 + 4) params, and a buffer of 3."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
        self.register_buffer("mean", torch.zeros(3))
        self.width = 4

    def forward(self, x: Any, *more: Any, steps: int = 2, **options: Any) -> Any:
        return {"out": self.layers(x), "state": (x[0], steps)}


class Opaque(nn.Module):
    """Runs outside of torch."""

    def forward(self, x: torch.Tensor) -> Any:
        return torch.from_numpy(x.numpy())


class Square(torch.autograd.Function):
    """A matrix times its transpose."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, k: int) -> Any:
        return x @ x.transpose(-1, -2)


class Plain(torch.autograd.Function):
    """As newer functions are: without a context in forward."""

    @staticmethod
    def forward(x: torch.Tensor, weight: torch.Tensor) -> Any:
        return torch.from_numpy(x.numpy() @ weight.numpy())

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass


def net(steps: int = 5) -> nn.Module:
    def forward(self: Any, x: Any) -> Any:
        return self.mixer(self.first(x), steps=steps)["out"]

    return module(forward, first=nn.Linear(4, 4), mixer=Mixer())


def test_a_module_is_counted_as_a_whole() -> None:
    """2 · 3 · 4 · 4 of the first layer, and N · L · width · steps by the rule; all params and buffers count."""

    @costcalc.rule(Mixer)
    def mixer(module: Any, x: Any, steps: int) -> Any:
        return costcalc.product(N=x[0], L=x[1], width=module.width, steps=steps)

    cost = costcalc.cost(net(), input=(3, 4), batch=2)
    assert (cost.macs, cost.params, cost["buffers"].number) == (96 + 2 * 3 * 4 * 5, 20 + 40, 3)
    assert cost.status == "complete"
    _, own = cost.by_layer().rows
    assert (own.name, own.op, own.status, own.formula) == ("mixer.Mixer", "custom", "counted", "2·3·4·5 = 120")
    assert cost.by_block().rows[1].params == 40
    again = from_data(json.loads(json.dumps(to_data(cost.graph))))
    assert [n.facts for n in again.nodes] == [n.facts for n in cost.graph.nodes]
    assert (costcalc.cost(again).notes, costcalc.cost(again).params) == (cost.notes, cost.params)


def test_its_arguments_are_those_of_the_forward_pass() -> None:
    seen: dict[str, Any] = {}
    costcalc.rule(Mixer, lambda **given: seen.update(given) or 0)

    def forward(self: Any, x: Any) -> Any:
        return self.mixer(x, x[0], steps=7, mode="fast")["out"]

    costcalc.cost(module(forward, mixer=(own := Mixer())), input=(3, 4), batch=2)
    assert seen == {"x": (2, 3, 4), "more": [(3, 4)], "steps": 7, "mode": "fast", "module": own}


def test_only_the_class_itself_and_only_in_the_model_that_has_it() -> None:
    """A subclass is read: two layers of 3 · 4 · 4."""

    class Other(Mixer):
        pass

    costcalc.rule(Mixer, lambda: 1000)
    made = net()
    made.mixer = Other()
    assert costcalc.cost(made, input=(3, 4)).macs == 3 * 48
    assert costcalc.cost(made, input=(3, 4)).notes == []


def test_hooks_run_around_it_and_are_read() -> None:
    """A hook with a layer of 3 · 4 · 4 on each side of a module of 7."""
    costcalc.rule(Mixer, lambda: 7)
    made, layer = net(), nn.Linear(4, 4)
    made.mixer.register_forward_pre_hook(lambda own, args: (layer(args[0]),))
    made.mixer.register_forward_hook(lambda own, args, out: {"out": layer(out["out"])})
    assert costcalc.cost(made, input=(3, 4)).macs == 3 * 48 - 48 + 48 + 7


def test_one_of_several_calls_shares_its_weights_with_the_others() -> None:
    costcalc.rule(Mixer, lambda x: x[0])
    twice = module(lambda self, x: self.mixer(self.mixer(x)["out"])["out"], mixer=Mixer())
    cost = costcalc.cost(twice, input=(3, 4), batch=5)
    assert (cost.macs, cost.params, len(cost.layers)) == (10, 40, 2)


def test_a_parametrized_module_is_one_of_its_class() -> None:
    costcalc.rule(Mixer, lambda: 7)
    made = net()
    nn.utils.parametrizations.weight_norm(made.mixer.layers[0])
    nn.utils.parametrize.register_parametrization(made.mixer, "mean", nn.Identity())
    assert costcalc.cost(made, input=(3, 4)).macs == 48 + 7


def test_ids_inside_of_it() -> None:
    """Its embedding is not read, but the input holds token ids."""

    class Lookup(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(10, 4)

        def forward(self, ids: Any) -> Any:
            return self.table(ids)

    costcalc.rule(Lookup, lambda ids: ids[1])
    cost = costcalc.cost(module(lambda self, ids: self.own(ids), own=Lookup()), input=(6,))
    assert (cost.macs, cost.params, cost.graph.inputs[0].integer) == (6, 40, True)


def test_an_opaque_kernel_gives_its_shapes() -> None:
    """Without them it is one line; with them the layer after it is read: 2 · 5 · 3 · 2."""
    made = module(lambda self, x: self.last(self.own(x)), own=Opaque(), last=nn.Linear(3, 2))
    costcalc.rule(Opaque, lambda x: 11)
    with pytest.raises(CostcalcError, match=r"Opaque does not run on the meta device, .* return costcalc.Facts\(") as e:
        costcalc.cost(made, input=(5, 4), batch=2)
    assert "\n" not in str(e.value)
    rules.RULES[Opaque] = lambda x: costcalc.Facts(outputs=((*x[:-1], 3),), macs=costcalc.product(N=x[0], L=x[1]))
    cost = costcalc.cost(made, input=(5, 4), batch=2)
    assert (cost.macs, cost.status) == (2 * 5 + 2 * 5 * 3 * 2, "complete")


def test_functions_of_autograd() -> None:
    """7 · 2 by one rule, with a context; 2 · 3 · 4 · 6 by another, whose kernel does not run; 4 · 6 params."""
    costcalc.rule(Square, lambda x, k: k * x[0])
    costcalc.rule(
        Plain,
        lambda x, weight: costcalc.Facts(
            outputs=[(*x[:-1], weight[-1])], macs=costcalc.product(N=x[0], L=x[1], D=x[2], P=weight[1])
        ),
    )

    def forward(self: Any, x: Any) -> Any:
        return Square.apply(Plain.apply(x, self.weight), 7)

    made = module(forward)
    made.weight = nn.Parameter(torch.zeros(4, 6))
    cost = costcalc.cost(made, input=(3, 4), batch=2)
    assert (cost.macs, cost.params, cost.status) == (7 * 2 + 2 * 3 * 4 * 6, 24, "complete")
    assert cost.graph.outputs[0].shape == (2, 3, 3)


def test_it_does_not_hold_for_other_threads_modules_or_after_it() -> None:
    """An error in a forward pass leaves the reading as it was."""
    costcalc.rule(Mixer, lambda: 7)

    class Broken(nn.Module):
        def forward(self, x: Any) -> Any:
            raise ValueError("broken")

    costcalc.rule(Broken, lambda x: 1)

    def forward(self: Any, x: Any) -> Any:
        with suppress(CostcalcError):
            self.broken(x)
        return self.layer(x)

    assert costcalc.cost(module(forward, broken=Broken(), layer=nn.Linear(4, 4)), input=(4,)).macs == 16


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (lambda x: -1, "the factors of a count are integers from 0 to 2^64, not (-1,)"),
        (lambda x: 0.5, "returns 0.5, not a Count or an integer"),
        (lambda x: None, "returns None, not a Count or an integer"),
        (lambda x: 1 / 0, "fails: ZeroDivisionError: division by zero (test_class_rules.py, line "),
        (lambda y: 1, "takes 'y', but the module has x, module"),
        (lambda x: costcalc.Facts(outputs=(x,), macs=None), "returns None, not a Count or an integer"),
        (lambda x: costcalc.Facts(outputs=()), "returns outputs=(), not a list of shapes"),
        (lambda x: costcalc.Facts(outputs=(4,)), "returns outputs=(4,), not a list of shapes"),  # type: ignore[arg-type]
        (lambda x: costcalc.Facts(outputs=((-4,),)), "returns outputs=((-4,),), not a list of shapes"),
        (lambda x: costcalc.Facts(outputs=((2**62, 2**62),)), "returns outputs that torch cannot have"),
    ],
)
def test_a_rule_that_is_wrong_is_told_in_a_line(rule: Callable[..., Any], problem: str) -> None:
    costcalc.rule(Opaque, rule)
    with pytest.raises(CostcalcError) as caught:
        costcalc.cost(module(lambda self, x: self.own(x), own=Opaque()), input=(4,))
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("of", [int, nn.Module, torch.autograd.Function, torch.Tensor])
def test_other_classes_are_refused(of: type) -> None:
    with pytest.raises(CostcalcError, match=r"give it a subclass of torch\.nn\.Module or torch\.autograd\.Function"):
        costcalc.rule(of, lambda: 0)


@pytest.mark.parametrize("of", [nn.Linear, nn.Conv2d, nn.ReLU])
def test_modules_of_torch_that_have_a_rule_are_refused(of: type) -> None:
    with pytest.raises(CostcalcError, match="costcalc has a rule for this module of torch, which cannot be replaced"):
        costcalc.rule(of, lambda: 0)


def test_no_tool_is_predicted_that_may_look_inside() -> None:
    """Tools that read a trace see nothing in a function of autograd, and everything in a module."""
    costcalc.rule(Mixer, lambda: 7)
    costcalc.rule(Square, lambda x, k: 7)
    whole = costcalc.graph(net(), input=(3, 4))
    function = costcalc.graph(module(lambda self, x: Square.apply(x, 1)), input=(3, 4))
    for name in names():
        tool = find(name)
        assert tool.unpredicted(whole) == ([] if tool.only_params else ["Mixer"])
        sees = not (tool.only_params or name in ("fvcore", "torchprofile"))
        assert tool.unpredicted(function) == (["Square"] if sees else [])


def test_every_report_says_that_the_number_is_the_users() -> None:
    costcalc.rule(Mixer, lambda: 7)
    cost = costcalc.cost(net(), input=(3, 4), conventions=["fvcore"])
    note = "By your own rules (costcalc.rule): the mult-adds of Mixer."
    table = cost_table(cost, cost.by_block().rows, "block", {})
    assert note in table.notes
    assert cost_data(cost, cost.by_block().rows)["notes"] == [note]
    assert note in reconcile_tables(cost)[-1].notes
    assert reconcile_data(cost)["notes"] == [note]
    assert f"Made: {note}" in compare_report([cost]).render()
    assert compare_data([cost])["models"][0]["notes"] == [note]
    layer = cost.layers[-1]
    assert "source    your own rule (costcalc.rule)" in explain_table(cost, layer).notes
    assert explain_data(cost, layer)["settings"]["rule_of"] == "module"


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")
def test_numbers_of_costcalcs_own_are_not_said_to_be_the_users() -> None:
    """A product with a sparse matrix of 3 non-zeros: of the same op, by a rule of costcalc's."""
    matrix = torch.sparse_coo_tensor([[0, 1, 2], [0, 1, 2]], [1.0, 1.0, 1.0], (3, 3), check_invariants=True)
    cost = costcalc.cost(module(lambda self, a, x: torch.sparse.mm(a, x)), input=[matrix, (3, 5)], batch=None)
    assert (cost.layers[-1].op, cost.macs, cost.notes) == ("custom", 15, [])
