"""Any torch module -> a Graph, read from one forward pass on the meta device: shapes, and no numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import copy_context
from functools import partial
from typing import Any, Literal

import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from costcalc.convert.inputs import Inputs
from costcalc.convert.reading.calls import Calls
from costcalc.convert.reading.constants import Constants
from costcalc.convert.reading.derivatives import NeedsAutograd, followed, recording
from costcalc.convert.reading.elsewhere import elsewhere
from costcalc.convert.reading.modes import read
from costcalc.convert.reading.nodes import Nodes
from costcalc.convert.reading.operations import NeedsIds, Operations
from costcalc.convert.reading.order import put_in_order
from costcalc.convert.reading.spoken import listening
from costcalc.convert.reading.threads import Threads
from costcalc.convert.untouched import untouched
from costcalc.convert.user_code import in_a_line
from costcalc.spec import CostcalcError, Graph, Tensor, arguments
from costcalc.spec.errors import first_line
from costcalc.spec.graph import MODES
from costcalc.spec.shapes import text

_ONE_AT_A_TIME = threading.RLock()


def from_torch(
    module: nn.Module,
    inputs: Any,
    batch: int = 1,
    name: str = "",
    dtype: Any = None,
    mode: Literal["eval", "train"] | None = None,
) -> Graph:
    """The Graph of a module, in the mode (eval or train) that it is in unless told. The module stays as it is.

        from_torch(model, (3, 224, 224))
        from_torch(model, [(3, 64, 64), (10,)], batch=8)
        from_torch(model, {"input_ids": (128,), "use_cache": False})

    inputs  a shape without the batch axis; several, in order; or, by name, shapes and whatever else the forward
            takes (numbers, texts, booleans, None)
    batch   how many at once
    name    what the graph is called; the class of the module unless given
    dtype   a torch dtype, or its name; one for each input, in order or by name. Unless given, that of the module's
            parameters; int64 for an input that looks up an embedding

    What is as large as tensors' values say (``x[mask]``) is unknown, with what follows it: see `reading.values`.
    Where the forward pass fails, and each shape begins with the batch, shapes are taken as they stand.
    Raises CostcalcError, in one line, where the forward pass fails, or cannot run without the tensors' values.
    """
    return graph_and_outputs(module, inputs, batch, name, dtype, mode)[0]


def graph_and_outputs(
    module: nn.Module,
    inputs: Any,
    batch: int = 1,
    name: str = "",
    dtype: Any = None,
    mode: Literal["eval", "train"] | None = None,
) -> tuple[Graph, Any]:
    """As `from_torch`; also what the forward pass returns, on the meta device."""
    if not isinstance(module, nn.Module):
        raise CostcalcError(f"{arguments.shown(module)} is no torch module")
    arguments.optional(arguments.one_of, "mode", mode, MODES)
    lazy = [key for key, t in (*module.named_parameters(), *module.named_buffers()) if is_lazy(t)]
    if lazy:
        raise CostcalcError(f"{lazy[0]!r} has no shape until the first forward pass: run the module once, then read it")
    given = Inputs(module, inputs, batch, dtype)
    label = arguments.text("name", name) or type(module).__name__
    with _ONE_AT_A_TIME, torch.inference_mode(False):
        try:
            return _read(module, given, label, mode)
        except CostcalcError:
            if not given.begin_with_the_batch():
                raise
            with suppress(CostcalcError):  # of the two errors, the first says what is wrong
                return _read(module, given.as_they_stand(), label, mode)
            raise


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


def _read(module: nn.Module, given: Inputs, label: str, mode: Literal["eval", "train"] | None) -> tuple[Graph, Any]:
    """The graph and the result. Read again if an input turns out to be of ids, or the pass to take derivatives."""
    made = None
    while made is None:
        with untouched(module, given.entries):  # context variables that it sets end with their context
            made = copy_context().run(_try, module, given, label, mode)
    return made


def _try(
    module: nn.Module, given: Inputs, label: str, mode: Literal["eval", "train"] | None
) -> tuple[Graph, Any] | None:
    """Trace once. Returns None if the forward pass needs something else; the caller then retries with that."""
    frozen = frozenset(name for name, p in module.named_parameters() if not p.requires_grad)
    nodes = Nodes(module, autograd=given.autograd is True)
    constants = Constants(nodes)
    calls = Calls(nodes, Operations(nodes, constants))
    reading = partial(read, nodes, constants, given.autograd is False)
    nodes.elsewhere = elsewhere(module, nodes)
    try:
        tensors, args, kwargs = given.make()
    except RuntimeError as error:  # more elements than a number of theirs can say
        raise CostcalcError(f"{label} cannot be read at this input: {in_a_line(error)}") from error
    inputs = tuple(Tensor(nodes.trace, tuple(t.shape), None, i) for i, t in enumerate(tensors))
    nodes.trace.shapes = tuple(t.shape for t in inputs)
    for t, tensor in zip(tensors, inputs, strict=True):
        nodes.bind(t, tensor)
    try:
        with (
            _calls_to(calls, reading),
            listening(nodes),
            recording(module, constants) if nodes.autograd else nullcontext(),
            followed(nodes, constants),
            Threads(nodes, reading).followed(),
            reading(),
        ):
            if mode is not None:
                module.train(mode == "train")
            result = module(*args, **kwargs)
        outputs = tuple(nodes.source(t) for t in map(nodes.stand_in, found(result)) if nodes.depends(t))
    except NeedsIds as needs:
        if needs.args[0] in given.ids:  # and its dtype is told to be another
            raise CostcalcError(f"{label}: input {needs.args[0] + 1} looks up an embedding: int64, say") from None
        given.ids.add(needs.args[0])
        return None
    except CostcalcError:
        raise
    except (Exception, NeedsAutograd) as failed:
        if given.another(failed, nodes.transformed):
            return None
        told = given.failure or failed
        sizes = ", ".join(text(t.shape) for t in inputs)
        place = f", in {calls.failed}" if calls.failed else ""
        raise CostcalcError(f"{label} does not run at input {sizes}{place}: {_why(told)}") from told
    if nodes.autograd and not nodes.transformed and given.another(None, derived=False):
        return None
    put_in_order(nodes)
    nodes.unused()
    trace = nodes.trace
    graph = Graph(
        label,
        inputs,
        tuple(trace.nodes),
        outputs,
        (),
        trace.weights,
        trace.buffers,
        frozen=frozen,
        transformed=nodes.transformed,
    )
    return graph, result


def _why(error: BaseException) -> str:
    said = first_line(error)
    if "meta" in said and any(word in said for word in ("item", "no data", "nonzero", "cannot be called")):
        return f"it depends on its tensors' values, and on the meta device there are none ({said.split('. ')[0][:100]})"
    return in_a_line(error)


@contextmanager
def _calls_to(calls: Calls, reading: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """While this lasts, calls of modules go through `calls`: in threads that are read, or with what these have made."""
    original = nn.Module.__call__

    def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        if calls.nodes.here.read:
            return calls.call(original, module, args, kwargs)
        if not calls.takes_part(module, args, kwargs):
            return original(module, *args, **kwargs)
        with reading():
            return calls.call(original, module, args, kwargs)

    nn.Module.__call__ = call  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.__call__ = original  # type: ignore[method-assign]


def found(value: Any) -> Iterator[torch.Tensor]:
    """The tensors in what a forward pass returns, however it is wrapped."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from found(each)
    elif isinstance(value, Sequence | set) and not isinstance(value, str | bytes):
        for each in value:
            yield from found(each)
    elif hasattr(value, "__dataclass_fields__"):
        for key in value.__dataclass_fields__:
            yield from found(getattr(value, key))
