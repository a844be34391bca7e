"""fvcore's FlopCountAnalysis: reads the traced graph, one FLOP per multiply-add; ops without a handle are not counted.

Ops that it ignores by name are zero. It reports all other ops without a rule as unsupported: activations except relu,
max and average pools, add and multiply, mean, pad, embedding, ...
"""

from __future__ import annotations

from costcalc.conventions.called import affine
from costcalc.conventions.complex_conv import REAL, as_run
from costcalc.conventions.einsum import PRINTED, elements, printed
from costcalc.conventions.traced import Traced
from costcalc.spec.count import ZERO, Count, product
from costcalc.spec.node import Node
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel

CONVENTION = Traced(
    "fvcore",
    version="0.1.5.post20221221",
    unit=1,
    about="multiply-adds of convolutions and products, and elements of norms and adaptive average pools",
    sees="walks a trace of torch.jit",
    has="handle",
    handled=["addmm", "bmm", "cat", "chunk", "mm", "permute", "split_with_sizes", "t", "view"],
)


@CONVENTION.rule(
    "conv",
    mirrors="fvcore.nn.jit_handles.conv_flop_jit",
    note=f"counts mult-adds, without the bias; {REAL}",
    otherwise="not counted with padding='same' or 'valid': aten::_convolution_mode has no handle",
)
def _conv(node: Node, run: Run) -> Count | None:
    word = node.noticed.kernel == "_convolution_mode" or node.facts.settings["padding"] == "same"
    return None if word else as_run(node, run, node.facts.macs)


@CONVENTION.rule("linear", mirrors="fvcore.nn.jit_handles.linear_flop_jit", note="counts mult-adds, without the bias")
def _linear(node: Node, run: Run) -> Count | None:
    return node.facts.macs


@CONVENTION.rule(
    "batch_norm",
    mirrors="fvcore.nn.jit_handles.batchnorm_flop_jit",
    note="counts 2 per element (1 without scale and shift); in training, or without running statistics, 5 (4)",
)
def _batch_norm(node: Node, run: Run) -> Count | None:
    affine = node.facts.settings["affine"]
    if run.mode == "train" or not node.facts.buffers:
        return product(each=5 if affine else 4, n=numel(node.inputs[0].shape))
    return product(each=2 if affine else 1, n=numel(node.inputs[0].shape))


@CONVENTION.rule(
    "adaptive_avg_pool",
    mirrors="fvcore.nn.jit_handles.elementwise_flop_counter(1, 0)",
    note="counts 1 per input element, in two dimensions",
    otherwise="not counted in one or three dimensions: only aten::adaptive_avg_pool2d has a handle",
)
def _adaptive_avg_pool(node: Node, run: Run) -> Count | None:
    shape = node.inputs[0].shape
    return product(n=numel(shape)) if len(shape) == 4 else None


@CONVENTION.aten(
    "adaptive_avg_pool2d",
    mirrors="fvcore.nn.jit_handles.elementwise_flop_counter(1, 0)",
    note="counts 1 per input element",
)
def _adaptive_avg_pool2d(node: Node, run: Run) -> Count | None:
    return product(n=numel(node.inputs[0].shape))


@CONVENTION.rule(
    "conv_transpose",
    mirrors="fvcore.nn.jit_handles.conv_flop_count (transposed)",
    note="counts mult-adds, at every position of the input, without the bias",
)
def _conv_transpose(node: Node, run: Run) -> Count | None:
    return as_run(node, run, node.facts.macs)


@CONVENTION.rule(
    "layer_norm",
    "group_norm",
    "instance_norm",
    mirrors="fvcore.nn.jit_handles.norm_flop_counter",
    note="counts 5 per element (4 without a scale), in eval too",
)
@CONVENTION.aten(
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    mirrors="fvcore.nn.jit_handles.norm_flop_counter",
    note="counts 5 per element; 4 without a scale; batch norm with a scale alone (standardized weights) as in training",
)
def _norm(node: Node, run: Run) -> Count | None:
    return product(each=5 if affine(node) else 4, n=numel(node.inputs[0].shape))


@CONVENTION.rule(
    "matmul",
    mirrors="fvcore.nn.jit_handles.matmul_flop_jit",
    note="counts elements of the first, times columns of the second: too low if the first has fewer leading axes",
)
def _matmul(node: Node, run: Run) -> Count | None:
    first, second = (t.shape for t in node.inputs)
    return product(n=numel(first), P=second[-1])


@CONVENTION.rule(
    "multi_head_attention",
    mirrors="fvcore.nn.jit_handles.linear_flop_jit, bmm_flop_jit",
    note="counts the projections; its two products (aten::scaled_dot_product_attention has no handle) only if "
    "need_weights",
)
def _multi_head_attention(node: Node, run: Run) -> Count | None:
    if node.facts.macs is None or node.facts.settings["need_weights"]:
        return node.facts.macs
    before, _, _, after = node.facts.macs.terms
    return Count(before, after)


@CONVENTION.rule(
    "upsample",
    mirrors="fvcore.nn.jit_handles.elementwise_flop_counter(0, 1), (0, 4)",
    note="counts per output element 1 if nearest, 4 if bilinear",
    otherwise="not counted in other modes than nearest and bilinear, or other than 2 dimensions: these have no handle",
)
def _upsample(node: Node, run: Run) -> Count | None:
    shape = node.facts.outputs[0]
    each = {"nearest": 1, "bilinear": 4}.get(node.facts.settings["mode"])
    return product(each=each, n=numel(shape)) if each and len(shape) == 4 else None


@CONVENTION.rule(
    "dropout",
    mirrors="fvcore.nn.jit_analysis._IGNORED_OPS",
    otherwise="not counted in place: aten::dropout_ has no handle, which is the same 0",
)
def _dropout(node: Node, run: Run) -> Count | None:
    return None if node.facts.settings["inplace"] else ZERO


@CONVENTION.rule(
    "einsum",
    mirrors="fvcore.nn.jit_handles.einsum_flop_jit",
    note=f"counts half of what numpy.einsum_path prints: {PRINTED}; abc,abd->acd and abc,adc->adb exactly",
)
def _einsum(node: Node, run: Run) -> Count | None:
    macs = node.facts.macs
    if macs is None or _renamed(node.facts.settings["equation"]) in ("abc,abd->acd", "abc,adc->adb"):
        return macs
    whole = macs if macs.terms else product(axes=elements(node))
    return whole + product(rounded=printed(node) // 2 - whole.value)


def _renamed(equation: str) -> str:
    """The letters in the order they come, as a, b, c, ..."""
    letters = dict.fromkeys(letter for letter in equation if letter.isalpha())
    return equation.replace(" ", "").translate({ord(old): 97 + i for i, old in enumerate(letters)})


@CONVENTION.aten(
    "grid_sampler", mirrors="fvcore.nn.jit_handles.elementwise_flop_counter(0, 4)", note="counts 4 per element"
)
def _grid_sampler(node: Node, run: Run) -> Count | None:
    return product(each=4, n=numel(node.facts.outputs[0]))


CONVENTION.zero(
    "concat", "flatten", "relu", "reshape", "split", "transpose", mirrors="fvcore.nn.jit_analysis._IGNORED_OPS"
)
