"""The torch model under test: built from its graph, or by its own code, anew in each process that measures it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from costcalc.convert import torch_arguments
from costcalc.convert.data import from_data, to_data
from costcalc.convert.to_torch import to_torch, zeros
from costcalc.convert.user_code import in_a_line
from costcalc.measure.running import check_size
from costcalc.spec import CostcalcError, Graph, arguments
from costcalc.spec.arguments import is_shape
from costcalc.spec.graph import Mode


@dataclass(frozen=True, slots=True)
class Subject:
    """A model to measure.

    graph    what its numbers are computed from
    source   its name, where its own code makes the torch model: ``torchvision:resnet50``, ``file.py:callable``;
             else the torch model is built from the graph
    input    the sizes that the graph was read at, as `costcalc.graph` takes them; None: the source's own
    classes, args  of the source, likewise
    """

    graph: Graph
    source: str = ""
    input: Any = None
    classes: int | None = None
    args: Mapping[str, Any] = field(default_factory=dict)

    @property
    def own(self) -> bool:
        """True if the model's own code makes it."""
        return bool(self.source)

    def build(
        self, device: str | torch.device, mode: Mode = "eval", dtype: torch.dtype | None = None
    ) -> tuple[nn.Module, tuple[Any, ...]]:
        """The torch model on a device, in a mode, and what it is called with, in order: zeros of the graph's sizes.

        dtype  of its parameters and its inputs of floating point; its own unless given

        Raises CostcalcError, in one line, where it cannot be made, or called with inputs in order; MemoryError where
        a graph's tensors are larger than the device's memory.
        """
        if not self.own:
            check_size(self.graph, torch.device(device), dtype or torch.float32)
            model: nn.Module = to_torch(self.graph, device, dtype or torch.float32)
            inputs: tuple[Any, ...] = zeros(self.graph, device, dtype or torch.float32)
            return model.train(mode == "train"), inputs
        try:
            model, usual = self._load(torch_arguments.device(device))
            model = model.to(dtype=dtype)
            floating = [p.dtype for p in model.parameters() if p.dtype.is_floating_point]
            tensors = zeros(self.graph, device, dtype or (floating[0] if floating else torch.float32))
            inputs = _in_order(model, usual if self.input is None else self.input, tensors)
            return model.train(mode == "train"), inputs
        except (CostcalcError, torch.cuda.OutOfMemoryError):
            raise
        except Exception as error:  # the model's own code
            raise CostcalcError(f"{self.source} cannot be made on {device}: {in_a_line(error)}") from error

    def _load(self, device: torch.device) -> tuple[nn.Module, Any]:
        from costcalc.convert.sources import load  # with torchvision and timm, where they are named

        model, usual = load(self.source, self.classes, self.args, real=device.type != "meta")
        return model.to(device), usual

    def to_data(self) -> dict[str, Any]:
        """As plain data, for a process of its own."""
        rest = {"input": self.input, "classes": self.classes, "args": dict(self.args)}
        return {"graph": to_data(self.graph), "source": self.source, **rest}

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> Subject:
        """The way back."""
        return Subject(**{**data, "graph": from_data(data["graph"])})


def subject(model: Graph | Subject) -> Subject:
    """What is to be measured; a Graph is built as it is."""
    if isinstance(model, Subject):
        return model
    return Subject(arguments.instance("model", model, Graph, "a Graph, like costcalc.graph('googlenet'), or a Subject"))


def _in_order(model: nn.Module, given: Any, tensors: tuple[torch.Tensor, ...]) -> tuple[Any, ...]:
    """The tensors in the place of their sizes; those given by name, in the order of the forward pass's arguments.

    Counting tools hand over what they are given by place. Raises CostcalcError for arguments that have none.
    """
    if not isinstance(given, Mapping):
        return tensors
    left = iter(tensors)
    named = {key: next(left) if is_shape(value) else value for key, value in given.items()}
    try:
        bound = inspect.signature(model.forward).bind(**named)
    except TypeError as error:
        raise CostcalcError(f"{type(model).__name__} cannot be called with these inputs: {in_a_line(error)}") from error
    if bound.kwargs:
        raise CostcalcError(f"{type(model).__name__} takes {next(iter(bound.kwargs))!r} by name only, and tools hand "
                            "over inputs by place")  # fmt: skip
    last = max(list(bound.signature.parameters).index(key) for key in named)
    bound.apply_defaults()
    return tuple(bound.args[: last + 1])
