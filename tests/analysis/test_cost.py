import pytest

import costcalc
from costcalc.analysis.cost import Cost
from costcalc.spec import Facts, Tensor, conv, relu, trace
from costcalc.spec.trace import op


@op
def mystery(x: tuple[int, ...]) -> Facts:
    """An op without a rule for its mult-adds."""
    return Facts(outputs=(x,), macs=None)


def test_googlenet_by_block_layer_and_op() -> None:
    """Totals of Caffe's bvlc_googlenet; inception 3a from Table 1's widths: 163,328 weights and 368 biases."""
    cost = costcalc.cost("googlenet")
    assert (cost.params, cost.macs, cost.status) == (6_998_552, 1_582_671_872, "complete")
    for breakdown in (cost.by_layer(), cost.by_block(), cost.by_block(2), cost.by_op()):
        assert sum(row.params for row in breakdown.rows) == cost.params
        assert sum(row.macs or 0 for row in breakdown.rows) == cost.macs
        assert sum(row.activations for row in breakdown.rows) == cost.activations
    block = {row.name: row for row in cost.by_block().rows}["inception_3a"]
    assert block.params == 163_328 + 64 + 96 + 128 + 16 + 32 + 32
    assert (block.macs, block.inputs, block.outputs) == (128_049_152, ("pool2",), ((1, 256, 28, 28),))
    assert [row.name for row in cost.by_op().rows] == [
        "conv", "relu", "max_pool", "lrn", "concat", "adaptive_avg_pool", "dropout", "flatten", "linear", "softmax",
    ]  # fmt: skip


def test_activations_leave_out_views_and_in_place_ops() -> None:
    def network(x: Tensor) -> Tensor:
        return relu(relu(conv(x, "c", 4, k=1)), inplace=True)

    assert Cost(trace(network, (1, 3, 5, 5))).activations == 2 * 4 * 25


def test_batch_and_size_are_arguments() -> None:
    once, twenty = costcalc.cost("vgg11"), costcalc.cost("vgg11", batch=20)
    assert (twenty.params, twenty.macs) == (once.params, 20 * once.macs)
    convs = sum(row.macs or 0 for row in once.by_op().rows if row.op == "conv")
    double = costcalc.cost("vgg11", input=(3, 448, 448))
    assert sum(row.macs or 0 for row in double.by_op().rows if row.op == "conv") == 4 * convs


def test_unknown_is_never_zero() -> None:
    cost = Cost(trace(lambda x: mystery(conv(x, "c", 4, k=1)), (1, 3, 5, 5)))
    assert (cost.macs, cost.status, cost.unknown) == (4 * 25 * 3, "lower bound", ["c_mystery"])
    row = cost.by_layer().rows[1]
    assert (row.macs, row.status) == (None, "unknown")
    assert cost.by_block().rows[1].status == "unknown"
    assert "at least 300 mult-adds" in repr(cost)


def test_frames_and_notebooks() -> None:
    pandas = pytest.importorskip("pandas")
    cost = costcalc.cost("googlenet", conventions=["fvcore"])
    frame = cost.by_block().to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["mult_adds"].sum() == cost.macs
    assert frame["fvcore"].sum() == cost.counts["fvcore"]
    assert list(cost.to_pandas()["name"]) == [row.name for row in cost.by_layer().rows]
    assert "<table" in cost._repr_html_()
    assert "1,582,671,872" in cost._repr_html_()
    assert "<table" in cost.graph._repr_html_()


def test_the_public_names() -> None:
    for name in costcalc.__all__:
        assert getattr(costcalc, name) is not None
    assert set(costcalc.__all__) <= set(dir(costcalc))
    with pytest.raises(AttributeError):
        _ = costcalc.nothing


def test_a_graph_of_ones_own() -> None:
    graph = costcalc.trace(lambda x: conv(x, "c", 4, k=3, padding=1), (1, 3, 8, 8), name="mine")
    assert repr(costcalc.cost(graph)) == "Cost(mine: 112 params, 6,912 mult-adds)"
