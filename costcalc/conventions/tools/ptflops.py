"""ptflops, its pytorch backend (the default): hooks on modules and patched functions, added up.

A hook counts the work of its module for the whole batch, and the sum of the hooks is divided by the batch. A patched
function counts for the whole batch, undivided, and not in the number of any module. A module that calls a patched
function (ReLU, the pools) is counted by both.

It patches functions of torch.nn.functional, torch and torch.Tensor while the model runs: ``torch.add(x, y)`` and
``x.add(y)`` are counted, Python's operators (``x + y``) are not.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod

from costcalc.conventions import attention, recurrent
from costcalc.conventions.called import affine, is_module
from costcalc.conventions.guarded import guarded
from costcalc.conventions.hooks import POOLS, TwoParts, elementwise_count
from costcalc.conventions.unbatched import input_of, is_unbatched, output_of
from costcalc.spec.count import Count, product
from costcalc.spec.node import Node
from costcalc.spec.numbers import computed
from costcalc.spec.shapes import numel

PATCHED = frozenset(
    [f"torch.nn.functional.{kind}_pool{axes}d" for axes in (1, 2, 3)
     for kind in ("avg", "max", "adaptive_avg", "adaptive_max")]
    + [f"torch.nn.functional.{name}" for name in ("elu", "gelu", "interpolate", "prelu", "relu", "relu6", "silu")]
    + ["torch.nn.functional.softmax", "torch.baddbmm"]
    + [f"torch.{name}" for name in ("add", "addmm", "bmm", "matmul", "mm", "mul")]
    + [f"torch.Tensor.{name}" for name in ("add", "addmm", "bmm", "matmul", "mm", "mul")]
)  # fmt: skip
"""Functions that the tool patches (ptflops.pytorch_ops.FUNCTIONAL_MAPPING without F.linear, TENSOR_OPS_MAPPING)."""

CONVENTION = TwoParts(
    "ptflops",
    version="0.7.5",
    unit=1,
    about="mult-adds and biases, and elements of norms, activations (twice) and pools (twice); hooks by the batch",
    sees="hooks modules and patches functions of torch",
    has="hook or patch",
    patched=PATCHED,
)


TOGETHER = "counts 1 per element; of two shapes the larger, axes compared from the first; of torch.addmm the added term"


def with_bias(node: Node) -> Count:
    """The node's mult-adds, plus 1 per output element if it has a bias."""
    macs = node.facts.macs or Count()
    return macs + product(bias=numel(node.facts.outputs[0])) if node.facts.settings["bias"] else macs


def _convolved(node: Node) -> Count:
    """As `with_bias`; without a batch axis the channels are taken as the batch, and not as a spatial axis."""
    if not is_unbatched(node):
        return with_bias(node)
    settings, given, made = node.facts.settings, input_of(node), output_of(node)
    channels, filters = node.inputs[0].shape[1], settings["width"] // settings["groups"]
    at = given if node.op == "conv_transpose" else made
    count = product(k=prod(settings["k"]), C_in=channels, filters=filters, C=given[0], positions=numel(at[2:]))
    return count + product(C=given[0], bias=numel(made[1:])) if settings["bias"] else count


def _elements(node: Node) -> Count:
    return product(n=numel(node.inputs[0].shape))


def _product(node: Node) -> Count:
    first, second = (t.shape for t in node.inputs)
    return product(n=numel(first), P=second[-2] if node.noticed.kernel == "mv" else second[-1])


def _normalised(node: Node) -> Count:
    return product(each=2 if affine(node) else 1, n=numel(node.inputs[0].shape))


def _lrn(node: Node) -> Count:
    n, channels, *rest = node.inputs[0].shape
    padded = channels + node.facts.settings["size"] - 1
    return product(each=3, n=numel(node.inputs[0].shape)) + product(padded=numel((n, padded, *rest)))


def _one_upsampled(node: Node) -> Count | None:
    upsample = node.call is not None and node.call.name == "Upsample"  # no subclass has the hook
    return product(n=numel(node.facts.outputs[0][1:])) if upsample else None


def _upsampled(node: Node) -> Count:
    settings, shape = node.facts.settings, node.inputs[0].shape
    if settings.get("size") is not None:
        return product(n=numel((*shape[:2], *settings["size"])))
    scale = node.call.args["scale_factor"] if node.call else settings["scale"]
    if isinstance(scale, tuple):
        return product(n=numel(shape), scale=numel(tuple(int(s) for s in scale)))
    return product(n=computed(_scaled, numel(shape), float(scale), len(shape) - 2))


def _scaled(elements: int, scale: float, axes: int) -> Fraction:
    return Fraction(elements * scale**axes)


CONVENTION.parts(
    "conv", "conv_transpose",
    mirrors="ptflops.pytorch_ops.conv_flops_counter_hook",
    note="counts mult-adds, and the bias once at every position of the output; of a module only, as the function "
    "is not patched",
    hook=_convolved,
)  # fmt: skip
CONVENTION.parts(
    "linear",
    mirrors="ptflops.pytorch_ops.linear_flops_counter_hook",
    note="counts mult-adds, and the bias once at every output; of a module only, as the function is not patched",
    hook=with_bias,
)
CONVENTION.parts(
    "batch_norm", "group_norm", "instance_norm",
    mirrors="ptflops.pytorch_ops.bn_flops_counter_hook",
    note="counts 2 per element; 1 without scale and shift; of a module only, as the function is not patched",
    hook=_normalised,
)  # fmt: skip
CONVENTION.generic_parts(
    "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d",
    mirrors="ptflops.pytorch_ops.bn_flops_counter_hook",
    note="counts 2 per element; 1 without scale and shift",
    hook=_normalised,
)  # fmt: skip
CONVENTION.parts(
    "layer_norm",
    mirrors="ptflops.pytorch_ops.bn_flops_counter_hook",
    note="counts 1 per element, with scale and shift too: the hook reads an attribute that LayerNorm does not have",
    hook=_elements,
)
CONVENTION.generic_parts(
    "LayerNorm",
    mirrors="ptflops.pytorch_ops.bn_flops_counter_hook",
    note="counts 1 per element, with scale and shift too",
    hook=_elements,
)
CONVENTION.parts(
    "relu", "gelu",
    mirrors="ptflops.pytorch_ops.relu_flops_counter_hook, ptflops.pytorch_ops._numel_functional_flops_hook",
    note="counts 2 per element: the module's hook and the function it calls count 1 each",
    hook=_elements,
    function=_elements,
)  # fmt: skip
CONVENTION.parts(
    "leaky_relu",
    mirrors="ptflops.pytorch_ops.relu_flops_counter_hook",
    note="counts 1 per element; of a module only, as the function is not patched",
    hook=_elements,
)
CONVENTION.parts(
    "relu6",
    mirrors="ptflops.pytorch_ops.relu_flops_counter_hook, ptflops.pytorch_ops._numel_functional_flops_hook",
    note="counts 1 per element: by the module's hook (torch's module does not call F.relu6), or by the function",
    hook=_elements,
    function=lambda node: Count() if is_module(node) else _elements(node),
)
CONVENTION.parts(
    "silu", "softmax",
    mirrors="ptflops.pytorch_ops._numel_functional_flops_hook",
    note="counts 1 per element, for the whole batch",
    function=_elements,
)  # fmt: skip
CONVENTION.parts(
    "adaptive_avg_pool", "avg_pool", "max_pool",
    mirrors="ptflops.pytorch_ops.pool_flops_counter_hook, ptflops.pytorch_ops._numel_functional_flops_hook",
    note="counts 2 per input element: the module's hook and the function it calls count 1 each",
    hook=_elements,
    function=_elements,
)  # fmt: skip
CONVENTION.parts(
    "upsample",
    mirrors="ptflops.pytorch_ops.upsample_flops_counter_hook, _interpolate_functional_flops_hook",
    note="counts twice: the module's hook the output of one input, and divides it by the batch; the function the "
    "output, "
    "its scales cut to integers if there are several (0.5 to 0)",
    hook=_one_upsampled,
    function=_upsampled,
)
CONVENTION.parts(
    "multi_head_attention",
    mirrors="ptflops.pytorch_ops.multihead_attention_counter_hook, _matmul_tensor_flops_hook",
    note="counts the projections with their biases (the last without one too), the products, q scaled and the "
    "softmax; with "
    "need_weights products and softmax again, as torch.bmm and F.softmax run, for the whole batch",
    hook=attention.one_node,
    function=attention.products,
)
CONVENTION.parts(
    "lrn",
    mirrors="ptflops.pytorch_ops._elementwise_tensor_flops_hook, ptflops.pytorch_ops._numel_functional_flops_hook",
    note="counts its inner x.mul(x), .mul(alpha) and .add(k), and the squares padded by size - 1 channels, as they "
    "are pooled",
    function=_lrn,
)
CONVENTION.parts(
    "add", "multiply", "scale",
    mirrors="ptflops.pytorch_ops._elementwise_tensor_flops_hook",
    note=TOGETHER,
    function=elementwise_count,
)  # fmt: skip
CONVENTION.parts(
    "matmul",
    mirrors="ptflops.pytorch_ops._matmul_tensor_flops_hook",
    note="counts elements of the first, times columns of the second",
    function=_product,
)
CONVENTION.generic_parts(
    "ELU", "PReLU", "elu", "prelu",
    mirrors="ptflops.pytorch_ops.relu_flops_counter_hook, ptflops.pytorch_ops._numel_functional_flops_hook",
    note="counts 2 per element: the module's hook and the function it calls count 1 each",
    hook=_elements,
    function=_elements,
)  # fmt: skip
CONVENTION.generic_parts(
    *POOLS,
    mirrors="ptflops.pytorch_ops.pool_flops_counter_hook, ptflops.pytorch_ops._numel_functional_flops_hook",
    note="counts 2 per input element: the module's hook and the function it calls count 1 each",
    hook=_elements,
    function=_elements,
)
CONVENTION.generic_parts(
    "add", "addmm", "baddbmm", "mul",
    mirrors="ptflops.pytorch_ops._elementwise_tensor_flops_hook",
    note=TOGETHER,
    function=elementwise_count,
)  # fmt: skip
CONVENTION.parts(
    "gru", "lstm", "rnn",
    mirrors="ptflops.pytorch_ops.rnn_flops_counter_hook",
    note="counts elements of the weights, biases and gates at every position, of later layers too; both directions "
    "alike, without a projection",
    hook=recurrent.steps,
)  # fmt: skip
CONVENTION.module(
    *recurrent.CELLS,
    mirrors="ptflops.pytorch_ops.rnn_cell_flops_counter_hook",
    note="counts elements of the weights, biases and gates, per input of the batch",
)(recurrent.cell)
CONVENTION.attention = {
    "torch.nn.modules.activation.MultiheadAttention": guarded("ptflops", attention.several_nodes),
    "timm.layers.attention.Attention": guarded("ptflops", attention.timm),
    "timm.models.vision_transformer.Attention": guarded("ptflops", attention.timm),  # its former place
}
"""ptflops.pytorch_ops.multihead_attention_counter_hook, timm_attention_counter_hook; PytorchEngine.accumulate_flops."""
