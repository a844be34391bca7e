"""torchprofile's profile_macs: reads the traced graph; multiply-adds of products, and elements of some other ops.

The ops of its list `_ZERO_COST_OPS` are zero. Any other op without a handler is skipped with a warning, and not
counted: pads, hard activations, in-place SiLU and leaky ReLU, channel shuffle, convolutions that pad "same" unevenly.
"""

from __future__ import annotations

from math import prod

from costcalc.conventions.called import affine
from costcalc.conventions.einsum import elements
from costcalc.conventions.traced import Traced
from costcalc.spec.count import ZERO, Count, product
from costcalc.spec.node import Node
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel
from costcalc.spec.sizes import decided, equal


class Torchprofile(Traced):
    """Also counts the products of sizes, which the trace has as tensors (handlers._mul)."""

    counts_sizes = True


CONVENTION = Torchprofile(
    "torchprofile",
    version="0.1.0",
    unit=1,
    about="multiply-adds of convolutions and products, and 1 per output element of norms, average pools and "
    "elementwise products",
    sees="walks a trace of torch.jit",
    has="handler",
    handled=["addmm", "addmv", "baddbmm", "bmm", "cat", "chunk", "hardtanh", "permute", "split_with_sizes", "view"],
)


def _each_out(node: Node) -> Count:
    """1 per output element."""
    return product(n_out=numel(node.facts.outputs[0]))


@CONVENTION.rule(
    "conv",
    mirrors="torchprofile.handlers._convolution",
    note="counts mult-adds, without the bias",
    otherwise="not counted with padding='same' or 'valid': aten::_convolution_mode has no handler",
)
def _conv(node: Node, run: Run) -> Count | None:
    word = node.noticed.kernel == "_convolution_mode" or node.facts.settings["padding"] == "same"
    return None if word else node.facts.macs


@CONVENTION.rule(
    "conv_transpose",
    mirrors="torchprofile.handlers._convolution",
    note="counts at every position of the output, not of the input: about stride² times too much; groups are left out "
    "unless there are as many output as input channels",
)
def _conv_transpose(node: Node, run: Run) -> Count | None:
    settings, c_in = node.facts.settings, node.inputs[0].shape[1]
    alike = decided(equal(settings["width"], c_in))
    channels = settings["width"] // settings["groups"] if alike else c_in
    return product(n_out=numel(node.facts.outputs[0]), C_in=channels, k=prod(settings["k"]))


@CONVENTION.rule("linear", mirrors="torchprofile.handlers._matmul", note="counts mult-adds, without the bias")
@CONVENTION.rule(
    "matmul",
    mirrors="torchprofile.handlers._matmul, _bmm, _addmm, _baddbmm",
    note="counts mult-adds",
)
def _matmul(node: Node, run: Run) -> Count | None:
    return node.facts.macs


@CONVENTION.rule(
    "scaled_dot_product_attention",
    mirrors="torchprofile.handlers._scaled_dot_product_attention",
    note="counts mult-adds",
)
def _attention(node: Node, run: Run) -> Count | None:
    return node.facts.macs


@CONVENTION.rule(
    "multi_head_attention",
    mirrors="torchprofile.handlers._matmul, _scaled_dot_product_attention, _bmm, _mul",
    note="counts mult-adds, and 1 for each of 4 products of sizes, which the trace has as tensors; with "
    "need_weights also "
    "1 per element of the queries, which are scaled",
)
def _multi_head_attention(node: Node, run: Run) -> Count | None:
    macs = node.facts.macs
    if macs is None:
        return None
    count = macs + product(sizes=4)
    return count + product(scaled=numel(node.inputs[0].shape)) if node.facts.settings["need_weights"] else count


@CONVENTION.rule(
    "batch_norm",
    "layer_norm",
    "group_norm",
    "instance_norm",
    mirrors="torchprofile.handlers._norm",
    note="counts 1 per element, or 0 without scale and shift",
)
@CONVENTION.aten(
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    mirrors="torchprofile.handlers._norm",
    note="counts 1 per element, or 0 without scale and shift",
)
def _norm(node: Node, run: Run) -> Count | None:
    return _each_out(node) if affine(node) else ZERO


@CONVENTION.rule(
    "adaptive_avg_pool",
    "avg_pool",
    "mean",
    mirrors="torchprofile.handlers._avg_pool_or_mean",
    note="counts 1 per output element",
)
def _avg_pool_or_mean(node: Node, run: Run) -> Count | None:
    return _each_out(node)


@CONVENTION.rule("multiply", "scale", mirrors="torchprofile.handlers._mul", note="counts 1 per output element")
def _mul(node: Node, run: Run) -> Count | None:
    return _each_out(node)


@CONVENTION.rule(
    "lrn",
    mirrors="torchprofile.handlers._mul, _avg_pool_or_mean",
    note="counts 1 per element of each of the square, the average pool over the channels and the scaling that torch "
    "runs",
)
def _lrn(node: Node, run: Run) -> Count | None:
    n = numel(node.facts.outputs[0])
    return Count((("square",), (n,)), (("pool",), (n,)), (("scaling",), (n,)))


@CONVENTION.rule(
    "leaky_relu",
    mirrors="torchprofile.handlers._leaky_relu",
    note="counts 1 per element",
    otherwise="not counted in place: aten::leaky_relu_ has no handler",
)
def _leaky_relu(node: Node, run: Run) -> Count | None:
    return None if node.facts.settings["inplace"] else _each_out(node)


@CONVENTION.rule(
    "silu",
    mirrors="torchprofile.handlers._ZERO_COST_OPS",
    otherwise="not counted in place: aten::silu_ has no handler, which is the same 0",
)
def _silu(node: Node, run: Run) -> Count | None:
    return None if node.facts.settings["inplace"] else ZERO


@CONVENTION.rule(
    "upsample",
    mirrors="torchprofile.handlers._upsample_bilinear2d",
    note="counts per output element 4 if bilinear, 0 if nearest in 2 dimensions",
    otherwise="not counted in other modes than bilinear, and nearest in 2 dimensions: these have no handler",
)
def _upsample(node: Node, run: Run) -> Count | None:
    mode = node.facts.settings["mode"]
    if mode == "bilinear":
        return product(each=4, n_out=numel(node.facts.outputs[0]))
    return ZERO if mode == "nearest" and len(node.facts.outputs[0]) == 4 else None


@CONVENTION.rule(
    "einsum",
    mirrors="torchprofile.handlers._einsum",
    note="counts the sizes of all axes, multiplied; 0 with an ellipsis",
)
def _einsum(node: Node, run: Run) -> Count | None:
    if "..." in node.facts.settings["equation"]:
        return ZERO
    return node.facts.macs if node.facts.macs and node.facts.macs.terms else product(axes=elements(node))


@CONVENTION.rule("lstm", mirrors="torchprofile.handlers._lstm", note="counts mult-adds, with D_state as the width")
def _lstm(node: Node, run: Run) -> Count | None:
    settings, (n, length, d_in) = node.facts.settings, node.inputs[0].shape
    width, directions = settings["projection"] or settings["width"], 2 if settings["bidirectional"] else 1
    inputs = [d_in] + [width * directions] * (settings["layers"] - 1)
    return Count(
        *[(("N", "L", "directions", "4D", "D_in"), (n, length, directions, 4 * width, each + width)) for each in inputs]
    )


@CONVENTION.aten(
    "mul", "mean", mirrors="torchprofile.handlers._mul, _avg_pool_or_mean", note="counts 1 per output element"
)
@CONVENTION.aten(
    *(f"{kind}{axes}d" for axes in (1, 2, 3) for kind in ("avg_pool", "adaptive_avg_pool")),
    mirrors="torchprofile.handlers._avg_pool_or_mean",
    note="counts 1 per output element",
)
def _each_element(node: Node, run: Run) -> Count | None:
    return _each_out(node)


@CONVENTION.aten(
    "attention_weights",
    mirrors="torchprofile.handlers._avg_pool_or_mean",
    note="counts 1 per element if averaged over the heads",
)
def _attention_weights(node: Node, run: Run) -> Count | None:
    return _each_out(node) if len(node.facts.outputs[0]) == 3 else ZERO


@CONVENTION.aten(
    "grid_sampler",
    "upsample_bilinear2d",
    mirrors="torchprofile.handlers._grid_sampler, _upsample_bilinear2d",
    note="counts per output element 4 if bilinear; of F.grid_sample also 16 if bicubic, 0 if nearest",
)
def _sampler(node: Node, run: Run) -> Count | None:
    if node.noticed.kernel == "nearest":
        return ZERO
    return product(each=16 if node.noticed.kernel == "bicubic" else 4, n_out=numel(node.facts.outputs[0]))


@CONVENTION.aten(
    "abs", "clamp", "clone", "cos", "div", "expand", "gather", "index", "neg", "pow", "reciprocal", "rsqrt", "rsub",
    "select", "sin", "slice", "sqrt", "squeeze", "stack", "sub", "sum", "unfold", "unsqueeze",
    mirrors="torchprofile.handlers._ZERO_COST_OPS",
)  # fmt: skip
def _known(node: Node, run: Run) -> Count | None:
    return ZERO


CONVENTION.zero(
    "add", "concat", "dropout", "embedding", "flatten", "gelu", "max_pool", "relu", "relu6", "reshape", "sigmoid",
    "softmax", "split", "tanh", "transpose", "unflatten",
    mirrors="torchprofile.handlers._ZERO_COST_OPS",
)  # fmt: skip
