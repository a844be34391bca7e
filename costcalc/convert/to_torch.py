"""A Graph -> the torch model: a module per block, and per op the module or function that `allowed_calls` names."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import torch
from torch import nn

from costcalc.convert import allowed_calls, extra_modules, torch_arguments
from costcalc.convert.user_code import in_a_line
from costcalc.spec import Graph, Node, SpecError, Tensor, TorchCall, arguments
from costcalc.spec.node import BlockCall

Key = tuple[str, int]  # a tensor: the name of the node that makes it ("" for an input), and which of its outputs


@dataclass(slots=True)
class Step:
    """One call in a block's forward pass: the callable, its input tensors and its output tensors.

    `label` names the layer; `train_only` steps are auxiliary heads, skipped in eval mode; after the call, nothing in
    the block needs the tensors of `ends`.
    """

    label: str
    call: Callable[..., Any]
    inputs: tuple[Key, ...]
    outputs: tuple[Key, ...]
    train_only: bool = False
    ends: tuple[Key, ...] = ()


class Block(nn.Module):
    """A module that runs its steps in order. It takes the tensors it does not make, and returns those read outside."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.inputs: tuple[Key, ...] = ()
        self.outputs: tuple[Key, ...] = ()
        self.train_outputs: tuple[Key, ...] = ()

    def forward(self, *tensors: torch.Tensor) -> Any:
        """Tensors as in `inputs` -> those of `outputs` (in train mode, of `train_outputs` too); one is not in a tuple.

        In eval mode a block of an auxiliary head takes and returns None for tensors that only training makes.
        """
        known: dict[Key, Any] = dict(zip(self.inputs, tensors, strict=True))
        for step in self.steps:
            if step.train_only and not self.training:
                continue
            made = step.call(*[known.get(key) for key in step.inputs])
            if len(step.outputs) == 1:
                known[step.outputs[0]] = made
            else:
                flat = [t for each in made for t in (each if isinstance(each, tuple) else (each,))]  # LSTM's states
                known.update(zip(step.outputs, flat, strict=True))
                del flat
            del made
            for key in step.ends:
                known.pop(key, None)
        keys = self.outputs + self.train_outputs if self.training else self.outputs
        results = tuple([known.get(key) for key in keys])
        return results[0] if len(results) == 1 else results


def to_torch(graph: Graph, device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32) -> Block:
    """The torch model of a graph, in eval mode, its parameters named as the graph's weights are.

    A shared layer or block is one module, called several times. Raises SpecError for an op that torch lacks or
    refuses, for a name that a module of torch cannot have, and if calls of one layer or block differ.
    """
    arguments.instance("graph", graph, Graph, "a Graph, like costcalc.graph('googlenet')")
    dtype = torch_arguments.floating(dtype)
    with torch_arguments.device(device):
        model = _Build(graph).block(None, graph.nodes)
    model.inputs = tuple(_key(t) for t in graph.inputs)
    model.outputs = tuple(_key(t) for t in graph.outputs)
    model.train_outputs = tuple(_key(t) for t in graph.train_outputs)
    return model.to(dtype=dtype).eval()


def zeros(
    graph: Graph, device: str | torch.device = "cpu", dtype: torch.dtype | None = torch.float32
) -> tuple[torch.Tensor, ...]:
    """Inputs of zeros for the graph's model.

    int64 if an input holds token ids; its own dtype if it is complex, or if `dtype` is None; otherwise `dtype`.
    """

    def kind(t: Tensor) -> torch.dtype:
        if t.integer:
            return torch.int64
        own = None if t.dtype is None else getattr(torch, t.dtype)
        return own if own is not None and (own.is_complex or dtype is None) else dtype or torch.float32

    return tuple(torch.zeros(t.shape, dtype=kind(t), device=device) for t in graph.inputs)


class _Build:
    def __init__(self, graph: Graph) -> None:
        self.not_run = graph.not_run("eval")
        self.results = tuple(map(_key, (*graph.outputs, *graph.train_outputs)))
        self.modules: dict[str, nn.Module] = {}  # by path
        self.made_by: dict[str, TorchCall] = {}  # the call that a module of one op was made by, by path
        self.inside: dict[BlockCall, list[Node]] = {}  # the nodes of a block call, including those of inner calls
        self.calls: dict[str, list[BlockCall]] = {}  # the calls of a block, by path: several if it is shared
        self.readers: dict[Key, list[Node | None]] = {}  # who reads a tensor; None: the caller of the network
        for node in graph.nodes:
            for t in node.inputs:
                self.readers.setdefault(_key(t), []).append(node)
            call = node.block
            while call is not None:
                if call not in self.inside:
                    self.calls.setdefault(call.path, []).append(call)
                self.inside.setdefault(call, []).append(node)
                call = call.parent
        for t in (*graph.outputs, *graph.train_outputs):
            self.readers.setdefault(_key(t), []).append(None)

    def block(self, call: BlockCall | None, nodes: Sequence[Node]) -> Block:
        """The module of one block call, from the nodes inside it; built already if the block is shared."""
        path = call.path if call else ""
        block = self.modules.get(path)
        if call is not None and len(nodes) != len(self.inside[call]):
            raise SpecError(f"block {path!r} is left and entered again within one call: it is not built from a graph")
        if not isinstance(block, Block):
            if call is not None and any(self.steps(call) != self.steps(each) for each in self.calls[path][1:]):
                raise SpecError(f"block {path!r} does something else when called again: it is not built from a graph")
            block = self.modules[path] = Block()
            block.steps = [self.step(block, path, *group) for group in _groups(call, nodes)]
            if call is not None:
                block.inputs, block.outputs = self.reads(call), self.makes(call)
            _end(block.steps, block.outputs if call else self.results)
        return block

    def steps(self, call: BlockCall) -> list[Any]:
        """The operations of a block call, in a form that is equal for all calls of one shared block."""
        nodes, reads = self.inside[call], self.reads(call)
        place = {node: i for i, node in enumerate(nodes)}

        def read(t: Tensor) -> tuple[int, int]:
            return (place[t.node], t.index) if t.node in place else (-1, reads.index(_key(t)))

        return [
            (n.path, n.op, n.call, len(n.facts.outputs), n in self.not_run, [read(t) for t in n.inputs]) for n in nodes
        ]

    def step(self, owner: Block, owner_path: str, inner: BlockCall | None, nodes: list[Node]) -> Step:
        """A call of an inner block, or of one op."""
        if inner is not None:
            call: Callable[..., Any] = self.block(inner, nodes)
            label, path, inputs, made = inner.path, inner.path, self.reads(inner), self.makes(inner)
        else:
            (node,) = nodes
            call, label, path = self.op(node), node.name, node.path
            inputs, made = tuple(map(_key, node.inputs)), tuple((node.name, i) for i in range(len(node.facts.outputs)))
        if isinstance(call, nn.Module):
            _attach(owner, owner_path, path, call)
        return Step(label, call, inputs, made, train_only=all(node in self.not_run for node in nodes))

    def op(self, node: Node) -> Callable[..., Any]:
        """The module of a node, one for all its uses, or the function with its settings."""
        call = allowed_calls.built(node)
        if call is None:
            problem = "is not built from a graph; give the model's own code, like torchvision:resnet50 or file.py:Net"
            raise SpecError(f"layer {node.name!r} ({node.op}) {problem}")
        if not call.is_module:
            return _function(call)
        if node.path not in self.modules:
            kind: Any = getattr(nn, call.name, None) or getattr(extra_modules, call.name, None)
            try:
                self.modules[node.path], self.made_by[node.path] = kind(**call.args), call
            except Exception as error:  # torch's constructors refuse in any way
                raise SpecError(f"layer {node.name!r} ({node.op}) cannot be built: {in_a_line(error)}") from error
        if self.made_by.get(node.path) != call:
            raise SpecError(f"layer {node.name!r} ({node.op}) has the path {node.path!r} of another layer or block")
        return self.modules[node.path]

    def reads(self, call: BlockCall) -> tuple[Key, ...]:
        """The tensors that a block call reads and does not make, in the order it reads them."""
        nodes = self.inside[call]
        inside = {node.name for node in nodes}
        return tuple(dict.fromkeys(_key(t) for node in nodes for t in node.inputs if _key(t)[0] not in inside))

    def makes(self, call: BlockCall) -> tuple[Key, ...]:
        """The tensors of a block call that are read outside it; for a shared block, outside any of its calls."""
        positions: set[tuple[int, int]] = set()
        for each in self.calls[call.path]:
            inside = set(self.inside[each])
            for position, node in enumerate(self.inside[each]):
                for i in range(len(node.facts.outputs)):
                    if any(reader not in inside for reader in self.readers.get((node.name, i), [])):
                        positions.add((position, i))
        return tuple((self.inside[call][position].name, i) for position, i in sorted(positions))


def _function(call: TorchCall) -> Callable[..., Any]:
    """The function with its arguments. It is looked up when it is called, as in any model, because some tools patch
    functions of torch."""
    root, *between, name = call.name.split(".")
    place, args = reduce(getattr, between, torch if root == "torch" else operator), dict(call.args)
    if call.packed:
        return lambda *tensors: getattr(place, name)(tensors, **args)
    if call.leading:
        return lambda *tensors: getattr(place, name)(*args.values(), *tensors)
    if place is operator:
        return lambda *tensors: getattr(place, name)(*tensors, *args.values())
    return lambda *tensors: getattr(place, name)(*tensors, **args)


def _end(steps: Sequence[Step], outputs: Sequence[Key]) -> None:
    """Let each tensor end with the last step that reads it, or makes it if none reads it; outputs do not end."""
    kept = set(outputs)
    for step in reversed(steps):
        ended = dict.fromkeys((*step.inputs, *step.outputs))
        step.ends = tuple([key for key in ended if key not in kept])
        kept.update(step.ends)


def _key(t: Tensor) -> Key:
    return (t.node.name if t.node else "", t.index)


def _groups(call: BlockCall | None, nodes: Sequence[Node]) -> Iterable[tuple[BlockCall | None, list[Node]]]:
    """The nodes of a block in order, grouped: one op of the block itself, or all nodes inside an inner block call."""
    groups: list[tuple[BlockCall | None, list[Node]]] = []
    for node in nodes:
        inner = node.block
        while inner is not None and inner.parent is not call:
            inner = inner.parent
        inner = None if node.block is call else inner
        if inner is not None and groups and groups[-1][0] is inner:
            groups[-1][1].append(node)
        else:
            groups.append((inner, [node]))
    return groups


def _attach(owner: nn.Module, owner_path: str, path: str, module: nn.Module) -> None:
    """Make `module` the submodule of that path, with plain modules as containers in between."""
    start = f"{owner_path}." if owner_path else ""
    if not path.startswith(start):
        raise SpecError(f"layer {path!r} is in block {owner_path!r}: its name must begin with {start!r}")
    *between, last = path[len(start) :].split(".")
    for name in between:
        if name not in owner._modules:
            _add(owner, name, nn.Module(), path)
        owner = owner.get_submodule(name)
    if last in owner._modules and owner.get_submodule(last) is not module:
        raise SpecError(f"layer {path!r} has the name of a module that holds other layers, as in {path + '.conv'!r}")
    _add(owner, last, module, path)


def _add(owner: nn.Module, name: str, module: nn.Module, path: str) -> None:
    try:
        owner.add_module(name, module)
    except KeyError:  # it is empty, or an attribute of torch.nn.Module, like "forward"
        raise SpecError(f"layer {path!r} cannot be built: {name!r} is not a name for a module of torch") from None
