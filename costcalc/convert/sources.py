"""Models by name: ``torchvision:resnet50``, ``timm:NAME``, ``package.module:callable``, ``file.py:callable``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from importlib import import_module
from typing import Any

from torch import nn

from costcalc.convert import hf, keras, user_code
from costcalc.convert.compiled import without_compiling
from costcalc.convert.decoding import decoding_step
from costcalc.convert.fixed_sizes import at_own_sizes
from costcalc.convert.from_torch import for_real, from_torch, on_meta
from costcalc.convert.kept_values import MOST_BYTES
from costcalc.convert.keras_layers import KerasModel, fresh_names, is_keras, own_input
from costcalc.convert.torch_reader.reader import NeedsValues
from costcalc.convert.weightless import LIBRARIES, refuse_weights, without_weights
from costcalc.spec import CostcalcError, Graph, Shape, arguments
from costcalc.spec.errors import NeedsInput, message
from costcalc.spec.given import shapes
from costcalc.spec.near import hinted
from costcalc.spec.request import Request
from costcalc.spec.shapes import per_axis

Made = tuple[Any, Any]
"""A torch module or a Graph, and its usual input, or None."""

Source = Callable[[Request, bool], Made]
"""The Request, and True if the model is to have memory -> the model."""


def load(request: Request, real: bool = False) -> Made:
    """The torch module of a Request (or the Graph, if a Python callable returns one), and its usual input.

    real  False: its parameters are on the meta device, without memory. True: they are on the CPU, with the initial
          values of its constructor

    The code of a Python source is run; of what it makes, only Keras models have a usual input. Raises CostcalcError for
    an unknown source or name, for classes or arguments that it does not take, or that ask a library for trained
    weights, and if the model cannot be made.
    """
    if not request.has_source:
        raise arguments.wrong("model", request.model, "a name like torchvision:resnet50 or file.py:Net")
    source, args = request.source, request.args
    of_a_library = source.partition(".")[0] in LIBRARIES
    if of_a_library:
        refuse_weights(request.model, args)
    if source in SOURCES:
        return SOURCES[source](request, real)
    request.refuse({"classes": _own_classifier})
    with user_code.importable(source):
        made = user_code.find(source, request.name)
        if isinstance(made, nn.Module | Graph):
            request.refuse({"args": _made_already})
        elif not callable(made):
            raise CostcalcError(f"{request} is neither a callable nor a torch module, but {arguments.shown(made)}")
        else:
            user_code.check_arguments(made, args, request.model)
            with without_weights(request.model) if of_a_library else nullcontext(), fresh_names():
                made = (for_real if real else on_meta)(made, **args)
    if not isinstance(made, nn.Module | Graph):
        raise CostcalcError(f"{request} gives a {type(made).__name__}, not a torch module")
    if is_keras(made):
        return KerasModel(made) if real else made, own_input(made)
    return made, None


def read(request: Request) -> Graph:
    """The Graph of a model by name; if the Request has a cache, of a decoding step.

    Input and classes default to the source's own; of Python sources, only Keras models have an input of their own.
    Raises CostcalcError as `load` does, and if the model cannot be read.
    """
    with without_compiling():
        made, usual = load(request)
    if isinstance(made, Graph):
        request.refuse({} if request.shared else dict.fromkeys(("dtype", "cache"), _gives_a_graph))
        return at_own_sizes(made, request, "gives a graph")
    if request.input is None and request.cache is None:
        if usual is None:
            raise NeedsInput(f"{request} needs the size of its input, like --input 3x224x224; of tokens, --input 128")
        request = replace(request, input=usual)
    graph = _read(request, made)
    if request.source == "hf":
        graph.note = f"{graph.note}\n{hf.note_on(request, made)}".strip()
    return graph


def _read(request: Request, made: nn.Module) -> Graph:
    """The Graph of a model by name, once more with values if its forward pass needs them."""
    with user_code.importable(request.source):
        try:
            return read_module(request, made)
        except NeedsValues:
            if sum(t.nbytes for t in (*made.parameters(), *made.buffers())) > MOST_BYTES:
                raise
            with suppress(CostcalcError), without_compiling():
                graph = read_module(request, load(request, real=True)[0])
                graph.note = f"{graph.note} {WITH_VALUES}".strip()
                return graph
            raise


WITH_VALUES = "Its forward pass depends on values: those that its parameters and buffers have when it is made."


def read_module(request: Request, module: nn.Module) -> Graph:
    """The Graph of a torch module at the input of a Request; if that has a cache, of a decoding step."""
    name = request.model if request.has_source else ""
    if request.cache is not None:
        request.refuse({"dtype": _dtypes_of_its_own})
        given = dict(request.input) if isinstance(request.input, Mapping) else request.input
        input, batch = shapes(given, request.batch)
        if batch is None:
            raise CostcalcError(f"cache={request.cache} is a step of decoding, whose inputs have a batch axis")
        more = hf.arguments_of_forward(request, module)
        graph = decoding_step(module, request.cache, input, batch, name, request.mode, more)
    else:
        request = hf.with_arguments(request, module)
        graph = from_torch(module, request.input, request.batch, name, request.dtype, request.mode)
    hf.notice_decoders(graph, module)
    return graph


def _own_classifier(request: Request) -> str:
    return f"--classes is for named networks; {request} makes its own classifier"


def _made_already(request: Request) -> str:
    return f"{request} is made already: it takes no arguments, such as {next(iter(request.args))!r}"


def _gives_a_graph(request: Request) -> str:
    return f"{request} gives a graph: its input and batch are fixed"


def _dtypes_of_its_own(request: Request) -> str:
    return f"cache={request.cache} is a step of decoding, whose inputs have dtypes of their own: leave dtype out"


def _torchvision(request: Request, real: bool) -> Made:
    """torchvision's network, without weights, and the input at which torchvision counts the `_ops` of its weights."""
    name, args = request.name, request.args
    models = _library("torchvision.models")
    _known(name, models.list_models(), "torchvision")
    settings = {"weights": None, **_classes(request)}
    if name.removeprefix("quantized_") in ("googlenet", "inception_v3"):
        settings["init_weights"] = False  # otherwise it warns, and draws random numbers for minutes
    task = models.get_model_builder(name).__module__.removeprefix("torchvision.models.")
    if task.startswith(("detection", "segmentation")):
        settings["weights_backbone"] = None
    weights = getattr(models.get_model_weights(name), "DEFAULT", None)
    usual = _of_torchvision(task, weights.transforms() if weights else None, args)
    if task == "vision_transformer":
        settings["image_size"] = usual[-1]  # as the builder does if it is given the weights
    return _built(request, models.get_model, settings, real), usual


def _of_torchvision(task: str, transforms: Any, args: Mapping[str, Any]) -> Any:
    """The input at which torchvision counts a model's `_ops` (``get_ops`` in its test/common_extended_utils.py).

    An image of 512x512, resized and cropped by the weights' transforms, if there are any; 16 images for video, two for
    optical flow. Detection models resize it further themselves.
    """
    size = getattr(transforms, "crop_size", None) or getattr(transforms, "resize_size", None) or [512]
    channels, *sizes = _input((3, size[0], size[-1]), args)
    if task.startswith("video"):
        return (channels, 16, *sizes)
    return [(channels, *sizes)] * 2 if task.startswith("optical_flow") else (channels, *sizes)


def _timm(request: Request, real: bool) -> Made:
    """timm's network, without weights, and the input size of its configuration."""
    timm = _library("timm")
    _known(request.name.partition(".")[0], timm.list_models(), "timm")
    module = _built(request, timm.create_model, {"pretrained": False, **_classes(request)}, real)
    config: Any = getattr(module, "pretrained_cfg", {})
    return module, _input(config.get("input_size", (3, 224, 224)), request.args)


SOURCES: dict[str, Source] = {"torchvision": _torchvision, "timm": _timm, "hf": hf.make, "keras": keras.make}


def _input(usual: Sequence[int], args: Mapping[str, Any]) -> Shape:
    """The usual input, with the image size and channels that these arguments of torchvision or timm set."""
    size = args.get("img_size", args.get("image_size", usual[1:]))
    channels = arguments.integer("in_chans", args.get("in_chans", usual[0]), 1)
    return (channels, *per_axis("image size", size, len(usual) - 1))


def _classes(request: Request) -> dict[str, Any]:
    """The classes as an argument of torchvision's and timm's functions."""
    return {} if request.classes is None else {"num_classes": request.classes}


def _built(request: Request, build: Callable[..., Any], settings: Mapping[str, Any], real: bool) -> nn.Module:
    """The network that a library builds. The error for an unknown argument lists those that the network takes."""
    make = for_real if real else on_meta
    try:
        with without_weights(request.model):
            module: nn.Module = make(build, request.name, **{**settings, **request.args})
    except CostcalcError as error:
        if not request.args or not isinstance(error.__cause__, TypeError):
            raise
        takes = user_code.takes(inspect.signature(type(on_meta(build, request.name, **settings))))
        raise CostcalcError(f"{request}: {message(error.__cause__)}; {takes}") from error
    return module


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise CostcalcError(f"this needs {error.name}; install it with: pip install 'costcalc[zoo]'") from None


def _known(name: str, names: list[str], source: str) -> None:
    if name not in names:
        raise CostcalcError(hinted(f"{source} has no model {name!r}", name, names, most=3, cutoff=0.5))
