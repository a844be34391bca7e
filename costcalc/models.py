"""The one door: a MODEL (a zoo name, a torch model by name or as it is, a file, a Graph) -> a Graph, and its cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from costcalc import zoo
from costcalc.analysis.conventions import find as find_convention
from costcalc.analysis.cost import Cost
from costcalc.spec import CostcalcError, Graph, Network
from costcalc.spec.graph import Mode


def networks() -> list[Network]:
    """All networks of the zoo, by family."""
    return zoo.all_networks()


def graph(model: Any, input: Any = None, batch: int = 1, classes: int | None = None) -> Graph:
    """The Graph of a model.

    model    a zoo name; ``torchvision:resnet50``, ``timm:NAME``; ``package.module:callable`` or ``file.py:callable``,
             whose code is run; a file that `costcalc export` wrote; any torch module; or a Graph
    input    (C, H, W), without the batch; the network's own unless given. Of a torch module, in the mode that it
             is in, also several shapes, or a dict by name: see `costcalc.convert.from_torch`
    batch    how many inputs at once
    classes  outputs of the classifier; the network's own unless given

    Raises CostcalcError for a name that is unknown, an input that the network cannot take, a file that is no
    network, and an input, batch or classes where they are fixed.
    """
    if isinstance(model, str) and not model.endswith(".json"):
        if ":" in model:
            read: Callable[..., Graph] = _sources().read
            return read(model, input, batch, classes)
        return zoo.find(model).build(input, batch, classes)
    if isinstance(model, Graph | str):
        made = model if isinstance(model, Graph) else _read(model)
        if input is not None or batch != 1 or classes is not None:
            raise CostcalcError(
                f"{made.name} is a graph: its input, batch and classes are fixed; make it anew with others"
            )
        return made
    if not hasattr(model, "named_parameters"):
        raise CostcalcError(f"{model!r} is no model: name one, or hand over a torch module or a Graph")
    if input is None or classes is not None:
        raise CostcalcError("a torch module needs input=(3, 224, 224), say, and makes its own classifier")
    from_torch: Callable[..., Graph] = _sources().from_torch
    return from_torch(model, input, batch)


def _sources() -> Any:
    """The room that reads torch modules, which needs torch, and torchvision or timm where they are named."""
    try:
        return import_module("costcalc.convert.sources")
    except ModuleNotFoundError as error:
        raise CostcalcError(f"this needs {error.name}; install it with: pip install 'costcalc[torch]'") from None


def _read(file: str) -> Graph:
    """The network that a JSON file holds."""
    import json

    from costcalc.convert.data import from_data

    try:
        with open(file, encoding="utf-8") as stream:
            return from_data(json.load(stream))
    except OSError as error:
        raise CostcalcError(f"cannot read {file!r}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, or nested without end
        raise CostcalcError(f"{file!r} is no JSON: {error}; 'costcalc export' writes a network as JSON") from None
    except CostcalcError as error:
        raise CostcalcError(f"{file!r}: {error}") from error


def cost(
    model: Any,
    input: Any = None,
    batch: int = 1,
    classes: int | None = None,
    mode: Mode = "eval",
    conventions: Sequence[str] = (),
) -> Cost:
    """What a model costs: params, mult-adds and activations, by layer, block and op.

        >>> cost("googlenet").by_block().to_pandas()

    Arguments as for `graph`; `mode` "train" runs auxiliary heads; `conventions` name counting tools
    whose numbers the rows carry too. Raises CostcalcError as `graph` does, and for an unknown convention.
    """
    tools = [find_convention(name) for name in dict.fromkeys(conventions)]
    return Cost(graph(model, input, batch, classes), mode, tools)
