"""Rules of tools on nodes that do not fit them: each counts them, or refuses them in one line that names the layer."""

import contextlib
import itertools
from typing import Any

import pytest

from costcalc.analysis import quantities
from costcalc.analysis.cost import Cost
from costcalc.conventions import find, names
from costcalc.conventions.convention import Convention
from costcalc.conventions.ledger import ledger
from costcalc.conventions.quantity import Counted
from costcalc.conventions.tools.calflops_macs import PATCHED
from costcalc.conventions.tools.thop import HOOKED
from costcalc.report.cost_table import cost_data, cost_table
from costcalc.report.explain_table import explain_data, explain_table
from costcalc.report.formats import render
from costcalc.report.json_text import to_json
from costcalc.report.reconcile_table import reconcile_tables
from costcalc.spec import Facts, Graph, Node, Run, SpecError, Tensor, TorchCall
from costcalc.spec.building import Trace
from costcalc.spec.graph import Mode
from costcalc.spec.node import BlockCall
from costcalc.spec.noticed import ModuleCall, Noticed
from costcalc.spec.rules import facts_of

SHAPES: list[tuple[int, ...]] = [(), (3,), (1, 2), (1, 2, 4), (1, 2, 4, 4), (2, 2, 4, 4, 4), (1, 0, 4, 4)]
ARGS: list[dict[str, Any]] = [
    {}, {"size": "abc"}, {"size": None}, {"size": 1.5}, {"size": (3, "a")}, {"size": ()}, {"size": True},
    {"scale_factor": "x"}, {"scale_factor": (2, 2)}, {"scale_factor": 1e300}, {"scale_factor": None},
]  # fmt: skip
MODES: tuple[Mode, ...] = ("eval", "train")
CELL, ATTENTION = "torch.nn.modules.rnn.LSTMCell", "torch.nn.modules.activation.MultiheadAttention"
ENCODER = "torch.nn.modules.transformer.TransformerEncoderLayer"
SIZES = Noticed(size_products=2)


def network(
    op: str,
    facts: Facts,
    inputs: list[tuple[int, ...]],
    weights: int = 0,
    block: BlockCall | None = None,
    noticed: Noticed = SIZES,
) -> Graph:
    """A network of one node, with what it is told to have. It is the output: tools that read a trace count it too."""
    trace = Trace()
    trace.shapes = ((1,),)
    tensors = tuple(Tensor(trace, shape, None, i) for i, shape in enumerate(inputs))
    facts.weights = dict(list(facts.weights.items())[:weights])
    held = {f"a.{key}": shape for key, shape in facts.weights.items()}
    node = Node("a", op, tensors, facts, tuple(held), block, noticed)
    trace.nodes.append(node)
    return Graph("odd", (Tensor(trace, (1,), None, 0),), (node,), (Tensor(trace, (1,), node, 0),), (), held, {})


def generic(aten: str, outputs: list[tuple[int, ...]]) -> Facts:
    """What `elementwise`, `move` and `unknown` say of themselves."""
    weights = {"weight": (2,), "bias": (2,)}
    return Facts(tuple(outputs), weights=weights, settings={"aten": aten, "shapes": outputs, "fresh": True})


def counted(tool: str, graph: Graph) -> bool:
    """Through what is said of a network by a tool: True if it counts it, False if it refuses it in one line."""
    with contextlib.suppress(SpecError):
        for mode in MODES:
            said(find(tool), graph, mode)
        return True
    return False


def said(convention: Convention, graph: Graph, mode: Mode) -> None:
    cost = Cost(graph, mode, [Counted(convention), *map(quantities.find, quantities.BASIC)])
    total = convention.total(cost.run)
    assert type(total) is int
    to_json(cost_data(cost, cost.by_layer().rows))
    render(reconcile_tables(cost), "csv")
    render([cost_table(cost, cost.by_op().rows, "op", {})], "csv")
    render([explain_table(cost, cost.layers[0])], "csv")
    to_json(explain_data(cost, cost.layers[0]))
    for numbers in (convention.by_module(cost.run), convention.params_by_module(cost.run)):
        assert all(type(number) is int for number in numbers.values())
    assert sum(line.difference for line in ledger(convention, cost.run)) == total - cost.macs


@pytest.mark.parametrize("tool", names())
def test_operations_with_any_inputs_and_outputs(tool: str) -> None:
    """Each operation that a tool knows by name, called by each name, on no tensor, one or two, making none or one."""
    atens = sorted({*find(tool).generic, "prelu", "mul"})
    calls = sorted(HOOKED | PATCHED | {"ELU", "torch.ops.aten.prelu", "operator.mul"})
    outcomes = set()
    for number, (aten, name) in enumerate(itertools.islice(itertools.product(atens, calls), 0, None, 5)):
        shapes, args = SHAPES[number % len(SHAPES)], ARGS[number % len(ARGS)]
        inputs = [[], [shapes], [shapes, SHAPES[number % 5]]][number % 3]
        facts = generic(aten, [[], [shapes]][number % 2])
        noticed = Noticed(TorchCall(name, args), "mv", 2)
        op = ["elementwise", "move", "unknown"][number % 7 % 3]
        outcomes.add(counted(tool, network(op, facts, inputs, number % 3, noticed=noticed)))
    assert True in outcomes


OPS: list[tuple[str, list[tuple[int, ...]], dict[str, Any]]] = [
    ("conv", [(1, 2, 8, 8)], {"width": 2, "k": 3, "padding": "same"}),
    ("conv_transpose", [(1, 2, 8, 8)], {"width": 2, "k": 2}),
    ("linear", [(1, 4)], {"width": 3}),
    ("lstm", [(1, 3, 4)], {"width": 2, "layers": 2}),
    ("gru", [(1, 3, 4)], {"width": 2, "bidirectional": True}),
    ("rnn", [(1, 3, 4)], {"width": 2}),
    ("upsample", [(1, 2, 4, 4)], {"scale": 2, "mode": "bilinear"}),
    ("upsample", [(1, 2, 4, 4)], {"size": (9, 9)}),
    ("batch_norm", [(1, 2, 4, 4)], {}),
    ("layer_norm", [(1, 2, 4)], {}),
    ("softmax", [(1, 4)], {}),
    ("multi_head_attention", [(1, 3, 4)], {"heads": 2, "need_weights": True}),
    ("matmul", [(1, 2, 3), (1, 3, 4)], {}),
    ("einsum", [(1, 2), (2, 3)], {"equation": "ab,bc->ac"}),
    ("scaled_dot_product_attention", [(1, 2, 3, 4)] * 3, {}),
    ("adaptive_avg_pool", [(1, 2, 4, 4)], {"size": 3}),
    ("lrn", [(1, 2, 4, 4)], {"size": 5}),
    ("add", [(1, 2), (1, 2)], {}),
]


@pytest.mark.parametrize("tool", names())
def test_ops_called_as_others_without_their_weights_in_odd_blocks(tool: str) -> None:
    calls = [None, *(TorchCall(name, args) for name, args in zip(sorted(HOOKED | PATCHED), itertools.cycle(ARGS)))]
    kinds = [
        "",
        CELL,
        ATTENTION,
        ENCODER,
        CELL.replace("LSTM", "GRU"),
        "timm.layers.attention.Attention",
        "own.MyConv2d",
    ]
    outcomes = set()
    for number, ((op, inputs, settings), call) in enumerate(
        itertools.islice(itertools.product(OPS, calls), 0, None, 3)
    ):
        facts = facts_of(op, inputs, settings)
        kernel = ["", "addmm", "mv", "_convolution_mode"][number % 4]
        outputs = [(), (1, 2), (0, 0, 0), (1, 2, 3)]
        block = BlockCall("b", None, ModuleCall(kinds[number % len(kinds)], number % 2 == 0, outputs[number % 4]))
        graph = network(op, facts, inputs, number % 4, block, Noticed(call, kernel, 2, no_call=call is None))
        outcomes.add(counted(tool, graph))
    assert True in outcomes


CALLED = {
    "prelu": TorchCall("PReLU"),
    "mul": TorchCall("torch.mul"),
    "grid_sampler": TorchCall("torch.ops.aten.grid_sampler"),
    "matmul": TorchCall("torch.matmul"),
}
PRELU = generic("prelu", [(1, 2)])


@pytest.mark.parametrize(
    ("tool", "op", "facts", "inputs", "kind"),
    [
        ("thop", "elementwise", PRELU, [], ""),
        ("ptflops", "elementwise", PRELU, [], ""),
        ("calflops_flops", "elementwise", PRELU, [], ""),
        ("thop", "move", generic("x", [(1, 2)]), [(1, 2)], CELL),
        ("ptflops", "move", generic("x", [(1, 2)]), [(1, 2)], CELL),
        ("torchprofile", "elementwise", generic("mul", []), [(1, 2)], ""),
        ("fvcore", "elementwise", generic("grid_sampler", []), [(1, 2)], ""),
        ("calflops_macs", "matmul", facts_of("matmul", [(1, 2, 3), (1, 3, 4)], {}), [(1, 2, 3)], ""),
    ],
)
def test_the_line(tool: str, op: str, facts: Facts, inputs: list[tuple[int, ...]], kind: str) -> None:
    block = BlockCall("block", None, ModuleCall(kind)) if kind else None
    graph = network(op, facts, inputs, 0, block, Noticed(CALLED.get(facts.settings.get("aten", op))))
    with pytest.raises(SpecError) as caught:
        find(tool).total(Run(graph))
    assert str(caught.value) == (
        f"layer {'block' if kind else 'a'!r} has inputs, weights or settings that {tool} cannot count: expected those "
        "of the torch operation that the layer names"
    )
    assert caught.value.__cause__ is not None


def test_a_count_that_is_no_whole_number_is_refused() -> None:
    facts = facts_of("upsample", [(1, 2, 4, 4)], {"scale": 2})
    noticed = Noticed(TorchCall("torch.nn.functional.interpolate", {"size": 1.5}))
    with pytest.raises(SpecError, match="that calflops_flops cannot count"):
        find("calflops_flops").total(Run(network("upsample", facts, [(1, 2, 4, 4)], noticed=noticed)))


def test_what_fits_is_counted_as_before() -> None:
    """PReLU on (1, 2): thop counts 1 for each element of its input."""
    graph = network("elementwise", PRELU, [(1, 2)], noticed=Noticed(CALLED["prelu"]))
    assert find("thop").total(Run(graph)) == 2
