"""Changes to an ONNX file, drawn at random: some leave it a network, some break it, some mean harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, TypeVar

import onnx
from onnx import AttributeProto, TensorProto, defs, helper

X = TypeVar("X")

SIZES = [0, 1, 2, 3, 4, 7, 16, 64, -1, -7, 10**7, 2**31, 2**40, 2**40 + 1, 2**62, 2**63 - 1, -(2**63)]
FLOATS = [0.0, -1.0, 1e-5, 0.5, 6.0, 1e38, float("inf"), float("nan")]
NAMES = [
    "",
    "x",
    "w",
    "a/b/c",
    "l.0.weight",
    "\x1b]0;t\x07",
    "a\nb\r\n|&\\",
    "=cmd|' /C'!A0",
    "ü" * 2000,
    "\x00",
    "../x",
]
PLACES = ["/etc/passwd", "../../etc/passwd", "weights.bin", "", "http://127.0.0.1/x", "/dev/zero", "\x00"]
SCOPES = ["['', 'a', 'a.b', 'conv']", "[1, 2]", "{}", "[" * 9000, "['\\d']", "1", "[" + "'x', " * 900 + "]", "()"]
OPS = sorted({schema.name for schema in defs.get_all_schemas() if not schema.domain})
ATTRIBUTES = sorted({name for schema in defs.get_all_schemas() for name in schema.attributes})
TYPES = sorted(TensorProto.DataType.values())


def mutated(seed: int, files: Sequence[bytes]) -> tuple[bytes, list[str]]:
    """A file with up to three changes, and their names; always the same for a number."""
    random = Random(seed)
    model = onnx.ModelProto.FromString(random.choice(files))
    done = []
    for _ in range(random.choice((1, 1, 2, 3))):
        change = random.choice(CALM if random.random() < 0.55 else WILD)
        done.append(change.__name__)
        try:
            change(random, model)
        except (IndexError, ValueError, TypeError):  # there is nothing to change so, or protobuf does not take it
            done[-1] += " (no)"
    raw = model.SerializeToString()
    return (raw, done) if random.random() < 0.97 else (_bytes(random, raw), [*done, "bytes"])


def _bytes(random: Random, raw: bytes) -> bytes:
    changed = bytearray(raw)
    for _ in range(random.choice((1, 3))):
        place = random.randrange(len(changed))
        changed[place : place + random.choice((0, 1, 1, 4))] = random.randbytes(random.choice((0, 1, 1, 4)))
    return bytes(changed)


# What there is to change


def graphs(model: onnx.ModelProto) -> list[Any]:
    """The main graph, those inside nodes, and functions."""

    def within(graph: Any) -> Iterator[Any]:
        yield graph
        for node in graph.node:
            for attribute in node.attribute:
                for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                    yield from within(inner)

    return [found for graph in (model.graph, *model.functions) for found in within(graph)]


def nodes(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    return [node for graph in graphs(model) for node in graph.node]


def attributes(model: onnx.ModelProto) -> list[onnx.AttributeProto]:
    return [attribute for node in nodes(model) for attribute in node.attribute]


def tensors(model: onnx.ModelProto) -> list[TensorProto]:
    """What the file keeps, in attributes too."""
    stored = [tensor for graph in graphs(model) for tensor in getattr(graph, "initializer", ())]
    return stored + [a.t for a in attributes(model) if a.HasField("t")]


def names(model: onnx.ModelProto) -> list[str]:
    return [*(x.name for x in model.graph.input), *(x for node in nodes(model) for x in (*node.input, *node.output))]


def place(random: Random, found: Sequence[Any]) -> int:
    """The place of one of them."""
    return random.randrange(len(found))


# Changes after which most files are still networks


def name_a_node(random: Random, model: onnx.ModelProto) -> None:
    random.choice(nodes(model)).name = random.choice(NAMES)


def note_scopes(random: Random, model: onnx.ModelProto) -> None:
    random.choice(nodes(model)).metadata_props.add(key="pkg.torch.onnx.name_scopes", value=random.choice(SCOPES))


def rename_a_tensor(random: Random, model: onnx.ModelProto) -> None:
    """Everywhere: its name says nothing."""
    old, new = random.choice(names(model)), random.choice(NAMES) + "_"
    for node in nodes(model):
        node.input[:] = [new if name == old else name for name in node.input]
        node.output[:] = [new if name == old else name for name in node.output]
    for each in (*model.graph.input, *model.graph.output, *model.graph.initializer, *model.graph.value_info):
        each.name = new if each.name == old else each.name


def make_it_a_constant(random: Random, model: onnx.ModelProto) -> None:
    """An initializer becomes a Constant."""
    tensor = model.graph.initializer.pop(place(random, model.graph.initializer))
    model.graph.node.insert(0, helper.make_node("Constant", [], [tensor.name], value=tensor))


def store_an_input(random: Random, model: onnx.ModelProto) -> None:
    """An input of the network, but not the first, becomes an initializer without its numbers."""
    told = model.graph.input.pop(random.randrange(1, len(model.graph.input)))
    type = told.type.tensor_type
    model.graph.initializer.add(
        name=told.name, dims=[d.dim_value or 2 for d in type.shape.dim], data_type=type.elem_type
    )


def move_what_it_reads(random: Random, model: onnx.ModelProto) -> None:
    """What a node reads goes through other operations before."""
    at = place(random, model.graph.node)
    node = model.graph.node[at]
    i = place(random, node.input)
    x, half, end = node.input[i], f"half{at}", f"end{at}"
    chain = random.choice(
        [
            [helper.make_node("Identity", [x], [end])],
            [helper.make_node("Transpose", [x], [half]), helper.make_node("Transpose", [half], [end])],
            [helper.make_node("Cast", [x], [end], to=random.choice(TYPES))],
            [helper.make_node("Shape", [x], [half]), helper.make_node("Reshape", [x, half], [end])],
            [helper.make_node("Shape", [x], [half]), helper.make_node("Expand", [x, half], [end])],
            [helper.make_node("Shape", [x], [half]), helper.make_node("ConstantOfShape", [half], [end])],
            [helper.make_node("Split", [x], [half, f"{half}b"]), helper.make_node("Concat", [half, f"{half}b"], [end], axis=0)],
            [helper.make_node("Concat", [x, x], [half], axis=0), helper.make_node("Split", [half], [end, f"{half}b"])],
        ]
    )  # fmt: skip
    node.input[i] = end
    for made in reversed(chain):
        model.graph.node.insert(at, made)


def make_it_a_function(random: Random, model: onnx.ModelProto) -> None:
    """A node becomes a call of a function that holds it, or calls one that does."""
    node = random.choice(model.graph.node)
    inner, key = onnx.NodeProto.FromString(node.SerializeToString()), f"f{len(model.functions)}"
    sets = list(model.opset_import)
    made = helper.make_function("made", key, list(dict.fromkeys(node.input)), list(node.output), [inner], sets)
    model.functions.append(made)
    inputs = list(made.input)
    for _ in range(random.choice((0, 0, 1, 40, 70))):
        outer = f"f{len(model.functions)}"
        calls = [helper.make_node(key, inputs, list(node.output), domain="made")]
        model.functions.append(helper.make_function("made", outer, inputs, list(node.output), calls, sets))
        key = outer
    node.CopyFrom(helper.make_node(key, inputs, list(node.output), domain="made", name=node.name))


def make_it_a_branch(random: Random, model: onnx.ModelProto) -> None:
    """A node becomes an If, decided or not, that holds it twice."""
    node = random.choice(model.graph.node)
    ends = [onnx.ValueInfoProto(name=f"in_{name}") for name in node.output]
    inner = onnx.NodeProto.FromString(node.SerializeToString())
    inner.output[:] = [end.name for end in ends]
    stored = [random.choice(model.graph.initializer)] if model.graph.initializer and random.random() < 0.5 else []
    branch = helper.make_graph([inner], "branch", [], ends, stored)
    go = helper.make_tensor("go", TensorProto.BOOL, [], [random.random() < 0.5])
    if random.random() < 0.7:
        model.graph.initializer.append(go)
    else:
        model.graph.input.append(helper.make_tensor_value_info("go", TensorProto.BOOL, [1]))
    node.CopyFrom(helper.make_node("If", ["go"], list(node.output), then_branch=branch, else_branch=branch))


def add_an_output(random: Random, model: onnx.ModelProto) -> None:
    made = [name for node in model.graph.node for name in node.output] + [t.name for t in model.graph.initializer]
    output = onnx.ValueInfoProto(name=random.choice(made))
    if random.random() < 0.5:
        del model.graph.output[:]
    model.graph.output.append(output)


def another_version(random: Random, model: onnx.ModelProto) -> None:
    random.choice(model.opset_import).version += random.choice((-2, -1, 1, 2))


# Changes after which few are


def another_size(random: Random, model: onnx.ModelProto) -> None:
    tensor = random.choice(tensors(model))
    tensor.dims[place(random, tensor.dims)] = random.choice(SIZES)


def another_rank(random: Random, model: onnx.ModelProto) -> None:
    tensor = random.choice(tensors(model))
    tensor.dims[:] = random.choice([[], tensor.dims[1:], [*tensor.dims, 1], [random.choice(SIZES)] * 20, [1] * 10**4])


def another_input(random: Random, model: onnx.ModelProto) -> None:
    told = random.choice((*model.graph.input, *model.graph.value_info, *model.graph.output)).type.tensor_type
    how = random.randrange(4)
    if how == 0:
        told.elem_type = random.choice(TYPES)
    elif how == 1:
        told.ClearField("shape")
    else:
        dim = random.choice(told.shape.dim)
        dim.dim_value = random.choice(SIZES)
        if how == 2:
            dim.dim_param = random.choice(("batch", "n", ""))


def another_type(random: Random, model: onnx.ModelProto) -> None:
    random.choice(tensors(model)).data_type = random.choice([*TYPES, 99, -1])


def other_numbers(random: Random, model: onnx.ModelProto) -> None:
    tensor = random.choice(tensors(model))
    how = random.randrange(4)
    if how == 0:
        tensor.raw_data = random.choice((b"", tensor.raw_data[:-1], tensor.raw_data + b"\0", b"\0" * 10**5))
    else:
        few = [random.choice(SIZES) for _ in range(random.choice((1, 2, 4)))]
        tensor.CopyFrom(helper.make_tensor(tensor.name, TensorProto.INT64, [len(few)], few))


def elsewhere(random: Random, model: onnx.ModelProto) -> None:
    """The numbers are said to lie in another file."""
    tensor = random.choice(tensors(model))
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", random.choice(PLACES)), ("offset", "0"), ("length", str(random.choice(SIZES)))):
        tensor.external_data.add(key=key, value=value)


def value_of(random: Random, model: onnx.ModelProto) -> onnx.AttributeProto:
    """An attribute of any type."""
    size, few = random.choice(SIZES), [random.choice(SIZES) for _ in range(random.choice((0, 1, 2, 4, 900)))]
    tensor = TensorProto(dims=[1], data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=random.choice(PLACES))
    graph = helper.make_graph(model.graph.node[:2], "g", [], [])
    values: list[Any] = [
        size,
        few,
        random.choice(FLOATS),
        FLOATS,
        random.choice(NAMES),
        NAMES,
        tensor,
        [tensor],
        graph,
        [graph],
    ]
    value = random.choice(values)
    kind = AttributeProto.INTS if value == [] else None
    return helper.make_attribute("a", value, attr_type=kind)


def another_attribute(random: Random, model: onnx.ModelProto) -> None:
    attribute = random.choice(attributes(model))
    name, value = attribute.name, value_of(random, model)
    attribute.CopyFrom(value)
    attribute.name = name


def another_number(random: Random, model: onnx.ModelProto) -> None:
    attribute = random.choice([a for a in attributes(model) if a.type in (AttributeProto.INT, AttributeProto.INTS)])
    attribute.i = random.choice(SIZES)
    if attribute.ints:
        attribute.ints[place(random, attribute.ints)] = random.choice(SIZES)


def an_attribute_more(random: Random, model: onnx.ModelProto) -> None:
    node, attribute = random.choice(nodes(model)), value_of(random, model)
    known = [n for s in defs.get_all_schemas_with_history() if s.name == node.op_type for n in s.attributes]
    attribute.name = random.choice(known or ATTRIBUTES)
    if random.random() < 0.1:
        attribute.ref_attr_name = "around"
    node.attribute.append(attribute)


def an_attribute_less(random: Random, model: onnx.ModelProto) -> None:
    node = random.choice(nodes(model))
    del node.attribute[place(random, node.attribute)]


def a_type_that_is_not(random: Random, model: onnx.ModelProto) -> None:
    random.choice(attributes(model)).type = random.choice(AttributeProto.AttributeType.values())


def another_op(random: Random, model: onnx.ModelProto) -> None:
    node = random.choice(nodes(model))
    node.op_type = random.choice([*OPS, *NAMES])
    node.domain = random.choice(["", "", "", "ai.onnx", "com.example", *NAMES])


def another_edge(random: Random, model: onnx.ModelProto) -> None:
    node = random.choice(nodes(model))
    ends = random.choice((node.input, node.output))
    how = random.randrange(4)
    if how == 0:
        ends.append(random.choice(names(model)))
    elif how == 1:
        del ends[place(random, ends)]
    else:
        ends[place(random, ends)] = random.choice(names(model)) if how == 2 else ""


def another_order(random: Random, model: onnx.ModelProto) -> None:
    graph = random.choice(graphs(model))
    node = graph.node.pop(place(random, graph.node))
    for _ in range(random.choice((0, 1, 2))):
        graph.node.insert(random.randrange(len(graph.node) + 1), node)


def far_version(random: Random, model: onnx.ModelProto) -> None:
    random.choice(model.opset_import).version = random.choice(SIZES)


def doubled_functions(random: Random, model: onnx.ModelProto) -> None:
    """Each calls the next one twice."""
    node, key = random.choice(model.graph.node), "d0"
    inputs, outputs, sets = list(node.input), list(node.output), list(model.opset_import)
    body = [onnx.NodeProto.FromString(node.SerializeToString())]
    for i in range(random.choice((2, 30, 60))):
        model.functions.append(helper.make_function("doubled", f"d{i}", inputs, outputs, body, sets))
        key = f"d{i}"
        first = helper.make_node(key, inputs, [f"{name}_" for name in outputs], domain="doubled")
        body = [first, helper.make_node(key, inputs, outputs, domain="doubled")]
    node.CopyFrom(helper.make_node(key, inputs, outputs, domain="doubled"))


Mutation = Callable[[Random, onnx.ModelProto], None]

CALM: list[Mutation] = [
    name_a_node, note_scopes, rename_a_tensor, make_it_a_constant, store_an_input, move_what_it_reads,
    make_it_a_function, make_it_a_branch, add_an_output, another_version,
]  # fmt: skip
ATTRIBUTES_CHANGED: list[Mutation] = [
    another_attribute, another_number, an_attribute_more, an_attribute_less, a_type_that_is_not,
]  # fmt: skip
WILD: list[Mutation] = [
    another_size, another_rank, another_input, another_type, other_numbers, elsewhere, another_op, another_edge,
    another_order, far_version, doubled_functions, *ATTRIBUTES_CHANGED, *ATTRIBUTES_CHANGED,
]  # fmt: skip
