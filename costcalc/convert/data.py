"""A Graph <-> plain data, as JSON keeps it: costcalc's own format, version 1.

Reading it runs nothing. A call of torch is written and read only if `allowed_calls` lists it for its op.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from costcalc.convert.call_data import call_from_data, call_to_data
from costcalc.convert.held_data import held_from_data, held_to_data
from costcalc.convert.memory_data import dtypes_of_outputs, until_from_data, until_to_data
from costcalc.convert.noticed_data import noticed_from_data, noticed_to_data
from costcalc.convert.plain import check, check_name, check_numbers, check_settings, check_shape, to_plain
from costcalc.spec import arguments
from costcalc.spec.building import Trace
from costcalc.spec.dtypes import BYTES, usual_dtypes
from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import Graph
from costcalc.spec.node import BlockCall, Node, Tensor
from costcalc.spec.noticed import ModuleCall
from costcalc.spec.rules import OF_MANY, RULES, facts_of

FORMAT = "costcalc"
VERSION = 1
KEPT = 100
"""Characters kept from each end of an error message that is too long."""

DEEPEST = 200
"""Nesting of blocks."""

DTYPES = [dtype for dtype in BYTES if dtype.startswith(("float", "bfloat", "complex"))]
"""Dtypes of inputs that are not integers."""


def to_data(graph: Graph) -> dict[str, Any]:
    """The graph as dicts, lists, strings and numbers.

    Nodes are in the order they run. A tensor is [number of its node, index of the output]; node -1 stands for the
    inputs of the network. A block is [path, number of the outer block or -1, class of the module, true if it holds no
    other modules, shape of its output]. A weight that another layer computes is null, and an input of the node. Costs
    are left out: an op's rule computes them again from shapes and settings. So it does the call of torch, unless the
    model that was read calls it by another name: see `call_data`. Operations on constants, which are not in the graph,
    are kept with the node that follows them, with shapes as inputs.
    """
    arguments.instance("graph", graph, Graph, "a Graph, like costcalc.graph('googlenet')")
    number = {node: i for i, node in enumerate(graph.nodes)}
    known = graph.output_dtypes()
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

    def described(node: Node, inputs: list[list[int]]) -> dict[str, Any]:
        made: dict[str, Any] = {
            "name": node.name,
            "op": node.op,
            "inputs": inputs,
            "settings": {key: to_plain(value) for key, value in node.facts.settings.items()},
            "block": block(node.block),
        }
        usual = facts_of(node.op, [t.shape for t in node.inputs], node.facts.settings)
        names = dict(zip(node.facts.weights, node.weights, strict=True))
        made["weights"] = [names.get(key) for key in usual.weights]
        made.update(noticed_to_data(node.noticed))
        if node.call != usual.torch:
            made["torch"] = call_to_data(node, usual)
        if node.facts.buffers != usual.buffers:
            made["buffers"] = False
        constants = [described(each, [list(t.shape) for t in each.inputs]) for each in node.noticed.constants]
        if any(known.get((node, i), "float32") != "float32" for i in range(len(node.facts.outputs))):
            made["dtypes"] = [known.get((node, i), "float32") for i in range(len(node.facts.outputs))]
        return {**made, "constants": constants} if constants else made

    nodes = [described(node, [tensor(t) for t in node.inputs]) for node in graph.nodes]
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": graph.name,
        "note": graph.note,
        "inputs": [_input(t) for t in graph.inputs],
        "blocks": [[c.path, block(c.parent), c.module.kind, c.module.leaf, list(c.module.output)] for c in blocks],
        "nodes": nodes,
        "outputs": [tensor(t) for t in graph.outputs],
        "train_outputs": [tensor(t) for t in graph.train_outputs],
        "buffers": {name: list(shape) for name, shape in graph.buffers.items()},
        **({"frozen": sorted(graph.frozen)} if graph.frozen else {}),
        **({"dtypes": dict(graph.dtypes)} if graph.dtypes != usual_dtypes(graph.buffers) else {}),
        **({"transformed": True} if graph.transformed else {}),
        **held_to_data(graph.held),
        **until_to_data(graph.until, number),
        **({"detached": sorted(graph.detached)} if graph.detached else {}),
        **({} if graph.batched else {"batched": False}),
    }


def from_data(data: Any) -> Graph:
    """The graph from data as `to_data` returns them.

    Raises CostcalcError, in one line, for anything else: another format or version, a missing or wrong part,
    a tensor that is read before it is made, sizes out of bounds, an unknown op or setting.
    """
    check(data, dict, "a costcalc network is a JSON object")
    if data.get("format") != FORMAT or data.get("version") != VERSION:
        raise CostcalcError(f"this is not a costcalc network of version {VERSION}; 'costcalc export' writes one")
    return _Reader(data).graph()


class _Reader:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.trace = Trace()
        self.kinds: dict[Node, dict[int, str]] = {}  # dtypes of outputs
        self.inputs = tuple(self.input(i, entry) for i, entry in enumerate(self.part("inputs", list)))
        self.batched = self.part("batched", bool, True)
        if not self.inputs or (self.batched and not self.inputs[0].shape):
            raise CostcalcError("a network has inputs, the first with a batch axis")
        self.trace.shapes = tuple(t.shape for t in self.inputs)
        self.blocks: list[BlockCall] = []
        self.depths: list[int] = []
        for entry in self.part("blocks", list):
            check(entry, list, "a block is [path, outer block, class, leaf, output]", length=5)
            path, outer, kind, leaf, output = entry
            check_name(path, "a block's path", least=0)
            check_name(kind, "a block's class", least=0)
            check(leaf, bool, "a block is a leaf, or not: true or false")
            module = ModuleCall(kind, leaf, check_shape(output, least=0))
            self.blocks.append(BlockCall(path, self.block(outer), module))
            self.depths.append(1 + (self.depths[outer] if outer >= 0 else 0))
            if self.depths[-1] > DEEPEST:
                raise CostcalcError(f"blocks of the network are nested more than {DEEPEST} deep")

    def graph(self) -> Graph:
        for entry in self.part("nodes", list):
            check(entry, dict, "a node is an object")
            self.node(entry)
        outputs = tuple(self.tensor(ref) for ref in self.part("outputs", list))
        heads = tuple(self.tensor(ref) for ref in self.part("train_outputs", list))
        name, note = self.part("name", str), self.part("note", str)
        for key, shape in self.part("buffers", dict).items():
            self.trace.buffers[check_name(key, "a buffer's name")] = check_shape(shape, least=0)
        dtypes = self.dtypes()
        frozen = frozenset(check_name(each, "a frozen weight's name") for each in self.part("frozen", list, []))
        nodes, weights = tuple(self.trace.nodes), self.trace.weights
        transformed = self.part("transformed", bool, False)
        buffers, held = self.trace.buffers, held_from_data(self.data, weights)
        made = (name, self.inputs, nodes, outputs, heads, weights, buffers, note, frozen)
        until = until_from_data(self.data, nodes)
        detached = frozenset(check_numbers(self.part("detached", list, []), len(outputs), "'detached' of the network"))
        graph = Graph(*made, transformed=transformed, dtypes=dtypes, held=held, batched=self.batched, until=until)
        graph.detached = detached
        return graph

    def dtypes(self) -> dict[str, str]:
        """Dtypes of weights and buffers; a file of an older release has none."""
        if "dtypes" not in self.data:
            return usual_dtypes(self.trace.buffers)
        for key, dtype in self.part("dtypes", dict).items():
            check_name(key, "the name of a weight or buffer")
            if not isinstance(dtype, str) or dtype not in BYTES:
                raise CostcalcError(f"unknown dtype {dtype!r:.60} of {key!r:.100}; there are {', '.join(BYTES)}")
        return dict(self.data["dtypes"])

    def input(self, number: int, entry: Any) -> Tensor:
        check(entry, dict, "an input is an object with shape and integer")
        label = check_name(entry.get("name", ""), "the name of an input", least=0)
        tensor = Tensor(self.trace, check_shape(entry.get("shape")), None, number, label)
        if entry.get("dtype", "float32") not in DTYPES:
            raise CostcalcError(f"an input's dtype is one of {', '.join(DTYPES)}")
        tensor.dtype = "int64" if entry.get("integer") is True else entry.get("dtype")
        return tensor

    def node(self, entry: Mapping[str, Any]) -> None:
        node = self.described(entry, self.tensor)
        if self.trace.uses.setdefault(node.name, 1) > 1:
            raise CostcalcError(f"node {node.name!r:.100} ({node.op}): the name is used twice")
        self.trace.uses[node.name] += 1
        self.kinds[node] = dtypes_of_outputs(entry, node)
        self.trace.nodes.append(node)

    def constant(self, entry: Any) -> Node:
        """An operation on constants: a node whose inputs are shapes."""
        check(entry, dict, "an operation on constants is an object")
        made = self.described({**entry, "constants": []}, self.shape)
        if made.weights:
            raise CostcalcError(f"node {made.name!r:.100} ({made.op}): an operation on constants has no weights")
        return made

    def described(self, entry: Mapping[str, Any], tensor: Callable[[Any], Tensor]) -> Node:
        """A node from its entry. `tensor` makes an input of what the entry has in its place."""
        number = len(self.trace.nodes)
        name = check_name(entry.get("name"), f"node {number}: its name")
        op = check_name(entry.get("op"), f"node {number}: its op")
        if op not in RULES:
            raise CostcalcError(f"node {name!r:.100}: unknown op {op!r:.60}")
        where = f"node {name!r:.100} ({op})"
        inputs = tuple(tensor(each) for each in check(entry.get("inputs"), list, f"{where}: inputs is a list"))
        settings = check(entry.get("settings"), dict, f"{where}: settings is an object")
        if not inputs and op not in OF_MANY:
            raise CostcalcError(f"{where} has no inputs")
        try:
            facts = facts_of(op, [t.shape for t in inputs], check_settings(op, settings))
            call = None
            if "torch" in entry:
                call = call_from_data(entry["torch"], op, facts, [t.shape for t in inputs])
        except CostcalcError as error:
            raise CostcalcError(f"{where}: {_cut(error)}") from error
        except Exception as error:  # settings can be anything: any error of a rule is the file's fault
            raise CostcalcError(f"{where}: settings that do not fit: {_cut(error)}") from error
        for shape in (*facts.outputs, *facts.weights.values(), *facts.buffers.values()):
            check_shape(shape, least=0)
        listed = check(entry.get("weights"), list, f"{where}: weights is a list", length=len(facts.weights))
        names = dict(zip(facts.weights, listed, strict=True))
        given = [key for key in facts.weights if names[key] is None]
        if given:
            facts.take_as_inputs(given, len(inputs) - len(given))
        weights = tuple([check_name(names[key], f"{where}: a weight's name") for key in facts.weights])
        for key, shape in zip(weights, facts.weights.values(), strict=True):
            if self.trace.weights.setdefault(key, shape) != shape:
                raise CostcalcError(f"{where}: weight {key!r} has two shapes")
        if len(inputs) != 1 + listed.count(None) and op not in OF_MANY:
            raise CostcalcError(f"{where} reads one tensor, and one for each weight that is null")
        if entry.get("buffers") is False:
            facts.without_buffers()
        block = self.block(entry.get("block"))
        constants = check(entry.get("constants", []), list, f"{where}: constants is a list")
        noticed = noticed_from_data(
            entry, where, call, facts.outputs, tuple(map(self.constant, constants)), facts.weights
        )
        return Node(name, op, inputs, facts, weights, block, noticed)

    def shape(self, shape: Any) -> Tensor:
        """A tensor of this shape, which no node makes."""
        return Tensor(self.trace, check_shape(shape, least=0), None, 0)

    def tensor(self, ref: Any) -> Tensor:
        """[node, output] -> the tensor. Raises CostcalcError if no earlier node makes it."""
        check(ref, list, "a tensor is [node, output]", length=2)
        node, index = (check(part, int, "a tensor is [node, output], two integers") for part in ref)
        maker = self.trace.nodes[node] if 0 <= node < len(self.trace.nodes) else None
        made: tuple[Any, ...] = self.inputs if node == -1 else maker.facts.outputs if maker else ()
        if not 0 <= index < len(made):
            raise CostcalcError(f"tensor {ref!r:.60} of the network is read before it is made")
        if maker is None:
            given: Tensor = self.inputs[index]
            return given
        found = Tensor(self.trace, made[index], maker, index)
        found.dtype = self.kinds.get(maker, {}).get(index)
        return found

    def block(self, number: Any) -> BlockCall | None:
        """The block call of that number; -1 is the network itself."""
        if type(number) is not int or not -1 <= number < len(self.blocks):
            raise CostcalcError(f"block {number!r:.60} of the network is used before it is listed")
        return None if number == -1 else self.blocks[number]

    def part(self, key: str, kind: type, default: Any = None) -> Any:
        return check(self.data.get(key, default), kind, f"{key!r} of the network must be there, as {kind.__name__}")


def _input(t: Tensor) -> dict[str, Any]:
    dtype = {} if t.integer or t.dtype in (None, "float32") else {"dtype": t.dtype}
    return {"shape": list(t.shape), "integer": t.integer, **dtype, **({"name": t.label} if t.label else {})}


def _cut(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 2 * KEPT else f"{text[:KEPT]}…{text[-KEPT:]}"
