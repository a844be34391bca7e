"""fvcore's FlopCountAnalysis: reads the traced graph, one flop a multiply-add; ops without a handle are left out."""

from __future__ import annotations

from costcalc.analysis.conventions.convention import Convention
from costcalc.spec.count import Count, product
from costcalc.spec.graph import Mode, Node
from costcalc.spec.shapes import numel

CONVENTION = Convention(
    "fvcore",
    version="0.1.5.post20221221",
    unit=1,
    about="multiply-adds of convolutions and products, and elements of norms and adaptive average pools",
)


@CONVENTION.rule(
    "conv",
    mirrors="fvcore.nn.jit_handles.conv_flop_jit",
    note="as mult-adds, no bias; not seen with padding='same' (aten::_convolution_mode has no handle)",
)
def _conv(node: Node, mode: Mode) -> Count | None:
    return None if node.facts.settings["padding"] == "same" else node.facts.macs


@CONVENTION.rule("linear", mirrors="fvcore.nn.jit_handles.linear_flop_jit", note="as mult-adds; no bias")
def _linear(node: Node, mode: Mode) -> Count | None:
    return node.facts.macs


@CONVENTION.rule(
    "batch_norm",
    mirrors="fvcore.nn.jit_handles.batchnorm_flop_jit",
    note="2 an element (1 without scale and shift); in training 5 (4)",
)
def _batch_norm(node: Node, mode: Mode) -> Count | None:
    affine = bool(node.facts.weights)
    if mode == "train":
        return product(each=5 if affine else 4, n=numel(node.inputs[0].shape))
    return product(each=2 if affine else 1, n=numel(node.inputs[0].shape))


@CONVENTION.rule(
    "adaptive_avg_pool",
    mirrors="fvcore.nn.jit_handles.elementwise_flop_counter(1, 0)",
    note="1 an element of its input, in two dimensions; not seen in one or three",
)
def _adaptive_avg_pool(node: Node, mode: Mode) -> Count | None:
    shape = node.inputs[0].shape
    return product(n=numel(shape)) if len(shape) == 4 else None


CONVENTION.zero("concat", "dropout", "flatten", "relu", mirrors="fvcore.nn.jit_analysis._IGNORED_OPS")
