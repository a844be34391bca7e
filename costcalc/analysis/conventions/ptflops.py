"""ptflops, its pytorch backend (the default): hooks on modules and patched functions, added up.

A hook counts what its module does for the whole batch, and the sum of the hooks is divided by the batch. A
patched function counts for the whole batch, undivided, and in no module's number. A module that calls a patched
function (ReLU, the pools) is counted by both.

It patches functions of torch.nn.functional and torch while the model runs, so Python's operators (``+``, ``*``,
``@``) are not seen, and neither is a function that the model looked up before, as the models that costcalc
builds do with ``torch.add`` and its like.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from costcalc.analysis.conventions.convention import Convention, LedgerLine
from costcalc.spec.count import Count, product
from costcalc.spec.graph import Graph, Mode, Node
from costcalc.spec.shapes import numel

Part = Callable[[Node], Count]
"""What a hook, or a patched function, counts for a node: for the whole batch."""


class Ptflops(Convention):
    """A convention of two parts: by op, what `hooks` on modules count, and what patched `functions` count."""

    def __init__(self, name: str, *, version: str, unit: int, about: str) -> None:
        super().__init__(name, version=version, unit=unit, about=about, eval_only=True)
        self.hooks: dict[str, Part] = {}
        self.functions: dict[str, Part] = {}

    def parts(
        self, *ops: str, mirrors: str, note: str = "", hook: Part | None = None, function: Part | None = None
    ) -> None:
        """The rule of these ops, from its parts."""
        self.rule(*ops, mirrors=mirrors, note=note)(self._both)
        self.hooks.update(dict.fromkeys(ops, hook) if hook else {})
        self.functions.update(dict.fromkeys(ops, function) if function else {})

    def hook(self, node: Node) -> Count | None:
        """What the tool leaves on the node's module (``__flops__``), for the whole batch; None: it has no hook."""
        hook = self.hooks.get(node.op)
        return hook(node) if hook and _is_module(node) else None

    def _both(self, node: Node, mode: Mode) -> Count | None:
        hook, function = self.hook(node), self.functions.get(node.op)
        if hook is None:
            return function(node) if function else None
        share = _divided(hook, _batch(node))
        return share + function(node) if function else share

    def count(self, node: Node, mode: Mode) -> int | None:
        """`formula` as a number; what is left of a batch that does not divide it is cut off."""
        formula = self.formula(node, mode)
        return None if formula is None else formula.value // 1

    def total(self, graph: Graph, mode: Mode) -> int:
        """The tool's number: the fractions that hooks leave are added up before they are cut off."""
        not_run = graph.not_run("eval")
        formulas = [self.formula(node, mode) for node in graph.nodes if node not in not_run]
        total: int = sum(formula.value for formula in formulas if formula is not None) // 1
        return total

    def by_module(self, graph: Graph, mode: Mode) -> dict[str, int]:
        """What hooks leave on each module, for the whole batch, and below it; "" is the tool's total."""
        counts: dict[str, int] = {}
        not_run = graph.not_run("eval")
        for node in graph.nodes:
            hook = None if node in not_run else self.hook(node)
            if hook is not None:
                parts = node.module.split(".")
                for depth in range(1, len(parts) + 1):
                    path = ".".join(parts[:depth])
                    counts[path] = counts.get(path, 0) + hook.value
        return {"": self.total(graph, mode), **counts}

    def ledger(self, graph: Graph, mode: Mode) -> list[LedgerLine]:
        """As any convention's, and a line for the fractions that add up to more than their whole parts."""
        lines = super().ledger(graph, mode)
        not_run = graph.not_run("eval")
        rest = self.total(graph, mode) - sum(self.count(n, mode) or 0 for n in graph.nodes if n not in not_run)
        return [*lines, LedgerLine("fractions", 0, rest, "hooks divided by the batch")] if rest else lines


CONVENTION = Ptflops(
    "ptflops",
    version="0.7.5",
    unit=1,
    about="mult-adds and biases, and elements of norms, activations (twice) and pools (twice), hooks by the batch",
)


def _batch(node: Node) -> Any:
    """The length of the network's first input, by which the sum of the hooks is divided (batch_counter_hook)."""
    shapes = node.inputs[0].trace.shapes if node.inputs else ()
    return shapes[0][0] if shapes else 1


def _divided(count: Count, batch: Any) -> Count:
    """The count for one of the batch: the first factor that the batch divides becomes smaller, or 1/N leads."""
    if type(batch) is int and batch == 1:
        return count
    terms = []
    for names, factors in count.terms:
        pairs = list(zip(names, factors, strict=True))
        i = next((i for i, (name, f) in enumerate(pairs) if name != "each" and f % batch == 0), None)
        if i is None:
            terms.append((("1/N", *names), (Fraction(1, batch), *factors)))
        else:
            terms.append(((*names,), (*factors[:i], factors[i] // batch, *factors[i + 1 :])))
    return Count(*terms)


def with_bias(node: Node) -> Count:
    """The node's mult-adds, and one for its bias at every element of its output."""
    macs = node.facts.macs or Count()
    return macs + product(bias=numel(node.facts.outputs[0])) if "bias" in node.facts.weights else macs


def _elements(node: Node) -> Count:
    return product(n=numel(node.inputs[0].shape))


def _is_module(node: Node) -> bool:
    return node.facts.torch is not None and node.facts.torch.is_module


def _normalised(node: Node) -> Count:
    return product(each=2 if node.facts.weights else 1, n=numel(node.inputs[0].shape))


def _lrn(node: Node) -> Count:
    n, channels, *rest = node.inputs[0].shape
    padded = channels + node.facts.settings["size"] - 1
    return product(each=3, n=numel(node.inputs[0].shape)) + product(padded=numel((n, padded, *rest)))


def _one_upsampled(node: Node) -> Count:
    return product(n=numel(node.facts.outputs[0][1:]))


def _upsampled(node: Node) -> Count:
    settings, shape = node.facts.settings, node.inputs[0].shape
    if "size" in settings:
        return product(n=numel((*shape[:2], *settings["size"])))
    scale = node.facts.torch.args["scale_factor"] if node.facts.torch else settings["scale"]
    if isinstance(scale, tuple):
        return product(n=numel(shape), scale=numel(tuple(int(s) for s in scale)))
    return product(n=Fraction(numel(shape) * float(scale) ** (len(shape) - 2)))


def _attention(node: Node) -> Count:
    macs, settings, (n, length, width) = node.facts.macs or Count(), node.facts.settings, node.inputs[0].shape
    count = macs + product(N=n, L=length, q_scaled=width)
    if settings["bias"]:
        count += product(N=n, L=length, bias=3 * width)
    softmax = product(N=n, heads=settings["heads"], L=length, S=length)
    return count + softmax + product(N=n, L=length, bias=width)


def _products(node: Node) -> Count:
    if not node.facts.settings["need_weights"] or node.facts.macs is None:
        return Count()
    n, length, _ = node.inputs[0].shape
    softmax = product(N=n, heads=node.facts.settings["heads"], L=length, S=length)
    return Count(*node.facts.macs.terms[1:3]) + softmax


CONVENTION.parts(
    "conv", "conv_transpose",
    mirrors="ptflops.pytorch_ops.conv_flops_counter_hook",
    note="the bias too, once at every position of the output; a module only: the function is not patched",
    hook=with_bias,
)  # fmt: skip
CONVENTION.parts(
    "linear",
    mirrors="ptflops.pytorch_ops.linear_flops_counter_hook",
    note="the bias too, once at every output; a module only: the function is not patched",
    hook=with_bias,
)
CONVENTION.parts(
    "batch_norm", "group_norm", "instance_norm",
    mirrors="ptflops.pytorch_ops.bn_flops_counter_hook",
    note="2 an element; 1 without scale and shift; a module only: the function is not patched",
    hook=_normalised,
)  # fmt: skip
CONVENTION.parts(
    "layer_norm",
    mirrors="ptflops.pytorch_ops.bn_flops_counter_hook",
    note="1 an element, with scale and shift too: the hook asks for an attribute that LayerNorm names otherwise",
    hook=_elements,
)
CONVENTION.parts(
    "relu", "gelu",
    mirrors="ptflops.pytorch_ops.relu_flops_counter_hook, ptflops.pytorch_ops._numel_functional_flops_hook",
    note="2 an element: the module's hook and the function it calls count 1 each",
    hook=_elements,
    function=_elements,
)  # fmt: skip
CONVENTION.parts(
    "leaky_relu",
    mirrors="ptflops.pytorch_ops.relu_flops_counter_hook",
    note="1 an element; a module only: the function is not patched",
    hook=_elements,
)
CONVENTION.parts(
    "relu6",
    mirrors="ptflops.pytorch_ops.relu_flops_counter_hook, ptflops.pytorch_ops._numel_functional_flops_hook",
    note="1 an element: by the module's hook (torch's module does not call F.relu6), or by the function",
    hook=_elements,
    function=lambda node: Count() if _is_module(node) else _elements(node),
)
CONVENTION.parts(
    "silu", "softmax",
    mirrors="ptflops.pytorch_ops._numel_functional_flops_hook",
    note="1 an element, for the whole batch",
    function=_elements,
)  # fmt: skip
CONVENTION.parts(
    "adaptive_avg_pool", "avg_pool", "max_pool",
    mirrors="ptflops.pytorch_ops.pool_flops_counter_hook, ptflops.pytorch_ops._numel_functional_flops_hook",
    note="2 an element of its input: the module's hook and the function it calls count 1 each",
    hook=_elements,
    function=_elements,
)  # fmt: skip
CONVENTION.parts(
    "upsample",
    mirrors="ptflops.pytorch_ops.upsample_flops_counter_hook, _interpolate_functional_flops_hook",
    note="the module's hook counts the output of one input, and divides it by the batch; the function the output, "
    "its scales cut to integers where there are several (0.5 to 0)",
    hook=_one_upsampled,
    function=_upsampled,
)
CONVENTION.parts(
    "multi_head_attention",
    mirrors="ptflops.pytorch_ops.multihead_attention_counter_hook, _matmul_tensor_flops_hook",
    note="the projections with their biases (the last without one too), the products, q scaled and the softmax; with "
    "need_weights products and softmax again, as torch.bmm and F.softmax run, for the whole batch",
    hook=_attention,
    function=_products,
)
CONVENTION.parts(
    "lrn",
    mirrors="ptflops.pytorch_ops._elementwise_tensor_flops_hook, ptflops.pytorch_ops._numel_functional_flops_hook",
    note="its inner x.mul(x), .mul(alpha) and .add(k), and the squares padded by size - 1 channels, as they are pooled",
    function=_lrn,
)
CONVENTION.parts(
    "add", "matmul", "multiply", "scale",
    mirrors="ptflops.pytorch_ops.TENSOR_OPS_MAPPING",
    note="only called as torch.NAME or x.NAME, looked up while the tool runs: not for an operator, nor in our models",
)  # fmt: skip
