"""Fields of a Config of transformers: which there are, which a model reads, and which are given.

A Config keeps any argument as an attribute, and some models read attributes that their Config class does not declare:
``Qwen3MoeConfig(head_dim=128)``. An undeclared field is therefore known only when the model has read it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from costcalc.spec import CostcalcError
from costcalc.spec.near import hinted
from costcalc.spec.request import Request

FURTHER = ("attn_implementation", "experts_implementation", "num_labels")
"""Fields of every Config that its signature does not show."""


def declared(kind: Any) -> set[str]:
    """Names of the fields that a Config class declares, or sets by default."""
    parameters = inspect.signature(kind).parameters.values()
    fields = {p.name for p in parameters if p.kind is not p.VAR_KEYWORD}
    return {*fields, *FURTHER, *kind.attribute_map, *(key for key in vars(kind()) if not key.startswith("_"))}


def of_forward(request: Request, model: Any) -> dict[str, Any]:
    """Those of the Request's args that are arguments of the forward pass of the class of a model: ``logits_to_keep``.

    A field of the Config of the same name comes first.
    """
    forward = inspect.signature(model.forward).parameters
    passed = {key: value for key, value in request.args.items() if key in forward}
    own = declared(model.config_class) if passed else set()
    return {key: value for key, value in passed.items() if key not in own}


def watch(config: Any, args: Mapping[str, Any]) -> None:
    """Watch the undeclared fields among the arguments that a Config was made with: see `refuse_unread`.

    So are those of the configs inside it that are given as dicts.
    """
    kind = type(config)
    for key, value in args.items():
        inner = getattr(config, key, None)
        if isinstance(value, Mapping) and hasattr(inner, "attribute_map"):
            watch(inner, value)
    added = [key for key in args if key in vars(config)]
    fields = declared(kind) if added else set()
    unread = {key for key in added if key not in fields}
    if unread:
        _watch(config, fields, unread)


def _watch(config: Any, fields: set[str], unread: set[str]) -> None:
    """Give a Config a class that notes which attributes are read. Copies of the Config have this class too."""
    kind: Any = type(config)
    read: set[str] = set()

    def noting(self: Any, key: str) -> Any:
        read.add(key)
        return kind.__getattribute__(self, key)

    def refuse() -> None:
        for key in sorted(unread - read):
            also = {each for each in read if not each.startswith("_") and not hasattr(kind, each)}
            problem = f"{kind.__name__} has no field {key!r}"
            raise CostcalcError(hinted(problem, key, sorted(fields | also), most=3, cutoff=0.5))

    named = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    body = {**named, "__getattribute__": noting, "_refuse_unread": staticmethod(refuse)}
    config.__class__ = type(kind.__name__, (kind,), body)


def refuse_unread(module: Any) -> None:
    """Raise CostcalcError for a watched field that the model has not read, with the nearest fields."""
    for config in _configs(getattr(module, "config", None)):
        refuse = getattr(type(config), "_refuse_unread", None)
        if refuse is not None:
            refuse()


def _configs(config: Any) -> Iterator[Any]:
    """A Config and those inside it."""
    if hasattr(config, "attribute_map"):
        yield config
        for inner in list(vars(config).values()):
            yield from _configs(inner)


def remark(config: Any, args: Mapping[str, Any]) -> str:
    """Which fields of a Config are given, and that the others are its defaults."""
    given = [
        name
        for key, value in args.items()
        for name in ([f"{key}.{inner}" for inner in value] if isinstance(value, Mapping) and value else [key])
    ]
    kind = type(config).__name__
    if not given:
        return f"All fields of {kind} have their defaults."
    return f"Fields of {kind} that are given: {', '.join(given)}; all others have their defaults."
