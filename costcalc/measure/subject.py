"""The torch model under test, built from its graph or by its own code, in each process that measures it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from costcalc.convert import torch_arguments
from costcalc.convert.data import from_data, to_data
from costcalc.convert.hf import with_arguments
from costcalc.convert.inputs import Inputs
from costcalc.convert.to_torch import to_torch, zeros
from costcalc.convert.user_code import example, in_a_line
from costcalc.measure.running import check_size
from costcalc.spec import CostcalcError, Graph, arguments
from costcalc.spec.graph import Mode
from costcalc.spec.request import Request


@dataclass(frozen=True, slots=True)
class Subject:
    """A model to measure.

    graph    the graph that its numbers are computed from
    request  the request that the graph was read from. If its source (``torchvision:resnet50``, ``file.py:callable``)
             makes a torch module, that is the model; otherwise the model is built from the graph

    Raises CostcalcError for a request with a cache.
    """

    graph: Graph
    request: Request | None = None

    def __post_init__(self) -> None:
        if self.request is not None:
            self.request.refuse({"cache": _not_run})

    @property
    def source(self) -> Request | None:
        """The request if its model has a source, otherwise None."""
        return self.request if self.request is not None and self.request.has_source else None

    def build(
        self, device: str | torch.device, mode: Mode = "eval", dtype: torch.dtype | None = None
    ) -> tuple[nn.Module, tuple[Any, ...]]:
        """Build the torch model on a device, in a mode, and its positional inputs: zeros with the graph's sizes.

        dtype  of its parameters and its floating-point inputs; the model's own by default

        Raises CostcalcError if it cannot be made, or called with positional inputs; MemoryError if a graph's
        tensors need more than the device's memory.
        """
        where, source = torch_arguments.device(device), self.source
        if source is not None:
            try:
                made, usual = _load(source, where)
                if isinstance(made, nn.Module):
                    model = made.to(dtype=dtype)
                    tensors = zeros(self.graph, where, dtype)
                    given = usual if source.input is None else example(source.input)
                    inputs = _in_order(model, with_arguments(replace(source, input=given), made), tensors, dtype)
                    if any(map(is_lazy, (*model.parameters(), *model.buffers()))):
                        with torch.no_grad():
                            model.eval()(*inputs)  # its parameters have no shapes before
                    return model.train(mode == "train"), inputs
            except (CostcalcError, torch.cuda.OutOfMemoryError):
                raise
            except Exception as error:  # the model's own code
                raise CostcalcError(f"{source} cannot be made on {device}: {in_a_line(error)}") from error
        dtype = dtype or torch.float32
        check_size(self.graph, where, dtype)
        return to_torch(self.graph, where, dtype).train(mode == "train"), zeros(self.graph, where, dtype)

    def to_data(self) -> dict[str, Any]:
        """Plain data for another process. The request is kept only if the model has a source."""
        return {"graph": to_data(self.graph), "request": self.source}

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> Subject:
        """The Subject from the data of `to_data`."""
        return Subject(from_data(data["graph"]), data["request"])


def _load(source: Request, device: torch.device) -> tuple[nn.Module | Graph, Any]:
    """A torch module on the device, or a Graph; and its default input."""
    from costcalc.convert.sources import load  # imports torchvision or timm if the source names them

    made, usual = load(source, real=device.type != "meta")
    return made.to(device) if isinstance(made, nn.Module) else made, usual


def _not_run(request: Request) -> str:
    return f"cache={request.cache}: a decoding step is computed, not run; leave out the cache here"


def subject(model: Graph | Subject) -> Subject:
    """A Subject from a Graph or a Subject."""
    if isinstance(model, Subject):
        return model
    return Subject(arguments.instance("model", model, Graph, "a Graph, like costcalc.graph('googlenet'), or a Subject"))


def _in_order(
    model: nn.Module, source: Request, tensors: tuple[torch.Tensor, ...], dtype: torch.dtype | None
) -> tuple[Any, ...]:
    """Put tensors in the place of sizes, in the order of the forward pass's arguments if they are given by name.

    Counting tools pass inputs by position. Raises CostcalcError for a keyword-only argument.
    """
    args, named = Inputs(model, source.input, source.batch, source.dtype).with_values(tensors, dtype)
    if not named:
        return tuple(args)
    try:
        bound = inspect.signature(model.forward).bind(**named)
    except TypeError as error:
        raise CostcalcError(f"{type(model).__name__} cannot be called with these inputs: {in_a_line(error)}") from error
    bound.apply_defaults()
    parameters = bound.signature.parameters
    by_name = [key for key in named if key not in parameters or parameters[key].kind is inspect.Parameter.KEYWORD_ONLY]
    if by_name:
        raise CostcalcError(f"{type(model).__name__} takes {by_name[0]!r} by name only, but tools pass "
                            "inputs by position")  # fmt: skip
    last = max(list(parameters).index(key) for key in named)
    return tuple(bound.args[: last + 1])
