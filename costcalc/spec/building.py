"""The graph while it is being built: which nodes, weights and names there are so far."""

from __future__ import annotations

from typing import Any

from costcalc.spec import arguments
from costcalc.spec.errors import SpecError
from costcalc.spec.facts import Facts
from costcalc.spec.node import BlockCall, Node, Tensor
from costcalc.spec.rules import Rule, inside
from costcalc.spec.shapes import Shape, text
from costcalc.spec.signatures import of_rule


class Trace:
    """The graph while it is being built: one per call of `trace`."""

    __slots__ = ("block", "buffers", "nodes", "numbers", "prefix", "shapes", "sharing", "uses", "weights")

    def __init__(self) -> None:
        self.shapes: tuple[Shape, ...] = ()  # of the network's inputs
        self.nodes: list[Node] = []
        self.weights: dict[str, Shape] = {}
        self.buffers: dict[str, Shape] = {}
        self.block: BlockCall | None = None
        self.prefix = ""
        self.sharing = False
        self.uses: dict[str, int] = {}  # number of uses of each path
        self.numbers: dict[str, int] = {}  # unnamed ops of this block, by kind

    def add(
        self, op: str, rule: Rule, inputs: tuple[Tensor, ...], shape: Any, name: str, args: Any, kwargs: Any
    ) -> Any:
        """Run the rule and append the node. Returns its output tensor, or a tuple of several."""
        if not isinstance(name, str):
            said = arguments.shown(name)
            raise self._located(said, op, inputs, f"the second argument is the layer's name, a text, not {said}")
        path = self.prefix + (name or self._unnamed(op, inputs))
        try:
            arguments.optional(arguments.layer_name, "name", name or None)
            args, kwargs = of_rule(rule, args, kwargs)
            facts = rule(shape, *args, **kwargs)
        except SpecError as error:
            raise self._located(path, op, inputs, str(error)) from error
        except TypeError as error:
            if inside(error):
                raise  # raised inside the rule: a bug of ours, not a wrong argument
            raise self._located(path, op, inputs, str(error)) from error
        if not isinstance(facts, Facts):
            raise self._located(path, op, inputs, f"its rule returns {arguments.shown(facts)}, not Facts")
        uses = self.uses[path] = self.uses.get(path, 0) + 1
        if uses > 1 and not self.sharing:
            raise self._located(
                path, op, inputs, "the name is taken; choose another, or use the same weights again with shared(...)"
            )
        weights: tuple[str, ...] = ()
        if facts.weights:
            named = {f"{path}.{key}": size for key, size in facts.weights.items()}
            weights = tuple(named)
            if uses > 1 and any(self.weights.get(key) != size for key, size in named.items()):
                raise self._located(path, op, inputs, f"the layer it shares has other weights: {named}")
            self.weights.update(named)
        if facts.buffers:
            self.buffers.update({f"{path}.{key}": size for key, size in facts.buffers.items()})
        node = Node(path if uses == 1 else f"{path}@{uses}", op, inputs, facts, weights, self.block)
        self.nodes.append(node)
        if len(facts.outputs) == 1:
            return Tensor(self, facts.outputs[0], node, 0)
        return tuple(Tensor(self, size, node, i) for i, size in enumerate(facts.outputs))

    def _unnamed(self, op: str, inputs: tuple[Tensor, ...]) -> str:
        """A name for an unnamed op: ``conv1_relu`` after a layer with weights, otherwise its kind."""
        node = inputs[0].node
        if len(inputs) == 1 and node is not None and node.weights and node.block is self.block:
            op = f"{node.path[len(self.prefix) :]}_{op}"
        number = self.numbers[op] = self.numbers.get(op, 0) + 1
        return op if number == 1 else f"{op}_{number}"

    def _located(self, path: str, op: str, inputs: tuple[Tensor, ...], problem: str) -> SpecError:
        shapes = ", ".join(text(t.shape) for t in inputs)
        return SpecError(f"layer {path!r} ({op}, input {shapes}): {problem}")


def trace_of(kind: str, *tensors: Any) -> Trace:
    """The Trace of these tensors. Raises SpecError if one is not a tensor, or belongs to another network."""
    for x in tensors:
        if not isinstance(x, Tensor):
            raise SpecError(f"{kind} takes a tensor of the network, not {arguments.shown(x)}")
        if x.trace is not tensors[0].trace:
            raise SpecError(f"{kind} takes tensors of one network, but {arguments.shown(x)} belongs to another")
    if not tensors:
        raise SpecError(f"{kind} needs at least one tensor")
    found: Trace = tensors[0].trace
    return found
