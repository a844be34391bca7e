"""Changes to an ONNX file after which it rarely is a network: it is broken, or means harm."""

from __future__ import annotations

from random import Random
from typing import Any

import onnx
from onnx import AttributeProto, TensorProto, defs, helper
from onnx_parts import (
    ATTRIBUTES,
    FLOATS,
    NAMES,
    OPS,
    PLACES,
    SIZES,
    TYPES,
    Mutation,
    attributes,
    graphs,
    names,
    nodes,
    place,
    tensors,
)


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


ATTRIBUTES_CHANGED: list[Mutation] = [
    another_attribute, another_number, an_attribute_more, an_attribute_less, a_type_that_is_not,
]  # fmt: skip
WILD: list[Mutation] = [
    another_size, another_rank, another_input, another_type, other_numbers, elsewhere, another_op, another_edge,
    another_order, far_version, doubled_functions, *ATTRIBUTES_CHANGED, *ATTRIBUTES_CHANGED,
]  # fmt: skip
