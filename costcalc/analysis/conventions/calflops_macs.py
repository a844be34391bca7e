"""calflops' MACs: multiply-accumulates of convolutions, linear layers and products; zero for all else it patches.

It patches functions of torch.nn.functional and torch while the model runs, so that a module and a call of the
function count alike; Python's operators (``+``, ``*``, ``@``) are not patched, and neither is a function that
the model looked up before, as the models that costcalc builds do with ``torch.add`` and its like.
"""

from __future__ import annotations

from typing import Any

from costcalc.analysis.conventions.convention import Convention
from costcalc.spec.count import ZERO, Count
from costcalc.spec.graph import Mode, Node

CONVENTION = Convention(
    "calflops_macs",
    version="0.3.2",
    unit=1,
    about="multiply-accumulates of convolutions, linear layers and products; 0 for all else it patches",
    eval_only=True,
)

EARLY = "only called as torch.NAME or x.NAME, looked up while the tool runs: not for an operator, nor in our models"
RELU6 = "torch's module calls F.hardtanh, which is not patched; F.relu6 itself is"
UPSAMPLE = "with several scales the tool fails (TypeError) unless there are as many as inputs in the batch"


def is_module(node: Node) -> bool:
    """True where a torch module runs the node, False where a function does."""
    return node.facts.torch is not None and node.facts.torch.is_module


def upsample_fails(node: Node) -> bool:
    """True where the tool raises: it takes a tuple of scales to the power of the batch, unless they are as many."""
    scale = node.facts.torch.args.get("scale_factor") if node.facts.torch else None
    return isinstance(scale, tuple) and len(scale) != node.inputs[0].shape[0]


def positions(node: Node) -> tuple[Any, ...]:
    """The sizes of a convolution's output as calflops works them out: (H_out, W_out).

    With padding="same" it pads ``dilation·(k - 1) // 2`` on both sides, one short where that is odd.
    """
    settings = node.facts.settings
    if settings["padding"] != "same":
        return tuple(node.facts.outputs[0][2:])
    pads = [d * (k - 1) for d, k in zip(settings["dilation"], settings["k"], strict=True)]
    return tuple(size + 2 * (pad // 2) - pad for size, pad in zip(node.inputs[0].shape[2:], pads, strict=True))


@CONVENTION.rule(
    "conv",
    mirrors="calflops.pytorch_ops._conv_flops_compute",
    note="as mult-adds; with an even window and padding='same' one position less along that axis",
)
def conv_macs(node: Node, mode: Mode) -> Count | None:
    """Mult-adds at the positions that calflops sees."""
    if node.facts.macs is None:
        return None
    out = positions(node)
    return Count(*[(names, (*f[:2], *out, *f[2 + len(out) :])) for names, f in node.facts.macs.terms])


@CONVENTION.rule(
    "conv_transpose",
    mirrors="calflops.pytorch_ops._conv_trans_flops_compute",
    note="as mult-adds with one group; with more it divides by the groups twice",
)
def conv_transpose_macs(node: Node, mode: Mode) -> Count | None:
    """Mult-adds with ``C_out // groups // groups``: the weight's second axis has been divided once before."""
    groups = node.facts.settings["groups"]
    if node.facts.macs is None or groups == 1:
        return node.facts.macs
    (names, factors), at = node.facts.macs.terms[0], len(node.facts.outputs[0])
    return Count((names, (*factors[:at], factors[at] // groups, *factors[at + 1 :])))


@CONVENTION.rule("linear", mirrors="calflops.pytorch_ops._linear_flops_compute", note="as mult-adds")
def _linear(node: Node, mode: Mode) -> Count | None:
    return node.facts.macs


@CONVENTION.rule(
    "multi_head_attention",
    mirrors="calflops.pytorch_ops._linear_flops_compute",
    note="the projections; its products (torch.bmm, or scaled_dot_product_attention) are not patched",
)
def projections(node: Node, mode: Mode) -> Count | None:
    """The mult-adds before and after the two products."""
    return node.facts.macs and Count(node.facts.macs.terms[0], node.facts.macs.terms[-1])


@CONVENTION.rule("relu6", mirrors="calflops.pytorch_ops._relu6_flops_compute", note=RELU6)
def _relu6(node: Node, mode: Mode) -> Count | None:
    return None if is_module(node) else ZERO


@CONVENTION.rule("upsample", mirrors="calflops.pytorch_ops._upsample_flops_compute", note=UPSAMPLE)
def _upsample(node: Node, mode: Mode) -> Count | None:
    return None if upsample_fails(node) else ZERO


@CONVENTION.rule("add", "matmul", "multiply", "scale", mirrors="calflops.pytorch_ops._patch_tensor_methods", note=EARLY)
def _early(node: Node, mode: Mode) -> Count | None:
    return None


CONVENTION.zero("batch_norm", mirrors="calflops.pytorch_ops._batch_norm_flops_compute")
CONVENTION.zero("layer_norm", mirrors="calflops.pytorch_ops._layer_norm_flops_compute")
CONVENTION.zero("group_norm", mirrors="calflops.pytorch_ops._group_norm_flops_compute")
CONVENTION.zero("instance_norm", mirrors="calflops.pytorch_ops._instance_norm_flops_compute")
CONVENTION.zero("embedding", mirrors="calflops.pytorch_ops._embedding_flops_compute")
CONVENTION.zero("lrn", mirrors="calflops.pytorch_ops._mul_flops_compute, _add_flops_compute, _pool_flops_compute")
CONVENTION.zero("relu", mirrors="calflops.pytorch_ops._relu_flops_compute")
CONVENTION.zero("leaky_relu", mirrors="calflops.pytorch_ops._leaky_relu_flops_compute")
CONVENTION.zero("silu", mirrors="calflops.pytorch_ops._silu_flops_compute")
CONVENTION.zero("gelu", mirrors="calflops.pytorch_ops._gelu_flops_compute")
CONVENTION.zero("softmax", mirrors="calflops.pytorch_ops._softmax_flops_compute")
CONVENTION.zero("adaptive_avg_pool", "avg_pool", "max_pool", mirrors="calflops.pytorch_ops._pool_flops_compute")
