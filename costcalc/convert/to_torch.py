"""A Graph -> the torch model: each block a module, each op the torch.nn module or function it names."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import torch
from torch import nn

from costcalc.convert import modules, torch_arguments
from costcalc.spec import Graph, Node, SpecError, Tensor, arguments
from costcalc.spec.graph import BlockCall

Key = tuple[str, int]  # a tensor: the name of the node that makes it ("" for an input), and which of its outputs


@dataclass(slots=True)
class Step:
    """One call in a block's forward pass: what to call, on which tensors, and which it makes.

    `label` names the layer; `train_only` steps are auxiliary heads, skipped in eval mode.
    """

    label: str
    call: Callable[..., Any]
    inputs: tuple[Key, ...]
    outputs: tuple[Key, ...]
    train_only: bool = False


class Block(nn.Module):
    """A module that runs its steps in order. It takes the tensors it does not make, and returns those others need."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.inputs: tuple[Key, ...] = ()
        self.outputs: tuple[Key, ...] = ()
        self.train_outputs: tuple[Key, ...] = ()

    def forward(self, *tensors: torch.Tensor) -> Any:
        """Tensors as in `inputs` -> those of `outputs` (and, in train mode, `train_outputs`); one comes bare."""
        known = dict(zip(self.inputs, tensors, strict=True))
        for step in self.steps:
            if step.train_only and not self.training:
                continue
            made = step.call(*[known[key] for key in step.inputs])
            if len(step.outputs) == 1:
                known[step.outputs[0]] = made
            else:
                flat = [t for each in made for t in (each if isinstance(each, tuple) else (each,))]  # LSTM's states
                known.update(zip(step.outputs, flat, strict=True))
        keys = self.outputs + self.train_outputs if self.training else self.outputs
        results = tuple(known[key] for key in keys)
        return results[0] if len(results) == 1 else results


def to_torch(graph: Graph, device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32) -> Block:
    """The torch model of a graph, in eval mode, its parameters named as the graph's weights are.

    A shared layer or block is one module, called several times. Raises SpecError for an op that torch lacks.
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
    graph: Graph, device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32
) -> tuple[torch.Tensor, ...]:
    """Tensors of zeros that the graph's model takes: of integers where they are ids, else of `dtype`."""
    kinds = {True: torch.int64, False: dtype}
    return tuple(torch.zeros(t.shape, dtype=kinds[t.integer], device=device) for t in graph.inputs)


class _Build:
    def __init__(self, graph: Graph) -> None:
        self.not_run = graph.not_run("eval")
        self.modules: dict[str, nn.Module] = {}  # by path
        self.inside: dict[BlockCall, list[Node]] = {}  # the nodes of a block call, those of inner calls too
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
        if not isinstance(block, Block):
            block = self.modules[path] = Block()
            block.steps = [self.step(block, path, *group) for group in _groups(call, nodes)]
            if call is not None:
                block.inputs, block.outputs = self.reads(call), self.makes(call)
        return block

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
            _attach(owner, path[len(owner_path) + 1 :] if owner_path else path, call)
        return Step(label, call, inputs, made, train_only=all(node in self.not_run for node in nodes))

    def op(self, node: Node) -> Callable[..., Any]:
        """The module of a node (torch.nn's, or ours; one for all its uses), or the function with its settings."""
        torch_call = node.facts.torch
        if torch_call is None:
            problem = "is not built from a graph; give the model's own code, like torchvision:resnet50 or file.py:Net"
            raise SpecError(f"layer {node.name!r} ({node.op}) {problem}")
        if torch_call.is_module:
            if node.path not in self.modules:
                kind: Any = getattr(nn, torch_call.name, None) or getattr(modules, torch_call.name, None)
                if not _makes_a_module(kind):
                    raise SpecError(f"layer {node.name!r} ({node.op}): {torch_call.name!r} is no module of torch.nn")
                self.modules[node.path] = kind(**torch_call.args)
            return self.modules[node.path]
        if not _is_operation(torch_call.name):
            raise SpecError(f"layer {node.name!r} ({node.op}): {torch_call.name!r} is no operation of torch")
        root, *between, name = torch_call.name.split(".")
        place = reduce(getattr, between, torch if root == "torch" else operator)
        args = dict(torch_call.args)
        # looked up when it is called, as in anyone's model: some tools put functions of their own in torch's place
        if torch_call.packed:
            return lambda *tensors: getattr(place, name)(tensors, **args)
        if torch_call.leading:
            return lambda *tensors: getattr(place, name)(*args.values(), *tensors)
        if place is operator:
            return lambda *tensors: getattr(place, name)(*tensors, *args.values())
        return lambda *tensors: getattr(place, name)(*tensors, **args)

    def reads(self, call: BlockCall) -> tuple[Key, ...]:
        """The tensors that a block call reads and does not make, in the order it reads them."""
        nodes = self.inside[call]
        inside = {node.name for node in nodes}
        return tuple(dict.fromkeys(_key(t) for node in nodes for t in node.inputs if _key(t)[0] not in inside))

    def makes(self, call: BlockCall) -> tuple[Key, ...]:
        """The tensors that a block call makes for others: for a shared block, whatever any of its calls does."""
        positions: set[tuple[int, int]] = set()
        for each in self.calls[call.path]:
            inside = set(self.inside[each])
            for position, node in enumerate(self.inside[each]):
                for i in range(len(node.facts.outputs)):
                    if any(reader not in inside for reader in self.readers.get((node.name, i), [])):
                        positions.add((position, i))
        return tuple((self.inside[call][position].name, i) for position, i in sorted(positions))


def _makes_a_module(kind: Any) -> bool:
    """True for torch.nn's classes of modules, and what `modules` defines."""
    ours = getattr(kind, "__module__", "") == modules.__name__
    return ours or (isinstance(kind, type) and issubclass(kind, nn.Module))


def _is_operation(name: str) -> bool:
    """True for what computes with tensors, and nothing else: a file can name any function, ``torch.load`` or worse."""
    place, _, last = name.rpartition(".")
    if place == "operator":
        return last in ("add", "matmul", "mul", "sub", "truediv")
    if place == "torch.nn.functional":
        return hasattr(nn.functional, last)
    return place in ("torch", "torch.Tensor", "torch.ops.aten") and hasattr(torch.ops.aten, last)


def _key(t: Tensor) -> Key:
    return (t.node.name if t.node else "", t.index)


def _groups(call: BlockCall | None, nodes: Sequence[Node]) -> Iterable[tuple[BlockCall | None, list[Node]]]:
    """The nodes of a block in order: each op of its own alone, each inner block call with all that is inside it."""
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


def _attach(owner: nn.Module, path: str, module: nn.Module) -> None:
    """Make `module` the submodule of that dotted path, with plain containers between."""
    *between, last = path.split(".")
    for name in between:
        if not hasattr(owner, name):
            owner.add_module(name, nn.Module())
        owner = getattr(owner, name)
    owner.add_module(last, module)
