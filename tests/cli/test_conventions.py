import json

import pytest
from command import printed, refused
from reading import read

from costcalc.conventions import find, names
from costcalc.conventions.examples import EXAMPLES
from costcalc.conventions.matrix import other_operations

TABLES = ("text", "markdown", "csv", "latex", "html")
COUNTING = [name for name in names() if not find(name).only_params]


@pytest.mark.parametrize("format", TABLES)
def test_the_matrix(format: str) -> None:
    header, *rows = read(printed("conventions", "--format", format), format)
    ours = "mult_adds" if format == "csv" else "mult-adds"
    assert header == ["op", ours, *COUNTING]
    assert [row[0] for row in rows] == list(EXAMPLES)
    conv = dict(zip(header, next(row for row in rows if row[0] == "conv"), strict=True))
    assert conv[ours] == "C_out·H_out·W_out·C_in·k_h·k_w"
    assert (conv["fvcore"], conv["flopcounter"]) == ("mult-adds", "2 x mult-adds")
    relu = dict(zip(header, next(row for row in rows if row[0] == "relu"), strict=True))
    assert (relu[ours], relu["fvcore"], relu["flopcounter"]) == ("zero", "zero", "–")


def test_a_tool_that_counts_no_operations_has_no_column() -> None:
    assert "keras has no column: parameters only" in printed("conventions")


def test_the_schema() -> None:
    said = json.loads(printed("conventions", "--format", "json"))
    assert list(said) == ["schema", "tools", "ops"]
    assert said["schema"] == 1
    tools = {tool["tool"]: tool for tool in said["tools"]}
    assert list(tools) == names()
    assert list(tools["fvcore"]) == ["tool", "version", "unit", "about", "eval_only"]
    assert (tools["fvcore"]["unit"], tools["flopcounter"]["unit"], tools["keras"]["unit"]) == (1, 2, None)
    ops = {op["op"]: op for op in said["ops"]}
    assert ops["batch_norm"]["counts"]["thop"] == {"status": "counted", "formula": "4·n"}
    assert ops["relu"]["counts"]["fvcore"] == {"status": "zero", "formula": None}
    assert ops["relu"]["counts"]["flopcounter"] == {"status": "not seen", "formula": None}
    assert list(ops["relu"]["counts"]) == COUNTING


@pytest.mark.parametrize("format", TABLES)
def test_one_tools_rules(format: str) -> None:
    header, *rows = read(printed("conventions", "thop", "--format", format), format)
    assert header == ["op", "counts", "mirrors", "note"]
    assert {row[0] for row in rows} == {*find("thop").rules, *other_operations(find("thop"))}
    (norm,) = (row for row in rows if row[0] == "batch_norm")
    assert norm[1:] == [
        "4·n",
        "thop.vision.basic_hooks.count_normalization",
        "counts 4 per element, or 2 without scale and shift",
    ]


def test_one_tools_rules_as_text() -> None:
    text = printed("conventions", "flopcounter")
    assert text.startswith(f"flopcounter {find('flopcounter').version}\n")
    assert "unit         2 per mult-add\n" in text
    assert "not counted  adaptive_avg_pool, add, " in text
    assert "mode         eval, whatever the mode of the model" in printed("conventions", "thop")


def test_one_tools_rules_as_data() -> None:
    said = json.loads(printed("conventions", "torchprofile", "--format", "json"))
    assert list(said) == ["schema", "tool", "version", "unit", "about", "eval_only", "params", "rules", "others"]
    assert ["mul", "mean"] in [rule["names"] for rule in said["others"]]
    rules = {rule["op"]: rule for rule in said["rules"]}
    assert rules["linear"] == {
        "op": "linear",
        "status": "counted",
        "formula": "mult-adds",
        "mirrors": "torchprofile.handlers._matmul",
        "note": "counts mult-adds, without the bias",
    }


def test_a_tool_of_params_alone() -> None:
    text = printed("conventions", "keras")
    assert "none: it does not count operations" in text
    assert "not counted" not in text
    assert json.loads(printed("conventions", "keras", "--format", "json"))["rules"] == []


def test_several_tools_side_by_side() -> None:
    header, *_ = read(printed("conventions", "thop", "fvcore", "thop"), "text")
    assert header == ["op", "mult-adds", "thop", "fvcore"]


def test_an_unknown_tool() -> None:
    for given in (["convension"], ["fvcore", "convension"], [""]):
        line = refused("conventions", *given)
        assert line == f"unknown convention {given[-1]!r}; there are {', '.join(names())}"
