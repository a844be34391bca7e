"""Time forward passes, through torch.utils.benchmark (which synchronises CUDA) and torch.profiler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from math import inf
from typing import Any

import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile, record_function
from torch.utils.benchmark import Timer

from costcalc.analysis.cost import Cost
from costcalc.analysis.device import Device
from costcalc.analysis.quantity import INCOMPLETE, Amount
from costcalc.convert import torch_arguments
from costcalc.convert.to_torch import Block
from costcalc.convert.user_code import in_a_line
from costcalc.measure.device import describe, pick
from costcalc.measure.quiet import quiet
from costcalc.measure.results import LayerTime, Machine, Timing
from costcalc.measure.subject import Subject, subject
from costcalc.spec import CostcalcError, Graph, arguments
from costcalc.spec.node import Node
from costcalc.spec.request import Request

DTYPES = {d: getattr(torch, d) for d in ("float32", "float64", "float16", "bfloat16")}
WARM_UP = 3
"""Number of passes before the timed ones."""
PROFILED = 5
"""Number of passes under the profiler; times by layer are their means."""
LABEL = "costcalc:"


def time_model(
    model: Graph | Subject,
    device: str | torch.device,
    dtype: str = "float32",
    threads: int | None = None,
    seconds: float = 2.0,
    by_layer: bool = False,
    tick: Callable[[float], None] = lambda done: None,
    on: Device | None = None,
) -> Timing:
    """Time forward passes in eval mode, without gradients, for about `seconds`, after a warm-up.

    The torch model is built from a graph, or made by its own code. By layer its leaf modules are timed; in a model that
    is built from a graph, functions too.

    `on` is the device that predicted times and bounds, beside the measured ones, are computed for.
    `tick` is called with the elapsed seconds. Raises CostcalcError if the device cannot run the model (meta has no
    times; an unsupported dtype; not enough memory).
    """
    device = torch_arguments.device(device)
    arguments.one_of("dtype", dtype, tuple(DTYPES))
    threads = arguments.optional(arguments.integer, "threads", threads, 1)
    if not 0 < arguments.number("seconds", seconds) < inf:
        raise arguments.wrong("seconds", seconds, "a positive number")
    arguments.flag("by_layer", by_layer)
    arguments.function("tick", tick)
    if device.type == "meta":
        raise CostcalcError("nothing runs on --device meta, so it has no times; take cpu or cuda")
    threads = threads or torch.get_num_threads()
    machine = Machine(device.type, describe(device), torch.__version__, threads, dtype)
    tested = subject(model)
    graph = tested.graph
    cost = Cost(graph, dtype=dtype, on=on)
    beside = () if on is None else ("predicted", "bound") if dtype in on.constants else ("bound",)
    seconds_of = {key: _complete(cost[key]) for key in beside}
    try:
        with torch.no_grad():
            module, given = tested.build(device, dtype=DTYPES[dtype])
            inputs = tuple(map(_numbers, given))
            for _ in range(WARM_UP):
                module(*inputs)
            timer = Timer("module(*inputs)", globals={"module": module, "inputs": inputs}, num_threads=threads)
            gone = 0.0

            def count(number: int, taken: float) -> Any:
                nonlocal gone
                gone += taken
                tick(min(gone, seconds))

            measured = timer.blocked_autorange(callback=count, min_run_time=seconds)
            layers = _by_layer(cost, module, inputs, threads, beside) if by_layer else []
    except CostcalcError:
        raise
    except Exception as error:  # of torch, or of the model's own code
        raise CostcalcError(f"{graph.name} cannot run on {device.type} as {dtype}: {in_a_line(error)}") from error
    runs = measured.number_per_run * len(measured.times)
    notes = cost.notes if cost.by_rules else []
    return Timing(graph.name, graph.batch or 1, cost.macs, machine, runs, measured.median, measured.iqr, layers, notes,
                  seconds_of.get("predicted"), seconds_of.get("bound"), on.name if on else "")  # fmt: skip


def _complete(amount: Amount) -> float | None:
    """The number of an amount; None if a part of it is unknown."""
    return None if amount.status in INCOMPLETE or amount.number is None else float(amount.number)


def timer(device: str, dtype: str = "float32") -> Callable[[Request, Graph], float]:
    """Returns a function that runs a model and returns the seconds of a forward pass.

    Raises CostcalcError for a device that is not there; the function does for a request in train mode.
    """
    where = pick(device)

    def seconds(request: Request, graph: Graph) -> float:
        if request.mode == "train":
            raise CostcalcError("time in train mode: passes are timed in eval mode")
        return time_model(Subject(graph, request), where, dtype).median

    return seconds


def _numbers(x: Any) -> Any:
    """Replace a floating-point tensor by random numbers; return anything else unchanged."""
    return torch.randn_like(x) if isinstance(x, torch.Tensor) and x.dtype.is_floating_point else x


def _by_layer(
    cost: Cost, model: nn.Module, inputs: tuple[Any, ...], threads: int, beside: Sequence[str] = ()
) -> list[LayerTime]:
    """Times by layer: each step of one op, or each leaf module of a user's model, has a label in the profiler."""
    labels: dict[str, str] = {}  # a number per layer: the profiler cuts names off at a NUL

    def label_of(layer: str) -> str:
        return labels.setdefault(layer, f"{LABEL}{len(labels)}")

    if isinstance(model, Block):
        for module in list(model.modules()):
            if isinstance(module, Block):
                for step in module.steps:
                    if not isinstance(step.call, Block):
                        step.call = _labelled(label_of(step.label), step.call)
    else:
        nodes = cost.graph.nodes
        run = {n.module for n in nodes if n.module == n.path or (n.block is not None and n.block.module.leaf)}
        for path, module in model.named_modules():
            if path in run:
                _label(label_of(path), module)
    on_gpu = any(isinstance(x, torch.Tensor) and x.device.type == "cuda" for x in inputs)
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with quiet():
            profiler = profile(activities=activities)
            profiler.start()
        try:
            for _ in range(PROFILED):
                model(*inputs)
            if on_gpu:
                torch.cuda.synchronize()
        finally:
            with quiet():
                profiler.stop()
    finally:
        torch.set_num_threads(before)
    taken: dict[str, float] = {}
    with quiet():
        events = profiler.key_averages()
    for event in events:
        if event.key.startswith(LABEL):
            total = _device_time(event) if on_gpu else event.cpu_time_total
            taken[event.key] = max(taken.get(event.key, 0.0), total / 1e6 / PROFILED)
    seconds = {layer: taken[label] for layer, label in labels.items() if label in taken}
    macs: dict[str, int | None] = {}
    ops: dict[str, str] = {}
    held: dict[str, list[Node]] = {}
    for layer in cost.layers:
        node = layer.node
        names = (node.name, node.path, node.module)  # its own; all uses of a shared layer; the module that calls it
        label = next((name for name in names if name in seconds), node.path)
        known = macs.get(label, 0)
        macs[label] = None if known is None or layer.macs is None else known + layer.macs
        ops.setdefault(label, node.op)
        held.setdefault(label, []).append(node)

    def on_device(label: str) -> dict[str, float | None]:
        return {key: _complete(cost.quantity(key).amount(held[label], cost.amounts)) for key in beside}

    return [
        LayerTime(label, ops[label], macs[label], seconds[label], **on_device(label))
        for label in macs
        if label in seconds
    ]


def _labelled(label: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def run(*tensors: torch.Tensor) -> Any:
        with record_function(label):
            return call(*tensors)

    return run


def _label(label: str, module: nn.Module) -> None:
    """Run every call of a module under its label, through hooks."""
    under_way: list[ExitStack] = []

    def enter(*_: Any) -> None:
        under_way.append(ExitStack())
        under_way[-1].enter_context(record_function(label))

    def leave(*_: Any) -> None:
        under_way.pop().close()

    module.register_forward_pre_hook(enter, prepend=True)
    module.register_forward_hook(leave)


def _device_time(event: Any) -> float:
    """Microseconds of the kernels that a label launched (named cuda_time_total before torch 2.5)."""
    return float(event.device_time_total if hasattr(event, "device_time_total") else event.cuda_time_total)
