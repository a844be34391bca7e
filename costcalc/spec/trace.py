"""Trace functions into a Graph: `op` and `op_of_many` turn a rule into a builder, `block` groups, `trace` runs.

@op
def relu(x, *, inplace=False): return Facts(...)      # the rule: a shape -> Facts

def net(x):                                           # x: a Tensor; tensor first, name second
    return relu(conv(x, "stem", 64, k=7, stride=2, padding=3))

graph = trace(net, (1, 3, 224, 224))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

from costcalc.spec import arguments
from costcalc.spec.building import Trace, trace_of
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts
from costcalc.spec.graph import Graph
from costcalc.spec.node import BlockCall, Tensor
from costcalc.spec.rules import Rule, register
from costcalc.spec.shapes import Shape
from costcalc.spec.sizes import as_sizes
from costcalc.spec.traits import NONE, Traits

P = ParamSpec("P")
R = TypeVar("R")
X = TypeVar("X", Tensor, Sequence[Tensor])


class Builder(Protocol[P]):
    """The builder that `op` makes from a rule: tensor first, name second, then the rule's own arguments."""

    def __call__(self, x: Tensor, name: str = "", *args: P.args, **kwargs: P.kwargs) -> Tensor: ...


@overload
def op(rule: Callable[Concatenate[Shape, P], Facts], /) -> Builder[P]: ...


@overload
def op(**traits: bool) -> Callable[[Callable[Concatenate[Shape, P], Facts]], Builder[P]]: ...


def op(rule: Rule | None = None, /, **traits: bool) -> Any:
    """Turn a rule from one input shape to Facts into a builder ``f(tensor, name, ...)``.

    Keyword arguments are traits of the op (`costcalc.spec.traits.Traits`): ``@op(elementwise=True)``.
    """
    if rule is None:
        return partial(_builder, Traits(**traits))
    return _builder(NONE, rule)


def _builder(traits: Traits, rule: Rule) -> Any:
    kind, run = arguments.function("rule", rule).__name__, register(rule, traits)

    @wraps(rule)
    def build(x: Tensor, name: str = "", *args: Any, **kwargs: Any) -> Any:
        return trace_of(kind, x).add(kind, run, (x,), x.shape, name, args, kwargs)

    return build


def op_of_ids(rule: Callable[Concatenate[Shape, P], Facts]) -> Builder[P]:
    """As `op`, for a rule whose input is token ids that look up rows of a weight.

    Sets the dtype of the network's input that the ids come from.
    """
    builder: Builder[P] = op(looks_up=True)(rule)

    @wraps(rule)
    def build(x: Tensor, name: str = "", *args: P.args, **kwargs: P.kwargs) -> Tensor:
        made = builder(x, name, *args, **kwargs)
        while x.node is not None:
            x = x.node.inputs[0]
        x.dtype = "int64"
        return made

    return build


@overload
def op_of_many(rule: Rule, /) -> Callable[..., Tensor]: ...


@overload
def op_of_many(**traits: bool) -> Callable[[Rule], Callable[..., Tensor]]: ...


def op_of_many(rule: Rule | None = None, /, **traits: bool) -> Any:
    """Turn a rule from a tuple of shapes to Facts into a builder ``f(a, b, ..., name="", ...)``; traits as for `op`."""
    if rule is None:
        return partial(_builder_of_many, Traits(**traits))
    return _builder_of_many(NONE, rule)


def _builder_of_many(traits: Traits, rule: Rule) -> Any:
    kind, run = arguments.function("rule", rule).__name__, register(rule, traits, many=True)

    @wraps(rule)
    def build(*tensors: Tensor, name: str = "", **kwargs: Any) -> Any:
        trace = trace_of(kind, *tensors)
        return trace.add(kind, run, tensors, tuple([t.shape for t in tensors]), name, (), kwargs)

    return build


def block(function: Callable[Concatenate[X, P], R]) -> Callable[Concatenate[X, str, P], R]:
    """Turn a function of tensors into a named group: ``inception(x, "3a", ...)``.

    The first argument is a tensor, or a list of them; the name comes second and is not passed on. All
    layers made inside are named ``3a.<layer>``; the torch model has a module of that name.
    """

    kind = getattr(arguments.function("function", function), "__name__", "block")

    @wraps(function)
    def call(x: X, name: str, *args: P.args, **kwargs: P.kwargs) -> R:
        trace = trace_of(kind, *(x if isinstance(x, list | tuple) else [x]))
        arguments.layer_name(f"block {kind}: name", name)
        outer = trace.block, trace.prefix, trace.numbers
        path = trace.prefix + name
        trace.block, trace.prefix, trace.numbers = BlockCall(path, trace.block), f"{path}.", {}
        try:
            return function(x, *args, **kwargs)
        finally:
            trace.block, trace.prefix, trace.numbers = outer

    return cast("Callable[Concatenate[X, str, P], R]", call)


def shared(builder: Callable[P, R]) -> Callable[P, R]:
    """Use the same layer, or block, again: ``shared(conv)(y, "tower", 64, k=3)`` uses the weights of tower.

    Mult-adds count per use, params once.
    """

    kind = getattr(arguments.function("builder", builder), "__name__", "shared")

    @wraps(builder)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        x: Any = args[0] if args else None
        trace = trace_of(kind, *(x if isinstance(x, list | tuple) else [x]))
        outer, trace.sharing = trace.sharing, True
        try:
            return builder(*args, **kwargs)
        finally:
            trace.sharing = outer

    return again


@dataclass(slots=True)
class Outputs:
    """Outputs of a network with heads that run only in training."""

    always: tuple[Tensor, ...]
    train: tuple[Tensor, ...]


def outputs(*always: Tensor, train: Sequence[Tensor] = ()) -> Outputs:
    """``return outputs(logits, train=[aux1, aux2])``: the auxiliary heads run only in train mode."""
    return Outputs(always, tuple(arguments.listed("train", train, "a list of tensors")))


def trace(function: Callable[..., Any], *shapes: Shape, name: str = "", note: str = "", **settings: Any) -> Graph:
    """Run an architecture function on tensors of these shapes (batch first) and return the Graph.

    Sizes are ints, arrays of ints or sympy symbols. Raises SpecError if a layer is invalid, with its name, input and
    wrong setting.
    """
    label = arguments.text("name", name) or getattr(arguments.function("function", function), "__name__", "network")
    arguments.text("note", note)
    run = Trace()
    run.shapes = tuple([arguments.shape("shape", shape, (1, 3, 224, 224), arguments.size) for shape in shapes])
    if not all(run.shapes) or not run.shapes:
        raise SpecError("trace needs the shape of each input, batch first, like (1, 3, 224, 224)")
    run.shapes = as_sizes(run.shapes)
    inputs = tuple(Tensor(run, shape, None, i) for i, shape in enumerate(run.shapes))
    result = function(*inputs, **settings)
    if not isinstance(result, Outputs):
        result = outputs(*result) if isinstance(result, tuple | list) else outputs(result)
    for t in (*result.always, *result.train):
        if not isinstance(t, Tensor) or t.trace is not run:
            raise SpecError(f"{label} returned {arguments.shown(t)}, not a tensor of the network")
    if not result.always:
        raise SpecError(f"{label} returned no tensor for eval mode")
    nodes = tuple(run.nodes)
    run.nodes.clear()  # tensors refer to the trace: with its nodes that would be a reference cycle
    return Graph(label, inputs, nodes, result.always, result.train, run.weights, run.buffers, note)
