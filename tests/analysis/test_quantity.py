"""How amounts of layers go together, by hand arithmetic, and what holds of every quantity."""

from fractions import Fraction
from pathlib import Path

import pytest
from toy_quantity import TOY, dropped_in

import costcalc
from costcalc.analysis.cost import Cost
from costcalc.analysis.quantities import BASIC, find, keys
from costcalc.analysis.quantity import (
    NOT_COUNTED,
    NOT_RUN,
    UNKNOWN,
    Amount,
    Quantity,
    Ratio,
    add,
    divided,
    largest,
    last,
)
from costcalc.models import quantities
from costcalc.spec import CostcalcError, Tensor, conv, max_pool, outputs, relu, shared, trace
from costcalc.spec.count import ZERO, product
from costcalc.spec.node import Node
from costcalc.spec.run import Run

FIVE, ZERO_AMOUNT, LEAST = Amount(5), Amount(0, "zero"), Amount(7, "lower bound")


@pytest.mark.parametrize(
    ("amounts", "whole"),
    [
        ([], Amount(0, "zero")),
        ([FIVE, Amount(6)], Amount(11)),
        ([FIVE, ZERO_AMOUNT], FIVE),
        ([ZERO_AMOUNT, NOT_RUN], ZERO_AMOUNT),
        ([NOT_RUN, NOT_RUN], NOT_RUN),
        ([FIVE, UNKNOWN], Amount(5, "lower bound")),
        ([UNKNOWN], Amount(0, "lower bound")),
        ([LEAST, FIVE], Amount(12, "lower bound")),
        ([NOT_COUNTED, FIVE], FIVE),
        ([NOT_COUNTED, NOT_COUNTED], NOT_COUNTED),
        ([NOT_COUNTED, Amount(None, "not run")], NOT_COUNTED),
        ([NOT_COUNTED, ZERO_AMOUNT], ZERO_AMOUNT),
        ([Amount(Fraction(1, 2)), Amount(Fraction(3, 2))], Amount(2)),
    ],
)
def test_a_sum(amounts: list[Amount], whole: Amount) -> None:
    assert add(amounts) == whole


@pytest.mark.parametrize(
    ("amounts", "whole"),
    [
        ([FIVE, Amount(6), Amount(2)], Amount(6)),
        ([NOT_RUN, ZERO_AMOUNT], ZERO_AMOUNT),
        ([NOT_RUN], NOT_RUN),
        ([FIVE, UNKNOWN], Amount(5, "lower bound")),
        ([UNKNOWN, NOT_COUNTED], UNKNOWN),
        ([NOT_COUNTED], NOT_COUNTED),
        ([LEAST, FIVE], LEAST),
    ],
)
def test_the_largest(amounts: list[Amount], whole: Amount) -> None:
    assert largest(amounts) == whole


@pytest.mark.parametrize(
    ("amounts", "whole"),
    [
        ([FIVE, Amount(6)], Amount(6)),
        ([FIVE, NOT_RUN], FIVE),
        ([UNKNOWN, FIVE], FIVE),
        ([FIVE, UNKNOWN], UNKNOWN),
        ([FIVE, ZERO_AMOUNT, NOT_COUNTED], ZERO_AMOUNT),
        ([NOT_RUN, NOT_RUN], NOT_RUN),
    ],
)
def test_the_last(amounts: list[Amount], whole: Amount) -> None:
    assert last(amounts) == whole


@pytest.mark.parametrize(
    ("above", "below", "ratio"),
    [
        (Amount(3), Amount(2), Amount(Fraction(3, 2))),
        (ZERO_AMOUNT, Amount(2), Amount(Fraction(0), "zero")),
        (Amount(3), ZERO_AMOUNT, NOT_COUNTED),
        (LEAST, Amount(2), Amount(Fraction(7, 2), "lower bound")),
        (FIVE, LEAST, UNKNOWN),
        (UNKNOWN, FIVE, UNKNOWN),
        (FIVE, UNKNOWN, UNKNOWN),
        (NOT_RUN, FIVE, Amount(None, "not run")),
        (NOT_COUNTED, FIVE, NOT_COUNTED),
    ],
)
def test_a_ratio(above: Amount, below: Amount, ratio: Amount) -> None:
    assert divided(above, below) == ratio


def test_an_amount_from_a_count() -> None:
    count = product(a=2, b=3)
    assert Amount.of(count) == Amount(6, "counted", count)
    assert Amount.of(ZERO) == Amount(0, "zero", ZERO)
    assert Amount.of(None) == UNKNOWN


def head(x: Tensor) -> object:
    """A convolution used twice, and a head that only training has."""
    y = relu(conv(x, "block.c", 4, k=1, bias=False), "block.r", inplace=True)
    return outputs(shared(conv)(y, "block.c", 4, k=1, bias=False), train=[conv(y, "aux", 2, k=1)])


class Channels(Quantity):
    """Channels put out; the widest layer counts for a block."""

    key = heading = "channels"
    together = staticmethod(largest)

    def of(self, node: Node, run: Run) -> Amount:
        return Amount(node.facts.outputs[0][1])


def test_quantities_of_ones_own() -> None:
    """The second use of a layer has no params and all of its mult-adds: 4·4 params; 4·4·25 mult-adds twice."""
    reuse = Ratio("reuse", "mult-adds per param", find("mult_adds"), find("params"))
    graph = trace(head, (1, 4, 5, 5))
    cost = Cost(graph, quantities=[Channels(), reuse, find("params"), find("mult_adds")])
    names = [row.name for row in cost.layers]
    assert [row["channels"].number for row in cost.layers] == [0 if name == "aux" else 4 for name in names]
    assert (cost["channels"], cost["reuse"]) == (Amount(4), Amount(Fraction(2 * 400, 16 + 2 * 4 + 2)))
    block = {row.name: row for row in cost.by_block().rows}["block"]
    assert block["reuse"] == Amount(Fraction(800, 16))
    assert {row.name: row["reuse"].status for row in cost.layers}["aux"] == "not run"
    frame = cost.to_pandas()
    assert list(frame.columns) == ["name", "op", "output", "channels", "reuse", "params", "mult_adds", "status"]
    assert frame["reuse"][0] == 25


def test_params_are_counted_once_and_in_every_mode() -> None:
    cost = Cost(trace(head, (1, 4, 5, 5)))
    params = {row.name: row.params for row in cost.layers if row.op == "conv"}
    assert params == {"block.c": 16, "aux": 10, "block.c@2": 0}
    assert cost.params == Cost(cost.graph, "train").params == 16 + 10
    assert {row.name: row["params"].status for row in cost.layers}["aux"] == "counted"


def test_an_unknown_makes_every_total_a_lower_bound(tmp_path: Path) -> None:
    """Toys: 3 per channel of conv's 4; the pool's are unknown."""
    with dropped_in(tmp_path, "toys", TOY):
        cost = Cost(trace(lambda x: max_pool(relu(conv(x, "b.c", 4, k=1), "b.r"), "b.p", k=2), (1, 3, 6, 6)))
        assert cost["toys"] == Amount(12, "lower bound")
        (block,) = cost.by_block().rows
        assert block["toys"] == Amount(12, "lower bound")
        assert [row["toys"].status for row in cost.layers] == ["counted", "zero", "unknown"]
        assert cost.status == "complete", "of the mult-adds"
        frame = Cost(cost.graph, quantities=[find("toys")]).to_pandas()
        assert frame["toys"].dtype == "Int64"
        assert frame["toys"].fillna(-1).tolist() == [12, 0, -1]


def test_the_registry() -> None:
    assert keys()[:3] == list(BASIC) == ["params", "mult_adds", "activations"]
    for key in keys():
        quantity = find(key)
        assert (quantity.key, quantity.convention) == (key, None)
        assert quantity.heading
    with pytest.raises(CostcalcError, match="unknown quantity 'quantity'; there are params, mult_adds, activations"):
        find("quantity")
    assert [q.key for q in quantities(["fvcore", "params", "fvcore"], ["thop", "fvcore"])] == [
        "fvcore", "params", "thop",
    ]  # fmt: skip


def test_a_convention_is_a_quantity() -> None:
    cost = costcalc.cost("googlenet", columns=["params", "fvcore", "keras"])
    assert cost["fvcore"].number == cost.counts["fvcore"] == sum(r["fvcore"].number or 0 for r in cost.layers)
    assert cost["keras"] == NOT_COUNTED
    assert list(cost.to_pandas().columns) == ["name", "op", "output", "params", "status", "fvcore", "keras"]
    first = cost.layers[0]["fvcore"]
    assert first.formula is not None
    assert first.formula.value == first.number == 64 * 112 * 112 * 3 * 7 * 7


def test_any_other_quantity_can_be_asked_for() -> None:
    cost = costcalc.cost("googlenet", columns=["fvcore"])
    assert (cost.params, cost.macs) == (6_998_552, 1_582_671_872)
    with pytest.raises(CostcalcError, match="unknown quantity 'thop'"):
        cost["thop"]
