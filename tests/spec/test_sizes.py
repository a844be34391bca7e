"""Sizes that are arrays or symbols: each answer is what Python's integers give, element by element, or an error."""

from typing import Any

import numpy
import pytest
import sympy

import costcalc
from costcalc import zoo
from costcalc.spec import (
    CostcalcError,
    Graph,
    SpecError,
    Tensor,
    add,
    avg_pool,
    concat,
    conv,
    conv_transpose,
    embedding,
    flatten,
    group_norm,
    instance_norm,
    linear,
    matmul,
    max_pool,
    multi_head_attention,
    multiply,
    reshape,
    same_pad,
    scaled_dot_product_attention,
    split,
    trace,
    unflatten,
    upsample,
)
from costcalc.spec.exact import ExactArray
from costcalc.spec.substitute import at
from costcalc.spec.truths import Undecided

N, H, W = sympy.symbols("N H W", integer=True, positive=True)
SIDES = numpy.array([4, 64])


def macs(graph: Graph) -> list[Any]:
    return [node.facts.macs.value for node in graph.nodes if node.facts.macs]


def test_numpys_integers_are_pythons() -> None:
    """2^24 · 2^22 · 2^20 = 2^66, of which 64 bits keep 0."""
    graph = trace(lambda x: linear(x, "fc", 2**20), (numpy.int64(2**24), numpy.int64(2**22)))
    assert macs(graph) == [2**66]
    assert {type(size) for size in graph.inputs[0].shape} == {int}
    assert costcalc.cost("vgg11", (numpy.int32(3), numpy.int64(32), 32), numpy.uint8(2)).graph.inputs[0].shape == (
        2, 3, 32, 32,
    )  # fmt: skip


def test_an_array_does_not_wrap() -> None:
    graph = trace(lambda x: linear(x, "fc", 2**20), (numpy.array([2**24, 1]), numpy.array([2**22, 1])))
    assert [list(each) for each in macs(graph)] == [[2**66, 2**20]]
    total = costcalc.cost(graph).macs
    assert list(total) == [2**66, 2**20]
    assert repr(costcalc.cost(graph)).endswith("[73,786,976,294,838,206,464 1,048,576] mult-adds)")


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint64", "int64", object])
def test_any_kind_of_integer(kind: Any) -> None:
    """An axis of 100 after a 3-wide window is 98 wide: 98 · 3 · 3 mult-adds; int8 alone ends at 127."""
    graph = trace(lambda x: conv(x, "c", 3, k=3), (1, 1, numpy.array([100, 5], dtype=kind)))
    assert [list(each) for each in macs(graph)] == [[98 * 9, 3 * 9]]


@pytest.mark.parametrize(
    "wrong", [numpy.array([4.0, 64.0]), numpy.array([True, False]), numpy.array([], dtype=int), 4.0, "4", True, None,
              numpy.array([N, 4]), sympy.Rational(7, 2), sympy.oo],
)  # fmt: skip
def test_not_a_size(wrong: Any) -> None:
    with pytest.raises(SpecError, match="must be a tuple of positive integers"):
        trace(lambda x: conv(x, "c", 3, k=3), (1, 3, wrong, 64))
    with pytest.raises(CostcalcError, match="takes an input like 3x224x224"):
        zoo.find("vgg11").build((3, wrong, 64))


def chain(x: Tensor) -> Tensor:
    return conv(conv(x, "a", 3, k=3, stride=2), "b", 3, k=5)


REFUSED: dict[str, tuple[Any, list[Any], str]] = {
    "a window larger than its input": (chain, [(1, 3, SIDES, SIDES)], r"a window of 5 is larger than the input of 1 "),
    "a pool": (lambda x: max_pool(x, k=3), [(1, 3, numpy.array([9, 2]))], "the input of 2 "),
    "a pool in three dimensions": (
        lambda x: avg_pool(x, k=3, padding=1), [(1, 1, 4, 4, SIDES - 2)], r"is larger than the input \(4, 4, 2\)",
    ),
    "a transposed convolution": (
        lambda x: conv_transpose(x, "c", 1, k=1, padding=2), [(1, 1, SIDES)], "padding=2 cuts off",
    ),
    "groups": (lambda x: conv(x, "c", 4, k=1, groups=4), [(1, SIDES - 2, 8)], "groups=4 must divide the 2 input"),
    "a shortcut": (add, [(1, 3, SIDES), (1, 3, 64)], "1x3x64|3x64 does not match 3x4"),
    "gates": (multiply, [(1, 3, SIDES), (1, 3, SIDES + 1)], "3x5 does not match 3x4"),
    "branches": (concat, [(1, 3, SIDES), (1, 3, 64)], "3x64 does not match 3x4"),
    "a product": (matmul, [(2, SIDES), (64, 3)], "the last axis of 2x4"),
    "heads": (lambda x: multi_head_attention(x, heads=8), [(1, 5, SIDES)], "heads=8 must divide the 4 features"),
    "one element to a group": (lambda x: group_norm(x, groups=1), [(SIDES - 3, 1)], "more than one element"),
    "one position": (instance_norm, [(1, 3, SIDES - 3)], "more than one position"),
    "a shape": (lambda x: reshape(x, "", (1, 64)), [(1, SIDES)], "must have the 4 elements"),
    "parts": (lambda x: split(x, sizes=(32, 32)), [(1, SIDES)], r"sizes=\(32, 32\) must add up"),
    "axes": (lambda x: unflatten(x, sizes=(8, 8)), [(1, SIDES)], "must multiply to axis 1"),
    "an output of no size": (lambda x: upsample(x, scale=0.2), [(1, 3, SIDES)], "shrinks to nothing"),
    "a width": (lambda x: linear(x, "fc", numpy.array([0, 3])), [(1, 3)], "width=0 must be a positive integer"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_an_array_refuses_what_an_int_does(what: str) -> None:
    """The error is that of the first element which the rule refuses as an int, and names it."""
    network, shapes, words = REFUSED[what]
    with pytest.raises(SpecError, match=words) as caught:
        trace(network, *shapes)
    assert "(element " in str(caught.value)


def test_elements_that_do_not_go_together() -> None:
    with pytest.raises(SpecError, match=r"their shapes are \(3,\), \(2,\)"):
        trace(lambda x: conv(x, "c", 3, k=1), (1, 3, numpy.array([4, 5, 6]), SIDES))
    with pytest.raises(SpecError, match="arrays or symbols, not both"):
        costcalc.cost(trace(lambda x: conv(x, "c", 3, k=1), (N, 3, SIDES, 4))).macs  # noqa: B018
    with pytest.raises(SpecError, match="arrays or symbols, not both"):
        trace(add, (1, N), (1, SIDES))


def test_sizes_of_1_repeat_where_they_are_1() -> None:
    """(1, 3) and (5, 3) are 5 wide; (5, 3) and (5, 1) too; both are 5 where the sizes say 1 and 5."""
    graph = trace(add, (1, numpy.array([1, 5])), (1, numpy.array([5, 5])))
    assert list(graph.outputs[0].shape[1]) == [5, 5]
    assert trace(add, (1, H), (1, 1)).outputs[0].shape == (1, H)
    mixed = trace(add, (1, H), (1, 7))
    assert (mixed.outputs[0].shape, [str(c.relation) for c in mixed.conditions]) == ((1, 7), ["Eq(H, 1) | Eq(H, 7)"])
    assert [at(mixed, {H: size}).outputs[0].shape for size in (1, 7)] == [(1, 7)] * 2
    with pytest.raises(CostcalcError, match="does not work at H=3"):
        at(mixed, {H: 3})


def branches(x: Tensor, _: Any = None) -> Any:
    """Ops of all kinds, whose sizes depend on both sides; ceil, "same" and scales that are not whole among them."""
    x = conv(same_pad(x, k=3, stride=2), "a", 4, k=3, stride=2)
    x = concat(max_pool(x, k=2, stride=3, padding=1, ceil=True), avg_pool(x, k=2, stride=3, padding=1, ceil=True))
    x = upsample(conv_transpose(x, "up", 4, k=3, stride=2), scale=1.5)
    x = max_pool(conv(same_pad(x, k=1, stride=3), "b", 4, k=1, stride=3), k=1, stride=3, ceil=True)
    return linear(flatten(x, start=2), "fc", 5) if _ else x


def dims(graph: Graph) -> list[Any]:
    return [size for node in graph.nodes for shape in node.facts.outputs for size in shape]


PAIRS = [(5, 6), (7, 7), (8, 5), (31, 32), (33, 40), (224, 225)]


def test_spatial_arithmetic_of_arrays_and_symbols() -> None:
    wanted = [dims(trace(branches, (2, 3, h, w))) for h, w in PAIRS]
    h, w = numpy.array(PAIRS).T
    found = [numpy.broadcast_to(numpy.asarray(size), len(PAIRS)) for size in dims(trace(branches, (2, 3, h, w)))]
    assert numpy.array(found).T.tolist() == wanted
    symbols = trace(branches, (2, 3, H, W))
    assert [dims(at(symbols, {"H": a, W: b})) for a, b in PAIRS] == wanted
    values = [[int(sympy.sympify(size).subs({H: a, W: b})) for size in dims(symbols)] for a, b in PAIRS]
    assert values == wanted


def test_a_condition_that_a_symbol_leaves_open_is_kept() -> None:
    """(H - 3) // 2 + 1 must hold a window of 5: H is at least 11."""
    graph = trace(chain, (1, 3, H, H), name="chain")
    assert [str(c) for c in graph.conditions][-1] == "layer 'b' needs floor(H/2 - 3/2) - 3 >= 1"
    assert macs(at(graph, {H: 11})) == [5 * 5 * 3 * 3 * 9, 3 * 3 * 25]
    with pytest.raises(CostcalcError, match=r"^chain does not work at H=10: layer 'b' needs"):
        at(graph, {H: 10})
    with pytest.raises(CostcalcError, match=r"chain has no size 'X'; its sizes are H"):
        at(graph, {"X": 10})


def test_a_symbol_without_assumptions() -> None:
    n = sympy.Symbol("n")
    graph = zoo.find("lenet5").build(batch=n)
    assert [str(c) for c in graph.conditions] == ["n >= 1"]
    assert costcalc.cost(at(graph, {n: 3})).macs == costcalc.cost("lenet5", batch=3).macs
    with pytest.raises(CostcalcError, match="lenet5 does not work at n=0: n >= 1"):
        at(graph, {n: 0})


def test_numbers_for_some_symbols() -> None:
    graph = at(trace(chain, (N, 3, H, W)), {H: 20})
    assert {s for c in graph.conditions for s in c.relation.free_symbols} == {W}
    assert macs(at(graph, {N: 2, W: 30})) == macs(trace(chain, (2, 3, 20, 30)))


def test_a_network_tied_to_its_size() -> None:
    """The heads' FC has 4·4·128 inputs: sides from 223 to 270."""
    network = zoo.find("googlenet_aux")
    graph = network.build((3, H, W))
    assert graph.conditions[0].layer == "aux_4a.fc"
    assert at(graph, {H: 270, W: 223}).weights == network.build().weights
    with pytest.raises(CostcalcError, match=r"does not work at H=300, W=224: layer 'aux_4a.fc' needs Eq"):
        at(graph, {H: 300, W: 224})
    arrays = network.build((3, numpy.array([223, 270]), 230))
    assert costcalc.cost(arrays).params.tolist() == [costcalc.cost("googlenet_aux").params] * 2
    with pytest.raises(CostcalcError, match="tied to the size of the input, as at 3x300x224; sizes that work"):
        network.build((3, numpy.array([224, 300]), 224))
    with pytest.raises(CostcalcError, match=r"vgg11 does not work at input 3x\[32 16\]x32: .* input of 1 \(element 1 "):
        zoo.find("vgg11").build((3, numpy.array([32, 16]), 32))


def test_attention_of_arrays_and_symbols() -> None:
    """Two products, 2 · heads · L · S · E: heads that repeat (grouped queries) count as the queries' own."""
    length = numpy.array([3, 7])
    graph = trace(scaled_dot_product_attention, (1, 4, length, 8), (1, 2, 5, 8), (1, 2, 5, 8))
    assert macs(graph)[0].tolist() == [2 * 4 * 3 * 5 * 8, 2 * 4 * 7 * 5 * 8]
    graph = trace(lambda x: multi_head_attention(x, heads=2), (N, H, 6))
    assert macs(at(graph, {N: 2, H: 3})) == macs(trace(lambda x: multi_head_attention(x, heads=2), (2, 3, 6)))


def test_tokens() -> None:
    graph = trace(lambda x: linear(embedding(x, "e", 4, vocabulary=9), "fc", 5), (numpy.array([1, 2]), 7))
    cost = costcalc.cost(graph)
    assert (cost.tokens.tolist(), list(cost.macs_per_token)) == ([7, 14], [20, 20])
    assert (
        costcalc.cost(trace(lambda x: linear(embedding(x, "e", 4, vocabulary=9), "f", 5), (N, H))).macs_per_token == 20
    )


def test_formulas_and_rows() -> None:
    cost = costcalc.cost(trace(lambda x: conv(conv(x, "a.x", 2, k=1), "a.y", 2, k=3), (N, 3, H, 5)))
    first, second = cost.by_layer().rows
    assert (first.formula, second.formula) == ("N·2·H·5·3·1·1 = 30*H*N", "N·2·(H - 2)·3·2·3·3 = 108*N*(H - 2)")
    (block,) = cost.by_block().rows
    assert (block.macs, block.activations) == (first.macs + second.macs, 10 * N * H + 6 * N * (H - 2))
    assert "46 params, 30*H*N + 108*N*(H - 2) mult-adds" in repr(cost)
    count = trace(lambda x: linear(x, "fc", 10), (SIDES, 3)).nodes[0].facts.macs
    assert count is not None
    assert count.formula == "[ 4 64]·3·10 = [120 1,920]"
    assert repr(count) == "Count(N·D_in·D_out = [ 4 64]·3·10 = [120 1,920])"


def test_a_rule_that_cannot_be_one_formula_says_so() -> None:
    """A question on an array has one answer only if its elements agree."""
    size = ExactArray.of(SIDES)
    assert bool(size > 3)
    assert not bool(size > 64)
    with pytest.raises(Undecided):
        bool(size > 4)


def test_a_graph_at_numbers_stays_marked_as_one_that_takes_derivatives() -> None:
    graph = trace(lambda x: conv(x, "c", 3, k=1), (N, 3, 4, 4))
    graph.transformed = True
    assert at(graph, {N: 2}).transformed
