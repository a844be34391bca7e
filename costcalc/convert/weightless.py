"""Make models of libraries without trained weights, which no count needs: nothing is downloaded or read."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

from costcalc.spec import CostcalcError

LIBRARIES = {"torchvision", "timm", "hf", "transformers", "keras"}
"""Sources and packages whose models can have trained weights. Other packages are the user's own code."""

WEIGHTS = {
    "weights", "weights_backbone", "pretrained", "pretrained_backbone", "use_pretrained_backbone", "from_pretrained",
    "pretrained_model_name_or_path", "checkpoint", "checkpoint_path", "state_dict", "cache_dir",
}  # fmt: skip
"""Arguments that ask for trained weights, unless they are None, False or empty. None is a field of a Config."""

WHERE = {"url", "file", "hf_hub_id", "hf_hub_filename", "state_dict"}
"""Keys of timm's pretrained_cfg that say where weights are."""

NESTED = ("_config", "_cfg", "_cfg_overlay", "_kwargs")
"""Suffixes of arguments that are dicts of further arguments."""

READS = (
    ("socket", "getaddrinfo"), ("torch", "load"), ("numpy", "load"), ("safetensors.torch", "load_file"),
)  # fmt: skip
"""Functions by which libraries download and read weights. Every connection starts with getaddrinfo."""

_MAKING = threading.local()
"""The model that this thread makes, for the error message."""


def refuse_weights(model: str, args: Mapping[str, Any], names: Set[str] = WEIGHTS) -> None:
    """Raises CostcalcError for an argument that asks a library for trained weights."""
    for key, value in args.items():
        if isinstance(value, Mapping) and str(key).endswith(NESTED):
            refuse_weights(model, value, WEIGHTS | WHERE if key.startswith("pretrained_cfg") else WEIGHTS)
        elif key in names and not (isinstance(value, str | int | None) and not value):
            given = " ".join(repr(value).split())
            raise CostcalcError(
                f"{model}: {key}={given:.60} asks for trained weights, which no count needs: leave it out"
            )


@contextmanager
def without_weights(model: str) -> Iterator[None]:
    """While this lasts, a download or a read of weights by this thread raises CostcalcError."""
    hub: Any = sys.modules.get("huggingface_hub.constants")
    before = getattr(_MAKING, "model", "")
    with ExitStack() as stack:
        for place, name in READS:
            _replace(stack, sys.modules.get(place), name, _refusing)
        _replace(stack, hub, "HF_HUB_OFFLINE", lambda offline: True)
        stack.callback(setattr, _MAKING, "model", before)
        _MAKING.model = model
        yield


def _replace(stack: ExitStack, place: Any, name: str, change: Callable[[Any], Any]) -> None:
    if hasattr(place, name):
        stack.callback(setattr, place, name, getattr(place, name))
        setattr(place, name, change(getattr(place, name)))


def _refusing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, refused only while a model is made, because a module may import it by name and keep it."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        model = getattr(_MAKING, "model", "")
        if model:
            raise CostcalcError(f"{model} downloads or reads a file when it is made, which no count needs")
        return function(*args, **kwargs)

    return call
