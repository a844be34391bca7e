"""calflops' FLOPs: 2 per mult-add, biases of convolutions, and elements of norms, activations, pools and softmax.

The same run of the same tool as calflops_macs, whose page says which calls are counted.
"""

from __future__ import annotations

from costcalc.conventions import recurrent
from costcalc.conventions.called import affine, is_module
from costcalc.conventions.einsum import PRINTED, elements, printed
from costcalc.conventions.hooks import POOLS, elementwise_count
from costcalc.conventions.tools.calflops_macs import (
    PATCHED,
    RELU6,
    UPSAMPLE,
    Calflops,
    conv_macs,
    conv_transpose_macs,
    matmul_macs,
    positions,
    projections,
    unbatched_conv,
    upsample_fails,
)
from costcalc.conventions.unbatched import is_unbatched
from costcalc.spec.count import Count, product
from costcalc.spec.node import BlockCall, Node
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel, window

CONVENTION = Calflops(
    "calflops_flops",
    version="0.3.2",
    unit=2,
    about="2 per mult-add, biases of convolutions, and elements of norms, activations, pools and softmax",
    sees="patches functions of torch",
    has="patch",
    patched=PATCHED,
)
TOGETHER = "calflops.pytorch_ops._elementwise_flops_compute"
LARGER = "counts 1 per element; of two shapes the larger, axes compared from the first; of torch.addmm the added term"
NORM = "counts 5 per element; 4 without a scale"


def _twice(macs: Count) -> Count:
    return Count(*[(("flops", *names), (2, *factors)) for names, factors in macs.terms])


@CONVENTION.rule(
    "conv",
    mirrors="calflops.pytorch_ops._conv_flops_compute",
    note="counts 2 per mult-add and 1 per bias; with an even window and padding='same' one position less along that "
    "axis",
)
def _conv(node: Node, run: Run) -> Count | None:
    macs = conv_macs(node, run)
    if macs is None or not node.facts.settings["bias"]:
        return macs and _twice(macs)
    if is_unbatched(node):
        return _twice(macs) + unbatched_conv(node)[1]
    return _twice(macs) + product(bias=numel((*node.facts.outputs[0][:2], *positions(node))))


@CONVENTION.rule(
    "conv_transpose",
    mirrors="calflops.pytorch_ops._conv_trans_flops_compute",
    note="counts 2 per mult-add, divided by the groups twice, and the bias at a convolution's positions, which can be "
    "negative",
)
def _conv_transpose(node: Node, run: Run) -> Count | None:
    macs = conv_transpose_macs(node, run)
    if macs is None or not node.facts.settings["bias"]:
        return macs and _twice(macs)
    if is_unbatched(node):
        return _twice(macs) + unbatched_conv(node)[1]
    settings, (n, _, *size) = node.facts.settings, node.inputs[0].shape
    axes = zip(size, *(settings[key] for key in ("k", "stride", "padding", "dilation")), strict=True)
    out = [window(along, k, stride, padding, dilation) for along, k, stride, padding, dilation in axes]
    return _twice(macs) + product(bias=settings["width"] // settings["groups"] * n * numel(tuple(out)))


@CONVENTION.rule(
    "linear", mirrors="calflops.pytorch_ops._linear_flops_compute", note="counts 2 per mult-add, without the bias"
)
def _linear(node: Node, run: Run) -> Count | None:
    return node.facts.macs and _twice(node.facts.macs)


@CONVENTION.rule(
    "batch_norm",
    mirrors="calflops.pytorch_ops._batch_norm_flops_compute",
    note="counts 2 per element (1 without scale and shift); without running statistics 5 (4)",
)
def _batch_norm(node: Node, run: Run) -> Count | None:
    each = 1 if node.facts.buffers else 4
    return product(each=each + (1 if node.facts.settings["affine"] else 0), n=numel(node.inputs[0].shape))


@CONVENTION.rule("layer_norm", mirrors="calflops.pytorch_ops._layer_norm_flops_compute", note=NORM)
@CONVENTION.rule("group_norm", mirrors="calflops.pytorch_ops._group_norm_flops_compute", note=NORM)
@CONVENTION.rule("instance_norm", mirrors="calflops.pytorch_ops._instance_norm_flops_compute", note=NORM)
@CONVENTION.aten(
    "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "LayerNorm", "batch_norm", "group_norm", "instance_norm",
    "layer_norm",
    mirrors="calflops.pytorch_ops._instance_norm_flops_compute",
    note=NORM,
)  # fmt: skip
def _norm(node: Node, run: Run) -> Count | None:
    return product(each=5 if affine(node) else 4, n=numel(node.inputs[0].shape))


@CONVENTION.rule(
    "lrn",
    mirrors="calflops.pytorch_ops._mul_flops_compute, _add_flops_compute, _pool_flops_compute",
    note="counts its inner x.mul(x), .mul(alpha) and .add(k), and the squares padded by size - 1 channels, as they "
    "are pooled",
)
def _lrn(node: Node, run: Run) -> Count | None:
    n, channels, *rest = node.inputs[0].shape
    padded = channels + node.facts.settings["size"] - 1
    return product(each=3, n=numel(node.inputs[0].shape)) + product(padded=numel((n, padded, *rest)))


@CONVENTION.rule("relu", mirrors="calflops.pytorch_ops._relu_flops_compute", note="counts 1 per element")
@CONVENTION.rule("leaky_relu", mirrors="calflops.pytorch_ops._leaky_relu_flops_compute", note="counts 1 per element")
@CONVENTION.rule("silu", mirrors="calflops.pytorch_ops._silu_flops_compute", note="counts 1 per element")
@CONVENTION.rule("gelu", mirrors="calflops.pytorch_ops._gelu_flops_compute", note="counts 1 per element")
@CONVENTION.rule("softmax", mirrors="calflops.pytorch_ops._softmax_flops_compute", note="counts 1 per element")
@CONVENTION.rule(
    "adaptive_avg_pool",
    "avg_pool",
    "max_pool",
    mirrors="calflops.pytorch_ops._pool_flops_compute",
    note="counts 1 per input element",
)
def _elements(node: Node, run: Run) -> Count | None:
    return product(n=numel(node.inputs[0].shape))


@CONVENTION.rule(
    "relu6", mirrors="calflops.pytorch_ops._relu6_flops_compute", note="counts 1 per element", otherwise=RELU6
)
def _relu6(node: Node, run: Run) -> Count | None:
    return None if is_module(node) else _elements(node, run)


@CONVENTION.rule(
    "multi_head_attention",
    mirrors="calflops.pytorch_ops._linear_flops_compute, _softmax_flops_compute",
    note="counts the projections, 2 per mult-add, and with need_weights 1 per element of the softmax; not the products",
)
def _multi_head_attention(node: Node, run: Run) -> Count | None:
    macs = projections(node, run)
    if macs is None or not node.facts.settings["need_weights"]:
        return macs and _twice(macs)
    n, length, _ = node.inputs[0].shape
    return _twice(macs) + product(N=n, heads=node.facts.settings["heads"], L=length, S=length)


@CONVENTION.rule(
    "upsample",
    mirrors="calflops.pytorch_ops._upsample_flops_compute",
    note="counts, given a size, the positions of one channel of one input (the size itself, if it is one number); "
    "given a "
    "scale, the input elements",
    otherwise=UPSAMPLE,
)
def _upsample(node: Node, run: Run) -> Count | None:
    size = node.call.args.get("size") if node.call else None
    if size is not None:
        return product(positions=numel(size) if isinstance(size, tuple) else size)
    return None if upsample_fails(node) else _elements(node, run)


CONVENTION.zero("embedding", mirrors="calflops.pytorch_ops._embedding_flops_compute")


@CONVENTION.rule("add", "multiply", "scale", mirrors=TOGETHER, note=LARGER)
@CONVENTION.aten("add", "addmm", "baddbmm", "mul", mirrors=TOGETHER, note=LARGER)
def _elementwise(node: Node, run: Run) -> Count | None:
    return elementwise_count(node)


@CONVENTION.rule(
    "matmul",
    mirrors="calflops.pytorch_ops._matmul_flops_compute, _addmm_flops_compute",
    note="counts 2 per element of the first, times columns of the second",
)
def _matmul(node: Node, run: Run) -> Count | None:
    macs = matmul_macs(node, run)
    return macs and _twice(macs)


@CONVENTION.rule(
    "einsum",
    mirrors="calflops.pytorch_ops._einsum_flops_compute",
    note=f"counts what numpy.einsum_path prints: {PRINTED}",
)
def _einsum(node: Node, run: Run) -> Count | None:
    macs = node.facts.macs
    whole = _twice(macs) if macs and macs.terms else product(axes=elements(node))
    return whole + product(rounded=printed(node) - whole.value)


@CONVENTION.rule(
    "gru",
    "lstm",
    "rnn",
    mirrors="calflops.pytorch_ops._rnn_forward_hook",
    note="counts twice the elements of the weights less one per sum, biases and gates, at every position, of later "
    "layers too; both directions alike, without a projection",
)
def _recurrent(node: Node, run: Run) -> Count | None:
    return recurrent.steps(node, flops=True) if is_module(node) else None


@CONVENTION.module(
    *recurrent.CELLS,
    mirrors="calflops.pytorch_ops._rnn_cell_forward_hook",
    note="counts twice the elements of the weights less one per sum, biases and gates, per input of the batch",
)
def _cell(call: BlockCall) -> Count | None:
    return recurrent.cell(call, flops=True)


CONVENTION.aten(
    "ELU", "PReLU", "elu", "prelu", mirrors="calflops.pytorch_ops._elu_flops_compute", note="counts 1 per element"
)(_elements)
CONVENTION.aten(*POOLS, mirrors="calflops.pytorch_ops._pool_flops_compute", note="counts 1 per input element")(
    _elements
)
