"""A Graph <-> plain data, as JSON keeps it: costcalc's own format, version 1. Reading it runs nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from costcalc.spec.errors import CostcalcError, SpecError
from costcalc.spec.facts import TorchCall
from costcalc.spec.graph import BlockCall, Graph, Node, Tensor
from costcalc.spec.shapes import Shape
from costcalc.spec.trace import OF_MANY, Trace, facts_of

FORMAT = "costcalc"
VERSION = 1
LARGEST = 2**40
"""No axis is longer: a file that says so is broken, or means harm."""


def to_data(graph: Graph) -> dict[str, Any]:
    """The graph as dicts, lists, texts and numbers.

    Nodes stand in the order they run; a tensor is [number of its node, which output], the node -1 an input of
    the network. Blocks are [path, number of the outer block or -1]. A weight that another layer computes is
    null. An op's cost is not in it: the rule of the op makes it again from shapes and settings.
    """
    number = {node: i for i, node in enumerate(graph.nodes)}
    blocks: dict[BlockCall, int] = {}

    def block(call: BlockCall | None) -> int:
        if call is None:
            return -1
        if call not in blocks:
            block(call.parent)
            blocks[call] = len(blocks)
        return blocks[call]

    def tensor(t: Tensor) -> list[int]:
        return [number[t.node] if t.node else -1, t.index]

    nodes = []
    for node in graph.nodes:
        made: dict[str, Any] = {
            "name": node.name,
            "op": node.op,
            "inputs": [tensor(t) for t in node.inputs],
            "settings": {key: _plain(value) for key, value in node.facts.settings.items()},
            "block": block(node.block),
        }
        usual = facts_of(node.op, [t.shape for t in node.inputs], node.facts.settings)
        names = dict(zip(node.facts.weights, node.weights, strict=True))
        made["weights"] = [names.get(key) for key in usual.weights]
        if node.facts.torch != usual.torch and node.facts.torch is not None:
            call = node.facts.torch
            made["torch"] = {"name": call.name, "args": _plain(call.args), "packed": call.packed}
        nodes.append(made)
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": graph.name,
        "note": graph.note,
        "inputs": [{"shape": list(t.shape), "integer": t.integer} for t in graph.inputs],
        "blocks": [[call.path, block(call.parent)] for call in blocks],
        "nodes": nodes,
        "outputs": [tensor(t) for t in graph.outputs],
        "train_outputs": [tensor(t) for t in graph.train_outputs],
    }


def from_data(data: Any) -> Graph:
    """The graph that `to_data` made the data of.

    Raises CostcalcError, in one line, for anything else: another format or version, a missing or wrong part,
    a tensor that is not made before it is read, sizes that cannot be, an op or setting that does not exist.
    """
    _is(data, dict, "a costcalc network is a JSON object")
    if data.get("format") != FORMAT or data.get("version") != VERSION:
        raise CostcalcError(f"this is no costcalc network of version {VERSION}; 'costcalc export' writes one")
    return _Reader(data).graph()


class _Reader:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.trace = Trace()
        self.inputs = tuple(self.input(i, entry) for i, entry in enumerate(self.part("inputs", list)))
        self.trace.shapes = tuple(t.shape for t in self.inputs)
        self.blocks: list[BlockCall] = []
        for entry in self.part("blocks", list):
            _is(entry, list, "a block is [path, outer block]", length=2)
            _is(entry[0], str, "a block's path is a text")
            self.blocks.append(BlockCall(entry[0], self.block(entry[1])))

    def graph(self) -> Graph:
        for entry in self.part("nodes", list):
            _is(entry, dict, "a node is an object")
            self.node(entry)
        outputs = tuple(self.tensor(ref) for ref in self.part("outputs", list))
        heads = tuple(self.tensor(ref) for ref in self.part("train_outputs", list))
        name, note = self.part("name", str), self.part("note", str)
        nodes = tuple(self.trace.nodes)
        return Graph(name, self.inputs, nodes, outputs, heads, self.trace.weights, self.trace.buffers, note)

    def input(self, number: int, entry: Any) -> Tensor:
        _is(entry, dict, "an input is an object with shape and integer")
        tensor = Tensor(self.trace, _shape(entry.get("shape")), None, number)
        tensor.integer = entry.get("integer") is True
        return tensor

    def node(self, entry: Mapping[str, Any]) -> None:
        name, op = entry.get("name"), entry.get("op")
        if not isinstance(name, str) or not isinstance(op, str):
            raise CostcalcError(f"node {len(self.trace.nodes)} of the network has no name or no op")
        where = f"node {name!r} ({op})"
        inputs = tuple(self.tensor(ref) for ref in _is(entry.get("inputs"), list, f"{where}: inputs is a list"))
        settings = _is(entry.get("settings"), dict, f"{where}: settings is an object")
        if not inputs and op not in OF_MANY:
            raise CostcalcError(f"{where} has no inputs")
        try:
            facts = facts_of(op, [t.shape for t in inputs], {key: _settings(value) for key, value in settings.items()})
        except SpecError as error:
            raise CostcalcError(f"{where}: {error}") from error
        except Exception as error:  # settings can be anything: whatever a rule trips over is the file's fault
            raise CostcalcError(f"{where}: settings that do not fit: {error}") from error
        if "torch" in entry:
            facts.torch = _torch(entry["torch"], where)
        for shape in facts.outputs:
            _shape(shape)
        weights = _is(entry.get("weights"), list, f"{where}: weights is a list", length=len(facts.weights))
        facts.weights = {key: shape for (key, shape), name in zip(facts.weights.items(), weights, strict=True) if name}
        weights = [name for name in weights if name is not None]
        for key, shape in zip(weights, facts.weights.values(), strict=True):
            _is(key, str, f"{where}: a weight's name is a text")
            if self.trace.weights.setdefault(key, shape) != shape:
                raise CostcalcError(f"{where}: weight {key!r} has two shapes")
        path = name.partition("@")[0]
        self.trace.buffers.update({f"{path}.{key}": shape for key, shape in facts.buffers.items()})
        if self.trace.uses.setdefault(name, 1) > 1:
            raise CostcalcError(f"{where}: the name is used twice")
        self.trace.uses[name] += 1
        self.trace.nodes.append(Node(name, op, inputs, facts, tuple(weights), self.block(entry.get("block"))))

    def tensor(self, ref: Any) -> Tensor:
        """[node, output] -> the tensor, made before."""
        _is(ref, list, "a tensor is [node, output]", length=2)
        node, index = (_is(part, int, "a tensor is [node, output], two integers") for part in ref)
        made: tuple[Tensor, ...] = self.inputs if node == -1 else ()
        if 0 <= node < len(self.trace.nodes):
            maker = self.trace.nodes[node]
            made = tuple(Tensor(self.trace, shape, maker, i) for i, shape in enumerate(maker.facts.outputs))
        if not 0 <= index < len(made):
            raise CostcalcError(f"tensor {ref} of the network is read before it is made")
        return made[int(index)]

    def block(self, number: Any) -> BlockCall | None:
        """The block call of that number; -1 is the network itself."""
        if type(number) is not int or not -1 <= number < len(self.blocks):
            raise CostcalcError(f"block {number!r} of the network is used before it is listed")
        return None if number == -1 else self.blocks[number]

    def part(self, key: str, kind: type) -> Any:
        return _is(self.data.get(key), kind, f"{key!r} of the network must be there, as {kind.__name__}")


def _is(value: Any, kind: type, problem: str, length: int | None = None) -> Any:
    if type(value) is not kind or (length is not None and len(cast("list[Any]", value)) != length):
        raise CostcalcError(problem if length is None else f"{problem} ({length} of them)")
    return value


def _shape(shape: Any) -> Shape:
    if not isinstance(shape, list | tuple) or len(shape) > 16:
        raise CostcalcError(f"{str(shape)[:60]} is no shape")
    if any(type(size) is not int or not 0 < size <= LARGEST for size in shape):
        raise CostcalcError(f"{str(shape)[:60]} is no shape: sizes are integers from 1 to 2^40")
    return tuple(shape)


def _torch(call: Any, where: str) -> TorchCall:
    _is(call, dict, f"{where}: torch is an object")
    name, args = call.get("name"), call.get("args")
    if not isinstance(name, str) or not isinstance(args, dict):
        raise CostcalcError(f"{where}: torch needs a name and args")
    return TorchCall(name, {key: _settings(value) for key, value in args.items()}, call.get("packed") is True)


def _plain(value: Any) -> Any:
    """Tuples as lists; infinity, which JSON lacks, as a text in an object."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value


def _settings(value: Any) -> Any:
    """The way back: settings have tuples."""
    if isinstance(value, dict):
        return float(value["float"]) if value.keys() == {"float"} else value
    return tuple(_settings(each) for each in value) if isinstance(value, list) else value
