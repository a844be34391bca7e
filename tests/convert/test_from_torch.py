"""Graphs that from_torch reads from modules and functions: examples small enough to redo by hand."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from small_modules import costs, edges, module, named
from torch import nn

from costcalc.convert.from_torch import from_torch
from costcalc.spec import conv, linear, relu, trace

# Modules


def test_the_same_graph_as_written_by_hand() -> None:
    def network(x: Any) -> Any:
        return linear(relu(conv(x, "c", 4, k=3, stride=2, padding=1), "r"), "l", 5, bias=False)

    theirs = module(
        lambda self, x: self.l(self.r(self.c(x))),
        c=nn.Conv2d(3, 4, 3, 2, 1),
        r=nn.ReLU(),
        l=nn.Linear(4, 5, bias=False),
    )
    ours, read = trace(network, (2, 3, 8, 8)), from_torch(theirs, (3, 8, 8), batch=2)
    assert [(n.name, n.op, n.facts, n.weights) for n in read.nodes] == [
        (n.name, n.op, n.facts, n.weights) for n in ours.nodes
    ]
    assert edges(read) == edges(ours)
    assert (read.weights, read.name) == (ours.weights, "Made")


def test_a_module_of_one_op_and_a_batch() -> None:
    graph = from_torch(nn.Linear(3, 4), (5, 3), batch=2, name="one")
    assert (graph.name, named(graph), list(graph.weights)) == ("one", {"linear": "linear"}, ["weight", "bias"])
    assert costs(graph) == (3 * 4 + 4, 2 * 5 * 3 * 4, "complete")


def test_blocks_are_the_calls_of_modules() -> None:
    inner = nn.Sequential(nn.Conv2d(3, 3, 1), nn.Sequential(nn.ReLU()))
    graph = from_torch(module(lambda self, x: self.a(self.a(x)), a=inner), (3, 4, 4))
    assert [n.name for n in graph.nodes] == ["a.0", "a.1.0", "a.0@2", "a.1.0@2"]
    first, relu1, again, _ = (node.block for node in graph.nodes)
    assert first is not None
    assert relu1 is not None
    assert again is not None
    assert (first.path, relu1.path, again.path) == ("a", "a.1", "a")
    assert relu1.parent is first is not again
    assert costs(graph) == (3 * 3 + 3, 2 * 16 * 3 * 3, "complete")  # params once, mult-adds each time


def test_tied_weights_count_once_by_their_first_name() -> None:
    tied = module(lambda self, x: self.head(self.emb(x)), emb=nn.Embedding(10, 4), head=nn.Linear(4, 10, bias=False))
    tied.head.weight = tied.emb.weight
    graph = from_torch(tied, (5,))
    assert [n.weights for n in graph.nodes] == [("emb.weight",), ("emb.weight",)]
    assert costs(graph) == (10 * 4, 5 * 4 * 10, "complete")


def test_frozen_and_unused_parameters_count_and_buffers_do_not() -> None:
    made = module(lambda self, x: self.n(self.c(x)), c=nn.Conv2d(3, 2, 1), n=nn.BatchNorm2d(2), spare=nn.Linear(7, 7))
    made.c.requires_grad_(False)
    graph = from_torch(made, (3, 4, 4), batch=2)
    assert costs(graph)[0] == (3 * 2 + 2) + 2 * 2 + (7 * 7 + 7)
    assert list(graph.buffers) == ["n.running_mean", "n.running_var", "n.num_batches_tracked"]
    assert named(graph)["spare.weight"] == "parameter"


def test_a_subclass_is_run() -> None:
    class Twice(nn.Conv2d):
        def forward(self, x: Any) -> Any:
            return F.conv2d(x, self.weight, self.bias) + super().forward(x)

    graph = from_torch(module(lambda self, x: self.c(x), c=Twice(3, 4, 1)), (3, 2, 2))
    assert named(graph) == {"c.conv": "conv", "c.conv_2": "conv", "c.add": "add"}
    assert [n.call.name for n in graph.nodes if n.call] == ["torch.nn.functional.conv2d"] * 2 + ["operator.add"]
    assert costs(graph) == (3 * 4 + 4, 2 * (4 * 2 * 2 * 3), "complete")


def test_hooks_run() -> None:
    made = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1))
    made[0].register_forward_hook(lambda m, args, out: out * 2)
    made[1].register_forward_pre_hook(lambda m, args: (F.relu(args[0]),))
    graph = from_torch(made, (3, 2, 2))
    assert named(graph) == {"0": "conv", "0.scale": "scale", "relu": "relu", "1": "conv"}  # as the hooks run
    names = [n.call.name for n in graph.nodes if n.call]
    assert names == ["Conv2d", "operator.mul", "torch.nn.functional.relu", "Conv2d"]


@pytest.mark.parametrize("norm", [nn.utils.parametrizations.weight_norm, nn.utils.weight_norm])
@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
def test_weights_that_are_computed(norm: Any) -> None:
    made = module(lambda self, x: self.c(x), c=norm(nn.Conv2d(3, 4, 1)))
    graph = from_torch(made, (3, 2, 2))
    assert costs(graph) == (sum(p.numel() for p in made.parameters()), 4 * 2 * 2 * 3, "complete")
    (node,) = [n for n in graph.nodes if n.op == "conv"]
    assert (node.weights, list(node.facts.weights)) == (("c.bias",), ["bias"])
    assert [t.node.facts.settings["aten"] for t in node.inputs if t.node] == ["_weight_norm"]


def test_modules_of_torch_without_an_op_give_their_name() -> None:
    made = nn.Sequential(nn.PReLU(3), nn.Mish(), nn.Conv2d(3, 3, 3, padding=1, padding_mode="reflect"))
    graph = from_torch(made, (3, 4, 4))
    assert named(graph) == {"0": "elementwise", "1": "elementwise", "2.pad": "move", "2": "conv"}
    assert [n.call.name for n in graph.nodes if n.call] == ["PReLU", "Mish", "Conv2d"]
    assert graph.nodes[0].weights == ("0.weight",)


def test_a_module_that_the_model_does_not_hold() -> None:
    outside = [nn.Linear(3, 4)]
    graph = from_torch(module(lambda self, x: nn.ReLU()(outside[0](x))), (3,))
    assert named(graph) == {"constant": "constant", "constant_2": "constant", "linear": "linear", "relu": "relu"}
    assert costs(graph) == (0, 12, "complete")  # it has no such parameters, and runs them all the same


# Functions


def test_functions_are_named_after_their_module_and_kind() -> None:
    inner = module(lambda self, x: F.relu(F.conv2d(x, self.w)), w=nn.Parameter(torch.zeros(4, 3, 1, 1)))
    graph = from_torch(module(lambda self, x: self.m(x) - 1, m=inner), (3, 2, 2))
    assert named(graph) == {"m.conv": "conv", "m.relu": "relu", "sub": "elementwise"}
    assert (graph.nodes[0].weights, graph.nodes[0].module) == (("m.w",), "m")
    assert costs(graph) == (4 * 3, 4 * 2 * 2 * 3, "complete")


@pytest.mark.parametrize(
    ("function", "macs"),
    [
        (lambda a, b: a @ b.mT, 2 * 3 * 4 * 5),
        (lambda a, b: torch.einsum("nld,nmd->nlm", a, b), 2 * 3 * 4 * 5),
        (lambda a, b: torch.bmm(a, b.transpose(1, 2)), 2 * 3 * 4 * 5),
        (lambda a, b: torch.baddbmm(torch.zeros(1), a, b.mT), 2 * 3 * 4 * 5),
        (lambda a, b: torch.addmm(torch.zeros(3), a[0], b[0, :3].mT), 3 * 3 * 4),
        (lambda a, b: a[0].mv(b[0, 0]), 3 * 4),
        (lambda a, b: a[0, 0] @ b[0, 0], 4),
        (lambda a, b: torch.tensordot(a, b, dims=([2], [2])), 2 * 3 * 4 * 2 * 5),
        (lambda a, b: F.scaled_dot_product_attention(a, b, b), 2 * (2 * 3 * 4 * 5)),
        (lambda a, b: F.linear(a, b[0]), 2 * 3 * 4 * 5),
        (lambda a, b: F.conv1d(a.mT, b[0, :3].unsqueeze(-1)), 2 * 3 * 3 * 4),
        (lambda a, b: (a * 2 + b[:, :3].exp()).softmax(-1).mean(), 0),
        (lambda a, b: torch.cat([a, b], 1).flip(1).topk(2)[0].cumsum(1), 0),
    ],
)
def test_products_however_they_are_called(function: Any, macs: int) -> None:
    graph = from_torch(module(lambda self, a, b: function(a, b)), [(3, 4), (5, 4)], batch=2)
    assert costs(graph) == (0, macs, "complete")


def test_grouped_queries() -> None:
    def forward(self: Any, q: Any, k: Any) -> Any:
        return F.scaled_dot_product_attention(q, k, k, enable_gqa=True)

    graph = from_torch(module(forward), [(4, 3, 8), (2, 5, 8)])
    assert costs(graph) == (0, 2 * 4 * 3 * 5 * 8, "complete")


def test_parameters_and_constants_are_nodes() -> None:
    def forward(self: Any, x: Any) -> Any:
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        return (x + self.positions) @ self.mix

    made = module(forward, token=nn.Parameter(torch.zeros(1, 1, 4)), positions=nn.Parameter(torch.zeros(1, 6, 4)))
    made.register_buffer("mix", torch.zeros(4, 4))
    graph = from_torch(made, (5, 4), batch=2)
    assert edges(graph)["add"] == ["concat", "positions"]
    assert edges(graph)["add_2"] == ["add", "positions"]
    assert edges(graph)["matmul"] == ["add_2", "mix"]
    assert (named(graph)["positions"], named(graph)["mix"]) == ("parameter", "constant")
    assert costs(graph) == (4 + 6 * 4, 2 * 6 * 4 * 4, "complete")


def test_what_is_written_in_place_is_an_edge() -> None:
    def forward(self: Any, x: Any) -> Any:
        out = torch.zeros(2, 4, 3, device=x.device)
        out[:, :2] = x
        out[:, 2:] = x.exp()
        return self.l(out)

    graph = from_torch(module(forward, l=nn.Linear(3, 3)), (2, 3), batch=2)
    (node,) = [n for n in graph.nodes if n.op == "linear"]
    seen, todo = set(), list(node.inputs)
    while todo:
        t = todo.pop()
        seen.add(t.name)
        todo += t.node.inputs if t.node else ()
    assert {"input", "exp"} <= seen


def test_numbers_that_do_not_depend_on_inputs_are_there() -> None:
    def forward(self: Any, x: Any) -> Any:
        steps = torch.linspace(0, 1, 3).tolist()
        size = int(self.sizes.max()) if self.sizes[0] > 1 else 0
        return self.l(x[:, :size]) * steps[1]

    made = module(forward, l=nn.Linear(3, 2))
    made.register_buffer("sizes", torch.tensor([2, 3]))
    assert costs(from_torch(made, (5,))) == (3 * 2 + 2, 3 * 2, "complete")
