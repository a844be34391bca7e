"""Predicted time of a layer, from its work of each kind and the seconds per unit that a device's file has.

Under autocast, and of compiled networks, layers run as kernels: see `costcalc.analysis.kernel_times`. Otherwise the
time is a sum. Its kinds of work, ten constants at most per device, none per network:

    op           each op that reads or writes: calling it
    conv, grouped, depthwise, linear    mult-adds of convolutions by their groups, and of all other products
    product_bytes, pool_bytes, lrn_bytes, bytes    bytes moved by products, pools, local response norms, all else
    fresh_bytes  outputs of 32 MiB or more, which the C library takes from the system anew each time
"""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.analysis.device import COMPILED, Device
from costcalc.analysis.devices import devices
from costcalc.analysis.kernel_times import by_node, kernels_of, scaled
from costcalc.analysis.no_estimate import refuse_family
from costcalc.analysis.quantities.bytes_moved import QUANTITY as BYTES_MOVED
from costcalc.analysis.quantities.mult_adds import QUANTITY as MULT_ADDS
from costcalc.spec.dtypes import itemsize
from costcalc.spec.errors import CostcalcError
from costcalc.spec.node import Node
from costcalc.spec.run import AMP, Run
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


def setting_of(run: Run) -> str:
    """The name of the constants of a run: its dtype, or "amp"; and whether it is compiled."""
    return (AMP if run.autocast else run.dtype) + (COMPILED if run.on.compiled else "")


def constants_of(run: Run) -> Mapping[str, float]:
    """The seconds per unit of a run's device: its own, or those of NVIDIA GPUs that were fitted, scaled by its rates.

    Raises CostcalcError if there are none.
    """
    device: Device = run.on
    setting = setting_of(run)
    if setting in device.constants:
        return device.constants[setting]
    if run.autocast and is_scaled(run):
        fitted = [(each, each.constants[setting]) for each in devices().values() if setting in each.constants]
        if fitted:
            return scaled(device, fitted, run.autocast)
    have = ", ".join(device.constants)
    which = f"; it has constants for {have}" if have else ": its file has no fitted constants; see bound"
    raise CostcalcError(f"{device.name} has no estimate of times in {setting}{which}")


def is_scaled(run: Run) -> bool:
    """True if the constants of a run are those of other GPUs."""
    device: Device = run.on
    return bool(run.autocast) and device.cuda and setting_of(run) not in device.constants


def predicted(run: Run) -> Mapping[Node, float | None]:
    """The predicted seconds of every node; None if its work is unknown.

    Raises CostcalcError if there are no constants for the device, or not for the dtype, and for a family of networks
    without a reliable estimate.
    """
    setting, constants = setting_of(run), constants_of(run)
    refuse_family(run.graph.name, setting)
    if setting != run.dtype:
        known_work = work(run)
        times = by_node(kernels_of(run, run.on.compiled), constants)
        return {node: None if each is None else times.get(node, 0.0) for node, each in known_work.items()}
    return {
        node: None if each is None else float(sum(constants.get(kind, 0.0) * number for kind, number in each.items()))
        for node, each in work(run).items()
    }
