"""Time forward passes, through torch.utils.benchmark (which synchronises CUDA) and torch.profiler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile, record_function
from torch.utils.benchmark import Timer

from costcalc.analysis.cost import Cost
from costcalc.convert.to_torch import Block, to_torch, zeros
from costcalc.measure.device import describe
from costcalc.measure.results import LayerTime, Machine, Timing
from costcalc.spec import CostcalcError, Graph

DTYPES = {d: getattr(torch, d) for d in ("float32", "float64", "float16", "bfloat16")}
WARM_UP = 3
"""Passes before the first that counts."""
PROFILED = 5
"""Passes under the profiler, over which the times by layer are means."""
LABEL = "costcalc:"


def time_graph(
    graph: Graph,
    device: torch.device,
    dtype: str = "float32",
    threads: int | None = None,
    seconds: float = 2.0,
    by_layer: bool = False,
    tick: Callable[[float], None] = lambda done: None,
) -> Timing:
    """Time forward passes in eval mode, without gradients, for about `seconds`, after a warm-up.

    `tick` is told how many of the seconds have gone. Raises CostcalcError where the device cannot run the
    model (meta has no times; a dtype it lacks; not enough memory).
    """
    if device.type == "meta":
        raise CostcalcError("nothing runs on --device meta, so it has no times; take cpu or cuda")
    threads = threads or torch.get_num_threads()
    machine = Machine(device.type, describe(device), torch.__version__, threads, dtype)
    cost = Cost(graph)
    try:
        with torch.no_grad():
            model = to_torch(graph, device, DTYPES[dtype])
            inputs = tuple(
                x if x.dtype == torch.int64 else torch.randn_like(x, dtype=DTYPES[dtype]) for x in zeros(graph, device)
            )
            for _ in range(WARM_UP):
                model(*inputs)
            timer = Timer("model(*inputs)", globals={"model": model, "inputs": inputs}, num_threads=threads)
            gone = 0.0

            def count(number: int, taken: float) -> Any:
                nonlocal gone
                gone += taken
                tick(min(gone, seconds))

            measured = timer.blocked_autorange(callback=count, min_run_time=seconds)
            layers = _by_layer(cost, model, inputs, threads) if by_layer else []
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[0]
        raise CostcalcError(f"{graph.name} cannot run on {device.type} as {dtype}: {reason}") from error
    runs = measured.number_per_run * len(measured.times)
    batch = graph.inputs[0].shape[0]
    return Timing(graph.name, batch, cost.macs, machine, runs, measured.median, measured.iqr, layers)


def _by_layer(cost: Cost, model: Block, inputs: tuple[torch.Tensor, ...], threads: int) -> list[LayerTime]:
    """Every step that is one op runs under its own label in the profiler."""
    for module in list(model.modules()):
        if isinstance(module, Block):
            for step in module.steps:
                if not isinstance(step.call, Block):
                    step.call = _labelled(step.label, step.call)
    on_gpu = inputs[0].device.type == "cuda"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with profile(activities=activities) as profiler:
            for _ in range(PROFILED):
                model(*inputs)
            if on_gpu:
                torch.cuda.synchronize()
    finally:
        torch.set_num_threads(before)
    seconds: dict[str, float] = {}
    for event in profiler.key_averages():
        if event.key.startswith(LABEL):
            total = _device_time(event) if on_gpu else event.cpu_time_total
            seconds[event.key.removeprefix(LABEL)] = max(seconds.get(event.key, 0.0), total / 1e6 / PROFILED)
    macs: dict[str, int | None] = {}
    ops: dict[str, str] = {}
    for layer in cost.layers:
        label = layer.node.name if layer.node.name in seconds else layer.node.path  # a shared layer: all its uses
        known = macs.get(label, 0)
        macs[label] = None if known is None or layer.macs is None else known + layer.macs
        ops[label] = layer.node.op
    return [LayerTime(label, ops[label], macs[label], seconds[label]) for label in macs if label in seconds]


def _labelled(label: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def run(*tensors: torch.Tensor) -> Any:
        with record_function(LABEL + label):
            return call(*tensors)

    return run


def _device_time(event: Any) -> float:
    """Microseconds of the kernels that a label launched (torch called it cuda_time_total before 2.5)."""
    return float(event.device_time_total if hasattr(event, "device_time_total") else event.cuda_time_total)
