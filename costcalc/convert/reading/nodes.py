"""The nodes of a graph that is being read, and which of its tensors each torch tensor is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from costcalc.convert.reading.values import unless_of_nothing
from costcalc.spec import Facts, Node, Tensor
from costcalc.spec.graph import BlockCall
from costcalc.spec.shapes import Shape
from costcalc.spec.trace import Trace, facts_of


@dataclass(slots=True)
class Frame:
    """A call of a module that is under way.

    block    the block call that nodes belong to
    prefix   what their names begin with
    numbers  how often a kind of computation was named in it
    leaf     the module, where it is one of torch.nn without others inside; `path` is its own
    named    True once a node has the leaf's name
    call     of the leaf, for the nodes in it that do not have its name
    """

    block: BlockCall | None
    prefix: str
    numbers: dict[str, int] = field(default_factory=dict)
    leaf: nn.Module | None = None
    path: str = ""
    named: bool = False
    call: BlockCall | None = None


class Nodes:
    """The nodes of a graph that is being read.

    trace  the nodes, in order, the weights and the buffers
    paths  of the model's modules, by id
    names  of its parameters, by id; of their stand-ins too
    frame  the call of a module that is under way
    spoken  the name of torch's by which the function that runs was called, if tools look at it
    told  the one size or scale, if it is one, that F.interpolate was given
    products  of sizes, which functions were given since the last node
    kernel  the operation of aten that is read by its parts
    least  True once a size that depends on values was taken as the least it can be: see `reading.values`
    """

    def __init__(self, model: nn.Module) -> None:
        self.trace = Trace()
        self.frame = Frame(None, "")
        self.spoken = ""
        self.told: dict[str, float] = {}
        self.products = 0
        self.kernel = ""
        self.least = False
        self.paths = {id(module): path for path, module in model.named_modules()}
        self.names: dict[int, str] = {}
        self.buffers: dict[int, str] = {}
        for name, p in model.named_parameters():
            self.names[id(p)], self.trace.weights[name] = name, tuple(p.shape)
        for name, b in model.named_buffers():
            self.buffers[id(b)], self.trace.buffers[name] = name, tuple(b.shape)
        self._taken = {*self.paths.values(), *self.trace.weights, *self.trace.buffers}
        self._tensors: dict[int, Tensor] = {}  # by id of the torch tensor
        self._alive: list[torch.Tensor] = []  # so that no id is given twice
        self._stand_ins: dict[int, torch.Tensor] = {}
        self._memories: dict[tuple[int, torch.dtype], torch.Tensor] = {}  # that stand-ins lie in, by storage
        self._parameters: dict[str, Tensor] = {}  # made by nodes of op `parameter`
        self._later: dict[int, Tensor] = {}  # by id of what an op also makes: a tensor that it does put out
        self._writes: dict[int, list[tuple[int, Tensor]]] = {}  # by storage: which tensor was written, what it became
        self._seen: dict[int, int] = {}  # how many of its storage's writes a tensor has in it

    def path(self, module: nn.Module) -> str:
        """A module's path in the model; one that the model does not hold is named after its class."""
        found = self.paths.get(id(module))
        return self.frame.prefix + type(module).__name__.lower() if found is None else found

    def append(
        self,
        op: str,
        facts: Facts,
        inputs: Sequence[torch.Tensor],
        weights: Sequence[torch.Tensor],
        made: Sequence[torch.Tensor],
        path: str = "",
        inplace: bool = False,
    ) -> None:
        """Append a node, and know the tensors it makes. What it takes as a weight and is no parameter is an input.

        weights  in the order of `facts.weights`
        path     its name, if it is a module's
        inplace  True if it makes what it makes in the memory of an input
        """
        if self.least:
            op, facts = unless_of_nothing(op, facts)
        sources = [self.source(t) for t in inputs]
        names: list[str] = []
        if facts.weights:
            learned: dict[str, Shape] = {}
            for (key, size), weight in zip(facts.weights.items(), weights, strict=True):
                name = self.names.get(id(weight))
                if name is None:
                    sources.append(self.source(weight))
                else:
                    names.append(name)
                    learned[key] = size
            if len(learned) != len(facts.weights):
                facts.weights = learned
        frame, block = self.frame, self.frame.call or self.frame.block
        if frame.leaf is not None and not frame.named and facts.torch is not None and facts.torch.is_module:
            frame.named, path = True, frame.path if frame.path in self._taken else ""
            block = frame.block
            if frame.call is not None:
                frame.call.leaf = False
        name = self._label(facts.settings["aten"] if op in ("custom", "elementwise", "move", "unknown") else op, path)
        node = Node(name, op, tuple(sources), facts, tuple(names), block, self.products, self.kernel)
        self.products = 0
        self.trace.nodes.append(node)
        for i, (t, shape) in enumerate(zip(made, facts.outputs, strict=False)):
            tensor = Tensor(self.trace, shape, node, i)
            if inplace:
                self._writes.setdefault(storage(t), []).append((id(t), tensor))
            self.bind(t, tensor)

    def bind(self, t: torch.Tensor, tensor: Tensor) -> None:
        """Know that this torch tensor is that tensor of the graph."""
        tensor.dtype = tensor.dtype or str(t.dtype).removeprefix("torch.")
        self._tensors[id(t)] = tensor
        self._alive.append(t)
        if self._writes:
            self._seen[id(t)] = len(self._writes.get(storage(t), ()))

    def alias(self, t: torch.Tensor, same: torch.Tensor) -> None:
        """Know that a torch tensor is another under a new name."""
        name = self.names.get(id(same))
        if name is None:
            self.bind(t, self.source(same))
        else:
            self.names[id(t)] = name
            self._alive.append(t)

    def later(self, t: torch.Tensor, beside: torch.Tensor) -> None:
        """Know that an op has made a tensor beside the one it puts out: it becomes a node if it is ever read."""
        self._later[id(t)] = self._tensors[id(beside)]
        self._alive.append(t)

    def depends(self, t: torch.Tensor) -> bool:
        """True for what depends on an input or a parameter; False for constants."""
        found = self._tensors.get(id(t))
        if found is not None and (found.node is None or found.node.op != "constant"):
            return True
        return id(t) in self.names or id(t) in self._later or bool(self._writes and self._missed(t))

    def find(self, t: torch.Tensor) -> Tensor | None:
        """The tensor of the graph that a torch tensor is, if it is known."""
        return self._tensors.get(id(t))

    def source(self, t: torch.Tensor) -> Tensor:
        """The same; a parameter or a constant becomes a node without inputs."""
        missed = self._missed(t) if self._writes else []
        found = self._tensors.get(id(t))
        shape = tuple(t.shape)
        if missed:
            inputs = missed if found is None else [found, *missed]
            facts = facts_of("move", [x.shape for x in inputs], {"aten": "write", "shapes": [shape], "fresh": False})
            return self._add(t, Node(self._label("write"), "move", tuple(inputs), facts, (), self.frame.block))
        if found is not None:
            return found
        if id(t) in self._later:
            settings = {"aten": "attention_weights", "shapes": [shape]}
            inputs = [self._later[id(t)]]
            facts = facts_of("elementwise", [x.shape for x in inputs], settings)
            label = self._label("attention_weights")
            return self._add(t, Node(label, "elementwise", tuple(inputs), facts, (), self.frame.block))
        name = self.names.get(id(t))
        if name is not None:
            if name not in self._parameters:
                self._parameters[name] = self._add(t, self._parameter(name, self.frame.block))
            self.bind(t, self._parameters[name])
            return self._parameters[name]
        label = self.buffers.get(id(t), "")
        if not label or label in self.trace.uses:
            label = self._label("constant")
        self.trace.uses[label] = 1
        facts = facts_of("constant", [], {"shape": shape})
        return self._add(t, Node(label, "constant", (), facts, (), self.frame.block))

    def stand_in(self, t: torch.Tensor) -> torch.Tensor:
        """A tensor of the same sizes on the meta device. Of views of each other, also the stand-ins are."""
        if t.is_meta:
            return t
        found = self._stand_ins.get(id(t))
        if found is None:
            base = self._memories.get((storage(t), t.dtype))
            if base is None:
                base = torch.empty(t.untyped_storage().nbytes() // t.itemsize, dtype=t.dtype, device="meta")
                self._memories[storage(t), t.dtype] = base
            found = base.as_strided(t.shape, t.stride(), t.storage_offset())
            self._stand_ins[id(t)] = found
            self._alive.append(t)
            for names in (self.names, self.buffers):
                if id(t) in names:
                    names[id(found)] = names[id(t)]
        return found

    def unused(self) -> None:
        """Append a node for each parameter that no node has as a weight, so that it counts."""
        used = {name for node in self.trace.nodes for name in node.weights}
        self.trace.nodes += [self._parameter(name, None) for name in self.trace.weights if name not in used]

    def _parameter(self, name: str, block: BlockCall | None) -> Node:
        facts = facts_of("parameter", [], {"shape": self.trace.weights[name]})
        return Node(name, "parameter", (), facts, (name,), block)

    def _add(self, t: torch.Tensor, node: Node) -> Tensor:
        self.trace.nodes.append(node)
        made = Tensor(self.trace, node.facts.outputs[0], node, 0)
        self.bind(t, made)
        return made

    def _label(self, kind: str, path: str = "") -> str:
        """A node's own name: the module's path, or the kind of computation, numbered, in the module it is called in."""
        frame = self.frame
        while not path:
            number = frame.numbers[kind] = frame.numbers.get(kind, 0) + 1
            tried = frame.prefix + (kind if number == 1 else f"{kind}_{number}")
            path = "" if tried in self._taken else tried
        uses = self.trace.uses[path] = self.trace.uses.get(path, 0) + 1
        return path if uses == 1 else f"{path}@{uses}"

    def _missed(self, t: torch.Tensor) -> list[Tensor]:
        """What was written into a tensor's memory through other tensors since it was last looked at."""
        writes = self._writes.get(storage(t))
        return [made for other, made in writes[self._seen.get(id(t), 0) :] if other != id(t)] if writes else []


def storage(t: torch.Tensor) -> int:
    """The memory that a tensor lies in, which its views share."""
    number: int = t.untyped_storage()._cdata
    return number


def tensors(value: Any) -> Iterator[torch.Tensor]:
    """All tensors in nested lists and tuples."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from tensors(each)
