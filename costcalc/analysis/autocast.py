"""The dtypes of a network's tensors under autocast, as ``torch.autocast("cuda", dtype=torch.float16)`` makes them.

Products run in the lower precision and some other ops in float32; their inputs are cast for it. All other ops take the
dtypes that they get; of several, the widest. Parameters stay in float32. Source: ATen/autocast_mode.h and
https://docs.pytorch.org/docs/stable/amp.html, CUDA ops.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from costcalc.analysis.strides import Key
from costcalc.spec.dtypes import is_floating, itemsize
from costcalc.spec.node import Node, Tensor
from costcalc.spec.run import Run

FULL = "float32"

LOWER = frozenset({
    "conv", "conv_transpose", "linear", "matmul", "einsum", "scaled_dot_product_attention", "multi_head_attention",
    "lstm", "gru", "rnn", "prelu", "_prelu_kernel", "addmm", "addmv", "addr", "addbmm", "baddbmm", "bmm", "mm", "mv",
    "chain_matmul", "linalg_multi_dot", "linalg_vecdot", "conv_tbc",
})  # fmt: skip
"""Ops, and aten operations, whose inputs are cast to the lower precision."""

IN_FULL = frozenset({
    "layer_norm", "group_norm", "softmax", "upsample", "rbf", "lrn",
    "acos", "asin", "cosh", "erfinv", "exp", "expm1", "log", "log10", "log2", "log1p", "reciprocal", "rsqrt", "sinh",
    "tan", "pow", "softplus", "native_layer_norm", "native_group_norm", "rms_norm", "frobenius_norm", "nuclear_norm",
    "cosine_similarity", "dist", "pdist", "cdist", "renorm", "logsumexp", "prod", "_softmax", "log_softmax",
    "_log_softmax", "cumprod", "cumsum", "linalg_vector_norm", "linalg_matrix_norm", "sum", "norm",
    "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "_upsample_nearest_exact1d",
    "_upsample_nearest_exact2d", "_upsample_nearest_exact3d", "upsample_linear1d", "upsample_bilinear2d",
    "_upsample_bilinear2d_aa", "upsample_trilinear3d", "upsample_bicubic2d", "_upsample_bicubic2d_aa",
})  # fmt: skip
"""Ops, and aten operations, whose inputs are cast to float32."""

CONVERT = frozenset({
    "softmax", "_softmax", "log_softmax", "_log_softmax", "prod", "sum", "linalg_vector_norm", "norm",
})  # fmt: skip
"""Ops, and aten operations, in float32 whose kernels read float16 as it is: autocast gives them a dtype of the output.

Source: AT_FORALL_FP32_SET_OPT_DTYPE in ATen/autocast_mode.h; make_reduction and softmax of ATen/native.
"""


class Autocast(NamedTuple):
    """The dtypes of a run.

    outputs   of each output of a node, by node and index; of an input of the network by None and index
    computed  of each node, the dtype that its floating-point inputs are cast to; None: it takes them as they are
    """

    outputs: Mapping[Key, str]
    computed: Mapping[Node, str | None]

    def dtype(self, tensor: Tensor) -> str:
        """The dtype of a tensor before any cast."""
        return self.outputs[tensor.node, tensor.index]

    def read_as(self, node: Node, tensor: Tensor) -> str:
        """The dtype in which a node reads one of its inputs."""
        own = self.dtype(tensor)
        return own if kind(node) in CONVERT and own == "float16" else self._cast(node, own)

    def weights_read_as(self, node: Node, own: str) -> str:
        """The dtype in which a node reads its weights, from their own."""
        return self._cast(node, own)

    def casts(self, node: Node) -> list[Tensor]:
        """The inputs that are cast before a node runs, each once."""
        found = {(t.node, t.index): t for t in node.inputs if self.read_as(node, t) != self.dtype(t)}
        return list(found.values())

    def _cast(self, node: Node, own: str) -> str:
        to = self.computed[node]
        return own if to is None or not _is_eligible(own) else to


def autocast(run: Run, lower: str | None) -> Autocast:
    """The dtypes of a run whose tensors are in float32 where autocast does not cast them.

    lower  the dtype of products: "float16" or "bfloat16"; None: without autocast
    """
    outputs: dict[Key, str] = {(None, t.index): run.dtype_of(t.dtype) for t in run.graph.inputs}
    computed: dict[Node, str | None] = {}
    told = run.graph.output_dtypes()
    for node in run.graph.nodes:
        inputs = [outputs[t.node, t.index] for t in node.inputs]
        name = kind(node)
        to = None if lower is None else lower if name in LOWER else FULL if name in IN_FULL else None
        computed[node] = to if any(map(_is_eligible, inputs)) else None
        for at in range(len(node.facts.outputs)):
            own = run.dtype_of(told.get((node, at)))
            outputs[node, at] = own if not _is_eligible(own) else computed[node] or _widest(node, inputs) or own
    return Autocast(outputs, computed)


def kind(node: Node) -> str:
    """The name of a node's op; of an op that stands for many, torch's name of the operation."""
    return str(node.facts.settings.get("aten", node.op)).partition(".")[0]


def _widest(node: Node, inputs: list[str]) -> str | None:
    """The widest floating-point dtype of a node's inputs; those without axes count if no others are there."""
    if node.op in ("batch_norm", "instance_norm"):
        return inputs[0]
    floating = [(bool(t.shape), each) for t, each in zip(node.inputs, inputs, strict=True) if is_floating(each)]
    with_axes = [each for axes, each in floating if axes] or [each for _, each in floating]
    return max(with_axes, key=itemsize, default=None)


def _is_eligible(dtype: str) -> bool:
    """True for the dtypes that autocast casts: floating point, not of 64 bits."""
    return is_floating(dtype) and dtype != "float64"
