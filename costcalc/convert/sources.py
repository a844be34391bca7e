"""Models by name: ``torchvision:resnet50``, ``timm:NAME``, ``package.module:callable``, ``file.py:callable``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Literal

from torch import nn

from costcalc.convert import hf, user_code
from costcalc.convert.decoding import decoding_step
from costcalc.convert.from_torch import for_real, from_torch, on_meta
from costcalc.convert.weightless import LIBRARIES, refuse_weights, without_weights
from costcalc.spec import CostcalcError, Graph, Shape, arguments
from costcalc.spec.errors import message
from costcalc.spec.shapes import per_axis

Made = tuple[Any, Any]
"""A torch module, or a Graph, and the input that it usually takes: None where it has none of its own."""

Source = Callable[[str, "int | None", Mapping[str, Any], bool], Made]
"""Name, classes, arguments, and whether it is made with memory -> the model."""


def load(model: str, classes: int | None = None, args: Mapping[str, Any] | None = None, real: bool = False) -> Made:
    """The torch module (a Python callable may also give a Graph) of a model, and the input that it usually takes.

    classes  outputs of the classifier, of a named network; the source's own unless given
    args     keyword arguments for what makes the model
    real     False: its parameters are on the meta device, without memory. True: they are on the CPU, with the
             numbers that its constructor gives them

    A Python source has no usual input: None. Its code is run. Raises CostcalcError for an unknown source or name,
    arguments that it does not take, or that ask a library for trained weights, and where the model cannot be made.
    """
    source, _, name = arguments.file_name("model", model).rpartition(":")
    classes = arguments.optional(arguments.integer, "classes", classes, 1)
    args = arguments.mapping("args", {} if args is None else args, "a dict of arguments by name, like {'depth': 12}")
    of_a_library = source.partition(".")[0] in LIBRARIES
    if of_a_library:
        refuse_weights(model, args)
    if source in SOURCES:
        return SOURCES[source](name, classes, args, real)
    if classes is not None:
        raise CostcalcError(f"--classes is for named networks; {model} makes its own classifier")
    with user_code.importable(source):
        made = user_code.find(source, name)
        if isinstance(made, nn.Module | Graph):
            if args:
                raise CostcalcError(f"{model} is made already: it takes no arguments, such as {next(iter(args))!r}")
        elif not callable(made):
            raise CostcalcError(f"{model} is neither a callable nor a torch module, but {arguments.shown(made)}")
        else:
            user_code.check_arguments(made, args, model)
            with without_weights(model) if of_a_library else nullcontext():
                made = (for_real if real else on_meta)(made, **args)
    if not isinstance(made, nn.Module | Graph):
        raise CostcalcError(f"{model} gives a {type(made).__name__}, not a torch module")
    return made, None


def read(
    model: str,
    input: Any,
    batch: int,
    classes: int | None,
    args: Mapping[str, Any] | None = None,
    mode: Literal["eval", "train"] = "eval",
    dtype: Any = None,
    cache: int | None = None,
) -> Graph:
    """The Graph of a model that a source makes, in eval mode unless told otherwise; with `cache`, of a decoding step.

    The source's own input and classes unless given; a Python source has no input of its own. Its code is run.
    Raises CostcalcError as `load` does, and where the model cannot be read.
    """
    made, usual = load(model, classes, args)
    if isinstance(made, Graph):
        if input is not None or batch != 1 or cache is not None:
            raise CostcalcError(f"{model} gives a graph: its input and batch are fixed")
        return made
    if cache is not None:
        return decoding_step(made, cache, input, batch, model, mode)
    if input is None and usual is None:
        raise CostcalcError(f"{model} needs the size of its input, like --input 3x224x224; of tokens, --input 128")
    with user_code.importable(model.rpartition(":")[0]):
        return from_torch(made, usual if input is None else input, batch, name=model, dtype=dtype, mode=mode)


def _torchvision(name: str, classes: int | None, args: Mapping[str, Any], real: bool) -> Made:
    """torchvision's network, without weights, and the input that its default weights' own `_ops` are counted at."""
    models = _library("torchvision.models")
    _known(name, models.list_models(), "torchvision")
    settings: dict[str, Any] = {"weights": None, **({} if classes is None else {"num_classes": classes})}
    if name.removeprefix("quantized_") in ("googlenet", "inception_v3"):
        settings["init_weights"] = False  # else it warns, and draws numbers for minutes
    task = models.get_model_builder(name).__module__.removeprefix("torchvision.models.")
    if task.startswith(("detection", "segmentation")):
        settings["weights_backbone"] = None
    weights = getattr(models.get_model_weights(name), "DEFAULT", None)
    usual = _of_torchvision(task, weights.transforms() if weights else None, args)
    if task == "vision_transformer":
        settings["image_size"] = usual[-1]  # as the builder does where it is given the weights
    return _built(f"torchvision:{name}", models.get_model, name, settings, args, real), usual


def _of_torchvision(task: str, transforms: Any, args: Mapping[str, Any]) -> Any:
    """What torchvision itself counts a model's `_ops` at (``get_ops`` in its test/common_extended_utils.py).

    An image of 512x512, as the weights' transforms resize and crop it, if they do; for video 16 of them, for optical
    flow two. Detection models resize it further, by themselves.
    """
    size = getattr(transforms, "crop_size", None) or getattr(transforms, "resize_size", None) or [512]
    channels, *sizes = _input((3, size[0], size[-1]), args)
    if task.startswith("video"):
        return (channels, 16, *sizes)
    return [(channels, *sizes)] * 2 if task.startswith("optical_flow") else (channels, *sizes)


def _timm(name: str, classes: int | None, args: Mapping[str, Any], real: bool) -> Made:
    """timm's network, without weights, and the size that its configuration gives."""
    timm = _library("timm")
    _known(name.partition(".")[0], timm.list_models(), "timm")
    settings: dict[str, Any] = {"pretrained": False, **({} if classes is None else {"num_classes": classes})}
    module = _built(f"timm:{name}", timm.create_model, name, settings, args, real)
    config: Any = getattr(module, "pretrained_cfg", {})
    return module, _input(config.get("input_size", (3, 224, 224)), args)


SOURCES: dict[str, Source] = {"torchvision": _torchvision, "timm": _timm, "hf": hf.make}


def _input(usual: Sequence[int], args: Mapping[str, Any]) -> Shape:
    """The usual input, or the one that a network is made for by these arguments, as torchvision and timm call them."""
    size = args.get("img_size", args.get("image_size", usual[1:]))
    channels = arguments.integer("in_chans", args.get("in_chans", usual[0]), 1)
    return (channels, *per_axis("image size", size, len(usual) - 1))


def _built(
    model: str, build: Callable[..., Any], name: str, settings: Mapping[str, Any], args: Mapping[str, Any], real: bool
) -> nn.Module:
    """What a library builds. An argument that its network does not take is told with those that it takes."""
    make = for_real if real else on_meta
    try:
        with without_weights(model):
            module: nn.Module = make(build, name, **{**settings, **args})
    except CostcalcError as error:
        if not args or not isinstance(error.__cause__, TypeError):
            raise
        takes = user_code.takes(inspect.signature(type(on_meta(build, name, **settings))))
        raise CostcalcError(f"{model}: {message(error.__cause__)}; {takes}") from error
    return module


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise CostcalcError(f"this needs {error.name}; install it with: pip install 'costcalc[zoo]'") from None


def _known(name: str, names: list[str], source: str) -> None:
    if name not in names:
        near = get_close_matches(name, names, 3, 0.5)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise CostcalcError(f"{source} has no model {name!r}{hint}")
