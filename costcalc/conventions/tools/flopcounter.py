"""torch's FlopCounterMode: hooks the dispatcher; 2 FLOPs per mult-add of convolutions and matrix products.

An op without a formula adds nothing and is not named, so nothing here is zero by convention. The operations that the
dispatcher runs for attention depend on the device; the rules, and `costcalc verify`, take those of the CPU. In eval
mode, without gradients, it runs a TransformerEncoderLayer as one op that has no formula: nothing in it is counted.
"""

from __future__ import annotations

from costcalc.analysis.strides import mask_forbids_kernel
from costcalc.conventions.called import around
from costcalc.conventions.complex_conv import REAL, as_run
from costcalc.conventions.convention import Convention
from costcalc.conventions.einsum import SUMS_OF_ONE, sums_of_one
from costcalc.conventions.held import by_running
from costcalc.convert.torch_names import BY_PRODUCTS
from costcalc.spec.count import Count
from costcalc.spec.graph import Graph
from costcalc.spec.node import BlockCall, Node, Tensor
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel
from costcalc.spec.sizes import decided, equal, unequal

ENCODER_LAYER = "torch.nn.modules.transformer.TransformerEncoderLayer"


BY_GRADIENTS = {
    ENCODER_LAYER,
    "torch.nn.modules.activation.MultiheadAttention",
    "torch.nn.modules.rnn.LSTM",
}
"""Modules whose operations on the CPU differ with gradients, or differ from those that the reader records."""


FLEX = "flex_attention"
"""An operator for which the tool has no implementation: it raises an error."""


class FlopCounter(Convention):
    """The operations that the dispatcher runs. In eval mode torch's encoder layer is one op without a formula."""

    transforms = True

    def counts_whole(self, name: str) -> bool:
        """True for attention alone: the dispatcher runs the parts of other operations."""
        return name == "scaled_dot_product_attention"

    def by_module(self, run: Run) -> dict[str, int]:
        """The tool's number by the modules that are running (torch.utils.module_tracker), with hooks on all modules."""
        return by_running(self._counted(run), global_hooks=True)

    def unpredicted(self, graph: Graph) -> list[str]:
        """As for any tool; operators on which it fails; with derivatives, modules that the CPU runs otherwise."""
        failing = [FLEX] if any(node.facts.settings.get("aten") == FLEX for node in graph.nodes) else []
        calls = {call.module.kind for node in graph.nodes if graph.transformed for call in around(node)}
        return [
            *super().unpredicted(graph),
            *failing,
            *sorted(kind.rpartition(".")[-1] for kind in calls & BY_GRADIENTS),
        ]

    def unseen(self, node: Node, run: Run) -> str:
        """The module around the node that torch runs as one op, if there is one."""
        return f"torch runs the TransformerEncoderLayer around this {node.op} as one op" if _inside(node, run) else ""

    def alone(self, node: Node, run: Run) -> Count | None:
        """The rule's count; None inside a module that torch runs as one op."""
        return None if _inside(node, run) else super().alone(node, run)


def _inside(node: Node, run: Run) -> bool:
    """True inside a TransformerEncoderLayer that torch runs as one op."""
    if run.mode != "eval":
        return False
    modules = run.graph.held.modules
    calls: list[BlockCall | None] = [call for call in around(node) if call.module.kind == ENCODER_LAYER]
    calls += [None] if modules and modules[0].kind == ENCODER_LAYER else []
    return any(_as_one(call, run) for call in calls[:1])


def _as_one(call: BlockCall | None, run: Run) -> bool:
    """True if TransformerEncoderLayer.forward takes its fast path (why_not_sparsity_fast_path).

    call  of the layer; None if the layer is the model itself
    """
    if call is not None and (call.first is None or not call.first.inputs):
        return False
    nodes = [node for node in run.nodes if node.block is call]
    attention = [node.facts.settings for node in nodes if node.op == "multi_head_attention"]
    for node in run.nodes:  # with a mask it runs by its parts, the last of which is a transpose, batch first
        if node.op == "scaled_dot_product_attention" and node.block is not None and node.block.parent is call:
            *_, last = (each for each in run.nodes if each.block is node.block)
            if last.op != "transpose":
                return False
            heads = node.inputs[0].shape[1]
            attention.append({"bias": "in_proj_bias" in node.block.weights, "heads": heads})
    batched = all(len(node.inputs[0].shape) == 3 for node in nodes if node.op == "layer_norm")
    eps = {node.facts.settings["eps"] for node in nodes if node.op == "layer_norm"}
    plain = any(node.op in ("relu", "gelu") for node in nodes)
    if not attention or not batched:
        return False
    return bool(attention[0]["bias"] and attention[0]["heads"] % 2 == 0 and len(eps) == 1 and plain)


CONVENTION = FlopCounter(
    "flopcounter",
    version="torch 2.14.1",
    unit=2,
    about="2 per multiply-add of convolutions and matrix products; of attention those that the CPU runs as such",
    sees="sees what torch dispatches",
    has="formula",
)


@CONVENTION.rule(
    "conv",
    "conv_transpose",
    mirrors="torch.utils.flop_counter.conv_flop_count",
    note=f"counts 2 per mult-add, without the bias; {REAL}",
)
def _conv(node: Node, run: Run) -> Count | None:
    return as_run(node, run, twice(node))


@CONVENTION.rule(
    "conv_backward",
    mirrors="torch.utils.flop_counter.conv_backward_flop",
    note="counts 2 per mult-add; the weight gradient of a grouped convolution is multiplied by the groups",
)
def _conv_backward(node: Node, run: Run) -> Count | None:
    count = twice(node)
    _, of_weight, _ = node.facts.settings["mask"]
    if count is None or not of_weight:
        return count
    names, factors = count.terms[-1]
    groups = node.facts.settings["groups"]
    return Count(*count.terms[:-1], (("groups", *names), (groups, *factors)))


@CONVENTION.rule(
    "linear", mirrors="torch.utils.flop_counter.addmm_flop, mm_flop", note="counts 2 per mult-add, without the bias"
)
def _linear(node: Node, run: Run) -> Count | None:
    return twice(node)


@CONVENTION.rule(
    "matmul",
    mirrors="torch.utils.flop_counter.mm_flop, bmm_flop, addmm_flop, baddbmm_flop",
    note="counts 2 per mult-add",
    otherwise="not counted of torch.mv, dot and addmv: they have no formula",
)
def _matmul(node: Node, run: Run) -> Count | None:
    return twice(node) if node.noticed.kernel in ("", "_scaled_mm", "addmm", "baddbmm") else None


@CONVENTION.rule(
    "gru", "rnn", mirrors="torch.utils.flop_counter.addmm_flop, mm_flop", note="counts 2 per mult-add, without biases"
)
def _recurrent(node: Node, run: Run) -> Count | None:
    return twice(node)


@CONVENTION.rule(
    "lstm",
    mirrors="torch.utils.flop_counter.flop_registry",
    note="counts 2 per mult-add of one with a projection",
    otherwise="not counted without a projection: the CPU runs it as one op of oneDNN, which has no formula",
)
def _lstm(node: Node, run: Run) -> Count | None:
    return twice(node) if node.facts.settings["projection"] else None


@CONVENTION.rule(
    "einsum", mirrors="torch.utils.flop_counter.mm_flop, bmm_flop", note="counts 2 per mult-add", otherwise=SUMS_OF_ONE
)
def _einsum(node: Node, run: Run) -> Count | None:
    return None if node.noticed.kernel == "_trilinear" or sums_of_one(node) else twice(node)


@CONVENTION.rule(
    "scaled_dot_product_attention",
    mirrors="torch.utils.flop_counter.flop_registry",
    note="counts 2 per mult-add if the CPU falls back to two products: if E_v is not E, with more axes than 4, with "
    "dropout, a mask "
    "of other axes, or on inputs transposed so that E lies apart in memory (CUDA's fused kernels have formulas)",
    otherwise="not counted by the CPU's fused kernel, which has no formula",
)
def _attention(node: Node, run: Run) -> Count | None:
    q, _, v = (t.shape for t in node.inputs[:3])
    fused = len(q) in (3, 4) and decided(equal(q[-1], v[-1])) and not any(map(_apart, node.inputs[:3]))
    fused = fused and node.noticed.kernel != BY_PRODUCTS and not mask_forbids_kernel(node, gradients=False)
    return None if fused else twice(node)


def _apart(t: Tensor) -> bool:
    """True if elements along the last axis are not adjacent in memory, by the transposes and splits before it."""
    axis = len(t.shape) - 1
    while t.node is not None and t.node.op in ("transpose", "split"):
        if t.node.op == "transpose":
            axis = t.node.facts.settings["axes"][axis]
        t = t.node.inputs[0]
    return decided(unequal(numel(t.shape[axis + 1 :]), 1))


@CONVENTION.rule(
    "multi_head_attention",
    mirrors="torch.utils.flop_counter.flop_registry",
    note="counts the projections, 2 per mult-add, and the two products only if need_weights or dropout forbids the "
    "fused "
    "kernel",
    otherwise="not counted in eval, with an even number of heads and biases: torch runs one fused op, which has no "
    "formula",
)
def _multi_head_attention(node: Node, run: Run) -> Count | None:
    settings, count = node.facts.settings, twice(node)
    if count is None or (run.mode == "eval" and settings["bias"] and settings["heads"] % 2 == 0):
        return None
    if settings["need_weights"] or (run.mode == "train" and settings["dropout"] > 0):
        return count
    before, _, _, after = count.terms
    return Count(before, after)


def twice(node: Node) -> Count | None:
    """The node's own mult-adds, each term led by the factor 2."""
    if node.facts.macs is None:
        return None
    return Count(*[(("flops", *names), (2, *factors)) for names, factors in node.facts.macs.terms])
