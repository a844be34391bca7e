"""Models by name: ``torchvision:resnet50``, ``timm:NAME``, ``package.module:callable``, ``file.py:callable``."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

from torch import nn

from costcalc.convert.from_torch import from_torch, on_meta
from costcalc.spec import CostcalcError, Graph, Shape


def read(model: str, input: Shape | None, batch: int, classes: int | None) -> Graph:
    """The Graph of a model that a source makes, in eval mode, at an input of shape (C, H, W).

    The source's own input and classes unless given; a Python source has no input of its own. Its code is run.
    Raises CostcalcError for an unknown source or name, and where the model cannot be made, or read.
    """
    source, _, name = model.rpartition(":")
    make = {"torchvision": _torchvision, "timm": _timm}.get(source)
    if make is not None:
        module, usual = make(name, classes)
    else:
        module, usual = _python(source, name), None
        if classes is not None:
            raise CostcalcError(f"--classes is for named networks; {model} makes its own classifier")
        if isinstance(module, Graph):
            return module
        if not isinstance(module, nn.Module):
            raise CostcalcError(f"{model} gives a {type(module).__name__}, not a torch module")
        if input is None:
            raise CostcalcError(f"{model} needs the size of its input, like --input 3x224x224")
    return from_torch(module.eval(), input or usual, batch, name=model)


def _torchvision(name: str, classes: int | None) -> tuple[nn.Module, Shape]:
    """torchvision's network, without weights, and the size its own weights were tested at."""
    models = _library("torchvision.models")
    _known(name, models.list_models(), "torchvision")
    settings: dict[str, Any] = {"weights": None, **({} if classes is None else {"num_classes": classes})}
    if name in ("googlenet", "inception_v3"):
        settings["init_weights"] = False  # else it warns, and draws numbers for minutes
    builder = models.get_model_builder(name).__module__
    if "detection" in builder or "segmentation" in builder:
        settings["weights_backbone"] = None
    crop = getattr(getattr(models.get_model_weights(name), "DEFAULT", None), "transforms", None)
    size = getattr(crop() if crop else None, "crop_size", [224])
    return on_meta(models.get_model, name, **settings), (3, size[0], size[-1])


def _timm(name: str, classes: int | None) -> tuple[nn.Module, Shape]:
    """timm's network, without weights, and the size that its configuration gives."""
    timm = _library("timm")
    _known(name.partition(".")[0], timm.list_models(), "timm")
    settings = {} if classes is None else {"num_classes": classes}
    module = on_meta(timm.create_model, name, pretrained=False, **settings)
    config: Any = getattr(module, "pretrained_cfg", {})
    return module, tuple(config.get("input_size", (3, 224, 224)))


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


def _python(source: str, name: str) -> Any:
    """What a callable in a Python file or package makes, called without arguments."""
    try:
        module = _file(Path(source)) if source.endswith(".py") else import_module(source)
    except ModuleNotFoundError as error:
        raise CostcalcError(f"{source!r} cannot be imported: {error}") from error
    except Exception as error:
        raise CostcalcError(f"{source!r} fails when it is run: {type(error).__name__}: {error}") from error
    make: Callable[[], Any] | None = getattr(module, name, None)
    if not callable(make):
        there = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise CostcalcError(f"{source!r} has no callable {name!r}; there are {', '.join(there[:8]) or 'none'}")
    try:
        return on_meta(make)
    except CostcalcError:
        raise
    except Exception as error:
        raise CostcalcError(f"{source}:{name} fails when it is called: {type(error).__name__}: {error}") from error


def _file(path: Path) -> Any:
    if not path.is_file():
        raise CostcalcError(f"there is no file {str(path)!r}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise CostcalcError(f"{str(path)!r} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)  # dataclasses and pickles look their module up
    spec.loader.exec_module(module)
    return module
