"""Changes to an ONNX file after which it still is a network, most of the time."""

from __future__ import annotations

from random import Random

import onnx
from onnx import TensorProto, helper
from onnx_parts import NAMES, SCOPES, TYPES, Mutation, names, nodes, place


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
    rows = random.randrange(3)
    chain = random.choice(
        [
            [helper.make_node("Identity", [x], [end])],
            [helper.make_node("Transpose", [x], [half]), helper.make_node("Transpose", [half], [end])],
            [helper.make_node("Cast", [x], [end], to=random.choice(TYPES))],
            [helper.make_node("Shape", [x], [half]), helper.make_node("Reshape", [x, half], [end])],
            [helper.make_node("Shape", [x], [half]), helper.make_node("Expand", [x, half], [end])],
            [helper.make_node("Shape", [x], [half]), helper.make_node("ConstantOfShape", [half], [end])],
            [helper.make_node("Concat", [x, x], [half], axis=0), helper.make_node("Split", [half], [end, f"{half}b"])],
            [helper.make_node("Flatten", [x], [end], axis=rows)],
        ]
    )
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


CALM: list[Mutation] = [
    name_a_node, note_scopes, rename_a_tensor, make_it_a_constant, store_an_input, move_what_it_reads,
    make_it_a_function, make_it_a_branch, add_an_output, another_version,
]  # fmt: skip
