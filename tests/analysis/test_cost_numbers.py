"""Activations, tokens, the numbers of tools and frames of a Cost, on networks small enough to redo by hand."""

from fractions import Fraction

import pandas
from small_networks import IMAGE, heads, pair, riddle

from costcalc.analysis.cost import Breakdown, Cost
from costcalc.models import quantities
from costcalc.spec import (
    Tensor,
    add,
    batch_norm,
    dropout,
    embedding,
    flatten,
    linear,
    lstm,
    relu,
    split,
    trace,
)

# Activations


def test_activations_are_elements_of_their_own() -> None:
    """A view and an op in place have none; dropout has some in training alone; an LSTM has its states, too."""

    def network(x: Tensor) -> Tensor:
        x, _, _ = lstm(x, "lstm", 6)
        return relu(flatten(dropout(x, "drop", p=0.1)), inplace=True)

    graph = trace(network, (2, 5, 3))
    lstm_elements, dropped = 2 * 5 * 6 + 2 * (1 * 2 * 6), 2 * 5 * 6
    assert Cost(graph).activations == lstm_elements
    assert Cost(graph, "train").activations == lstm_elements + dropped
    assert [row.activations for row in Cost(graph, "train").by_block().rows] == [lstm_elements, dropped, 0, 0]
    inplace = trace(lambda x: dropout(x, inplace=True), (2, 5, 3))
    assert Cost(inplace, "train").activations == 0


# Tokens


def test_tokens_are_ids_of_the_first_input() -> None:
    def network(ids: Tensor, other: Tensor) -> Tensor:
        return add(linear(embedding(ids, "e", 4, vocabulary=9), "fc", 4), embedding(other, "o", 4, vocabulary=9))

    cost = Cost(trace(network, (2, 5), (2, 5)))
    assert (cost.tokens, cost.macs) == (10, 10 * 16)
    assert cost.macs_per_token == 16
    assert cost.params == 2 * 9 * 4 + 4 * 4 + 4
    assert Cost(trace(network, (2, 5), (2, 1))).tokens is None  # of two lengths

    def features(x: Tensor, ids: Tensor) -> Tensor:
        return add(x, embedding(ids, "e", 4, vocabulary=9))

    cost = Cost(trace(features, (2, 5, 4), (2, 5)))
    assert (cost.tokens, cost.macs_per_token) == (None, None)
    assert Cost(trace(lambda ids, x: features(x, ids), (2, 5), (2, 5, 4))).tokens == 10
    assert Cost(trace(lambda x: relu(x), (2, 5))).tokens is None


def test_mult_adds_per_token_are_exact() -> None:
    def network(ids: Tensor) -> Tensor:
        return linear(flatten(embedding(ids, "e", 4, vocabulary=9)), "fc", 1, bias=False)

    assert Cost(trace(network, (1, 3))).macs_per_token == Fraction(12, 3)
    pooled = trace(lambda ids: linear(split(embedding(ids, "e", 5, vocabulary=9), sizes=(1, 2))[0], "fc", 1), (1, 3))
    assert Cost(pooled).macs_per_token == Fraction(5, 3)


# What tools count


def test_a_tools_numbers_by_row() -> None:
    """fvcore counts batch norm, 2 per element, and relu as zero; FlopCounterMode sees neither, and counts twice."""
    graph = trace(lambda x: relu(batch_norm(pair(x, "p", width=2), "n"), "r"), IMAGE)
    cost = Cost(graph, quantities=quantities(conventions=["fvcore", "flopcounter"]))

    def counts(breakdown: Breakdown) -> dict[str, list[int | None]]:
        return {row.name: [row.counts["fvcore"], row.counts["flopcounter"]] for row in breakdown.rows}

    assert counts(cost.by_layer()) == {"p.c": [96, 192], "p.c_relu": [0, None], "n": [64, None], "r": [0, None]}
    assert counts(cost.by_block()) == {"p": [96, 192], "n": [64, None], "r": [0, None]}
    assert counts(cost.by_op()) == {"conv": [96, 192], "relu": [0, None], "batch_norm": [64, None]}
    assert cost.counts == {"fvcore": 160, "flopcounter": 192}
    assert Cost(graph).counts == {}


def test_a_tools_numbers_are_those_of_the_mode() -> None:
    graph = trace(heads, IMAGE)
    for mode, expected in (("eval", 16 * 32), ("train", 16 * 52)):
        cost = Cost(graph, mode, quantities(conventions=["flopcounter"]))  # type: ignore[arg-type]
        assert cost.counts["flopcounter"] == 2 * expected
        assert sum(row.counts["flopcounter"] or 0 for row in cost.by_block().rows) == 2 * expected


def test_a_frame_has_missing_values_where_nothing_is_known() -> None:
    graph = trace(lambda x: riddle(pair(x, "p", width=2), "r"), IMAGE)
    frame = Cost(graph, quantities=quantities(conventions=["flopcounter"])).by_layer().to_pandas()
    assert list(frame["name"]) == ["p.c", "p.c_relu", "r"]
    assert list(frame["op"]) == ["conv", "relu", "riddle"]
    assert list(frame["output"]) == ["1x2x4x4"] * 3
    assert list(frame["params"]) == [6, 0, 0]
    assert list(frame["activations"]) == [32, 32, 32]
    assert list(frame["status"]) == ["counted", "zero", "unknown"]
    assert list(frame["mult_adds"].fillna(-1)) == [96, 0, -1]
    assert list(frame["flopcounter"].isna()) == [False, True, True]
    assert frame["mult_adds"].dtype == frame["flopcounter"].dtype == pandas.Int64Dtype()
    both = trace(lambda x: split(x, "cut", sizes=(1, 2)), IMAGE)
    assert list(Cost(both).to_pandas()["output"]) == ["1x1x4x4 1x2x4x4"]
