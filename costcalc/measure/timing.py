"""Time passes, through torch.utils.benchmark, which synchronises CUDA."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

import torch
from torch.utils.benchmark import Timer

from costcalc.analysis.constants import has_constants
from costcalc.analysis.cost import Cost
from costcalc.analysis.device import Device
from costcalc.analysis.quantity import INCOMPLETE, Amount
from costcalc.analysis.target import TF32
from costcalc.convert import torch_arguments
from costcalc.convert.user_code import in_a_line
from costcalc.measure.device import describe, pick
from costcalc.measure.layer_times import layer_seconds
from costcalc.measure.results import LayerTime, Machine, Timing
from costcalc.measure.setting import Setting
from costcalc.measure.subject import Subject, subject
from costcalc.spec import CostcalcError, Graph, arguments
from costcalc.spec.node import Node
from costcalc.spec.progress import task
from costcalc.spec.request import Request

WARM_UP = 3
"""Number of passes before the timed ones."""
EAGER = Setting()


def time_model(
    model: Graph | Subject,
    device: str | torch.device,
    setting: Setting = EAGER,
    threads: int | None = None,
    seconds: float = 2.0,
    by_layer: bool = False,
    on: Device | None = None,
) -> Timing:
    """Time passes for about `seconds`, after a warm-up.

    The torch model is built from a graph, or made by its own code. By layer each of its modules is timed, without those
    inside it; in a model that is built from a graph, functions too.

    `on` is the device that predicted times and bounds, beside the measured ones, are computed for.
    Raises CostcalcError if the device cannot run the model (meta has no
    times; an unsupported dtype; not enough memory), and for a setting that has no times by layer or none predicted.
    """
    device = torch_arguments.device(device)
    arguments.instance("setting", setting, Setting, "a Setting")
    threads = arguments.optional(arguments.integer, "threads", threads, 1)
    if not 0 < arguments.number("seconds", seconds) < inf:
        raise arguments.wrong("seconds", seconds, "a positive number")
    arguments.flag("by_layer", by_layer)
    if device.type == "meta":
        raise CostcalcError("nothing runs on --device meta, so it has no times; take cpu or cuda")
    _check(setting, by_layer, on is not None)
    threads = threads or torch.get_num_threads()
    dtype = "float32" if setting.dtype == TF32 else setting.dtype
    machine = Machine(device.type, describe(device), torch.__version__, threads, setting.dtype,
                      setting.channels_last, setting.compiled)  # fmt: skip
    tested = subject(model)
    graph = tested.graph
    on = on.in_tf32() if on is not None and setting.dtype == TF32 else on
    cost = Cost(graph, setting.mode, dtype=dtype, on=on)
    beside = () if on is None else ("predicted", "bound") if has_constants(cost.run) else ("bound",)
    seconds_of = {key: _complete(cost[key]) for key in beside}
    layers: list[LayerTime] = []
    clocked = None
    try:
        with setting.active():
            module, inputs = setting.build(tested, device)
            run = setting.runner(module, inputs)
            for _ in range(WARM_UP):
                run()
            timer = Timer("run()", globals={"run": run}, num_threads=threads)
            gone = 0.0

            def count(number: int, taken: float) -> Any:
                nonlocal gone
                gone += taken
                shown.done = min(gone, seconds)

            with task("seconds of passes", seconds) as shown:
                measured = timer.blocked_autorange(callback=count, min_run_time=seconds)
            if by_layer:
                before = torch.get_num_threads()
                torch.set_num_threads(threads)
                try:
                    taken, clocked = layer_seconds(module, run, device, seconds)
                finally:
                    torch.set_num_threads(before)
                layers = _layers(cost, taken, beside)
    except CostcalcError:
        raise
    except Exception as error:  # of torch, or of the model's own code
        what = f"cannot run on {device.type} as {setting}"
        raise CostcalcError(f"{graph.name} {what}: {in_a_line(error)}") from error
    runs = measured.number_per_run * len(measured.times)
    notes = list(cost.notes) if cost.by_rules else []
    if "predicted" in beside:
        notes += cost.quantity("predicted").notes(cost.run)
    return Timing(
        graph.name, graph.batch or 1, _mult_adds(cost), machine, runs, measured.median, measured.iqr, layers, notes,
        seconds_of.get("predicted"), seconds_of.get("bound"), on.name if on else "", setting.mode, clocked,
    )  # fmt: skip


def _check(setting: Setting, by_layer: bool, predict: bool) -> None:
    """Raise CostcalcError for times by layer, or predicted times, that a setting has none of."""
    if by_layer and setting.compiled:
        raise CostcalcError("a compiled model has no times by layer: its kernels join layers; leave out --compile")
    if by_layer and setting.mode == "train":
        raise CostcalcError("training steps have no times by layer: gradients run after all layers; take --mode eval")
    if predict and setting.mode == "train":
        raise CostcalcError("predicted times and bounds are of forward passes; leave out --mode train")


def _mult_adds(cost: Cost) -> int:
    """Mult-adds of a pass, or of a training step."""
    return int(cost.macs if cost.run.mode == "eval" else cost["train_mult_adds"].number or 0)


def _complete(amount: Amount) -> float | None:
    """The number of an amount; None if a part of it is unknown."""
    return None if amount.status in INCOMPLETE or amount.number is None else float(amount.number)


def timer(device: str, dtype: str = "float32") -> Callable[[Request, Graph], float]:
    """Returns a function that runs a model and returns the seconds of a forward pass.

    Raises CostcalcError for a device that is not there; the function does for a request in train mode.
    """
    where, setting = pick(device), Setting(dtype)

    def seconds(request: Request, graph: Graph) -> float:
        if request.mode == "train":
            raise CostcalcError("the column time is of forward passes in eval mode; costcalc time --mode train "
                                "times training steps")  # fmt: skip
        return time_model(Subject(graph, request), where, setting).median

    return seconds


def _layers(cost: Cost, seconds: dict[str, float], beside: Sequence[str]) -> list[LayerTime]:
    """A LayerTime for each layer that was timed, over all nodes that run in it."""
    macs: dict[str, int | None] = {}
    held: dict[str, list[Node]] = {}
    for layer in cost.layers:
        node = layer.node
        names = (node.name, node.path, node.module)  # its own; all uses of a shared layer; the module that calls it
        label = next((name for name in names if name in seconds), node.path)
        known = macs.get(label, 0)
        macs[label] = None if known is None or layer.macs is None else known + layer.macs
        held.setdefault(label, []).append(node)

    def on_device(label: str) -> dict[str, float | None]:
        return {key: _complete(cost.quantity(key).amount(held[label], cost.amounts)) for key in beside}

    return [
        LayerTime(label, _op(held[label]), macs[label], seconds[label], **on_device(label))
        for label in macs
        if label in seconds
    ]


def _op(nodes: Sequence[Node]) -> str:
    """The op of the nodes of a layer; "functions" if they are of several."""
    ops = {node.op for node in nodes}
    return ops.pop() if len(ops) == 1 else "functions"
