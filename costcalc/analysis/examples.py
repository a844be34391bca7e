"""An example a node of each op: what a rule is shown by, and tried on. Pure data and one function.

Every example is one op on one input (N = 1), at torch's own settings but for what it must be told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from costcalc.spec import (
    Graph,
    Shape,
    Tensor,
    adaptive_avg_pool,
    add,
    avg_pool,
    batch_norm,
    channel_shuffle,
    concat,
    conv,
    conv_transpose,
    dropout,
    embedding,
    flatten,
    gelu,
    group_norm,
    hard_sigmoid,
    hard_swish,
    instance_norm,
    layer_norm,
    leaky_relu,
    linear,
    lrn,
    matmul,
    max_pool,
    mean,
    multi_head_attention,
    multiply,
    pad,
    rbf,
    relu,
    relu6,
    reshape,
    same_pad,
    scale,
    scaled_dot_product_attention,
    sigmoid,
    silu,
    softmax,
    split,
    tanh,
    trace,
    transpose,
    unflatten,
    upsample,
)
from costcalc.spec.errors import CostcalcError


@dataclass(frozen=True, slots=True)
class Example:
    """One use of an op: a network of it alone, and the input's shape, (C, H, W), (L, D) or features alone.

    The network must also take an input of twice the size along every axis.
    """

    network: Callable[[Tensor], Tensor]
    shape: Shape


IMAGE, SEQUENCE, FEATURES = (4, 6, 6), (5, 4), (4,)

EXAMPLES = {
    "adaptive_avg_pool": Example(lambda x: adaptive_avg_pool(x, "", 1), IMAGE),
    "add": Example(lambda x: add(x, x), IMAGE),
    "avg_pool": Example(lambda x: avg_pool(x, k=2), IMAGE),
    "batch_norm": Example(lambda x: batch_norm(x), IMAGE),
    "channel_shuffle": Example(lambda x: channel_shuffle(x, groups=2), IMAGE),
    "concat": Example(lambda x: concat(x, x), IMAGE),
    "conv": Example(lambda x: conv(x, "", 8, k=3), IMAGE),
    "conv_transpose": Example(lambda x: conv_transpose(x, "", 8, k=2, stride=2), IMAGE),
    "dropout": Example(lambda x: dropout(x), IMAGE),
    "embedding": Example(lambda x: embedding(x, "", 3, vocabulary=7), (5,)),
    "flatten": Example(lambda x: flatten(x), IMAGE),
    "gelu": Example(lambda x: gelu(x), IMAGE),
    "group_norm": Example(lambda x: group_norm(x, groups=2), IMAGE),
    "hard_sigmoid": Example(lambda x: hard_sigmoid(x), IMAGE),
    "hard_swish": Example(lambda x: hard_swish(x), IMAGE),
    "instance_norm": Example(lambda x: instance_norm(x), IMAGE),
    "layer_norm": Example(lambda x: layer_norm(x), SEQUENCE),
    "leaky_relu": Example(lambda x: leaky_relu(x), IMAGE),
    "linear": Example(lambda x: linear(x, "", 3), FEATURES),
    "lrn": Example(lambda x: lrn(x, size=3), IMAGE),
    "matmul": Example(lambda x: matmul(x, x), (4, 4)),
    "max_pool": Example(lambda x: max_pool(x, k=2), IMAGE),
    "mean": Example(lambda x: mean(x, axes=(2, 3)), IMAGE),
    "multi_head_attention": Example(lambda x: multi_head_attention(x, heads=2), SEQUENCE),
    "multiply": Example(lambda x: multiply(x, x), IMAGE),
    "pad": Example(lambda x: pad(x, pads=[(1, 1), (1, 1)]), IMAGE),
    "rbf": Example(lambda x: rbf(x, "", 3), FEATURES),
    "relu": Example(lambda x: relu(x), IMAGE),
    "relu6": Example(lambda x: relu6(x), IMAGE),
    "reshape": Example(lambda x: reshape(x, "", (1, -1)), IMAGE),
    "same_pad": Example(lambda x: same_pad(x, k=3), IMAGE),
    "scale": Example(lambda x: scale(x, factor=0.5), IMAGE),
    "scaled_dot_product_attention": Example(lambda x: scaled_dot_product_attention(x, x, x), SEQUENCE),
    "sigmoid": Example(lambda x: sigmoid(x), IMAGE),
    "silu": Example(lambda x: silu(x), IMAGE),
    "softmax": Example(lambda x: softmax(x), FEATURES),
    "split": Example(lambda x: split(x, sizes=(1, x.shape[1] - 1)), IMAGE),
    "tanh": Example(lambda x: tanh(x), IMAGE),
    "transpose": Example(lambda x: transpose(x, "", (0, 2, 1)), SEQUENCE),
    "unflatten": Example(lambda x: unflatten(x, sizes=(2, x.shape[1] // 2)), IMAGE),
    "upsample": Example(lambda x: upsample(x, scale=2), IMAGE),
}


def example(op: str, times: int = 1) -> Graph:
    """The example's graph, of one node, its input `times` as large along each axis but the batch.

    Raises CostcalcError for an op that has none.
    """
    if op not in EXAMPLES:
        raise CostcalcError(f"the op {op!r} has no example; give it one in costcalc/analysis/examples.py")
    shape = tuple(size * times for size in EXAMPLES[op].shape)
    return trace(EXAMPLES[op].network, (1, *shape), name=op)
