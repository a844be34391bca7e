"""Replacements for parts of networks as JSON: names, sizes, values, calls of torch; and the files that are changed."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from costcalc import zoo
from costcalc.conventions.examples import EXAMPLES, example
from costcalc.convert.allowed_calls import BUILT, NAMED, PARTS, PLAIN
from costcalc.convert.data import to_data
from costcalc.convert.torch_names import MODULES
from costcalc.spec import Tensor, add, block, concat, conv, linear, lstm, outputs, relu, shared, trace

KEPT = Path(__file__).parent / "convert" / "exported"

DANGEROUS = [
    "torch.save", "torch.load", "torch.from_file", "torch.manual_seed", "torch.set_default_dtype", "torch.compile",
    "torch.hub.load", "torch.ops.aten.from_file", "torch.ops.load_library", "torch.nn.functional.importlib",
    "torch.nn.functional.warnings.warn", "torch.Tensor.backward", "torch.Tensor.numpy", "torch.Tensor.__reduce_ex__",
    "torch.zeros", "torch.empty", "torch.arange", "torch.os.system", "torch.serialization.save", "torch.export.save",
    "torch.utils.cpp_extension.load_inline", "torch.jit.script", "torch.testing.assert_close", "torch.set_num_threads",
    "operator.call", "operator.attrgetter", "operator.methodcaller", "operator.setitem", "builtins.eval", "os.system",
    "subprocess.run", "torch", "torch.", ".", "..", "torch..save", "operator.", "functional", "modules", "Module",
    "Sequential", "ModuleList", "ParameterList", "Transformer", "LazyLinear", "DataParallel", "nn", "init", "__doc__",
    "Conv2d", "Identity", "Bilinear", "relu", "Any", "partial", "torch.nn.Conv2d", "torch.nn.functional.", "Conv2d ",
]  # fmt: skip
KNOWN = sorted(
    {name.replace("{n}", str(n)) for names in (*BUILT.values(), *NAMED.values(), *PLAIN.values()) for name in names
     for n in (1, 2, 3)} | set(MODULES) | PARTS
)  # fmt: skip
NAMES = [
    ".", "a.", ".a", "a..b", "", "@", "@2", "a@2", "a@2@3", "forward", "training", "training.x", "x.training", "steps",
    "inputs.a", "outputs", "weight", "bias", "weight.x", "_modules", "_parameters.x", "__class__", "__init__.x", "0",
    "0.1", "children", "to", "T_destination", "dump_patches", "a b", "é", "naïve.層", "'quoted'", '"', "a/b", "../x",
    "{n}", "%s", "\\", "a\nb", "\t", "\x1b[2J", "\x00", "x" * 1000, "x" * 1001, "a." * 499 + "a", "lambda: 0", "None",
]  # fmt: skip
SIZES = [0, -1, 1, 1, 2, 3, 4, 6, 7, 8, 30, 2**40, 2**40, 2**40 + 1, 2**63, 10**30, 1.0, 2.5, True, None, "3", [3], {}]
VALUES = [
    *SIZES, "", "x", "same", "valid", "nearest", "bilinear", "none", "tanh", "relu", "reflect", [1, 1], [2**40, 2**40],
    [-1], [[1, 1]], [0, 1, 2, 3], False, 0.0, -0.5, 1e-5, 1e308, {"float": "nan"}, {"float": "inf"}, {"float": "x"},
    "ij,jk->ik", "...i,i->...", [[[2, 2], [2, 2]]], {"weight": [4]}, {"a": {"b": {"c": [[[[[[[[[1]]]]]]]]]}}},
]  # fmt: skip

KINDS = [
    "", "m.Net", "torch.nn.modules.rnn.LSTMCell", "torch.nn.modules.rnn.GRUCell", "torch.nn.modules.rnn.RNNCell",
    "torch.nn.modules.activation.MultiheadAttention", "torch.nn.modules.transformer.TransformerEncoderLayer",
    "timm.layers.attention.Attention", "timm.models.vision_transformer.Attention", "torch.nn.modules.conv.Conv2d",
]  # fmt: skip
"""Classes of modules, which conventions look at."""

Data = dict[str, Any]


def node_of(rng: Any, data: Data) -> Data:
    """Any node of the network."""
    node: Data = rng.choice(data["nodes"])
    return node


def rename(data: Data, old: str, new: str) -> None:
    """A layer's new name, in its weights too."""
    for node in data["nodes"]:
        if node["name"] == old:
            node["name"] = new
        node["weights"] = [new + w[len(old) :] if w and w.startswith(f"{old}.") else w for w in node["weights"]]


@cache
def originals() -> tuple[str, ...]:
    """The files that are changed, as text."""

    @block
    def tower(x: Tensor) -> Tensor:
        return relu(conv(x, "conv", 4, k=3, padding=1))

    @block
    def stage(x: Tensor) -> Tensor:
        return concat(shared(tower)(tower(x, "tower"), "tower"), x)

    def branches(x: Tensor) -> Any:
        x = stage(conv(x, "stem", 4, k=1), "stage")
        return outputs(add(x, x), train=[linear(x, "head", 2)])

    small = [example(op) for op in EXAMPLES] + [trace(branches, (2, 3, 6, 6), name="branches")] * 20
    small += [trace(lambda x: lstm(x, "a", 4, layers=2, bidirectional=True)[0], (2, 3, 5), name="lstm")]
    small += [zoo.find("lenet5").build()] * 5
    kept = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(KEPT.glob("*.json"))]
    return tuple(json.dumps(data) for data in [*map(to_data, small), *kept * 5])
