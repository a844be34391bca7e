"""Which calls of torch a file may name: an explicit list, checked when the file is read."""

import json
from pathlib import Path
from typing import Any

import pytest
from command import refused
from json_parts import DANGEROUS

import costcalc
from costcalc.conventions.examples import EXAMPLES, example
from costcalc.convert.allowed_calls import BUILT, NAMED, PARTS, PARTS_OF_PRODUCTS, PLAIN
from costcalc.convert.data import from_data, to_data
from costcalc.convert.torch_names import MODULES, WATCHED
from costcalc.spec import CostcalcError, flatten, matmul, pad, reshape, softmax, trace, upsample
from costcalc.spec.noticed import Noticed
from costcalc.spec.rules import RULES

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from costcalc.convert.call_data import dropped_calls  # noqa: E402
from costcalc.convert.to_torch import to_torch  # noqa: E402

GENERIC = {
    "elementwise": {"aten": "relu", "shapes": [[1, 2]], "fresh": True},
    "move": {"aten": "relu", "shapes": [[1, 2]], "fresh": True},
    "unknown": {"aten": "relu", "shapes": [[1, 2]], "fresh": True},
    "custom": {"aten": "relu", "shapes": [[1, 2]], "fresh": True, "terms": []},
    "relu": {},
}


def one(op: str, settings: dict[str, Any], shape: tuple[int, ...] = (1, 2), **more: Any) -> dict[str, Any]:
    """A network of one op, as data."""
    node = {"name": "a", "op": op, "inputs": [[-1, 0]], "settings": settings, "block": -1, "weights": [], **more}
    data = to_data(trace(lambda x: x, shape, name="one"))
    return {**data, "nodes": [node], "outputs": [[0, 0]]}


def with_call(op: str, call: Any, number: int = 0) -> dict[str, Any]:
    """An op's example with another call of torch."""
    data: dict[str, Any] = json.loads(json.dumps(to_data(example(op))))
    data["nodes"][number]["torch"] = call
    return data


# A file runs nothing and writes nothing


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    victim, file = tmp_path / "victim", tmp_path / "net.json"
    victim.write_text("as it was", encoding="utf-8")
    call = {"name": "torch.save", "args": {"f": str(victim)}, "packed": False, "leading": False}
    file.write_text(json.dumps(one("elementwise", GENERIC["elementwise"], torch=call)), encoding="utf-8")
    for command in ("verify", "time", "table", "export"):
        line = refused(command, str(file))
        assert line.endswith("torch: 'torch.save' is not a call of this op; without torch, the op's own is taken")
    assert victim.read_text(encoding="utf-8") == "as it was"


@pytest.mark.parametrize("op", GENERIC)
@pytest.mark.parametrize("name", DANGEROUS)
def test_a_name_that_no_op_has(name: str, op: str) -> None:
    with pytest.raises(CostcalcError, match="is not a call of this op"):
        from_data(one(op, GENERIC[op], torch={"name": name, "args": {}, "packed": False, "leading": False}))


def test_a_name_of_another_op() -> None:
    """Each op's names on each other op: refused, unless both have it, or it may be a part of that one."""
    names = {op: {*BUILT.get(op, ()), *NAMED.get(op, ())} for op in EXAMPLES}
    tried = 0
    for op in EXAMPLES:
        own = example(op).nodes[0].facts.torch
        for name in {name for each in names.values() for name in each} - names[op] - {own and own.name}:
            if op in PARTS_OF_PRODUCTS and name.replace("{n}", "2") in PARTS:
                continue
            tried += 1
            with pytest.raises(CostcalcError, match="is not a call of this op"):
                from_data(with_call(op, {"name": name.replace("{n}", "2")}))
    assert tried > 2000


ARGUMENTS = [
    ("relu", {"name": "torch.nn.functional.relu", "args": {"f": "x"}}, "takes inplace here, not 'f'"),
    ("relu", {"name": "torch.nn.functional.relu", "args": {"inplace": True}}, "inplace must be False by the settings"),
    ("relu", {"name": "ReLU", "args": {"inplace": True}}, "inplace must be False by the settings"),
    ("conv", {"name": "Conv2d", "args": {"device": "cuda"}}, "not 'device'"),
    ("conv", {"name": "Conv2d", "args": {"out_channels": 10**12}}, "out_channels must be 8 by the settings"),
    ("adaptive_avg_pool", {"name": "AdaptiveAvgPool2d", "args": {"output_size": 2**30}}, r"must be \(1, 1\)"),
    ("upsample", {"name": "Upsample", "args": {"size": 2**30}}, "takes scale_factor, mode, align_corners here"),
    ("upsample", {"name": "Upsample", "args": {"scale_factor": 2**30}}, r"scale_factor must be \(2, 2\)"),
    ("upsample", {"name": "Upsample", "args": {"scale_factor": {"float": "inf"}}}, "upsample"),
    ("upsample", {"name": "Upsample", "args": {"recompute_scale_factor": True}}, "not 'recompute_scale_factor'"),
    ("flatten", {"name": "Flatten", "args": {"start_dim": 2}}, "start_dim must be 1 by the settings"),
    ("gelu", {"name": "GELU", "args": {"approximate": "exec"}}, "approximate must be 'none' by the settings"),
    ("pad", {"name": "ZeroPad2d", "args": {"padding": [2**40] * 4}}, "padding must be"),
    ("softmax", {"name": "Softmax2d", "args": {}}, "Softmax2d is over the last axis but two"),
    ("max_pool", {"name": "torch.nn.functional.max_pool3d"}, "is not a call of this op"),
    ("concat", {"name": "torch.cat", "packed": False}, "packed must be true for this op"),
    ("relu", {"name": "torch.nn.functional.relu", "leading": True}, "leading must be false for this op"),
    ("relu", {"name": "torch.nn.functional.relu", "packed": 0}, "packed must be false for this op"),
    ("relu", {"name": "torch.nn.functional.relu", "args": []}, "args is an object"),
    ("relu", {"args": {}}, "torch: a name must be a text"),
    ("relu", "torch.nn.functional.relu", "torch is null or an object"),
]


@pytest.mark.parametrize(
    ("op", "call", "problem"), ARGUMENTS, ids=[f"{op}-{i}" for i, (op, *_) in enumerate(ARGUMENTS)]
)
def test_arguments_that_the_settings_do_not_say(op: str, call: Any, problem: str) -> None:
    with pytest.raises(CostcalcError, match=problem) as caught:
        from_data(with_call(op, call))
    assert "\n" not in str(caught.value)


def test_a_graph_made_by_hand_is_held_to_the_list_too() -> None:
    graph = from_data(one("relu", {}))
    graph.nodes[0].noticed = Noticed(costcalc.spec.TorchCall("torch.save", {"f": "x"}))
    with pytest.raises(CostcalcError, match=r"layer 'a' \(relu\) is not built from a graph"):
        to_torch(graph, "meta")
    data = to_data(graph)
    assert data["nodes"][0]["torch"] is None
    assert dropped_calls(graph, data) == ["torch.save"]


# What is on the list


def _resolve(name: str) -> Any:
    if "." not in name:
        return getattr(nn, name, None)
    place: Any = torch
    for part in name.split(".")[1:]:
        place = getattr(place, part)
    return place


def test_every_name_on_it_is_one_of_torchs() -> None:
    names = [name for each in (*BUILT.values(), *PLAIN.values()) for name in each]
    for name in [*(n.replace("{n}", axes) for n in names for axes in "123"), *MODULES]:
        assert callable(_resolve(name)), name
    assert all(callable(_resolve(f"{place}.{name}")) for place, each in WATCHED.items() for name in each)
    assert set(BUILT) | set(NAMED) <= set(RULES)


SAME = {
    "UpsamplingBilinear2d": lambda x: upsample(x, scale=2, mode="bilinear", align_corners=True),
    "Softmax2d": lambda x: softmax(x, axis=1),
    "ZeroPad1d": lambda x: pad(x, pads=[(1, 2)]),
    "ZeroPad3d": lambda x: pad(x, pads=[(1, 1), (0, 2), (3, 0)]),
    "torch.mm": lambda x: matmul(reshape(x, "a", (4, 8)), reshape(x, "b", (8, 4))),
    "torch.Tensor.mm": lambda x: matmul(reshape(x, "a", (4, 8)), reshape(x, "b", (8, 4))),
    "torch.bmm": lambda x: matmul(flatten(x, start=2), flatten(x, start=2)),
    "torch.Tensor.bmm": lambda x: matmul(flatten(x, start=2), flatten(x, start=2)),
}
"""Networks for names that do not fit their op's example."""


@pytest.mark.parametrize(("op", "name"), [(op, name) for op, names in BUILT.items() for name in names])
def test_another_call_does_the_same(op: str, name: str) -> None:
    """An op that is built by another of its names returns the same values as its own call."""
    usual = trace(SAME[name], (2, 4, 2, 2), name="same") if name in SAME else example(op)
    data = json.loads(json.dumps(to_data(usual)))
    axes = str(len(usual.inputs[0].shape) - 2)
    data["nodes"][-1]["torch"] = {"name": name.replace("{n}", axes)}
    graph = from_data(data)
    assert graph.nodes[-1].call.name == data["nodes"][-1]["torch"]["name"]
    x = torch.randn(usual.inputs[0].shape)
    made, expected = to_torch(graph)(x), to_torch(usual)(x)
    assert made.shape == expected.shape
    assert op == "dropout" or torch.equal(made, expected)


@pytest.mark.parametrize(("aten", "name"), [(aten, name) for aten, names in PLAIN.items() for name in names])
def test_an_activation_is_built(aten: str, name: str) -> None:
    """As torch.nn has it, read from a module or from a file."""
    if "." not in name:
        module = getattr(nn, name)(
            **({"num_parameters": 4} if name == "PReLU" else {"dim": -1} if "Log" in name else {})
        )
        graph = costcalc.cost(module, input=(4, 3), batch=2).graph
        assert graph.nodes[-1].facts.settings["aten"] == aten
        data = json.loads(json.dumps(to_data(graph)))
    else:
        data = one("elementwise", {"aten": aten, "shapes": [[2, 4, 3]], "fresh": True}, (2, 4, 3), torch={"name": name})
        module = _resolve(name)
    model, x = to_torch(from_data(data)).eval(), torch.randn(2, 4, 3)
    assert torch.equal(model(x), module.eval()(x) if isinstance(module, nn.Module) else module(x))
