"""`costcalc.memory`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from costcalc import models
from costcalc.analysis import memory as analysis
from costcalc.analysis.limits import in_bytes
from costcalc.openers import read
from costcalc.report.memory_report import memory_report
from costcalc.report.report import Report
from costcalc.spec.dtypes import torch_name
from costcalc.spec.errors import CostcalcError
from costcalc.spec.request import Request


def memory(
    model: Any,
    *,
    as_dtype: str = "float32",
    optimizer: str = "",
    mixed: bool = False,
    fits: int | str | None = None,
    measure: bool = False,
    **options: Any,
) -> Report:
    """Bytes that a model holds: params, buffers, the peak of its activations, what autograd saves, the optimizer.

    model      what `costcalc.cost` takes
    as_dtype   of floating-point tensors: float32, float64, float16 or bfloat16, in either spelling (fp16)
    optimizer  "sgd", "momentum", "adam" or "adamw": the model is trained; gradients and the optimizer's state count
    mixed      True for training in bfloat16 with weights in float32 for the optimizer: 16 bytes per param with Adam
    fits       bytes of a device, as an integer or with a unit ("24GiB"): the largest batch that fits is found
    measure    True also runs the model on the CPU, in float32, and measures its peak and what autograd saves
    options    input, batch, mode and so on, as for `costcalc.cost`

    Raises CostcalcError as `costcalc.cost` does, and for another optimizer or dtype.
    """
    request = models.request_of(model, **options)
    return of_request(request, as_dtype, optimizer, mixed, fits, measure)


def of_request(
    request: Request,
    as_dtype: str = "float32",
    optimizer: str = "",
    mixed: bool = False,
    fits: int | str | None = None,
    measure: bool = False,
) -> Report:
    """The report of a Request's model."""
    if optimizer:
        request = replace(request, mode="train")
    nbytes = None if fits is None else in_bytes("fits", fits)
    graph = read(request)
    graph.in_numbers("memory")

    def of(graph: Any) -> analysis.Memory:
        return analysis.memory(graph, request.mode, as_dtype, optimizer, mixed)

    found, limit = of(graph), None
    if nbytes is not None:
        if graph.batch is None:
            raise CostcalcError(f"{graph.name} has no batch axis: no largest batch fits")
        limit = nbytes, analysis.largest_batch(found, lambda batch: of(read(replace(request, batch=batch))), nbytes)
    measured = None
    if measure:
        if torch_name(as_dtype) != "float32" or mixed:
            raise CostcalcError("memory is measured in float32")
        measured = _measured(graph, request)
    return memory_report(found, limit, measured)


def _measured(graph: Any, request: Request) -> dict[str, int]:
    """Of a real pass: the peak in eval mode, or what autograd saves in train mode."""
    from costcalc.measure.memory import measured_peak, measured_saved
    from costcalc.measure.subject import Subject

    tested, inputs = Subject(graph, request).build("cpu", request.mode)
    if request.mode == "train":
        return {"saved_for_backward": measured_saved(tested, inputs)}
    return {"peak_memory": measured_peak(tested, inputs)[0], "saved_for_backward": measured_saved(tested, inputs)}
