"""Models of Hugging Face transformers by the name of their class, made from their Config: nothing is downloaded."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from torch import nn

from costcalc.convert import hf_fields
from costcalc.convert.from_torch import for_real, on_meta
from costcalc.convert.user_code import in_a_line
from costcalc.convert.weightless import without_weights
from costcalc.spec import CostcalcError, Graph
from costcalc.spec.errors import message
from costcalc.spec.given import is_leaf
from costcalc.spec.near import hinted
from costcalc.spec.request import Request
from costcalc.spec.shapes import per_axis

MODELS = re.compile(r"(?!Auto)\w+(Model|For[A-Z]\w+)")
"""Class names of models."""


def make(request: Request, real: bool) -> tuple[nn.Module, Any]:
    """A model by the name of its class, and the usual input by its Config, or None.

    The Request's args are fields of the Config, or arguments of the forward pass; other fields keep the defaults of the
    Config class. Its classes are the number of labels of a model for classification.

    real  False: its parameters are on the meta device, without memory

    Raises CostcalcError for an unknown class, with the nearest names, and if the model cannot be made. An unknown field
    is known only after a forward pass: see `note_on`.
    """
    kind, args = _class(request.name), request.args
    if not request.name.endswith("Classification"):
        request.refuse({"classes": _no_classes})
    if request.classes is not None:
        args = {"num_labels": request.classes, **args}
    passed = hf_fields.of_forward(request, kind)
    config = _config(kind.config_class, {key: value for key, value in args.items() if key not in passed})

    def build() -> Any:
        return kind(config)

    build.__name__ = request.model
    with without_weights(request.model):  # some models would download those of their backbone
        module = (for_real if real else on_meta)(build)
    return module, usual_input(module, config)


def _no_classes(request: Request) -> str:
    return f"--classes is for models ...ForImageClassification and the like; {request.name} is not one"


def usual_input(module: Any, config: Any) -> Any:
    """The usual input by a Config: an image of its size; for Whisper, features, frames and the decoder's tokens."""
    if module.main_input_name == "pixel_values" and getattr(config, "image_size", None):
        sides = per_axis("image_size", config.image_size, 2)
        return {"pixel_values": (getattr(config, "num_channels", 3), *sides)}
    if config.model_type == "whisper" and module.main_input_name == "input_features":
        frames = 2 * config.max_source_positions  # the encoder's second convolution has stride 2
        usual: dict[str, Any] = {"input_features": (config.num_mel_bins, frames)}
        if "decoder_input_ids" in inspect.signature(type(module).forward).parameters:
            usual["decoder_input_ids"] = (config.max_target_positions,)
        return usual
    return None


def _class(name: str) -> Any:
    """The class of a model by its name. Raises CostcalcError, with the nearest names, if it is unknown."""
    try:
        transformers: Any = import_module("transformers")
    except ModuleNotFoundError as error:
        raise CostcalcError(f"this needs {error.name}; install it with: pip install 'costcalc[hf]'") from None
    try:
        found = getattr(transformers, name, None)
    except Exception as error:  # transformers imports the model's module, and its dependencies, only now
        raise CostcalcError(f"transformers cannot load {name!r}: {in_a_line(error)}") from error
    known = isinstance(found, type) and issubclass(found, transformers.PreTrainedModel)
    if known and getattr(found, "config_class", None):
        return found
    models = [each for each in dir(transformers) if MODELS.fullmatch(each)]
    raise CostcalcError(hinted(f"transformers has no model {name!r}", name, models, most=3, cutoff=0.5))


def _config(kind: Any, args: Mapping[str, Any]) -> Any:
    """A Config with these fields. Raises CostcalcError for a value that it refuses."""
    try:
        config = kind(**args)
        hf_fields.watch(config, args)
        return config
    except CostcalcError:
        raise
    except Exception as error:
        said = " ".join(message(error).split())
        raise CostcalcError(f"{kind.__name__} cannot be made: {type(error).__name__}: {said}") from error


def arguments_of_forward(request: Request, module: Any) -> dict[str, Any]:
    """The Request's args that are arguments of the forward pass; none if the model is not one of transformers."""
    return hf_fields.of_forward(request, type(module)) if request.source == "hf" else {}


def with_arguments(request: Request, module: Any) -> Request:
    """The Request with these arguments among its inputs, which are then by name."""
    more = arguments_of_forward(request, module)
    if not more:
        return request
    names, input, dtype = list(inspect.signature(module.forward).parameters), request.input, request.dtype
    if not isinstance(input, Mapping):
        several = type(input) in (list, tuple) and not is_leaf(input)
        input = dict(zip(names, input if several else [input], strict=False))
    if isinstance(dtype, list | tuple):
        dtype = dict(zip(input, dtype, strict=False))
    elif dtype is not None and not isinstance(dtype, Mapping):
        dtype = dict.fromkeys(input, dtype)
    return replace(request, input={**input, **more}, dtype=dtype)


def note_on(request: Request, module: Any) -> str:
    """Which fields of the Config are given. Raises CostcalcError for a field that there is not: see `hf_fields`."""
    hf_fields.refuse_unread(module)
    passed = arguments_of_forward(request, module)
    return hf_fields.remark(module.config, {key: v for key, v in request.args.items() if key not in passed})


def notice_decoders(graph: Graph, module: nn.Module) -> None:
    """Note which attention has the mask of a decoder, if the model is one of transformers.

    Its modules of attention say by `is_causal` that only earlier positions are seen; what the mask hides besides is not
    known.
    """
    if not hasattr(module, "main_input_name"):
        return
    modules = dict(module.named_modules())
    for node in graph.nodes:
        if node.op == "scaled_dot_product_attention" and len(node.inputs) > 3:
            path = node.noticed.module if node.noticed.module is not None else node.block.path if node.block else ""
            if getattr(modules.get(path), "is_causal", False) is True:
                node.noticed = node.noticed._replace(causal_mask=True)
