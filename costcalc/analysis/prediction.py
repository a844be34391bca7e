"""Predicted time of a layer, from its work of each kind and the seconds per unit that a device's file has.

The constants are of kernels (`costcalc.analysis.kernel_times`): those of GPUs, of compiled networks, and those that
calibrate measured. Or they are of layers, and the time is a sum. Its kinds of work, ten constants at most per device,
none per network:

    op           each op that reads or writes: calling it
    conv, grouped, depthwise, linear    mult-adds of convolutions by their groups, and of all other products
    product_bytes, pool_bytes, lrn_bytes, bytes    bytes moved by products, pools, local response norms, all else
    fresh_bytes  outputs of 32 MiB or more, which the C library takes from the system anew each time
"""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.analysis.constants import constants_of
from costcalc.analysis.kernel_times import by_node, kernels_of
from costcalc.analysis.no_estimate import refuse_family
from costcalc.analysis.quantities.bytes_moved import QUANTITY as BYTES_MOVED
from costcalc.analysis.quantities.mult_adds import QUANTITY as MULT_ADDS
from costcalc.spec.dtypes import itemsize
from costcalc.spec.errors import CostcalcError
from costcalc.spec.node import Node
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel
from costcalc.spec.sizes import known

FRESH = 2**25
"""Bytes from which on glibc's malloc always maps new memory (its largest M_MMAP_THRESHOLD)."""

POOLS = ("avg_pool", "max_pool")
OTHER_BYTES = {**dict.fromkeys(POOLS, "pool_bytes"), "lrn": "lrn_bytes"}


def work(run: Run) -> Mapping[Node, Mapping[str, int] | None]:
    """The work of every node, by kind; None if its mult-adds or its bytes are unknown.

    Raises CostcalcError for sizes that are not numbers.
    """
    macs, moved = MULT_ADDS.layers(run), BYTES_MOVED.layers(run)
    found: dict[Node, Mapping[str, int] | None] = {}
    for node in run.graph.nodes:
        if "unknown" in (macs[node].status, moved[node].status):
            found[node] = None
            continue
        products, size = macs[node].number, moved[node].number
        if not (known(products) and known(size)):
            raise CostcalcError("times on a device need sizes that are integers, not arrays or symbols")
        found[node] = _work(node, products, size, run)
    return found


def _work(node: Node, products: int, size: int, run: Run) -> dict[str, int]:
    if not products and not size:
        return {}
    made = {"op": 1}
    if products:
        made[_kind(node)] = products
    made["product_bytes" if products else OTHER_BYTES.get(node.op, "bytes")] = size
    outputs = [numel(shape) * itemsize(run.dtype) for shape in node.facts.own(run.mode)]
    fresh = sum(each for each in outputs if each >= FRESH)
    return made | ({"fresh_bytes": fresh} if fresh else {})


def _kind(node: Node) -> str:
    """The kind of a node's products."""
    if not node.op.startswith("conv"):
        return "linear"
    groups = node.facts.settings.get("groups", 1)
    return "conv" if groups == 1 else "depthwise" if groups == node.inputs[0].shape[1] else "grouped"


def predicted(run: Run) -> Mapping[Node, float | None]:
    """The predicted seconds of every node; None if its work is unknown.

    Raises CostcalcError if there are no constants for the device, or not for the dtype, and for a family of networks
    without a reliable estimate.
    """
    constants = constants_of(run)
    refuse_family(run.graph.name, constants.setting)
    known_work, unit = work(run), constants.seconds
    if constants.of_kernels:
        times = by_node(kernels_of(run, run.on.compiled), unit, run.on.cuda)
        return {node: None if each is None else times.get(node, 0.0) for node, each in known_work.items()}
    return {
        node: None if each is None else float(sum(unit.get(kind, 0.0) * number for kind, number in each.items()))
        for node, each in known_work.items()
    }
