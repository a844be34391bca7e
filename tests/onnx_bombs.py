"""Small ONNX files that expand to a lot. The name of each says what it would need if it were expanded."""

from __future__ import annotations

import onnx
from onnx import AttributeProto, TensorProto, helper
from onnx_files import INT64, constant, info, network, node, numbers, weight

SETS = [helper.make_opsetid("", 21), helper.make_opsetid("own", 1)]
MANY = 10**7


def function(name: str, nodes: list[onnx.NodeProto], attributes: list[str] | None = None) -> onnx.FunctionProto:
    """From a to c."""
    return helper.make_function("own", name, ["a"], ["c"], nodes, SETS, attributes)


def call(name: str, inputs: str, outputs: str) -> onnx.NodeProto:
    return node(name, inputs, outputs, domain="own")


def chain(op: str, times: int, start: str = "a", end: str = "c") -> list[onnx.NodeProto]:
    """Calls of a function, one after the other."""
    names = [start, *(f"{start}{i}" for i in range(1, times)), end]
    return [call(op, names[i], names[i + 1]) for i in range(times)]


def calls(times: int, levels: int) -> onnx.ModelProto:
    """Functions that call the next one: times^levels nodes."""
    functions = [function(f"f{i}", chain(f"f{i + 1}", times)) for i in range(levels)]
    last = function(f"f{levels}", [node("Relu", "a", "c")])
    return network(chain("f0", 1, "x", "y"), functions=[*functions, last])


def backwards(levels: int) -> onnx.ModelProto:
    """The innermost function is called first, and each is known when the next one around it is."""
    model = calls(1, levels)
    nodes = [call(f"f{i}", "x", f"y{i}") for i in reversed(range(levels))]
    del model.graph.node[:]
    model.graph.node.extend([*nodes, node("Relu", "x", "y")])
    return model


def directions(op: str, gates: int) -> onnx.ModelProto:
    """A recurrent layer of so many directions."""
    stored = [weight("w", MANY, 4 * gates, 6), weight("r", MANY, 4 * gates, 4), weight("b", MANY, 8 * gates)]
    return network([node(op, "x w r b", "a", hidden_size=4)], stored, {"x": (5, 2, 6)}, "a")


def wide() -> onnx.ModelProto:
    """A function whose one node reads 10,000 tensors, called 10,000 times."""
    body = function("f", [node("Sum", " ".join(["a"] * 10_000), "c")])
    return network(chain("f", 10_000, "x", "y"), functions=[body])


def looped() -> onnx.ModelProto:
    """A loop of 5,000 nodes, in a function that is called 5,000 times."""
    go = helper.make_tensor_value_info("g", TensorProto.BOOL, [])
    inner = [node("Relu", f"s{i}", f"s{i + 1}") for i in range(5000)]
    ins = [helper.make_tensor_value_info("i", INT64, []), go, info("s0", 1, 3, 8, 8)]
    body = helper.make_graph(inner, "body", ins, [go, info("s5000", 1, 3, 8, 8)])
    f = function("f", [node("Loop", "a - a", "b", body=body), node("Relu", "a", "c")])
    return network(chain("f", 5000, "x", "y"), functions=[f])


def passed() -> onnx.ModelProto:
    """An attribute of 4 MB that a function hands on 500 times."""
    ref = AttributeProto(name="v", ref_attr_name="v", type=AttributeProto.FLOATS)
    value = AttributeProto(name="value_floats", ref_attr_name="v", type=AttributeProto.FLOATS)
    inner = function(
        "g", [onnx.NodeProto(op_type="Constant", output=["k"], attribute=[value]), node("Relu", "a", "c")], ["v"]
    )
    outer = chain("g", 500)
    for each in outer:
        each.attribute.append(ref)
    first = call("f", "x", "y")
    first.attribute.append(helper.make_attribute("v", [1.0] * 10**6))
    return network([first], functions=[function("f", outer, ["v"]), inner])


def concats() -> onnx.ModelProto:
    """A kernel that is put together from 5,000 Constants, one by one."""
    nodes = [constant(f"k{i}", 1, 3, 3, 3) for i in range(5000)]
    nodes += [node("Concat", f"{f'c{i - 1}' if i > 1 else 'k0'} k{i}", f"c{i}", axis=0) for i in range(1, 5000)]
    return network([*nodes, node("Conv", "x c4999", "y")])


def told(rank: int) -> onnx.ModelProto:
    """The shape that a file declares for a tensor that inference does not know."""
    return network([node("Far", "x", "a", domain="far"), node("Relu", "a", "y")], told=[info("a", *[2] * rank)])


EACH = " ".join(f"w{i}" for i in range(20_000))
TOO_MUCH: dict[str, tuple[onnx.ModelProto, str]] = {
    "30 functions, each calling the next twice": (calls(2, 30), "more than 100000 nodes"),
    "60 functions, each calling the next twice": (calls(2, 60), "more than 100000 nodes"),
    "6 functions, each calling the next 50 times": (calls(50, 6), "more than 100000 nodes"),
    "1,000 functions, each calling the next": (calls(1, 1000), "more than 64 deep"),
    "1,000 functions, the last one first": (backwards(1000), "more than 64 deep"),
    "a wide function": (wide(), "more than 2000000 inputs"),
    "a loop in a function": (looped(), "more than 100000 nodes"),
    "an attribute handed on": (passed(), "more than 256 MiB"),
    "an Add of 20,000 Constants": (
        network([*[constant(f"w{i}", 1, 3, 8, 8) for i in range(20_000)], node("Add", f"{EACH} x", "y")]),
        "(Add): the shape of its output cannot be told",
    ),
    "a weight of 5,000 tensors": (concats(), "from more than 256 tensors"),
    "a weight of 1,000,000 axes": (
        network([node("Conv", "x w", "y")], [weight("w", *[2**40] * 10**6)]),
        "1000000 axes",
    ),
    "a Constant of 1,000,000 axes": (
        network([constant("k", *[2] * 10**6), node("Relu", "k", "y")]),
        "1000000 axes",
    ),
    "an input of 1,000,000 axes": (network([node("Relu", "x", "y")], [], {"x": [2] * 10**6}), "1000000 axes"),
    "a tensor of 100,000 axes": (told(100_000), "100000 axes"),
    "100,000 axes more": (network([node("Unsqueeze", "x", "y", axes=[*range(10**5)])], opset=11), "100004 axes"),
    "100,001 nodes": (network([node("Relu", "x", "y")] * 100_001), "more than 100000 nodes"),
}
"""Files that are refused, and the error."""

MUCH: dict[str, tuple[onnx.ModelProto, str]] = {
    **{f"{op} of 10,000,000 directions": (directions(op, gates), "lower bound") for op, gates in
       (("LSTM", 4), ("GRU", 3), ("RNN", 1))},
    "60 functions, each calling the next": (calls(1, 60), "complete"),
    "13 functions, each calling the next twice": (calls(2, 13), "complete"),
    "20,000 weights of one node": (
        network([node("Sum", f"x {EACH}", "y")],
                [weight(f"w{i}", 1, 3, 8, 8) for i in range(20_000)]), "complete"),
    "20,000 Constants of one node": (
        network([*[constant(f"w{i}", 1, 3, 8, 8) for i in range(20_000)],
                 *[node("Sum", f"{EACH} {x}", f"{x}{x}") for x in "xy"]],
                inputs={"x": (1, 3, 8, 8), "y": (1, 3, 8, 8)}, outputs="xx yy"), "complete"),
    "a list of 1,000,000 numbers": (
        network([node("Constant", "", "k", value_ints=[1] * 10**6), node("Relu", "x", "y")]), "complete"),
    "3,000 sums of 4,000 numbers": (
        network([node("Add", f"k{i} k", f"k{i + 1}") for i in range(3000)] + [node("Relu", "x", "y")],
                [numbers("k", [1] * 4000), numbers("k0", [1] * 4000)]), "complete"),
    "20,000 outputs": (
        network([node("Split", "x", " ".join(f"y{i}" for i in range(20_000)), axis=3, num_outputs=20_000)], [],
                {"x": (1, 3, 8, 20_000)}, "y0"), "complete"),
}  # fmt: skip
"""Files that are read, in little memory and time."""
