"""Read a module: run one forward pass with all patches and modes on, and return the graph that they have built."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import copy_context
from functools import partial
from typing import Any, Literal

import torch
from torch import nn

from costcalc.convert.inputs import Inputs
from costcalc.convert.torch_reader.assumptions import Assumption, Reading, settled
from costcalc.convert.torch_reader.builder import GraphBuilder
from costcalc.convert.torch_reader.constants import Constants
from costcalc.convert.torch_reader.derivatives import NeedsAutograd, followed, recording
from costcalc.convert.torch_reader.dispatch import Dispatch
from costcalc.convert.torch_reader.foreign_tensors import foreign_tensors
from costcalc.convert.torch_reader.grad_modes import grad_modes_followed
from costcalc.convert.torch_reader.module_calls import ModuleCalls
from costcalc.convert.torch_reader.no_cost import passed_over
from costcalc.convert.torch_reader.node_order import put_in_order
from costcalc.convert.torch_reader.packed_weights import packed_weights
from costcalc.convert.torch_reader.public_names import listening
from costcalc.convert.torch_reader.quantized_calls import quantized_calls
from costcalc.convert.torch_reader.storage import storage
from costcalc.convert.torch_reader.threads import Threads
from costcalc.convert.torch_reader.token_ids import NeedsIds
from costcalc.convert.torch_reader.torch_modes import read
from costcalc.convert.untouched import untouched
from costcalc.convert.user_code import in_a_line, place_of
from costcalc.spec import CostcalcError, Graph, Tensor
from costcalc.spec.errors import first_line
from costcalc.spec.held_modules import HeldModules
from costcalc.spec.shapes import text


def read_graph(
    module: nn.Module, given: Inputs, label: str, mode: Literal["eval", "train"] | None
) -> tuple[Graph, Any]:
    """The graph and the result. If they depend on values, other assumptions may show that its mult-adds do not."""

    def read(assumed: Assumption) -> Reading:
        made = None
        while made is None:  # again if an input turns out to hold token ids, or derivatives to be taken
            with untouched(module, given.entries):  # context variables that it sets end with their context
                made = copy_context().run(_try, module, given, label, mode, assumed)
        return made

    assumed, failed = Assumption(), None
    try:
        made = read(assumed)
    except NeedsValues as error:
        made, failed = None, error
    found = None
    if assumed.worth_another and (assumed.found or failed is not None):
        with suppress(CostcalcError):
            found = settled(read)
    found = found or made
    if found is None:
        assert failed is not None
        raise failed
    return found


def _try(
    module: nn.Module, given: Inputs, label: str, mode: Literal["eval", "train"] | None, assumed: Assumption
) -> Reading | None:
    """Trace once. Returns None if the forward pass needs something else; the caller then retries with that."""
    packed = [*packed_weights(module)]
    dtypes = {
        name: str(t.dtype).removeprefix("torch.")
        for name, t in (*module.named_parameters(), *module.named_buffers(), *packed)
        if t.dtype != torch.float32  # the dtype of a run, unless another is asked for
    }
    builder = GraphBuilder(module, autograd=given.autograd is True)
    builder.trace.buffers.update({name: tuple(t.shape) for name, t in packed})
    constants = Constants(builder, assumed)
    calls = ModuleCalls(builder, Dispatch(builder, constants))
    reading = partial(read, builder, constants, given.autograd is False)
    builder.foreign = foreign_tensors(module, builder)
    try:
        tensors, args, kwargs = given.make()
    except RuntimeError as error:  # more elements than torch can count
        raise CostcalcError(f"{label} cannot be read at this input: {in_a_line(error)}") from error
    labels = given.labels()
    inputs = tuple(Tensor(builder.trace, tuple(t.shape), None, i, labels[i]) for i, t in enumerate(tensors))
    builder.trace.shapes = tuple(t.shape for t in inputs)
    for t, tensor in zip(tensors, inputs, strict=True):
        builder.bind(t, tensor)
        builder.constant_calls.state.add(storage(t))
    try:
        with (
            _calls_to(calls, reading),
            listening(builder),
            passed_over(builder),
            quantized_calls(builder),
            recording(module, constants) if builder.autograd else nullcontext(),
            followed(builder, constants),
            grad_modes_followed(builder),
            Threads(builder, reading).followed(),
            reading(),
        ):
            if mode is not None:
                set_mode(module, mode == "train")
            result = module(*args, **kwargs)
        frozen = frozenset(name for name, p in module.named_parameters() if not p.requires_grad)
        for t in result_tensors(result):
            builder.constant_calls.read(t)
        made = [t for t in map(builder.stand_in, result_tensors(result)) if builder.depends(t)]
        outputs = tuple(map(builder.source, made))
        detached = frozenset(i for i, t in enumerate(made) if id(t) in builder.gradients.detached)
    except NeedsIds as needs:
        if needs.args[0] in given.ids:  # although a dtype was given
            raise CostcalcError(
                f"{label}: input {needs.args[0] + 1} looks up an embedding: give it dtype int64"
            ) from None
        given.ids.add(needs.args[0])
        return None
    except CostcalcError:
        raise
    except (Exception, NeedsAutograd) as failed:
        if given.another(failed, builder.transformed):
            return None
        reported = given.failure or failed
        sizes = ", ".join(text(t.shape) for t in inputs)
        place = f", in {calls.failed}" if calls.failed else ""
        kind, why = (
            (NeedsValues, _no_values(reported)) if _asks_values(reported) else (CostcalcError, in_a_line(reported))
        )
        raise kind(f"{label} does not run at input {sizes}{place}: {why}") from reported
    if builder.autograd and not builder.transformed and given.another(None, derived=False):
        return None
    builder.constant_calls.finish()
    nodes = list(builder.trace.nodes)
    put_in_order(builder)
    seen = not builder.autograd and nodes == builder.trace.nodes
    until = None
    if seen and nodes:
        builder.frames.finish(nodes[-1])
        until = builder.frames.until(nodes)
    builder.unused()
    trace = builder.trace
    number = {module.path: i for i, module in enumerate(builder.modules)}
    graph = Graph(
        label,
        inputs,
        tuple(trace.nodes),
        outputs,
        (),
        trace.weights,
        trace.buffers,
        " ".join(builder.notes),
        frozen,
        transformed=builder.transformed,
        dtypes=dtypes,
        held=HeldModules(builder.modules, tuple(number[path] for path in builder.called if path in number)),
        batched=given.batched,
        until=until,
        detached=detached,
    )
    return Reading(graph, result)


def set_mode(module: nn.Module, train: bool) -> None:
    """As ``module.train(train)``. The mode of an exported module was settled when it was exported: it stays."""
    with suppress(NotImplementedError):
        module.train(train)


class NeedsValues(CostcalcError):
    """The forward pass depends on values that tensors on the meta device do not have."""


def _asks_values(error: BaseException) -> bool:
    said = first_line(error)
    if "unallocated storage" in said:  # of tolist()
        return True
    return "meta" in said and any(word in said for word in ("item", "no data", "nonzero", "cannot be called", "numpy"))


def _no_values(error: BaseException) -> str:
    place = place_of(error)
    return (
        "it depends on its tensors' values, and on the meta device there are none "
        f"({first_line(error).split('. ')[0][:100]}{f'; {place}' if place else ''})"
    )


@contextmanager
def _calls_to(calls: ModuleCalls, reading: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """While this lasts, calls of modules go through `calls`: in threads that are read, or on tensors of the read."""
    original = nn.Module.__call__

    def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        if calls.builder.thread.read:
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


def result_tensors(value: Any) -> Iterator[torch.Tensor]:
    """The tensors in the result of a forward pass, in nested dicts, sequences, sets and dataclasses."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from result_tensors(each)
    elif isinstance(value, Sequence | set) and not isinstance(value, str | bytes):
        for each in value:
            yield from result_tensors(each)
    elif hasattr(value, "__dataclass_fields__"):
        for key in value.__dataclass_fields__:
            yield from result_tensors(getattr(value, key))
