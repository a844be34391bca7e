"""Models of keras.applications by name, under Keras' torch backend, without weights: nothing is downloaded."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

from torch import nn

from costcalc.convert import user_code
from costcalc.convert.from_torch import for_real, on_meta
from costcalc.convert.keras_layers import KerasModel, fresh_names, own_input
from costcalc.convert.weightless import without_weights
from costcalc.spec import CostcalcError
from costcalc.spec.near import hinted
from costcalc.spec.request import Request


def make(request: Request, real: bool) -> tuple[nn.Module, Any]:
    """A model of keras.applications, and its own input, or None if that has free axes.

    The Request's args are arguments of the function of that name, such as `include_top` or `alpha`.

    real  False: its variables are on the meta device, without memory

    Raises CostcalcError for an unknown name, with the nearest ones, for a wrong argument, a missing input, if the model
    cannot be made, and if Keras is not installed, or imported with another backend.
    """
    keras = _keras()
    known = models()
    if request.name not in known:
        problem = f"keras.applications has no model {request.name!r}"
        raise CostcalcError(hinted(problem, request.name, known, most=3, cutoff=0.5))
    function = getattr(keras.applications, request.name)
    classes = {} if request.classes is None else {"classes": request.classes}
    settings = {"weights": None, **classes, **request.args}
    user_code.check_arguments(function, settings, request.model)

    def build() -> nn.Module:
        with keras.device("cpu" if real else "meta"), fresh_names():
            return KerasModel(function(**settings))

    build.__name__ = request.model
    with without_weights(request.model):
        made: Any = (for_real if real else on_meta)(build)
    usual = own_input(made.held[0])
    if usual is None and request.input is None:
        raise CostcalcError(f"{request} takes inputs of any size: give one, like --input 224x224x3")
    return made, usual


def models() -> list[str]:
    """The names of all models of keras.applications."""
    return [name for name in dir(_keras().applications) if name[:1].isupper()]


def _keras() -> Any:
    """Keras, imported with its torch backend. Raises CostcalcError if it is not installed, or has another backend."""
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "torch"
    try:
        keras: Any = import_module("keras")
    except ModuleNotFoundError as error:
        raise CostcalcError(f"this needs {error.name}; install it with: pip install 'costcalc[keras]'") from None
    backend = keras.backend.backend()
    if backend != "torch":
        raise CostcalcError(
            f"keras is imported with the backend {backend}: expected torch; set KERAS_BACKEND=torch before the import"
        )
    return keras
