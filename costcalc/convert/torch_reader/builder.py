"""The graph that a read builds: its nodes, and the nodes that stand for parameters, constants and writes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import nn

from costcalc.convert.torch_reader.assumptions import Assumption
from costcalc.convert.torch_reader.complex_products import remarks
from costcalc.convert.torch_reader.constant_calls import ConstantCalls
from costcalc.convert.torch_reader.dynamic_shapes import as_unknown, costs_nothing_if_empty
from costcalc.convert.torch_reader.gradients import Gradients
from costcalc.convert.torch_reader.held import held_modules
from costcalc.convert.torch_reader.known_tensors import KnownTensors
from costcalc.convert.torch_reader.node_names import GENERIC, NodeNames
from costcalc.convert.torch_reader.storage import Memories, copies_of, memory_of, storage, strides
from costcalc.convert.torch_reader.thread_state import Frame, ThreadState
from costcalc.spec import Facts, Node, Tensor, TorchCall
from costcalc.spec.building import Trace
from costcalc.spec.node import BlockCall
from costcalc.spec.noticed import NO_CONSTANTS, Backward, Noticed, TakenConstant
from costcalc.spec.rules import facts_of


class GraphBuilder(KnownTensors):
    """The graph that a read builds.

    trace  the nodes, in order, the weights and the buffers
    paths  of the model's modules, by id
    thread  the state of the current thread
    lock   held by the thread whose operation is read
    assumed  what is assumed, once a size that depends on values is: see `torch_reader.dynamic_shapes`
    over   True once the forward pass has returned
    gradients  which tensors have no gradient, as the model's code has it
    foreign  the tensors that threads which are not read have made, if there are other threads
    modules, called, labels  the model's modules; paths of those that were called, in order; names of the nodes
    transformed, notes  True once a derivative was taken, or torch.func mapped over an axis; remarks for the report
    """

    def __init__(self, model: nn.Module, autograd: bool = False) -> None:
        super().__init__(autograd)
        self.trace = Trace()
        self.constant_calls = ConstantCalls(self.trace)
        self.thread = ThreadState(Frame(None, ""))
        self.lock, self.transformed, self.over = threading.RLock(), False, False
        self.notes = dict[str, None]()
        self.foreign: Any = None
        self.assumed: Assumption | None = None
        self.paths = {id(module): path for path, module in model.named_modules()}
        self.buffers: dict[int, str] = {}
        for name, p in model.named_parameters():
            self.names[id(p)], self.trace.weights[name] = name, tuple(p.shape)
        for name, b in model.named_buffers():
            self.buffers[id(b)], self.trace.buffers[name] = name, tuple(b.shape)
        self.constant_calls.state = {storage(t) for t in (*model.parameters(), *model.buffers())}
        self.modules, self.called = held_modules(model, self.names), list[str]()
        self.labels = NodeNames({*self.paths.values(), *self.trace.weights, *self.trace.buffers}, self.trace.uses)
        self.made_in_pass: set[int] = set()  # storages of constants
        self.gradients = Gradients(autograd)
        self._stand_ins: dict[int, torch.Tensor] = {}
        self._memories = Memories()
        self._parameters: dict[str, Tensor] = {}  # made by nodes of op `parameter`

    def path(self, module: nn.Module) -> str:
        """A module's path in the model; one that the model does not hold is named after its class."""
        found = self.paths.get(id(module))
        return self.thread.frame.prefix + type(module).__name__.lower() if found is None else found

    def append(
        self,
        op: str,
        facts: Facts,
        inputs: Sequence[torch.Tensor],
        weights: Sequence[torch.Tensor],
        made: Sequence[torch.Tensor],
        path: str | None = None,
        inplace: bool = False,
        called_as: TorchCall | None = None,
        kernel: str = "",
        arguments: tuple[int, ...] = (),
        constants: Sequence[tuple[torch.Tensor, int]] = (),
    ) -> None:
        """Append a node and register its output tensors. A weight argument that is not a parameter becomes an input.

        weights  in the order of `facts.weights`
        path     the module's path, which names the node; None if a function made it
        inplace  True if its outputs lie in the memory of an input
        called_as, kernel, arguments  as in `Noticed`
        constants  that the operation takes beside, and which arguments they are
        """
        if self.constant_calls.noticing:
            self.constant_calls.append(self.thread, op, facts, (*inputs, *weights), called_as, kernel)
            return
        if not self.autograd:
            self.frames.next(self.trace.nodes)
        call = called_as or facts.torch
        self.notes.update(remarks(facts, (*inputs, *weights)))
        if self.assumed is not None and costs_nothing_if_empty(facts):
            self.assumed.empty, op, facts = True, "unknown", as_unknown(op, facts)
            called_as = call = TorchCall(call.name) if call else None  # its arguments are not of this op
        sources = [self.source(t) for t in inputs]
        names: list[str] = []
        operands: dict[int | str, torch.Tensor] = dict(enumerate(inputs))
        if facts.weights:
            given: list[str] = []
            for key, weight in zip(facts.weights, weights, strict=True):
                name = self.names.get(self._known(weight))
                operands[len(sources) if name is None else key] = weight
                if name is None:
                    given.append(key)
                    sources.append(self.source(weight))
                else:
                    names.append(name)
            if given:
                facts.take_as_inputs(given, len(inputs))
        thread, frame, answered = self.thread, self.thread.frame, path is not None
        block = frame.call or frame.block
        if frame.leaf is not None and not frame.named and call is not None and call.is_module:
            frame.named, path, block = True, frame.path, frame.block
        module = "" if call is not None and call.is_module and not path else None  # the model itself
        name = self.label(facts.settings["aten"] if op in GENERIC else op, path or "")
        layout = strides(made[: len(facts.outputs)]) if op in GENERIC else ()
        opaque, products = thread.call.opaque, thread.size_products
        taken = [each for t, i in constants for each in self.frames.taken(self.constant_calls.memory(t), i)]
        writes = inplace and any(self.constant_calls.memory(t) in self.constant_calls.state for t in made)
        noticed = Noticed(
            called_as, kernel, products, module, thread.hook_of, opaque,
            strides=layout, constants=self.constant_calls.taken(), writes_state=writes,
            memory=memory_of(facts, inputs, made, inplace, answered), copies=copies_of(op, facts, inputs),
            arguments=arguments if len(arguments) == len(sources) else (),
            backward=self.gradients.of(operands, inplace, thread.call, thread.grad_mode),
        )  # fmt: skip
        thread.size_products = 0
        node = Node(name, op, tuple(sources), facts, tuple(names), block, noticed)
        self._put(node, tuple(taken))
        for i, (t, shape) in enumerate(zip(made, facts.outputs, strict=False)):
            tensor = Tensor(self.trace, shape, node, i)
            if inplace:
                self.write(t, tensor)
            self.bind(t, tensor)

    def alias(self, t: torch.Tensor, same: torch.Tensor, detached: bool = False) -> None:
        """Register a torch tensor as an alias of another; `detached` if it has no gradient of its own."""
        self.gradients.alias(t, same, detached)
        name = self.names.get(self._known(same))
        if name is None:
            self.bind(t, self.source(same))
        else:
            self.names[id(t)] = name
            self._keep(t)

    def made_constants(self, given: Iterable[torch.Tensor], made: Iterable[torch.Tensor]) -> None:
        """Register what an operation on constants has made of those that it was given."""
        self.frames.next(self.trace.nodes)
        before = set(map(self.constant_calls.memory, given))
        for t in made:
            memory = self.constant_calls.memory(t)
            self.frames.constant(t, memory, memory not in before)

    def passed_on(self, t: torch.Tensor) -> None:
        """Append a node for a call of a module that returns a tensor, such as its parameter, and runs no operation."""
        known, made = self.source(t), len(self.thread.line)
        if known.node is None or known.node is not self.thread.line[made - 1]:
            facts = facts_of("move", [known.shape], {"aten": "alias", "shapes": [known.shape], "fresh": False})
            self._put(Node(self.label("alias"), "move", (known,), facts, (), self.thread.frame.block))

    def source(self, t: torch.Tensor) -> Tensor:
        """The tensor of the graph that a torch tensor is. A parameter or a constant becomes a node without inputs."""
        missed = self._missed(t) if self._writes else []
        known = self._known(t)
        found, shape = self._tensors.get(known), tuple(t.shape)
        if missed:
            inputs = missed if found is None else [found, *missed]
            facts = facts_of("move", [x.shape for x in inputs], {"aten": "write", "shapes": [shape], "fresh": False})
            return self._add(t, Node(self.label("write"), "move", tuple(inputs), facts, (), self.thread.frame.block))
        if found is not None:
            return found
        if known in self._later:
            beside = self._later[known]
            op, kind = ("move", "saved") if self.autograd else ("elementwise", "attention_weights")
            facts = facts_of(op, [beside.shape], {"aten": kind, "shapes": [shape], "fresh": not self.autograd})
            noticed = Noticed(backward=Backward((0,) if self.autograd else ()))  # it may be an input or a weight
            return self._add(t, Node(self.label(kind), op, (beside,), facts, (), self.thread.frame.block, noticed))
        name = self.names.get(known)
        if name is not None:
            if name not in self._parameters:
                self._parameters[name] = self._add(t, self._parameter(name, self.thread.frame.block))
            self.bind(t, self._parameters[name])
            return self._parameters[name]
        self.constant_calls.read(t)
        label = self.buffers.get(id(t), "")
        if not label or label in self.trace.uses:
            label = self.label("constant")
        self.trace.uses[label] = 1
        facts = facts_of("constant", [], {"shape": shape})
        noticed = Noticed(memory="own" if self.constant_calls.memory(t) in self.made_in_pass else "")
        node = Node(label, "constant", (), facts, (), self.thread.frame.block, noticed)
        return self._add(t, node, self.frames.taken(self.constant_calls.memory(t), 0))

    def stand_in(self, t: torch.Tensor) -> torch.Tensor:
        """A tensor of the same sizes on the meta device. Stand-ins of views of each other share a storage too."""
        if t.is_meta and not t._is_zerotensor():
            return t
        if id(t) not in self._stand_ins:
            found = self._stand_ins[id(t)] = self._memories.stand_in(t)
            self.constant_calls.stands_in(found, t)
            self._alive.append(t)
            self.frames.keep(t)
            self._keep(found)
            self.frames.keep(found)
            if self.foreign is not None:
                self.foreign.made(found)
            for each in (self.names, self.buffers, self._tensors):
                table: dict[int, Any] = each
                if id(t) in table:
                    table[id(found)] = table[id(t)]
            self.gradients.alias(found, t)
        return self._stand_ins[id(t)]

    def unused(self) -> None:
        """Append a node for each parameter that no node uses, so that it counts."""
        used = {name for node in self.trace.nodes for name in node.weights}
        self.trace.nodes += [self._parameter(name, None) for name in self.trace.weights if name not in used]

    def _parameter(self, name: str, block: BlockCall | None) -> Node:
        facts = facts_of("parameter", [], {"shape": self.trace.weights[name]})
        return Node(name, "parameter", (), facts, (name,), block)

    def _put(self, node: Node, taken: tuple[TakenConstant, ...] = ()) -> None:
        made = self.frames.constants(taken)
        if made != NO_CONSTANTS:
            node.noticed = node.noticed._replace(made=made)
        self.trace.nodes.append(node)
        self.thread.line.append(node)

    def _add(self, t: torch.Tensor, node: Node, taken: tuple[TakenConstant, ...] = ()) -> Tensor:
        self._put(node, taken)
        made = Tensor(self.trace, node.facts.outputs[0], node, 0)
        self.bind(t, made)
        return made

    def label(self, kind: str, path: str = "") -> str:
        """A node's own name: the module's path, or the kind of computation, numbered, in the module it is called in."""
        return self.labels.name(self.thread.frame, kind, path)
