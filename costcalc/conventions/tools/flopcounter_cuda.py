"""torch's FlopCounterMode on CUDA, whose dispatcher runs other operations than the CPU's for attention and recurrence.

The fused kernels of attention have a formula there, and cuDNN's recurrent layers have none. Everything else is counted
as on the CPU.
"""

from __future__ import annotations

from costcalc.conventions.tools.flopcounter import CONVENTION as ON_CPU
from costcalc.conventions.tools.flopcounter import FlopCounter, twice
from costcalc.spec.count import Count
from costcalc.spec.node import Node
from costcalc.spec.run import Run


class FlopCounterOnCuda(FlopCounter):
    """The operations that the dispatcher runs on CUDA. A forward pass that takes derivatives is not predicted."""

    transforms = False


CONVENTION = FlopCounterOnCuda(
    "flopcounter_cuda",
    version=ON_CPU.version,
    unit=2,
    about="as flopcounter, for a model on CUDA: also the products of fused attention, and no recurrent layers",
    sees="sees what torch dispatches",
    has="formula",
)
CONVENTION.rules.update(ON_CPU.rules)


@CONVENTION.rule(
    "scaled_dot_product_attention",
    mirrors="torch.utils.flop_counter.sdpa_flop, bmm_flop",
    note="counts 2 per mult-add: the fused kernels of CUDA have a formula, which takes no account of causal masks",
)
def _attention(node: Node, run: Run) -> Count | None:
    return twice(node)


@CONVENTION.rule(
    "multi_head_attention",
    mirrors="torch.utils.flop_counter.addmm_flop, sdpa_flop, bmm_flop",
    note="counts 2 per mult-add",
    otherwise="not counted in eval, with an even number of heads and biases: torch runs one fused op, which has no "
    "formula",
)
def _multi_head_attention(node: Node, run: Run) -> Count | None:
    settings = node.facts.settings
    return None if run.mode == "eval" and settings["bias"] and settings["heads"] % 2 == 0 else twice(node)


@CONVENTION.rule(
    "gru",
    "lstm",
    "rnn",
    mirrors="torch.utils.flop_counter.flop_registry",
    otherwise="not counted: CUDA runs it as one op of cuDNN, which has no formula",
)
def _recurrent(node: Node, run: Run) -> Count | None:
    return None
