"""Unknown operations, the errors of models that cannot be read, and inputs of all kinds."""

import copy
import threading
from typing import Any

import pytest
import torch
from small_modules import costs, module
from torch import nn

from costcalc.analysis.cost import Cost
from costcalc.convert.from_torch import from_torch, on_meta
from costcalc.spec import CostcalcError

# What no rule knows


@torch.library.custom_op("costcalc_tests::riddle", mutates_args=())
def riddle(x: torch.Tensor) -> torch.Tensor:
    return x.clone()


@riddle.register_fake
def _(x: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(x)


@torch.library.custom_op("costcalc_tests::closed", mutates_args=())
def closed(x: torch.Tensor) -> torch.Tensor:
    return x.clone()


def test_an_unknown_operation_makes_the_total_a_lower_bound() -> None:
    inner = module(lambda self, x: torch.linalg.qr(riddle(self.l(x)))[0], l=nn.Linear(3, 3))
    cost = Cost(from_torch(module(lambda self, x: self.m(x), m=inner), (3,)))
    assert (cost.macs, cost.status) == (9, "lower bound")
    assert cost.unknown == ["m.costcalc_tests::riddle", "m.linalg_qr"]


def failing(forward: Any, **parts: Any) -> str:
    with pytest.raises(CostcalcError) as caught:
        from_torch(module(forward, **parts), (3,))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_cannot_run_is_told_in_a_line() -> None:
    assert "costcalc_tests::closed" in failing(lambda self, x: closed(x))
    values = "Made does not run at input 3: it depends on its tensors' values, and on the meta device there are none"
    assert failing(lambda self, x: x if x.sum() > 0 else -x).startswith(values)
    assert failing(lambda self, x: self.inner(x), inner=nn.Sequential(nn.Linear(4, 4))).startswith(
        "Made does not run at input 3, in inner.0: RuntimeError"
    )
    with pytest.raises(CostcalcError, match="is not a torch module"):
        from_torch("resnet", (3,))  # type: ignore[arg-type]
    for wrong in [(0, 3), [(3,), (0, 4)], 7, {"x": (3.5,)}]:
        with pytest.raises(CostcalcError, match="is not a shape"):
            from_torch(nn.Linear(3, 3), wrong)
    with pytest.raises(CostcalcError, match="batch=0 must be a positive integer"):
        from_torch(nn.Linear(3, 3), (3,), batch=0)
    with pytest.raises(CostcalcError, match="dtype='bits' must be a dtype of torch"):
        from_torch(nn.Linear(3, 3), (3,), dtype="bits")


def test_what_cannot_be_made_on_meta() -> None:
    def sizes() -> nn.Module:
        return nn.Linear(3, int(torch.tensor([4.0]).sum()))

    def sulks() -> nn.Module:
        raise ZeroDivisionError("no")

    assert next(on_meta(sizes).parameters()).is_meta  # the sizes themselves are computed
    with pytest.raises(CostcalcError, match="sulks cannot be made: ZeroDivisionError"):
        on_meta(sulks)


# Inputs


def test_several_inputs_by_order_and_by_name() -> None:
    def forward(self: Any, a: Any, ids: Any, scale: float = 1.0, flag: bool = False) -> Any:
        assert flag
        return {"out": self.l(a * scale) + self.e(ids), "none": None}

    parts = {"l": nn.Linear(3, 4), "e": nn.Embedding(7, 4)}
    given = {"ids": (2,), "a": (2, 3), "flag": True}
    graph = from_torch(module(forward, **parts), given, batch=5)
    assert [(t.shape, t.integer) for t in graph.inputs] == [((5, 2), True), ((5, 2, 3), False)]
    assert [t.shape for t in graph.outputs] == [(5, 2, 4)]
    by_order = module(lambda self, a, ids: self.l(a) + self.e(ids), **parts)
    for dtype in (None, [None, torch.int32], {1: "int64"}):
        assert [t.integer for t in from_torch(by_order, [(2, 3), (2,)], dtype=dtype).inputs] == [False, True]
    with pytest.raises(CostcalcError, match="looks up integers"):
        from_torch(module(lambda self, x: self.e(x * 1.5), e=nn.Embedding(3, 4)), (2,))


def test_the_parameters_dtype_is_the_inputs() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Conv1d(4, 4, 1)).to(torch.bfloat16)
    assert Cost(from_torch(module(lambda self, x: self.l(x), l=model[0]).double(), (3,))).macs == 12
    assert Cost(from_torch(model[0].to(torch.bfloat16), (3,))).macs == 12


# In the same process


def test_threads_that_nobody_handed_work_to_are_left_alone() -> None:
    """A thread that was started before, and runs another model while this one is read."""
    seen: list[Any] = []
    begin, end, other = threading.Event(), threading.Event(), nn.Linear(2, 2)

    def run() -> None:
        begin.wait()
        seen.append(other(torch.ones(1, 2)))
        end.set()

    def forward(self: Any, x: Any) -> Any:
        begin.set()
        end.wait()
        return self.l(x)

    threading.Thread(target=run).start()
    graph = from_torch(module(forward, l=nn.Linear(3, 3)), (3,))
    assert len(graph.nodes) == 1
    assert seen[0].device.type == "cpu"
    assert seen[0].requires_grad


def test_a_model_with_values_reads_like_one_without() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.GELU(), nn.Flatten(), nn.Linear(16, 2)).train()
    with_values, without = from_torch(model, (3, 4, 4), 2), from_torch(copy.deepcopy(model).to("meta"), (3, 4, 4), 2)
    assert [(n.name, n.facts) for n in with_values.nodes] == [(n.name, n.facts) for n in without.nodes]


@pytest.mark.parametrize("wrap", [torch.jit.script, torch.fx.symbolic_trace, nn.DataParallel])
@pytest.mark.filterwarnings("ignore")
def test_wrapped_models(wrap: Any) -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2)).eval()
    assert costs(from_torch(wrap(model), (3, 4, 4))) == costs(from_torch(model, (3, 4, 4)))
