"""Mult-adds of a training step: by hand, and beside the products that torch dispatches."""

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint, set_checkpoint_early_stop

import costcalc
from costcalc.analysis.cost import Cost
from costcalc.convert.to_torch import to_torch, zeros
from costcalc.measure.training import training_step
from costcalc.spec import Tensor, block, conv, linear, lstm, multi_head_attention, outputs, relu
from costcalc.spec.ops.generic import custom
from costcalc.spec.run import Run


def train(model: object, **options: object) -> int:
    """The number of train_mult_adds, which is complete."""
    amount = costcalc.cost(model, columns=["train_mult_adds"], **options)["train_mult_adds"]
    assert amount.status == "counted"
    number: int = amount.number
    return number


def test_the_first_layer_needs_no_gradient_of_its_input() -> None:
    """AlexNet of torchvision (Krizhevsky 2014): its first convolution twice, all others three times."""
    graph = costcalc.graph("alexnet")
    first = 64 * 55 * 55 * 3 * 11 * 11
    assert train(graph) == 3 * costcalc.cost(graph).macs - first


def test_a_layer_says_its_formula() -> None:
    row = costcalc.cost("alexnet", columns=["train_mult_adds"]).layers[0]
    assert row["train_mult_adds"].formula is not None
    assert row["train_mult_adds"].formula.digits == "2·64·55·55·3·11·11"


def test_groups_do_not_count_twice() -> None:
    """4 channels in 4 groups: 4·8·8·9 mult-adds forward, and as many for the gradient of the weight."""
    graph = costcalc.trace(lambda x: conv(x, "c", 4, k=3, padding=1, groups=4), (1, 4, 8, 8))
    assert train(graph) == 2 * 4 * 8 * 8 * 9
    step = training_step(to_torch(graph), zeros(graph))
    assert step == (2 * 4 * 8 * 8 * 9, (1 + 4) * 4 * 8 * 8 * 9)  # FlopCounterMode counts the groups once more


SAMPLE = ["torchvision:mobilenet_v2", "torchvision:vit_b_32", "torchvision:swin_t", "torchvision:googlenet"]


@pytest.mark.parametrize("name", SAMPLE)
def test_torchvision(name: str) -> None:
    """All 80 classifiers: benchmarks/training.py."""
    from torchvision.models import get_model

    graph = costcalc.graph(name, batch=2, mode="train")
    with torch.device("meta"):
        model = get_model(name.partition(":")[2], weights=None).train()
    assert train(graph, mode="train") == training_step(model, zeros(graph, "meta")).dispatched


@pytest.mark.parametrize("name", ["googlenet_aux", "resnext50_32x4d", "densenet_cifar_bc100_k12", "lenet5"])
def test_the_zoo(name: str) -> None:
    """All 100 networks: benchmarks/training.py. LeNet-5 ends in 84·10 squared distances, which are not dispatched."""
    graph = costcalc.graph(name, batch=2, mode="train")
    distances = 2 * 2 * 84 * 10 if name == "lenet5" else 0
    assert train(graph) == training_step(to_torch(graph, "meta").train(), zeros(graph, "meta")).dispatched + distances


def test_meta_counts_as_the_cpu() -> None:
    graph = costcalc.graph("mobilenet_v2", batch=2, input=(3, 64, 64))
    on_cpu, on_meta = (training_step(to_torch(graph, each), zeros(graph, each)) for each in ("cpu", "meta"))
    assert on_cpu == on_meta


def test_heads_run_in_every_mode() -> None:
    """As params: a head is there to be trained."""
    assert train("googlenet_aux") == train("googlenet_aux", mode="train") > train("googlenet")


class Frozen(nn.Module):
    """Three layers of 4·4 weights; those named are frozen."""

    def __init__(self, *frozen: str) -> None:
        super().__init__()
        self.a, self.b, self.c = (nn.Linear(4, 4) for _ in range(3))
        for name in frozen:
            self.get_parameter(name).requires_grad_(requires_grad=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.c(self.b(self.a(x)).relu())


@pytest.mark.parametrize(
    ("frozen", "products"),
    [
        ((), 2 + 3 + 3),
        (("a.weight", "a.bias"), 1 + 2 + 3),
        (("a.weight",), 1 + 3 + 3),  # the bias of a is trained, before b
        (("b.weight", "b.bias"), 2 + 2 + 3),
        (("c.weight", "c.bias"), 2 + 3 + 2),
        (("a.weight", "a.bias", "b.weight", "b.bias"), 1 + 1 + 2),
        (("a.weight", "a.bias", "b.weight", "b.bias", "c.weight", "c.bias"), 1 + 1 + 1),
    ],
)
def test_frozen_weights(frozen: tuple[str, ...], products: int) -> None:
    """Each product takes 16 mult-adds."""
    model = Frozen(*frozen)
    assert train(model, input=(4,)) == 16 * products == training_step(model, (torch.zeros(1, 4),)).dispatched


def test_what_no_output_needs_has_no_gradient() -> None:
    """A layer whose output is not returned runs forward alone, as does one whose output only an index depends on."""

    class Unused(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = (nn.Linear(4, 4) for _ in range(3))

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            self.b(x)
            return self.a(x), self.c(x).argmax(1)

    model = Unused()
    assert train(model, input=(4,)) == 16 * (2 + 1 + 1) == training_step(model, (torch.zeros(1, 4),)).dispatched


@pytest.mark.parametrize("heads", [1, 2])
@pytest.mark.parametrize("frozen", [(), ("in_proj_weight",), ("in_proj_weight", "in_proj_bias"), ("out_proj.weight",)])
def test_attention(heads: int, frozen: tuple[str, ...]) -> None:
    """L = 5 positions of width 8: projections of 5·8·24 and 5·8·8, two products of 5·5·8."""
    graph = costcalc.trace(lambda x: multi_head_attention(x, "a", heads=heads), (1, 5, 8))
    graph.frozen = frozenset(f"a.{name}" for name in frozen)
    before, product, after = 5 * 8 * 24, 5 * 5 * 8, 5 * 8 * 8
    scored = "in_proj_bias" not in frozen  # a gradient passes through the products
    expected = before + 2 * product + after
    expected += before * ("in_proj_weight" not in frozen)
    expected += (4 * product + after) * scored + after * ("out_proj.weight" not in frozen)
    assert train(graph) == expected
    if not frozen:
        model = to_torch(graph).train()
        assert training_step(model, zeros(graph)).dispatched == expected


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize(
    "options",
    [{}, {"num_layers": 3}, {"bidirectional": True, "num_layers": 2}, {"bias": False}, {"proj_size": 2}],
    ids=str,
)
@pytest.mark.parametrize("frozen", ["", "weight_hh_l0", "l0"])
def test_recurrent_layers(kind: str, options: dict[str, int], frozen: str) -> None:
    """The first state is zero: of L steps, L - 1 compute the gradient of the state before."""
    if "proj_size" in options and kind != "LSTM":
        pytest.skip("only an LSTM projects")
    model = getattr(nn, kind)(3, 4, batch_first=True, **options)
    for name, weight in model.named_parameters():
        weight.requires_grad_(requires_grad=not frozen or frozen not in name)
    x = torch.zeros(2, 5, 3)
    if not any(weight.requires_grad for weight in model.parameters()):
        assert train(model, input=(5, 3), batch=2) == costcalc.cost(model, (5, 3), batch=2).macs
    else:
        assert train(model, input=(5, 3), batch=2) == training_step(model, (x,)).dispatched


def test_an_lstm_by_hand() -> None:
    """D = 3, 4 units, L = 5: of the input 5·3·16, forward and for its weight; of the state 5·4·16 twice and 4·4·16."""
    graph = costcalc.trace(lambda x: lstm(x, "l", 4)[0], (1, 5, 3))
    assert train(graph) == 2 * 5 * 3 * 16 + 2 * 5 * 4 * 16 + 4 * 4 * 16


class Checkpointed(nn.Module):
    """A network whose blocks are all checkpointed."""

    def __init__(self, model: nn.Sequential) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.model:
            blockwise = isinstance(layer, nn.Sequential)
            x = checkpoint(layer, x, use_reentrant=False) if blockwise else layer(x)
        return x


@pytest.mark.parametrize("frozen", [0, 1, 2])
def test_checkpointed_blocks_run_twice(frozen: int) -> None:
    """A layer outside blocks, and two blocks of 2 layers of 16 mult-adds; the first `frozen` of the three frozen.

    Without the early stop of torch.utils.checkpoint, which leaves out the last product of a block.
    """
    blocks = [nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)) for _ in range(2)]
    model = nn.Sequential(nn.Linear(4, 4), *blocks)
    for layer in model[:frozen]:
        layer.requires_grad_(requires_grad=False)
    with set_checkpoint_early_stop(False):
        dispatched = training_step(Checkpointed(model), (torch.zeros(1, 4),)).dispatched
    cost = costcalc.cost(model, (4,), columns=["train_mult_adds", "checkpointed_mult_adds"])
    assert cost["checkpointed_mult_adds"].number == dispatched
    again = 2 if frozen < 2 else 1
    assert cost["checkpointed_mult_adds"].number == cost["train_mult_adds"].number + again * 2 * 16


def test_what_has_no_rule_for_its_gradients_is_a_lower_bound() -> None:
    """A rule of the user's gives 7 mult-adds of a forward pass, before which a layer is trained, or is not."""
    graph = costcalc.trace(_with_rule, (1, 4))
    amount = Cost(graph)["train_mult_adds"]
    assert (amount.number, amount.status) == (2 * 16 + 7, "lower bound")
    text = costcalc.table(graph, columns=["train_mult_adds"]).render()
    assert "at least 39 train mult-adds: unknown is mine::op, in op" in text
    graph.frozen = frozenset(graph.weights)
    amount = Cost(graph)["train_mult_adds"]
    assert (amount.number, amount.status) == (16 + 7, "counted")


def _with_rule(x: Tensor) -> Tensor:
    made = linear(x, "a", 4)
    found: Tensor = custom(made, name="op", aten="mine::op", shapes=[(1, 4)], terms=[(("ops",), (7,))])
    return found


def test_symbols_and_arrays() -> None:
    sympy, numpy = pytest.importorskip("sympy"), pytest.importorskip("numpy")

    @block
    def body(x: Tensor) -> Tensor:
        return relu(conv(x, "c", 4, k=3, padding=1))

    def net(x: Tensor) -> object:
        return outputs(linear(linear(x, "a", 5), "b", 2))

    n = sympy.Symbol("n", integer=True, positive=True)
    assert Cost(costcalc.trace(net, (n, 3)))["train_mult_adds"].number == n * (2 * 3 * 5 + 3 * 5 * 2)
    sizes = numpy.array([2, 3])
    graph = costcalc.trace(lambda x: body(conv(x, "first", 2, k=1), "b"), (1, 3, sizes, 4))
    found = Cost(graph)["train_mult_adds"].number
    assert [int(each) for each in found] == [2 * 2 * h * 4 * 3 + 3 * 4 * h * 4 * 2 * 9 for h in (2, 3)]
    assert Run(graph).mode == "eval"


def test_train_mode_says_that_it_is_the_forward_pass_alone() -> None:
    said = "train mode: the forward pass alone (a whole training step: --columns train_mult_adds)"
    assert said in costcalc.table("vgg11", mode="train").render().splitlines()[0]
    assert said in costcalc.compare("vgg11", "vgg13", mode="train").render().splitlines()[0]
    assert "forward" not in costcalc.table("vgg11").render().splitlines()[0]
