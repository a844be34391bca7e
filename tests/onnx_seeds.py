"""Small ONNX files to start mutations from: ONNX's own tests, and networks with all that a file may hold."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx_files import INT64, info, network, node, numbers, weight

SETS = [helper.make_opsetid("", 21), helper.make_opsetid("own", 1)]
SEQUENCE = {"x": (7, 2, 6)}
GO = helper.make_tensor_value_info("go", TensorProto.BOOL, [])


def seeds() -> list[bytes]:
    """A third of them our own, again and again, as these have more in them."""
    files, ours = theirs(), own()
    return files + ours * (len(files) // len(ours) // 2)


def theirs() -> list[bytes]:
    """ONNX's own tests: the files that its package brings, and a model for each op, in all its ways."""
    from onnx.backend.test.case.node import collect_testcases

    folder = Path(onnx.__file__).parent / "backend/test/data"
    files = [file for kind in ("simple", "pytorch-*") for file in sorted(folder.glob(f"{kind}/*/model.onnx"))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some compute with infinities
        cases = sorted(collect_testcases(None), key=lambda case: case.name)
    models = [case.model for case in cases if case.model is not None and len(case.model.graph.node) < 9]
    return [*(file.read_bytes() for file in files), *(model.SerializeToString() for model in models)]


def own() -> list[bytes]:
    """Networks with shapes that are computed, constants, functions, branches, loops, and quantized weights."""
    made = [images(), settings(), sequence(), functions(), branches(), loop(), quantized(), words()]
    return [model.SerializeToString() for model in made]


def images() -> onnx.ModelProto:
    nodes = [
        node("Conv", "x w b", "c", name="/stem/conv/Conv", pads=[1, 1, 1, 1]),
        node("BatchNormalization", "c s s s s", "n", name="/stem/norm/BatchNormalization"),
        node("MaxPool", "n", "r", name="/stem/pool/MaxPool", kernel_shape=[2, 2], strides=[2, 2]),
        node("Shape", "r", "sizes"),
        node("Gather", "sizes zero", "batch", axis=0),
        node("Concat", "batch rest", "t", axis=0),
        node("Reshape", "r t", "f"),
        node("Gemm", "f g", "y", transB=1),
    ]
    stored = [weight("w", 4, 3, 3, 3), weight("b", 4), weight("s", 4), weight("g", 5, 64)]
    return network(nodes, [*stored, numbers("zero", [0]), numbers("rest", [-1])])


def settings() -> onnx.ModelProto:
    """Ops whose settings are attributes that no shape depends on."""
    nodes = [
        node("LeakyRelu", "x", "a", alpha=0.2),
        node("GroupNormalization", "a s s", "b", num_groups=3, epsilon=1e-3),
        node("InstanceNormalization", "b s s", "c", epsilon=1e-3),
        node("BatchNormalization", "c s s s s", "d", epsilon=1e-3, momentum=0.8),
        node("LRN", "d", "e", size=3, alpha=1e-3, beta=0.7, bias=2.0),
        node("HardSigmoid", "e", "f", alpha=1 / 6, beta=0.5),
        node("Resize", "f - scales", "g", mode="linear", coordinate_transformation_mode="align_corners"),
        node("AveragePool", "g", "h", kernel_shape=[2, 2], strides=[2, 2], count_include_pad=1, ceil_mode=1),
        node("Pad", "h pads", "i", mode="constant"),
        node("Softmax", "i", "j", axis=1),
        node("Split", "j", "k l", axis=2, num_outputs=2),
        node("Concat", "k l", "m", axis=2),
        node("Flatten", "m", "n", axis=2),
        node("LayerNormalization", "n t", "y", axis=-1, epsilon=1e-3),
    ]
    stored = [weight("s", 3), numbers("scales", [1, 1, 2, 2], np.float32), numbers("pads", [0, 0, 1, 1, 0, 0, 1, 1])]
    return network(nodes, [*stored, weight("t", 100)])


def sequence() -> onnx.ModelProto:
    """Two recurrent layers, weights of the second in Constants that are moved."""
    half = [helper.make_node("Constant", [], [name], value=weight(name, 12, 3)) for name in ("r0", "r1")]
    nodes = [
        node("LSTM", "x w r", "h hn cn", hidden_size=4),
        node("Squeeze", "h one", "s"),
        *half,
        node("Concat", "r0 r1", "rr", axis=0),
        node("Reshape", "rr shape", "stacked"),
        helper.make_node("Constant", [], ["v"], value=weight("v", 2, 12, 4)),
        node("LSTM", "s v stacked", "y", hidden_size=3, direction="bidirectional"),
    ]
    stored = [weight("w", 1, 16, 6), weight("r", 1, 16, 4), numbers("one", [1]), numbers("shape", [2, 12, 3])]
    return network(nodes, stored, SEQUENCE)


def functions() -> onnx.ModelProto:
    conv = node("Conv", "a k", "b", name="conv/Conv")
    conv.attribute.append(onnx.AttributeProto(name="pads", ref_attr_name="around", type=onnx.AttributeProto.INTS))
    inner = helper.make_function("own", "Act", ["a"], ["b"], [node("Relu", "a", "b")], SETS)
    body = [conv, node("Act", "b", "c", domain="own")]
    block = helper.make_function("own", "Block", ["a", "k"], ["c"], body, SETS, ["around"])
    nodes = [
        node("Block", "x w", "h", domain="own", name="first", around=[1, 1, 1, 1]),
        node("Block", "h v", "y", domain="own", name="second", around=[0, 0, 0, 0]),
    ]
    return network(nodes, [weight("w", 4, 3, 3, 3), weight("v", 5, 4, 3, 3)], functions=[block, inner])


def branches() -> onnx.ModelProto:
    """One that the sizes decide, and one that an input does."""
    then = helper.make_graph([node("Conv", "x w", "z")], "then", [], [info("z", 1, 4, 6, 6)], [weight("w", 4, 3, 3, 3)])
    other = helper.make_graph([node("Relu", "x", "z")], "else", [], [info("z", 1, 4, 6, 6)])
    nodes = [
        node("Size", "x", "n"),
        node("Equal", "n size", "c"),
        node("If", "c", "a", then_branch=then, else_branch=other),
        node("If", "go", "b", then_branch=then, else_branch=other),
        node("Add", "a b", "y"),
    ]
    told = [info("b", 1, 4, 6, 6)]
    types = {"go": TensorProto.BOOL}
    return network(nodes, [numbers("size", 192)], {"x": (1, 3, 8, 8), "go": (1,)}, types=types, told=told)


def loop() -> onnx.ModelProto:
    kernel = helper.make_node("Constant", [], ["w"], value=weight("w", 3, 3, 3, 3))
    body = helper.make_graph(
        [kernel, node("Conv", "state w", "next", pads=[1, 1, 1, 1]), node("Identity", "go", "going")],
        "body",
        [helper.make_tensor_value_info("i", INT64, []), GO, info("state", 1, 3, 8, 8)],
        [helper.make_tensor_value_info("going", TensorProto.BOOL, []), info("next", 1, 3, 8, 8)],
    )
    nodes = [node("Loop", "times - x", "a", body=body), node("Relu", "a", "y")]
    return network(nodes, [numbers("times", 7)], told=[info("a", 1, 3, 8, 8)])


def quantized() -> onnx.ModelProto:
    nodes = [
        node("QuantizeLinear", "x s z", "q"),
        node("QLinearConv", "q s z w s z s z", "c"),
        node("DequantizeLinear", "c s z", "d"),
        node("Transpose", "v", "vt", perm=[1, 0]),
        node("DequantizeLinear", "vt s z", "vd"),
        node("MatMul", "d vd", "y"),
    ]
    int8 = [weight("w", 4, 3, 3, 3, type=TensorProto.INT8), weight("v", 5, 6, type=TensorProto.INT8)]
    return network(nodes, [*int8, numbers("s", 0.1, np.float32), numbers("z", 0, np.int8)])


def words() -> onnx.ModelProto:
    """A table of words, tied to the last layer; positions; and a made-up scale."""
    nodes = [
        node("Gather", "table ids", "e"),
        node("Add", "e positions", "p"),
        node("ConstantOfShape", "width", "scale", value=numbers("one", [1], np.float32)),
        node("LayerNormalization", "p scale", "n"),
        node("Transpose", "table", "t", perm=[1, 0]),
        node("MatMul", "n t", "y"),
    ]
    stored = [weight("table", 50, 8), weight("positions", 1, 5, 8), numbers("width", [8])]
    return network(nodes, stored, {"ids": ("batch", 5)}, types={"ids": INT64})
