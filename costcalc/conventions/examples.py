"""An example of each op that networks are written in: tools' rules are shown and tested on it.

Every example is one op on one input (N = 1), with torch's default settings except for required ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from costcalc import spec
from costcalc.spec import Graph, Node, Shape, Tensor, TorchCall, trace
from costcalc.spec.building import Trace
from costcalc.spec.errors import CostcalcError
from costcalc.spec.node import BlockCall
from costcalc.spec.noticed import ModuleCall, Noticed
from costcalc.spec.rules import facts_of


@dataclass(frozen=True, slots=True)
class Example:
    """One use of an op: a network of this op alone, and the shape of its input without the batch.

    The shape is (C, H, W), (L, D) or features alone. The network must also take an input twice as large along every
    axis.
    """

    network: Callable[[Tensor], Any]
    shape: Shape


IMAGE, SEQUENCE, FEATURES = (4, 6, 6), (5, 4), (4,)

EXAMPLES = {
    "adaptive_avg_pool": Example(lambda x: spec.adaptive_avg_pool(x, "", 1), IMAGE),
    "add": Example(lambda x: spec.add(x, x), IMAGE),
    "avg_pool": Example(lambda x: spec.avg_pool(x, k=2), IMAGE),
    "batch_norm": Example(lambda x: spec.batch_norm(x), IMAGE),
    "channel_shuffle": Example(lambda x: spec.channel_shuffle(x, groups=2), IMAGE),
    "concat": Example(lambda x: spec.concat(x, x), IMAGE),
    "conv": Example(lambda x: spec.conv(x, "", 8, k=3), IMAGE),
    "conv_transpose": Example(lambda x: spec.conv_transpose(x, "", 8, k=2, stride=2), IMAGE),
    "dropout": Example(lambda x: spec.dropout(x), IMAGE),
    "einsum": Example(lambda x: spec.einsum(x, x, equation="nid,njd->nij"), SEQUENCE),
    "embedding": Example(lambda x: spec.embedding(x, "", 3, vocabulary=7), (5,)),
    "flatten": Example(lambda x: spec.flatten(x), IMAGE),
    "gelu": Example(lambda x: spec.gelu(x), IMAGE),
    "group_norm": Example(lambda x: spec.group_norm(x, groups=2), IMAGE),
    "gru": Example(lambda x: spec.gru(x, "", 3), SEQUENCE),
    "hard_sigmoid": Example(lambda x: spec.hard_sigmoid(x), IMAGE),
    "hard_swish": Example(lambda x: spec.hard_swish(x), IMAGE),
    "instance_norm": Example(lambda x: spec.instance_norm(x), IMAGE),
    "layer_norm": Example(lambda x: spec.layer_norm(x), SEQUENCE),
    "leaky_relu": Example(lambda x: spec.leaky_relu(x), IMAGE),
    "linear": Example(lambda x: spec.linear(x, "", 3), FEATURES),
    "lrn": Example(lambda x: spec.lrn(x, size=3), IMAGE),
    "lstm": Example(lambda x: spec.lstm(x, "", 3), SEQUENCE),
    "matmul": Example(lambda x: spec.matmul(x, x), (4, 4)),
    "max_pool": Example(lambda x: spec.max_pool(x, k=2), IMAGE),
    "mean": Example(lambda x: spec.mean(x, axes=(2, 3)), IMAGE),
    "multi_head_attention": Example(lambda x: spec.multi_head_attention(x, heads=2), SEQUENCE),
    "multiply": Example(lambda x: spec.multiply(x, x), IMAGE),
    "pad": Example(lambda x: spec.pad(x, pads=[(1, 1), (1, 1)]), IMAGE),
    "rbf": Example(lambda x: spec.rbf(x, "", 3), FEATURES),
    "relu": Example(lambda x: spec.relu(x), IMAGE),
    "relu6": Example(lambda x: spec.relu6(x), IMAGE),
    "reshape": Example(lambda x: spec.reshape(x, "", (1, -1)), IMAGE),
    "rnn": Example(lambda x: spec.rnn(x, "", 3), SEQUENCE),
    "same_pad": Example(lambda x: spec.same_pad(x, k=3), IMAGE),
    "scale": Example(lambda x: spec.scale(x, factor=0.5), IMAGE),
    "scaled_dot_product_attention": Example(lambda x: spec.scaled_dot_product_attention(x, x, x), SEQUENCE),
    "sigmoid": Example(lambda x: spec.sigmoid(x), IMAGE),
    "silu": Example(lambda x: spec.silu(x), IMAGE),
    "softmax": Example(lambda x: spec.softmax(x), FEATURES),
    "split": Example(lambda x: spec.split(x, sizes=(1, x.shape[1] - 1)), IMAGE),
    "tanh": Example(lambda x: spec.tanh(x), IMAGE),
    "transpose": Example(lambda x: spec.transpose(x, "", (0, 2, 1)), SEQUENCE),
    "unflatten": Example(lambda x: spec.unflatten(x, sizes=(2, x.shape[1] // 2)), IMAGE),
    "upsample": Example(lambda x: spec.upsample(x, scale=2), IMAGE),
}


def example(op: str, times: int = 1) -> Graph:
    """The example's graph, of one node, with its input `times` as large along each axis except the batch.

    Raises CostcalcError for an op without an example.
    """
    if op not in EXAMPLES:
        raise CostcalcError(f"the op {op!r} has no example; give it one in costcalc/conventions/examples.py")
    shape = tuple(size * times for size in EXAMPLES[op].shape)
    return trace(EXAMPLES[op].network, (1, *shape), name=op)


MODULES = {
    "adaptive_max_pool1d": "AdaptiveMaxPool1d",
    "instance_norm": "InstanceNorm2d",
    "pixel_shuffle": "PixelShuffle",
    "prelu": "PReLU",
}
"""torch.nn's modules of operations that are not an op of their own, for those that a tool has a rule for."""


def generic(name: str, times: int = 1) -> Graph:
    """A graph of one node: an operation without an op of its own, on an image `times` as large.

    A module of torch.nn runs the operation if `MODULES` has one, or if the name starts with a capital; otherwise a
    function.
    """
    shape = (1, *(size * times for size in IMAGE))
    facts = facts_of("elementwise", [shape], {"aten": name, "shapes": [shape]})
    called_as = TorchCall(name if name[0].isupper() else MODULES.get(name, f"torch.{name}"))
    inputs = (Tensor(Trace(), shape, None, 0),) * (2 if name.endswith("addmm") else 1)
    node = Node(name, "elementwise", inputs, facts, (), None, Noticed(called_as))
    return Graph(name, inputs, (node,), (Tensor(Trace(), shape, node, 0),), (), {}, {})


def call(kind: str, times: int = 1) -> BlockCall:
    """A call of a recurrent cell of this class, with 4 · `times` input features and a state of 3."""
    gates = {"R": 1, "G": 3, "L": 4}[kind.rpartition(".")[-1][0]]
    made = BlockCall("cell", None, ModuleCall(kind, leaf=True, output=(1, 3)))
    made.weights = {"weight_ih": (3 * gates, 4 * times), "weight_hh": (3 * gates, 3)}
    made.weights = {**made.weights, "bias_ih": (3 * gates,), "bias_hh": (3 * gates,)}
    return made
