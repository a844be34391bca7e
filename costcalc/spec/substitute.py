"""Rebuild a graph with other sizes: numbers in place of symbols, or one element of each array."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

from costcalc.spec import exact
from costcalc.spec.building import Trace
from costcalc.spec.errors import CostcalcError, SpecError
from costcalc.spec.exact import ExactArray
from costcalc.spec.graph import Condition, Graph
from costcalc.spec.node import Node, Tensor
from costcalc.spec.rules import element, facts_of, mapped
from costcalc.spec.sizes import as_size, holds, symbolic
from costcalc.spec.truths import Index


def at(graph: Graph, values: Mapping[Any, int]) -> Graph:
    """The graph with numbers for its symbols, given by the symbol or its name: ``at(graph, {"H": 224, "W": 224})``.

    Raises CostcalcError for a name that is not a symbol of its input, and for numbers that break one of its conditions.
    """
    symbols = {str(s): s for t in graph.inputs for size in t.shape if symbolic(size) for s in size.free_symbols}
    wrong = [str(name) for name in values if str(name) not in symbols]
    if wrong:
        raise CostcalcError(f"{graph.name} has no size {wrong[0]!r}; its sizes are {', '.join(sorted(symbols))}")
    given = {symbols[str(name)]: as_size(value) for name, value in values.items()}

    def change(size: Any) -> Any:
        return as_size(size.subs(given)) if symbolic(size) else mapped(size, change)

    where = ", ".join(f"{symbol}={value}" for symbol, value in given.items())
    for condition in graph.conditions:
        relation = condition.relation.subs(given)
        if (not symbolic(relation) or not relation.free_symbols) and not holds(relation):
            raise CostcalcError(f"{graph.name} does not work at {where}: {condition}")
    try:
        made = _anew(graph, change)
    except SpecError as error:
        raise CostcalcError(f"{graph.name} does not work at {where}: {error}") from error
    left = [Condition(limit.relation.subs(given), limit.layer) for limit in graph.limits]
    made.limits = tuple(limit for limit in left if limit.relation.free_symbols)
    return made


def elements(graph: Graph) -> tuple[Index, list[Graph]]:
    """The shape of a graph's arrays of sizes, and the graph at each element, in order; no graphs without arrays."""
    sizes = [t.shape for t in graph.inputs] + [shape for node in graph.nodes for shape in node.facts.outputs]
    arrays = {id(size): size for shape in sizes for size in shape if type(size) is ExactArray}
    shape = exact.shape_of(list(arrays.values()))
    places = product(*map(range, shape)) if arrays else ()
    return shape, [_anew(graph, lambda value, i=index: element(value, i)) for index in places]  # type: ignore[misc]


def _anew(graph: Graph, change: Callable[[Any], Any]) -> Graph:
    """Rebuild every node by its op's rule, with changed inputs and settings."""
    trace = Trace()
    made: dict[Node | None, tuple[Tensor, ...]] = {None: tuple(_input(trace, t, change(t.shape)) for t in graph.inputs)}
    names: dict[str, Any] = {}
    buffers = {key: change(shape) for key, shape in graph.buffers.items()}
    for old in graph.nodes:
        inputs = tuple(made[t.node][t.index] for t in old.inputs)
        facts = facts_of(old.op, [t.shape for t in inputs], change(old.facts.settings))
        given = [key for key in facts.weights if key not in old.facts.weights]
        if given:
            facts.take_as_inputs(given, len(inputs) - len(given))
        node = Node(old.name, old.op, inputs, facts, old.weights, old.block, old.noticed)
        names.update(zip(node.weights, facts.weights.values(), strict=True))
        made[old] = tuple(Tensor(trace, shape, node, i) for i, shape in enumerate(facts.outputs))
        trace.nodes.append(node)

    def again(tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(made[t.node][t.index] for t in tensors)

    nodes, outputs, heads = tuple(trace.nodes), again(graph.outputs), again(graph.train_outputs)
    trace.nodes.clear()
    return Graph(
        graph.name,
        made[None],
        nodes,
        outputs,
        heads,
        names,
        buffers,
        graph.note,
        graph.frozen,
        transformed=graph.transformed,
        varying=graph.varying,
        dtypes=graph.dtypes,
        held=graph.held,
        until=_until(graph, nodes),
        detached=graph.detached,
    )


def _until(graph: Graph, nodes: tuple[Node, ...]) -> Mapping[tuple[Node, int], Node] | None:
    if graph.until is None:
        return None
    new = dict(zip(graph.nodes, nodes, strict=True))
    return {(new[node], i): new[last] for (node, i), last in graph.until.items()}


def _input(trace: Trace, old: Tensor, shape: Any) -> Tensor:
    tensor = Tensor(trace, shape, None, old.index, old.label)
    tensor.dtype = old.dtype
    return tensor
