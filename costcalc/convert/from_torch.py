"""Any torch module -> a Graph, read from one forward pass on the meta device: shapes, and no numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from costcalc.convert.inputs import Inputs
from costcalc.convert.torch_reader.reader import read_graph
from costcalc.convert.user_code import in_a_line
from costcalc.spec import CostcalcError, Graph, arguments
from costcalc.spec.graph import MODES

_ONE_AT_A_TIME = threading.RLock()


def from_torch(
    module: nn.Module,
    inputs: Any,
    batch: int | None = 1,
    name: str = "",
    dtype: Any = None,
    mode: Literal["eval", "train"] | None = None,
) -> Graph:
    """The Graph of a module, in the mode (eval or train) that it is in unless told. The module stays as it is.

        from_torch(model, (3, 224, 224))
        from_torch(model, [(3, 64, 64), (10,)], batch=8)
        from_torch(model, {"input_ids": (128,), "use_cache": False})

    inputs  a shape without the batch axis, or a tensor, which is read by its shape, batch included, and its dtype;
            several, in order or by name, also in dicts, lists and tuples; and whatever else the forward takes
            (numbers, texts, booleans, None)
    batch   how many at once; None: shapes are taken as they stand, and have no batch axis
    name    what the graph is called; the class of the module unless given
    dtype   a torch dtype, or its name; one for each input, in order or by name. Unless given, that of the module's
            parameters; int64 for an input that looks up an embedding

    Operations whose output is as large as tensors' values say (``x[mask]``) are unknown, and so is what follows them:
    see `torch_reader.dynamic_shapes`.
    Where the forward pass fails, and each shape begins with the batch, shapes are taken as they stand.
    Raises CostcalcError, in one line, where the forward pass fails, or cannot run without the tensors' values.
    """
    return graph_and_outputs(module, inputs, batch, name, dtype, mode)[0]


def graph_and_outputs(
    module: nn.Module,
    inputs: Any,
    batch: int | None = 1,
    name: str = "",
    dtype: Any = None,
    mode: Literal["eval", "train"] | None = None,
) -> tuple[Graph, Any]:
    """As `from_torch`; also what the forward pass returns, on the meta device."""
    if not isinstance(module, nn.Module):
        raise CostcalcError(f"{arguments.shown(module)} is no torch module")
    arguments.optional(arguments.one_of, "mode", mode, MODES)
    refuse_lazy(module)
    given = Inputs(module, inputs, batch, dtype)
    label = arguments.text("name", name) or type(module).__name__
    with _ONE_AT_A_TIME, torch.inference_mode(False):
        try:
            return read_graph(module, given, label, mode)
        except CostcalcError:
            for _ in given.otherwise():
                with suppress(CostcalcError):  # of the errors, the first says what is wrong
                    return read_graph(module, given, label, mode)
            raise


def refuse_lazy(module: nn.Module) -> None:
    """Raises CostcalcError for a module with a lazy parameter or buffer."""
    lazy = [key for key, t in (*module.named_parameters(), *module.named_buffers()) if is_lazy(t)]
    if lazy:
        raise CostcalcError(f"{lazy[0]!r} has no shape until the first forward pass: run the module once, then read it")


def on_meta(make: Callable[..., nn.Module], *args: Any, **kwargs: Any) -> nn.Module:
    """``make(*args, **kwargs)``, a module without memory for its parameters: they are on the meta device.

    Raises CostcalcError, in one line, where it cannot be made so.
    """
    try:
        with torch.device("meta"):
            return make(*args, **kwargs)
    except Exception:  # it computes with tensors on its way: these have to be real
        try:
            with _EmptyOnMeta():
                return make(*args, **kwargs).to("meta")
        except CostcalcError:
            raise
        except Exception as error:
            raise _not_made(make, args, "cannot be made on the meta device", error) from error


def for_real(make: Callable[..., nn.Module], *args: Any, **kwargs: Any) -> nn.Module:
    """``make(*args, **kwargs)``, with memory, where it puts itself and with its own numbers.

    Raises CostcalcError, in one line, where it fails.
    """
    try:
        return make(*args, **kwargs)
    except CostcalcError:
        raise
    except Exception as error:
        raise _not_made(make, args, "cannot be made", error) from error


def _not_made(make: Any, args: Any, problem: str, error: Exception) -> CostcalcError:
    called = " ".join(
        [getattr(make, "__name__", type(make).__name__), *[each for each in args if isinstance(each, str)]]
    )
    return CostcalcError(f"{called} {problem}: {in_a_line(error)}")


class _EmptyOnMeta(TorchFunctionMode):
    """Only ``torch.empty`` makes tensors on the meta device: where torch.nn's modules have their parameters from."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.empty and kwargs.get("device") is None:
            kwargs["device"] = "meta"
        return func(*args, **kwargs)
