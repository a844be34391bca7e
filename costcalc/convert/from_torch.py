"""Any torch module -> a Graph, read from one forward pass on the meta device: shapes, and no numbers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from costcalc.convert.reading.calls import Calls
from costcalc.convert.reading.nodes import Nodes
from costcalc.convert.reading.operations import NeedsIds, Operations
from costcalc.spec import CostcalcError, Graph, Tensor
from costcalc.spec.shapes import text

_ONE_AT_A_TIME = threading.RLock()


def from_torch(
    module: nn.Module,
    inputs: Any,
    batch: int = 1,
    name: str = "",
    dtype: Any = None,
) -> Graph:
    """The Graph of a module, in the mode (eval or train) that it is in. The module stays as it is.

        from_torch(model, (3, 224, 224))
        from_torch(model, [(3, 64, 64), (10,)], batch=8)
        from_torch(model, {"input_ids": (128,), "use_cache": False})

    inputs  a shape without the batch axis; several, in order; or, by name, shapes and whatever else the forward
            takes (numbers, texts, booleans, None)
    batch   how many at once
    name    what the graph is called; the class of the module unless given
    dtype   a torch dtype, or its name; one for each input, in order or by name. Unless given, that of the module's
            parameters; int64 for an input that looks up an embedding

    Raises CostcalcError, in one line, where the forward pass fails, or cannot run without the tensors' values.
    """
    if not isinstance(module, nn.Module):
        raise CostcalcError(f"{module!r} is no torch module")
    given = _Inputs(module, inputs, batch, dtype)
    label = name or type(module).__name__
    with _ONE_AT_A_TIME:
        graph = None
        while graph is None:
            graph = _read(module, given, label)
    return graph


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
        except Exception as error:
            called = getattr(make, "__name__", str(make))
            raise CostcalcError(f"{called} cannot be made on the meta device: {_in_a_line(error)}") from error


class _EmptyOnMeta(TorchFunctionMode):
    """Only ``torch.empty`` makes tensors on the meta device: where torch.nn's modules have their parameters from."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.empty and kwargs.get("device") is None:
            kwargs["device"] = "meta"
        return func(*args, **kwargs)


class _Inputs:
    """What the forward pass is called with: made anew for each try."""

    def __init__(self, module: nn.Module, inputs: Any, batch: int, dtype: Any) -> None:
        if type(batch) is not int or batch < 1:
            raise CostcalcError(f"batch={batch!r} must be a positive integer")
        if not isinstance(inputs, Mapping | list | tuple):
            raise CostcalcError(f"input {inputs!r} is no shape, such as (3, 224, 224), nor several")
        entries = inputs if isinstance(inputs, Mapping) else enumerate([inputs] if _is_shape(inputs) else inputs)
        self.entries: dict[Any, Any] = dict(entries)
        self.batch, self.ids = batch, set[int]()
        self.named = isinstance(inputs, Mapping)
        for key, value in self.entries.items():
            if not _is_shape(value) and (not self.named or isinstance(value, list | tuple)):
                raise CostcalcError(f"input {key!r}: {value!r} is no shape: positive integers, the batch left out")
        floating = [p.dtype for p in module.parameters() if p.dtype.is_floating_point]
        self.usual = floating[0] if floating else torch.float32
        self.dtypes = dtype if isinstance(dtype, Mapping | list | tuple) else dict.fromkeys(self.entries, dtype)

    def make(self) -> tuple[list[torch.Tensor], list[Any], dict[str, Any]]:
        """The tensors, positional and keyword arguments."""
        values = {}
        tensors: list[torch.Tensor] = []
        for key, value in self.entries.items():
            if _is_shape(value):
                value = torch.empty((self.batch, *value), dtype=self._dtype(key, len(tensors)), device="meta")
                tensors.append(value)
            values[key] = value
        return (tensors, [], values) if self.named else (tensors, list(values.values()), {})

    def _dtype(self, key: Any, number: int) -> torch.dtype:
        try:
            told = self.dtypes[key]
        except (KeyError, IndexError):
            told = None
        if isinstance(told, str):
            told = getattr(torch, told, told)
        if told is None:
            return torch.int64 if number in self.ids else self.usual
        if not isinstance(told, torch.dtype):
            raise CostcalcError(f"input {key!r}: {told!r} is no dtype of torch")
        return told


def _read(module: nn.Module, given: _Inputs, label: str) -> Graph | None:
    """One try: the graph; or None, where an input has turned out to be of ids, and the next try has it so."""
    nodes = Nodes(module)
    operations = Operations(nodes)
    calls = Calls(nodes, operations)
    tensors, args, kwargs = given.make()
    inputs = tuple(Tensor(nodes.trace, tuple(t.shape), None, i) for i, t in enumerate(tensors))
    nodes.trace.shapes = tuple(t.shape for t in inputs)
    for t, tensor in zip(tensors, inputs, strict=True):
        tensor.integer = not (t.dtype.is_floating_point or t.dtype.is_complex)
        nodes.bind(t, tensor)
    try:
        with _unchanged(module), _calls_to(calls), torch.no_grad(), torch._C._AutoDispatchBelowAutograd(), operations:
            result = module(*args, **kwargs)
        outputs = tuple(nodes.source(t) for t in _found(result) if nodes.depends(t))
    except NeedsIds as needs:
        given.ids.add(needs.args[0])
        return None
    except CostcalcError:
        raise
    except Exception as error:
        sizes = ", ".join(text(t.shape) for t in inputs)
        place = f", in {calls.failed}" if calls.failed else ""
        raise CostcalcError(f"{label} does not run at input {sizes}{place}: {_in_a_line(error)}") from error
    nodes.unused()
    trace = nodes.trace
    return Graph(label, inputs, tuple(trace.nodes), outputs, (), trace.weights, trace.buffers)


def _in_a_line(error: Exception) -> str:
    said = str(error).strip().split("\n")[0]
    if "meta" in said and any(word in said for word in ("item", "no data", "nonzero", "cannot be called")):
        return f"it depends on its tensors' values, and on the meta device there are none ({said.split('. ')[0][:100]})"
    return f"{type(error).__name__}: {said}"


@contextmanager
def _calls_to(calls: Calls) -> Iterator[None]:
    """While this lasts, calls of modules, in this thread, go through `calls`."""
    original, thread = nn.Module.__call__, threading.get_ident()

    def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        if threading.get_ident() != thread:
            return original(module, *args, **kwargs)
        return calls.call(original, module, args, kwargs)

    nn.Module.__call__ = call  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.__call__ = original  # type: ignore[method-assign]


@contextmanager
def _unchanged(module: nn.Module) -> Iterator[None]:
    """Afterwards every attribute of every module is what it was, and dicts, lists and sets hold what they held."""
    modules = list(module.modules())
    before = [(each.__dict__, each.__dict__.copy()) for each in modules]
    before += [(v, v.copy()) for _, kept in before.copy() for v in kept.values() if type(v) in _CONTAINERS]
    try:
        yield
    finally:
        for now, kept in before:
            if _held(now) != _held(kept):
                now.clear()
                now.extend(kept) if isinstance(now, list) else now.update(kept)


_CONTAINERS = (dict, OrderedDict, list, set)


def _held(container: Any) -> list[int]:
    """What is in it, keys and values, by identity."""
    return [*map(id, container), *map(id, container.values())] if isinstance(container, dict) else [*map(id, container)]


def _is_shape(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(type(n) is int and n > 0 for n in value)


def _found(value: Any) -> Iterator[torch.Tensor]:
    """The tensors in what a forward pass returns, however it is wrapped."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _found(each)
    elif isinstance(value, Sequence | set) and not isinstance(value, str | bytes):
        for each in value:
            yield from _found(each)
    elif hasattr(value, "__dataclass_fields__"):
        for key in value.__dataclass_fields__:
            yield from _found(getattr(value, key))
