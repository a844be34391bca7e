"""Params, statuses and tensors of layers, blocks and ops, on networks small enough to redo by hand."""

from typing import Any

from small_networks import IMAGE, heads, pair, riddle, rows

import costcalc
from costcalc.analysis.cost import Cost
from costcalc.spec import (
    Facts,
    Shape,
    Tensor,
    add,
    batch_norm,
    block,
    concat,
    conv,
    outputs,
    product,
    relu,
    shared,
    split,
    trace,
)
from costcalc.spec.trace import op


@op
def learned(x: Shape) -> Facts:
    """An op of 5 params whose mult-adds are unknown."""
    return Facts((x,), macs=None, weights={"w": (5,)})


@op
def nothing(x: Shape) -> Facts:
    """An op with a formula that gives zero."""
    return Facts((x,), macs=product(N=x[0], none=0))


# Params


def twice(x: Tensor) -> Tensor:
    """A block of 3·3 weights, and a layer of 3·3 + 3, each used twice."""
    y = pair(x, "tower", width=3)
    z = shared(pair)(y, "tower", width=3)
    last = conv(add(y, z), "last", 3, k=1)
    return shared(conv)(last, "last", 3, k=1)


def test_shared_weights_are_counted_once_in_every_breakdown() -> None:
    """Mult-adds each time: 2 · 3·3 · 16, twice; params once: 3·3, and 3·3 + 3."""
    cost = Cost(trace(twice, IMAGE))
    assert (cost.params, cost.macs) == (9 + 12, 4 * 144)
    assert {row.name: row.params for row in cost.by_layer().rows} == {
        "tower.c": 9, "tower.c_relu": 0, "tower.c@2": 0, "tower.c_relu@2": 0, "add": 0, "last": 12, "last@2": 0,
    }  # fmt: skip
    assert {row.name: (row.params, row.macs) for row in cost.by_block().rows} == {
        "tower": (9, 2 * 144), "add": (0, 0), "last": (12, 2 * 144),
    }  # fmt: skip
    assert {row.name: (row.params, row.macs) for row in cost.by_op().rows} == {
        "conv": (21, 4 * 144), "relu": (0, 0), "add": (0, 0),
    }  # fmt: skip


def test_params_are_those_of_every_mode_and_mult_adds_those_of_what_runs() -> None:
    graph = trace(heads, IMAGE)
    main, head = 16 * (12 + 20), 16 * (8 + 12)
    for mode, macs in (("eval", main), ("train", main + head)):
        cost = Cost(graph, mode)  # type: ignore[arg-type]
        assert (cost.params, cost.macs, cost.status) == (12 + 20 + 8, macs, "complete")
        assert sum(row.params for row in cost.by_block().rows) == 40
    layer = rows(graph, "layer")["head.c"]
    assert (layer.params, layer.macs, layer.activations, layer.status, layer.formula) == (8, 0, 0, "not run", "")
    trained = rows(graph, "layer", "train")["head.c"]
    assert (trained.macs, trained.activations, trained.status) == (16 * 8, 16 * 2, "counted")
    assert trained.formula == "2·4·4·4·1·1 = 128"


# Statuses


def test_statuses_of_layers_and_groups() -> None:
    @block
    def zeros(x: Tensor) -> Tensor:
        return relu(batch_norm(x, "n"))

    @block
    def mixed(x: Tensor) -> Tensor:
        return riddle(pair(x, "p", width=2))

    def network(x: Tensor) -> Any:
        y = riddle(riddle(mixed(zeros(pair(x, "known", width=3), "free"), "mixed"), "odd.a"), "odd.b")
        return outputs(y, train=[relu(conv(y, "head.c", 1, k=1))])

    graph = trace(network, IMAGE)
    assert {name: (row.macs, row.status) for name, row in rows(graph, "block").items()} == {
        "known": (144, "counted"),  # counted, and zero by convention
        "free": (0, "zero"),
        "mixed": (96, "lower bound"),  # what is known of it
        "odd": (0, "lower bound"),  # nothing is known
        "head": (0, "not run"),
    }
    assert rows(graph, "block", "train")["head"].status == "counted"
    layers = rows(graph, "layer")
    assert {name: row.status for name, row in layers.items()} == {
        "known.c": "counted", "known.c_relu": "zero", "free.n": "zero", "free.n_relu": "zero",
        "mixed.p.c": "counted", "mixed.p.c_relu": "zero", "mixed.riddle": "unknown", "odd.a": "unknown",
        "odd.b": "unknown", "head.c": "not run", "head.c_relu": "not run",
    }  # fmt: skip
    assert [layers[name].macs for name in ("mixed.riddle", "odd.a", "free.n", "head.c")] == [None, None, 0, 0]
    assert {row.op: row.status for row in Cost(graph).by_op().rows} == {
        "conv": "counted", "relu": "zero", "batch_norm": "zero", "riddle": "lower bound",
    }  # fmt: skip
    cost = Cost(graph)
    assert (cost.unknown, cost.status, cost.macs) == (["mixed.riddle", "odd.a", "odd.b"], "lower bound", 144 + 96)
    assert repr(cost) == "Cost(network: 24 params, at least 240 mult-adds)"  # 3·3, 3 + 3, 3·2; and the head's 2 + 1
    assert "The total is a lower bound, at least 240" in costcalc.Cost(graph)._repr_html_()


def test_a_group_that_is_zero_in_part_and_not_run_in_part_is_zero() -> None:
    @block
    def both(x: Tensor) -> Any:
        return relu(x, "always"), relu(x, "training")

    def network(x: Tensor) -> Any:
        always, training = both(x, "both")
        return outputs(always, train=[training])

    assert rows(trace(network, IMAGE), "block")["both"].status == "zero"


def test_what_only_training_runs_can_be_unknown_there_alone() -> None:
    graph = trace(lambda x: outputs(relu(x), train=[riddle(x, "r")]), IMAGE)
    assert (Cost(graph).status, Cost(graph).unknown) == ("complete", [])
    assert (Cost(graph, "train").status, Cost(graph, "train").unknown) == ("lower bound", ["r"])


def test_an_unknown_op_has_its_params() -> None:
    cost = Cost(trace(lambda x: learned(x, "l"), IMAGE))
    assert (cost.params, cost.macs, cost.unknown) == (5, 0, ["l"])
    assert cost.by_layer().rows[0].params == 5


def test_a_formula_that_gives_zero_is_counted() -> None:
    row = rows(trace(lambda x: nothing(x, "n"), (2, 3)), "layer")["n"]
    assert (row.macs, row.status, row.formula) == (0, "counted", "2·0 = 0")


# Tensors in and out


def test_rows_tell_what_they_read_and_what_others_read_of_them() -> None:
    def network(x: Tensor, y: Tensor) -> Any:
        a, b = split(pair(x, "one", width=4), "cut", sizes=(1, 3))
        two = pair(concat(a, y, a), "two", width=5)
        return add(two, two, name="sum"), b

    graph = trace(network, IMAGE, (1, 2, 4, 4))
    layers, blocks = rows(graph, "layer"), rows(graph, "block")
    assert layers["cut"].outputs == ((1, 1, 4, 4), (1, 3, 4, 4))
    assert (layers["concat"].inputs, layers["sum"].inputs) == (("cut", "input_2"), ("two.c_relu",))
    assert (blocks["one"].inputs, blocks["one"].outputs) == (("input",), ((1, 4, 4, 4),))
    assert (blocks["two"].op, blocks["two"].inputs) == ("conv+relu", ("concat",))
    for row in rows(graph, "op").values():
        assert (row.inputs, row.outputs) == ((), ())


def test_a_block_puts_out_what_the_caller_or_training_reads() -> None:
    @block
    def fork(x: Tensor) -> Any:
        inside = conv(x, "inside", 2, k=1)
        return relu(inside, "a"), conv(inside, "b", 3, k=1), conv(inside, "unread", 4, k=1)

    def network(x: Tensor) -> Any:
        a, b, _ = fork(x, "fork")
        return outputs(a, train=[b])

    assert rows(trace(network, IMAGE), "block")["fork"].outputs == ((1, 2, 4, 4), (1, 3, 4, 4))


def test_of_several_outputs_a_block_puts_out_those_that_are_read() -> None:
    """A layer puts out all of them, read or not."""

    @block
    def cut(x: Tensor) -> Tensor:
        _, b, c = split(x, "three", sizes=(1, 1, 1))
        return concat(relu(b, "inside"), c)

    @block
    def halved(x: Tensor) -> Any:
        a, b = split(relu(x, "r"), "two", sizes=(1, 1))
        return relu(a, "inside"), b

    graph = trace(lambda x: halved(cut(x, "cut"), "halved")[1], IMAGE)
    assert rows(graph, "layer")["cut.three"].outputs == ((1, 1, 4, 4),) * 3
    assert rows(graph, "block")["cut"].outputs == ((1, 2, 4, 4),)
    assert rows(graph, "block")["halved"].outputs == ((1, 1, 4, 4),)


def test_depths_of_blocks() -> None:
    @block
    def outer(x: Tensor) -> Tensor:
        return conv(pair(pair(x, "p", width=3), "q", width=3), "last", 1, k=1)

    graph = trace(lambda x: outer(outer(x, "a"), "b"), IMAGE)
    assert list(rows(graph, "block")) == ["a", "b"]
    assert list(rows(graph, "block", depth=2)) == ["a.p", "a.q", "a.last", "b.p", "b.q", "b.last"]
    assert list(rows(graph, "block", depth=3))[:3] == ["a.p.c", "a.p.c_relu", "a.q.c"]
    assert rows(graph, "block", depth=3).keys() == rows(graph, "block", depth=9).keys() == rows(graph, "layer").keys()
