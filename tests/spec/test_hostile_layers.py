"""Networks written with arguments that no layer can have: one line names the layer and what is right."""

from typing import Any

import numpy as np
import pytest
from hostile_calls import refusal

from costcalc import spec
from costcalc.analysis.cost import Cost
from costcalc.convert.to_torch import to_torch
from costcalc.spec import Facts, Graph, Shape, SpecError, Tensor, block, conv, leaky_relu, pad, relu, trace, upsample
from costcalc.spec.trace import op


@op
def forgetful(x: Shape) -> Any:
    """A rule that returns no Facts."""
    return 3


@op
def picky(x: Shape, width: int, *, twice: bool = False, by: "float | None" = None) -> Facts:
    """A rule of a user's own, whose settings are checked by its signature."""
    return Facts((x,), settings={"width": width, "twice": twice, "by": by})


OTHER = trace(lambda x: x, (1, 4, 6, 6)).inputs[0]
NAMES = {**{name: getattr(spec, name) for name in dir(spec)}, "np": np, "other": OTHER, "op": op}
NAMES.update(forgetful=forgetful, picky=picky, plain=lambda x: x)

INTEGER, INTEGERS, POSITIVE = "must be an integer", "must be integers", "must be a positive integer"
FLAG, NUMBER, TEXT, FUNCTION = "must be True or False", "must be a number", "must be a text", "must be a function"
SHAPE = "must be a tuple of positive integers, like (1, 3, 224, 224)"
LIKE = "must be printable, without '@' and without empty parts between dots"

LAYERS = {
    "conv(x, 64, k=3)": "the second argument is the layer's name, a text, not 64",
    "conv('x', 'c', 64, k=3)": "conv takes a tensor of the network, not 'x'",
    "conv(None, 'c', 64, k=3)": "conv takes a tensor of the network, not None",
    "conv([x], 'c', 64, k=3)": "conv takes a tensor of the network, not [Tensor(input",
    "conv(rude, 'c', 64, k=3)": "conv takes a tensor of the network, not <Rude instance",
    "conv(other, 'c', 64, k=3, bias=3)": f"bias=3 {FLAG}",
    "add(x, other)": "add takes tensors of one network",
    "conv(x, 'c@2', 4, k=3)": LIKE,
    "conv(x, 'c\\n2', 4, k=3)": LIKE,
    "conv(x, 'c\\0', 4, k=3)": LIKE,
    "conv(x, 'a..b', 4, k=3)": LIKE,
    "conv(x, '.', 4, k=3)": LIKE,
    "conv(x, 'c', '64', k=3)": f"layer 'c' (conv, input 4x6x6): width='64' {INTEGER}",
    "conv(x, 'c', 64.0, k=3)": f"width=64.0 {INTEGER}",
    "conv(x, 'c', True, k=3)": f"width=True {INTEGER}",
    "conv(x, 'c', None, k=3)": f"width=None {INTEGER}",
    "conv(x, 'c', rude, k=3)": f"> {INTEGER}",
    "conv(x, 'c', 10**5000, k=3)": "must be an integer of at most 100 digits",
    "conv(x, 'c', 0, k=3)": f"width=0 {POSITIVE}",
    "conv(x, 'c', 64, k='3')": f"k='3' {POSITIVE}",
    "conv(x, 'c', 64, k='33')": f"k='33' {POSITIVE}",
    "conv(x, 'c', 64, k=3.0)": f"k=3.0 {POSITIVE}",
    "conv(x, 'c', 64, k=None)": f"k=None {POSITIVE}",
    "conv(x, 'c', 64, k=(3, 3, 3))": "k=(3, 3, 3) needs one number, or 2",
    "conv(x, 'c', 64, k=((3,), 3))": f"k=((3,), 3) {INTEGERS} of at least 1",
    "conv(x, 'c', 64, k=range(10**9))": f"k=range(0, 1000000000) {POSITIVE}",
    "conv(x, 'c', 64, k=3, stride=0)": f"stride=0 {POSITIVE}",
    "conv(x, 'c', 64, k=3, dilation=(1, -1))": f"dilation=(1, -1) {INTEGERS} of at least 1",
    "conv(x, 'c', 64, k=3, padding=1.0)": f"padding=1.0 {INTEGER} of at least 0",
    "conv(x, 'c', 64, k=3, padding=None)": f"padding=None {INTEGER} of at least 0",
    "conv(x, 'c', 64, k=3, padding='valid')": "padding='valid' must be integers, or 'same'",
    "conv(x, 'c', 64, k=3, groups=2.0)": f"groups=2.0 {INTEGER}",
    "conv(x, 'c', 64, k=3, bias='no')": f"bias='no' {FLAG}",
    "conv(x, 'c', 64, k=3, bias=1)": f"bias=1 {FLAG}",
    "conv(x, 'c', 64, k=3, bias=None)": f"bias=None {FLAG}",
    "conv(x, 'c', 64, 3)": "takes 2 positional arguments but 3 were given",
    "conv(x, 'c', 64, k=3, kernel=3)": "unexpected keyword argument 'kernel'",
    "conv_transpose(x, 'c', '3', k=3)": INTEGER,
    "conv_transpose(x, 'c', 3, k=3, output_padding='1')": f"output_padding='1' {INTEGER}",
    "relu(x, inplace='yes')": f"inplace='yes' {FLAG}",
    "relu(x, inplace=1)": f"inplace=1 {FLAG}",
    "leaky_relu(x, slope='a')": f"slope='a' {NUMBER}",
    "leaky_relu(x, slope=True)": f"slope=True {NUMBER}",
    "dropout(x, p='a')": f"p='a' {NUMBER}",
    "dropout(x, p=2)": "p=2 must be a",
    "dropout(x, p=nan)": "p=nan must be a",
    "softmax(x, axis='a')": f"axis='a' {INTEGER}",
    "softmax(x, axis=9)": "axis=9 must be one of the 4 axes",
    "matmul()": "matmul needs at least one tensor",
    "matmul(x)": "matmul needs two inputs",
    "matmul(x, 3)": "matmul takes a tensor of the network, not 3",
    "einsum(x, x, equation=3)": f"equation=3 {TEXT}",
    "einsum(x, x, equation='->')": "needs as many terms as inputs",
    "einsum(x, x, equation='abcd,abcd->abcdd')": "is not a product of two tensors",
    "einsum(x, x, equation='1bcd,abcd->acd')": "a term is made of the letters a to z",
    "einsum(x, x, equation='...,......->...')": "and one '...'",
    "einsum(x, x, equation='abcd,abcd->ab->a')": "a term is made of the letters a to z",
    "scaled_dot_product_attention(x, x, x, causal='a')": f"causal='a' {FLAG}",
    "multi_head_attention(sequence, heads='a')": f"heads='a' {INTEGER}",
    "multi_head_attention(sequence, heads=0)": "heads=0 must divide the 4 features",
    "multi_head_attention(sequence, heads=2, dropout='a')": f"dropout='a' {NUMBER}",
    "embedding(sequence, 'e', 'a', vocabulary=3)": f"width='a' {INTEGER}",
    "embedding(sequence, 'e', 3, vocabulary=None)": f"vocabulary=None {INTEGER}",
    "embedding(3, 'e', 3, vocabulary=3)": "embedding takes a tensor of the network, not 3",
    "linear(x, 'l', [3])": f"width=[3] {INTEGER}",
    "rbf(x, 'l', nan)": f"width=nan {INTEGER}",
    "concat([x, x])": "concat takes a tensor of the network, not [",
    "concat(x, x, axis='a')": f"axis='a' {INTEGER}",
    "concat(x, x, axis=9)": "axis=9 must be one of the 4 axes",
    "add(x, 3)": "add takes a tensor of the network, not 3",
    "add(x)": "add needs two tensors, not 1",
    "multiply(x, 0.5)": "multiply takes a tensor of the network, not 0.5",
    "batch_norm(x, eps='a')": f"eps='a' {NUMBER}",
    "batch_norm(x, momentum=None)": f"momentum=None {NUMBER}",
    "batch_norm(x, affine=1)": f"affine=1 {FLAG}",
    "lrn(x, size='5')": f"size='5' {INTEGER}",
    "lrn(x, size=5, alpha=[1])": f"alpha=[1] {NUMBER}",
    "layer_norm(x, axes='a')": f"axes='a' {INTEGER}",
    "group_norm(x, groups=None)": f"groups=None {INTEGER}",
    "instance_norm(x, eps=rude)": NUMBER,
    "max_pool(x, k=0)": f"k=0 {POSITIVE}",
    "max_pool(x, k=3, stride='a')": f"stride='a' {POSITIVE}",
    "max_pool(x, k=3, ceil='y')": f"ceil='y' {FLAG}",
    "avg_pool(x, k=3, count_include_pad=3)": f"count_include_pad=3 {FLAG}",
    "adaptive_avg_pool(x, 'p', '7')": f"size='7' {POSITIVE}",
    "lstm(sequence, 'l', 'a')": f"width='a' {INTEGER}",
    "lstm(sequence, 'l', 4, layers=10**9)": "layers=1000000000 must be at most 10,000",
    "lstm(sequence, 'l', 4, projection=-1)": "projection=-1 must be smaller than width=4",
    "lstm(sequence, 'l', 4, projection=4)": "projection=4 must be smaller than width=4",
    "lstm(sequence, 'l', 4, bidirectional=2)": f"bidirectional=2 {FLAG}",
    "gru(sequence, 'l', 4, dropout=7)": "dropout=7 must be a probability",
    "rnn(sequence, 'l', 4, nonlinearity='gelu')": "nonlinearity='gelu' must be 'tanh' or 'relu'",
    "rnn(sequence, 'l', 4, nonlinearity=3)": f"nonlinearity=3 {TEXT}",
    "upsample(x, scale='2')": f"scale='2' {NUMBER}",
    "upsample(x, scale=True)": f"scale=True {NUMBER}",
    "upsample(x, scale=inf)": "scale=inf must be one positive number",
    "upsample(x, scale=nan)": "scale=nan must be one positive number",
    "upsample(x, scale=1e308)": "scale=1e+308 must be one positive number",
    "upsample(x, size='88')": f"size='88' {POSITIVE}",
    "upsample(x, scale=2, mode=3)": f"mode=3 {TEXT}",
    "upsample(x, scale=2, mode='bilinear', align_corners='no')": f"align_corners='no' {FLAG}",
    "flatten(x, start='1')": f"start='1' {INTEGER}",
    "unflatten(x, sizes=4)": f"sizes=4 {INTEGERS}",
    "unflatten(x, sizes=(-2, -2))": f"sizes=(-2, -2) {INTEGERS} of at least 1",
    "transpose(x, 't', 3)": f"axes=3 {INTEGERS}",
    "transpose(x, 't', '0123')": f"axes='0123' {INTEGERS}",
    "transpose(x, 't', (0, 1, 'a', 2))": f"axes=(0, 1, 'a', 2) {INTEGERS}",
    "reshape(x, 'r', 'abc')": f"shape='abc' {INTEGERS}",
    "reshape(x, 'r', (1, 144.0))": f"shape=(1, 144.0) {INTEGERS}",
    "reshape(x, 'r', (1,) * 100)": "a shape has at most 64 axes",
    "split(x, sizes=2)": f"sizes=2 {INTEGERS}",
    "split(x, sizes=(-1, 5))": f"sizes=(-1, 5) {INTEGERS} of at least 0",
    "split(x, sizes=range(10**9))": f"sizes=range(0, 1000000000) {INTEGERS}",
    "split(x, sizes=(2, 2), axis=None)": f"axis=None {INTEGER}",
    "pad(x, pads=3)": "pads=3 must be a list of pairs of integers",
    "pad(x, pads='ab')": "pads='ab' must be a list of pairs of integers",
    "pad(x, pads=[(1.0, 1)])": f"pads=(1.0, 1) {INTEGERS}",
    "pad(x, pads=[(1, 1)], value='a')": f"value='a' {NUMBER}",
    "same_pad(x, k='3')": f"k='3' {POSITIVE}",
    "channel_shuffle(x, groups='2')": f"groups='2' {INTEGER}",
    "channel_shuffle(reshape(x, 'r', (144,)), groups=2)": "channel_shuffle needs an input of shape N, C",
    "mean(x, axes=2)": f"axes=2 {INTEGERS}",
    "mean(x, axes=(2, 2))": "axes=(2, 2) must be axes of the input, the batch left out, each once",
    "scale(x, factor='a')": f"factor='a' {NUMBER}",
    "block(plain)(x, 3)": "block <lambda>: name=3 must be a text",
    "block(plain)(x, '')": LIKE,
    "block(plain)(3, 'b')": "takes a tensor of the network, not 3",
    "block(plain)([], 'b')": "needs at least one tensor",
    "shared(conv)()": "conv takes a tensor of the network, not None",
    "shared(conv)(3, 'c', 4, k=3)": "conv takes a tensor of the network, not 3",
    "add(conv(x, 'c', 4, k=1), shared(conv)(x, 'c', 8, k=1))": "the layer it shares has other weights",
    "outputs(x, train=3)": "train=3 must be a list of tensors",
    "outputs(x, train=None)": "train=None must be a list of tensors",
    "outputs(3)": "returned 3, not a tensor of the network",
    "outputs()": "returned no tensor",
    "rude": "returned <Rude instance",
    "other": "returned Tensor(input: 4x6x6), not a tensor of the network",
    "(x, 'x')": "returned 'x', not a tensor of the network",
    "forgetful(x)": "its rule returns 3, not Facts",
    "picky(x, 'p', 2.5)": f"width=2.5 {INTEGER}",
    "picky(x, 'p', 2, twice=2)": f"twice=2 {FLAG}",
    "picky(x, 'p', 2, by='a')": f"by='a' {NUMBER}",
}
CALLS = {
    "trace(3, (1, 2))": f"function=3 {FUNCTION}",
    "trace(plain)": "trace needs the shape of each input, batch first",
    "trace(plain, 1, 2)": f"shape=1 {SHAPE}",
    "trace(plain, '12')": f"shape='12' {SHAPE}",
    "trace(plain, (1, 2.5))": f"shape=(1, 2.5) {SHAPE}",
    "trace(plain, (0, 3))": f"shape=(0, 3) {SHAPE}",
    "trace(plain, ((1, 3),))": f"shape=((1, 3),) {SHAPE}",
    "trace(plain, (1, np.array([1.5])))": SHAPE,
    "trace(plain, ())": "trace needs the shape of each input, batch first",
    "trace(plain, (1, 3), name=3)": f"name=3 {TEXT}",
    "trace(plain, (1, 3), note=3)": f"note=3 {TEXT}",
    "block(3)": f"function=3 {FUNCTION}",
    "shared(3)": f"builder=3 {FUNCTION}",
    "op(3)": f"rule=3 {FUNCTION}",
    "op_of_many(3)": f"rule=3 {FUNCTION}",
}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_that_cannot_be(layer: str) -> None:
    x = "lambda x: (lambda sequence: " + layer + ")(reshape(x, 'sequence', (4, 9, 4)))"
    assert LAYERS[layer] in refusal(f"trace({x}, (1, 4, 6, 6))", NAMES)


@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_cannot_be(call: str) -> None:
    assert CALLS[call] in refusal(call, NAMES)


def test_numbers_of_any_type_are_settings() -> None:
    """They are kept as Python's own, so that JSON and torch take them: 8 filters of 4x3x3 at 6x6 positions."""

    def network(x: Tensor) -> Tensor:
        x = conv(x, "c", np.int64(8), k=np.array(3), padding=(np.uint8(1), 1), bias=np.False_)
        return upsample(leaky_relu(x, slope=np.float32(0.5)), scale=np.int32(2))

    graph = trace(network, (np.int64(1), 4, 6, 6))
    assert Cost(graph).macs == 6 * 6 * 8 * 4 * 3 * 3
    assert graph.nodes[0].facts.settings["bias"] is False
    assert [type(v) for v in (*graph.weights["c.weight"], graph.nodes[1].facts.settings["slope"])] == [int] * 4 + [
        float
    ]
    assert to_torch(graph, "meta").c.weight.shape == (8, 4, 3, 3)


def test_a_range_is_a_list_of_integers() -> None:
    graph = trace(lambda x: spec.mean(pad(x, pads=[range(2)] * 2), axes=range(2, 4)), (1, 4, 6, 6))
    assert [node.facts.outputs[0] for node in graph.nodes] == [(1, 4, 7, 7), (1, 4)]


def test_a_function_without_a_name_can_be_a_block() -> None:
    from functools import partial

    def two(x: Tensor, width: int) -> Tensor:
        return relu(conv(x, "c", width, k=1))

    graph: Graph = trace(partial(lambda x, width: block(partial(two, width=width))(x, "b"), width=3), (1, 2, 4, 4))
    assert [node.name for node in graph.nodes] == ["b.c", "b.c_relu"]
    with pytest.raises(SpecError, match="network returned None, not a tensor"):
        trace(partial(lambda x: None), (1, 2))
