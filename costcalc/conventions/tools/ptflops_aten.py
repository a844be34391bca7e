"""ptflops, its aten backend: what the dispatcher runs; 1 per mult-add, and 1 per bias of conv or addmm."""

from __future__ import annotations

from costcalc.analysis.strides import fused_attention, is_contiguous, layouts, mask_forbids_kernel
from costcalc.conventions.complex_conv import REAL, as_run
from costcalc.conventions.convention import Convention
from costcalc.conventions.einsum import SUMS_OF_ONE, sums_of_one
from costcalc.conventions.held import by_running
from costcalc.conventions.recurrent import GATES, directions, sequence
from costcalc.conventions.tools.ptflops import with_bias
from costcalc.spec.count import Count, product
from costcalc.spec.node import Node
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel


class PtflopsAten(Convention):
    """ptflops' aten backend. Its numbers by module are those of the network's direct children that are called."""

    def counts_whole(self, name: str) -> bool:
        """True for attention alone: the dispatcher runs the parts of other operations."""
        return name == "scaled_dot_product_attention"

    def by_module(self, run: Run) -> dict[str, int]:
        """The tool's number for the children of the network while they run; "" is the network."""
        held = run.graph.held
        children = {held.modules[number].path for number in held.modules[0].distinct} if held.modules else None
        counts = by_running(self._counted(run), global_hooks=False)
        return {p: n for p, n in counts.items() if not p or (p in children if children is not None else "." not in p)}


CONVENTION = PtflopsAten(
    "ptflops_aten",
    version="0.7.5",
    unit=1,
    about="mult-adds and biases of convolutions, linear layers and matrix products, as the dispatcher runs them",
    eval_only=True,
    trained=True,
    sees="sees what torch dispatches",
    has="formula",
)


@CONVENTION.rule(
    "conv",
    "conv_transpose",
    mirrors="ptflops.aten_ops.conv_flop",
    note=f"counts mult-adds, and the bias once at every position; {REAL}, with two biases",
)
def _conv(node: Node, run: Run) -> Count | None:
    macs = as_run(node, run, node.facts.macs)
    if macs is None or macs is node.facts.macs:
        return with_bias(node)
    return macs + product(biases=2, n_out=numel(node.facts.outputs[0])) if node.facts.settings["bias"] else macs


@CONVENTION.rule(
    "linear",
    mirrors="ptflops.aten_ops.addmm_flop, ptflops.aten_ops.matmul_flop",
    note="counts mult-adds, and the bias unless the input is transposed: torch then runs aten.mm, and adds the bias "
    "separately",
)
def _linear(node: Node, run: Run) -> Count | None:
    if len(node.inputs[0].shape) == 2:
        return with_bias(node)
    ((shape, strides),) = layouts(node.inputs[:1])
    return with_bias(node) if is_contiguous(shape, strides) else node.facts.macs


@CONVENTION.rule("einsum", mirrors="ptflops.aten_ops.bmm_flop", note="counts mult-adds", otherwise=SUMS_OF_ONE)
def _einsum(node: Node, run: Run) -> Count | None:
    return None if node.noticed.kernel == "_trilinear" or sums_of_one(node) else node.facts.macs


@CONVENTION.rule(
    "matmul",
    mirrors="ptflops.aten_ops.matmul_flop, ptflops.aten_ops.bmm_flop, ptflops.aten_ops.addmm_flop",
    note="counts mult-adds; of torch.addmm the added term too",
    otherwise="not counted of torch.baddbmm, mv, dot and addmv: they have no formula",
)
def _matmul(node: Node, run: Run) -> Count | None:
    if node.noticed.kernel == "addmm":
        return (node.facts.macs or Count()) + product(bias=numel(node.facts.outputs[0]))
    return None if node.noticed.kernel else node.facts.macs


@CONVENTION.rule(
    "gru",
    "lstm",
    "rnn",
    mirrors="ptflops.aten_ops.addmm_flop, ptflops.aten_ops.matmul_flop",
    note="counts mult-adds and biases, except those of an input that is transposed, batch first",
    otherwise="not counted of an LSTM without a projection: the CPU runs it as one op of oneDNN, which has no formula",
)
def _recurrent(node: Node, run: Run) -> Count | None:
    settings, (n, length) = node.facts.settings, sequence(node)
    if node.op == "lstm" and not settings["projection"]:
        return None
    if not settings["bias"] or node.facts.macs is None:
        return node.facts.macs
    ((shape, strides),) = layouts(node.inputs)
    if settings["batch_first"]:
        shape, strides = (shape[1], shape[0], shape[2]), (strides[1], strides[0], strides[2])
    biases = 2 * settings["layers"] - (0 if is_contiguous(shape, strides) else 1)
    width = GATES[node.op] * settings["width"]
    return node.facts.macs + product(N=n, L=length, directions=directions(node), biases=biases, D=width)


@CONVENTION.rule(
    "scaled_dot_product_attention",
    mirrors="ptflops.aten_ops.bmm_flop",
    note="counts its two products only if torch cannot take the CPU's fused kernel (E_v other than E, more than 4 "
    "axes, "
    "features not side by side, a mask of other axes or one that requires grad)",
    otherwise="not counted by the CPU's fused kernel, which has no formula",
)
def _attention(node: Node, run: Run) -> Count | None:
    by_hand = mask_forbids_kernel(node, gradients=True)
    return None if fused_attention(layouts(node.inputs[:3])) and not by_hand else node.facts.macs


@CONVENTION.rule(
    "multi_head_attention",
    mirrors="ptflops.aten_ops.addmm_flop, ptflops.aten_ops.bmm_flop",
    note="counts the projections and the output's bias; the inputs' bias only if (L, N, D) is contiguous, as for "
    "one input or "
    "one position; the products only with need_weights: the CPU's fused kernel has no formula",
)
def _multi_head_attention(node: Node, run: Run) -> Count | None:
    if node.facts.macs is None:
        return None
    before, *products, after = node.facts.macs.terms
    count = Count(before, *(products if node.facts.settings["need_weights"] else ()), after)
    if not node.facts.settings["bias"]:
        return count
    ((shape, strides),) = layouts(node.inputs)
    n, length, width = shape
    if is_contiguous((length, n, width), (strides[1], strides[0], strides[2])):
        count += product(N=n, L=length, bias=3 * width)
    return count + product(N=n, L=length, bias=width)
