"""Any torch module -> a Graph, read from one forward pass on the meta device: shapes without values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any, Literal

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from costcalc.convert.compiled import NOTE, uncompiled, under, without_compiling
from costcalc.convert.inputs import Inputs
from costcalc.convert.kept_values import Bounded, keeping_values, learned
from costcalc.convert.keras_layers import as_torch
from costcalc.convert.lazy_modules import initialized
from costcalc.convert.torch_reader.reader import read_graph
from costcalc.convert.user_code import in_a_line
from costcalc.spec import CostcalcError, Graph, arguments
from costcalc.spec.graph import MODES

_ONE_AT_A_TIME = threading.RLock()
"""Held during a read, which patches functions of torch that all threads share."""


def from_torch(
    module: nn.Module,
    inputs: Any,
    batch: int | None = 1,
    name: str = "",
    dtype: Any = None,
    mode: Literal["eval", "train"] | None = None,
) -> Graph:
    """The Graph of a module. The module is left unchanged.

        from_torch(model, (3, 224, 224))
        from_torch(model, [(3, 64, 64), (10,)], batch=8)
        from_torch(model, {"input_ids": (128,), "use_cache": False})

    inputs  a shape without the batch axis, or a tensor, which is read by its shape, batch included, and its dtype;
            several, in order or by name, also in dicts, lists and tuples; and other arguments of the forward pass
            (numbers, strings, booleans, None)
    batch   size of the batch axis; None: shapes are taken as they stand, and have no batch axis
    name    name of the graph; the class of the module by default
    dtype   a torch dtype, or its name; or one per input, in order or by name. By default that of the module's
            parameters; int64 for an input that looks up an embedding
    mode    "eval" or "train"; by default the mode that the module is in

    Operations whose output shape depends on values (``x[mask]``) are unknown, and make the total a lower bound: see
    `torch_reader.dynamic_shapes`. If the forward pass fails and each shape begins with the batch, it is retried with
    the shapes as they are, without a batch axis in front.
    Raises CostcalcError, in one line, if the forward pass fails, or cannot run without the tensors' values.
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
    """As `from_torch`; also returns the result of the forward pass, on the meta device."""
    if not isinstance(module, nn.Module):
        raise CostcalcError(f"{arguments.shown(module)} is not a torch module")
    arguments.optional(arguments.one_of, "mode", mode, MODES)
    label = arguments.text("name", name) or type(under(module)).__name__
    with (
        _ONE_AT_A_TIME,
        torch.inference_mode(False),
        without_compiling(),
        uncompiled(module) as (plain, compiled),
        as_torch(plain) as module,
    ):
        given = Inputs(module, inputs, batch, dtype)
        module = initialized(module, given, label)
        graph, result = _read(module, given, label, mode)
    if compiled:
        graph.note = f"{graph.note} {NOTE}".strip()
    return graph, result


def _read(module: nn.Module, given: Inputs, label: str, mode: Literal["eval", "train"] | None) -> tuple[Graph, Any]:
    """The graph and the result at these inputs; if that fails, at other readings of them."""
    try:
        return read_graph(module, given, label, mode)
    except CostcalcError:
        for _ in given.otherwise():
            with suppress(CostcalcError):  # of the errors, the first says what is wrong
                return read_graph(module, given, label, mode)
        raise


def on_meta(make: Callable[..., nn.Module], *args: Any, **kwargs: Any) -> Any:
    """``make(*args, **kwargs)``, a module with its parameters on the meta device, without memory.

    If its constructor computes with values of tensors, only its parameters are made there; if it reads the values of
    its parameters too, it is made on the CPU and then moved. Small tensors keep their values: see `kept_values`.
    Raises CostcalcError, in one line, if that fails.
    """
    try:
        return _made_on_meta((torch.device("meta"), _EmptyOnMeta(), Bounded()), make, args, kwargs)
    except CostcalcError:
        raise
    except Exception as error:
        raise _not_made(make, args, "cannot be made", error) from error


def _made_on_meta(ways: Sequence[AbstractContextManager[Any]], make: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What `make` returns, in the first of these ways that does."""
    try:
        with keeping_values():
            with ways[0]:
                made = make(*args, **kwargs)
            if isinstance(made, nn.Module):
                if not all(t.is_meta for t in (*made.parameters(), *made.buffers())):
                    made = made.to("meta")
                learned(made)
            return made
    except CostcalcError:
        raise
    except Exception:
        if len(ways) == 1:
            raise
    return _made_on_meta(ways[1:], make, args, kwargs)


def for_real(make: Callable[..., nn.Module], *args: Any, **kwargs: Any) -> nn.Module:
    """``make(*args, **kwargs)``, with memory: on the device, and with the initial values, of its constructor.

    Raises CostcalcError, in one line, if that fails.
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
    """While this mode is on, ``torch.empty``, by which torch.nn's modules make their parameters, makes them on meta."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.empty and kwargs.get("device") is None:
            kwargs["device"] = "meta"
        return func(*args, **kwargs)
