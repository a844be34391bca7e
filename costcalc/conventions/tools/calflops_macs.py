"""calflops' MACs: multiply-accumulates of convolutions, linear layers and products; zero for other patched functions.

It patches functions of torch.nn.functional, torch and torch.Tensor while the model runs, so that a module and a call of
the function count alike. ``torch.add(x, y)`` and ``x.add(y)`` are counted, Python's operators (``x + y``) are not.
"""

from __future__ import annotations

from math import prod
from typing import Any

from costcalc.conventions.called import is_module
from costcalc.conventions.held import HELD, by_place, places
from costcalc.conventions.hooks import Patching
from costcalc.conventions.unbatched import is_unbatched, padded_input_of
from costcalc.spec.count import ZERO, Count, product, times
from costcalc.spec.node import Node
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel
from costcalc.spec.sizes import decided, unequal

PATCHED = frozenset(
    [f"torch.nn.functional.{name}{axes}d" for axes in (1, 2, 3)
     for name in ("adaptive_avg_pool", "adaptive_max_pool", "avg_pool", "max_pool", "conv", "conv_transpose")]
    + [f"torch.nn.functional.{kind}_norm" for kind in ("batch", "group", "instance", "layer")]
    + [f"torch.nn.functional.{name}" for name in ("elu", "gelu", "leaky_relu", "prelu", "relu", "relu6", "silu")]
    + [f"torch.nn.functional.{name}" for name in ("embedding", "interpolate", "linear", "softmax")]
    + [f"torch.{name}" for name in ("add", "addmm", "baddbmm", "einsum", "matmul", "mul")]
    + [f"torch.Tensor.{name}" for name in ("add", "addmm", "matmul", "mul")]
)  # fmt: skip
"""Functions that the tool patches (calflops.pytorch_ops._patch_functionals, _patch_tensor_methods)."""


class Calflops(Patching):
    """calflops: an operation that is not called by a patched name is not counted."""

    def own(self, node: Node, run: Run) -> Count | None:
        """The rule's count, or None if the node does not call a patched function."""
        return super().own(node, run) if self.calls(node) else None

    def alone(self, node: Node, run: Run) -> Count | None:
        """The rule's count, once per place of the node's module (calflops.utils.get_module_flops)."""
        count = super().alone(node, run)
        return count and times(HELD, places(node, run.graph), count)

    def by_module(self, run: Run) -> dict[str, int]:
        """The tool's number by module, with what its children have."""
        return by_place(self._counted(run), run.graph) if run.graph.held.modules else super().by_module(run)


CONVENTION = Calflops(
    "calflops_macs",
    version="0.3.2",
    unit=1,
    about="multiply-accumulates of convolutions, linear layers and products; 0 for other patched functions",
    sees="patches functions of torch",
    has="patch",
    patched=PATCHED,
)

RELU6 = "not counted of a module: torch's calls F.hardtanh, which is not patched; F.relu6 itself is"
UPSAMPLE = "cannot run with several scales, unless there are as many as inputs in the batch: it raises TypeError"


def upsample_fails(node: Node) -> bool:
    """True if the tool raises: it takes a tuple of scales to the power of the batch, except for one scale per input."""
    scale = node.call.args.get("scale_factor") if node.call else None
    return isinstance(scale, tuple) and decided(unequal(len(scale), node.inputs[0].shape[0]))


def positions(node: Node) -> tuple[Any, ...]:
    """The spatial sizes of a convolution's output as calflops computes them: (H_out, W_out).

    With padding="same" it pads ``dilation·(k - 1) // 2`` on both sides, one short if the total is odd.
    """
    settings = node.facts.settings
    if settings["padding"] != "same":
        return tuple(node.facts.outputs[0][2:])
    pads = [d * (k - 1) for d, k in zip(settings["dilation"], settings["k"], strict=True)]
    return tuple(size + 2 * (pad // 2) - pad for size, pad in zip(node.inputs[0].shape[2:], pads, strict=True))


def unbatched_conv(node: Node) -> tuple[Count, Count]:
    """Mult-adds and biases of a convolution without a batch axis, whose axes calflops takes as (N, C, *sizes)."""
    settings, (n, c_in, *sizes) = node.facts.settings, padded_input_of(node)
    transposed = node.op == "conv_transpose"
    width = settings["width"] // settings["groups"] if transposed else settings["width"]
    pads = settings["padding"]
    if pads == "same":
        pads = [d * (k - 1) // 2 for d, k in zip(settings["dilation"], settings["k"], strict=True)]
    axes = zip(sizes, settings["k"], settings["stride"], pads, settings["dilation"], strict=False)
    out = [(size + 2 * pad - d * (k - 1) - 1) // stride + 1 for size, k, stride, pad, d in axes]
    filters = width // settings["groups"]
    at = sizes if transposed else out
    macs = product(k=prod(settings["k"]), C_in=c_in, filters=filters, N=n, positions=prod(at))
    return macs, product(bias=width, N=n, positions=prod(out)) if settings["bias"] else Count()


@CONVENTION.rule(
    "conv",
    mirrors="calflops.pytorch_ops._conv_flops_compute",
    note="counts mult-adds; with an even window and padding='same' one position less along that axis",
)
def conv_macs(node: Node, run: Run) -> Count | None:
    """Mult-adds at the output positions that calflops computes."""
    if is_unbatched(node):
        return unbatched_conv(node)[0]
    if node.facts.macs is None:
        return None
    out = positions(node)
    return Count(*[(names, (*f[:2], *out, *f[2 + len(out) :])) for names, f in node.facts.macs.terms])


@CONVENTION.rule(
    "conv_transpose",
    mirrors="calflops.pytorch_ops._conv_trans_flops_compute",
    note="counts mult-adds, with several groups divided by them twice",
)
def conv_transpose_macs(node: Node, run: Run) -> Count | None:
    """Mult-adds with ``C_out // groups // groups``: the weight's second axis has been divided once before."""
    if is_unbatched(node):
        return unbatched_conv(node)[0]
    groups = node.facts.settings["groups"]
    if node.facts.macs is None or groups == 1:
        return node.facts.macs
    (names, factors), at = node.facts.macs.terms[0], len(node.facts.outputs[0])
    return Count((names, (*factors[:at], factors[at] // groups, *factors[at + 1 :])))


@CONVENTION.rule("linear", mirrors="calflops.pytorch_ops._linear_flops_compute", note="counts mult-adds")
def _linear(node: Node, run: Run) -> Count | None:
    return node.facts.macs


@CONVENTION.rule(
    "multi_head_attention",
    mirrors="calflops.pytorch_ops._linear_flops_compute",
    note="counts the projections; its products (torch.bmm, or scaled_dot_product_attention) are not patched",
)
def projections(node: Node, run: Run) -> Count | None:
    """The mult-adds before and after the two products."""
    return node.facts.macs and Count(node.facts.macs.terms[0], node.facts.macs.terms[-1])


@CONVENTION.rule("relu6", mirrors="calflops.pytorch_ops._relu6_flops_compute", otherwise=RELU6)
def _relu6(node: Node, run: Run) -> Count | None:
    return None if is_module(node) else ZERO


@CONVENTION.rule("upsample", mirrors="calflops.pytorch_ops._upsample_flops_compute", otherwise=UPSAMPLE)
def _upsample(node: Node, run: Run) -> Count | None:
    return None if upsample_fails(node) else ZERO


@CONVENTION.rule(
    "matmul",
    mirrors="calflops.pytorch_ops._matmul_flops_compute, _addmm_flops_compute",
    note="counts elements of the first, times columns of the second",
)
def matmul_macs(node: Node, run: Run) -> Count | None:
    """``prod(first) · columns of the second``: too low if the first has fewer leading axes."""
    first, second = (t.shape for t in node.inputs)
    return product(n=numel(first), P=second[-2] if node.noticed.kernel == "mv" else second[-1])


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
CONVENTION.zero("add", "multiply", "scale", mirrors="calflops.pytorch_ops._elementwise_flops_compute")
CONVENTION.zero("einsum", mirrors="calflops.pytorch_ops._einsum_flops_compute")
CONVENTION.zero("gru", "lstm", "rnn", mirrors="calflops.pytorch_ops._rnn_forward_hook")
