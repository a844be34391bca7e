"""An attribute of the wrong type ends in one line, for every op and every command."""

from pathlib import Path
from typing import Any

import onnx
import pytest
from command import refused
from onnx import AttributeProto, defs, helper
from onnx_files import weight, written
from onnx_seeds import own

import costcalc
from costcalc.spec import CostcalcError

VALUES: dict[str, Any] = {
    "INT": 3,
    "INTS": [1, 2],
    "FLOAT": 0.5,
    "FLOATS": [0.5, 1.0],
    "STRING": "two",
    "STRINGS": ["one", "two"],
    "TENSOR": weight("t", 1),
    "TENSORS": [weight("t", 1)],
    "GRAPH": helper.make_graph([], "g", [], []),
    "GRAPHS": [helper.make_graph([], "g", [], [])],
}
MODELS = [onnx.ModelProto.FromString(raw) for raw in own()]
PLACES = [
    (m, n, attribute)
    for m, model in enumerate(MODELS)
    for n, node in enumerate(model.graph.node)
    if defs.has(node.op_type)
    for attribute in defs.get_schema(node.op_type, 21, "").attributes
]


def spoiled(m: int, n: int, name: str, kind: str) -> onnx.ModelProto:
    """A model with a node that has an attribute of that type."""
    model = onnx.ModelProto.FromString(MODELS[m].SerializeToString())
    node = model.graph.node[n]
    kept = [attribute for attribute in MODELS[m].graph.node[n].attribute if attribute.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(name, VALUES[kind])])
    return model


@pytest.mark.parametrize(("m", "n", "name"), PLACES)
def test_every_other_type(m: int, n: int, name: str, tmp_path: Path) -> None:
    op = MODELS[m].graph.node[n].op_type
    right = {s.attributes[name].type.name for s in defs.get_all_schemas_with_history()
             if (s.domain, s.name) == ("", op) and name in s.attributes}  # fmt: skip
    for kind in VALUES.keys() - right:
        with pytest.raises(CostcalcError) as caught:
            costcalc.graph(written(spoiled(m, n, name, kind), tmp_path))
        assert f"({op}): attribute {name!r} is of type {kind}, not {' or '.join(sorted(right))}" in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("command", [["table"], ["export"], ["compare"], ["reconcile"], ["explain", "LeakyRelu"]])
@pytest.mark.parametrize("kind", sorted(VALUES.keys() - {"FLOAT"}))
def test_every_command(command: list[str], kind: str, tmp_path: Path) -> None:
    file = written(spoiled(1, 0, "alpha", kind), tmp_path)
    more = [file] if command == ["compare"] else []
    line = f"{file!r}: node 'a' (LeakyRelu): attribute 'alpha' is of type {kind}, not FLOAT"
    assert refused(command[0], file, *command[1:], *more) == line


def test_a_type_that_says_one_thing_and_a_value_that_is_another(tmp_path: Path) -> None:
    """The type decides: then a number is 0, as protobuf has it."""
    model = spoiled(1, 0, "alpha", "STRING")
    model.graph.node[0].attribute[0].type = AttributeProto.FLOAT
    assert costcalc.graph(written(model, tmp_path)).nodes[0].facts.settings["slope"] == 0
