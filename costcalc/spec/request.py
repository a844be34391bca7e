"""Request: a model and how to read it: sizes, mode, dtype and arguments."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import MODES, Mode

OPTIONS = ("batch", "cache", "classes", "dtype", "input", "inputs", "label", "mode", "value")
"""Options that a MODEL may have behind it in its word on the command line, as ``KEY=VALUE``."""

CAUSAL = ("full", "half")
"""How causal attention counts: all products, as they are computed; or those that its mask keeps."""


@dataclass(frozen=True, slots=True)
class Request:
    """A model and how to read it. The fields are described at `costcalc.models.graph`.

    batch_given  True if the batch is the user's own choice, also if it is 1
    shared       True if the sizes are given for several models: one that fixes its own keeps these

    The reader of the model checks the input and the dtype; the other fields are checked here.
    Raises SpecError for a value that is valid for no model.
    """

    model: Any
    input: Any = None
    batch: int | None = 1
    classes: int | None = None
    mode: Mode = "eval"
    args: Mapping[str, Any] = field(default_factory=dict)
    dtype: Any = None
    cache: int | None = None
    label: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    batch_given: bool = False
    shared: bool = False
    causal: str = "full"

    def __post_init__(self) -> None:
        model = os.fspath(self.model) if isinstance(self.model, os.PathLike) else self.model
        if type(model).__name__ == "ExportedProgram" and hasattr(model, "example_inputs"):  # of torch.export
            if self.input is None and model.example_inputs:
                args, kwargs = model.example_inputs
                names = signature(model.module().forward).parameters
                object.__setattr__(
                    self, "input", {**dict(zip(names, args, strict=False)), **kwargs} if kwargs else list(args)
                )
            model = model.module()
        checked = {
            "model": arguments.file_name("model", model) if isinstance(model, str) else model,
            "batch": arguments.optional(arguments.size, "batch", self.batch),
            "classes": arguments.optional(arguments.size, "classes", self.classes),
            "cache": arguments.optional(arguments.integer, "cache", self.cache, 1),
            "mode": arguments.one_of("mode", self.mode, MODES),
            "causal": arguments.one_of("causal", self.causal, CAUSAL),
            "label": arguments.text("label", self.label),
            "args": arguments.mapping("args", self.args, "a dict of arguments by name, like {'depth': 12}"),
            "values": arguments.mapping("values", self.values, "a dict by names of inputs, like {'sr': 16000}"),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def __str__(self) -> str:
        """The name of the model in an error."""
        return self.model if isinstance(self.model, str) else f"a {type(self.model).__name__}"

    @property
    def setting(self) -> str:
        """``width=4 classes=10``: what the model is made with, as a report names it."""
        given = {**self.args, **self.values, "classes": self.classes, "cache": self.cache}
        given |= {"causal": self.causal} if self.causal != "full" else {}
        own = {key: value for key, value in given.items() if key in {**self.args, **self.values} or value is not None}
        return " ".join(f"{key}={v if isinstance(v, str) else arguments.shown(v)}" for key, v in own.items())

    @property
    def has_source(self) -> bool:
        """True for a name like ``torchvision:resnet50`` or ``file.py:callable``: running the source makes the model."""
        return isinstance(self.model, str) and ":" in self.model and not self.model.endswith((".json", ".onnx"))

    @property
    def source(self) -> str:
        """The part of a source name before the last colon: a library, a Python file or a package."""
        return str(self.model).rpartition(":")[0]

    @property
    def name(self) -> str:
        """The part of a source name after the last colon."""
        return str(self.model).rpartition(":")[2]

    def refuse(self, fields: Mapping[str, Reason]) -> None:
        """Raise CostcalcError if one of these fields, which the model does not take, is not at its default."""
        for name, reason in fields.items():
            value, default = getattr(self, name), getattr(_DEFAULTS, name)
            if type(value) is not type(default) or value != default:
                raise CostcalcError(reason(self))


Reason = Callable[[Request], str]
"""Returns the message for a field of the Request that the model does not take."""

_DEFAULTS = Request("")
