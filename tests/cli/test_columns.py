"""--columns, --units and --digits; and a quantity in one file, found by every command in every format."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import printed, refused
from reading import read
from toy_quantity import TOY, dropped_in

FORMATS = ("text", "markdown", "csv", "latex", "html")


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[None]:
    with dropped_in(tmp_path, "toys", TOY):
        yield


def cells(*arguments: str, format: str = "text") -> dict[str, dict[str, str]]:
    """Rows by their first cell, and in them cells by heading. Integers are printed in full, except in --units."""
    arguments = (
        arguments
        if "--units" in arguments
        else (*arguments, *(() if arguments[0] == "explain" else ("--units", "none")))
    )
    header, *rows = read(printed(*arguments, "--format", format), format)
    return {row[0]: dict(zip(header, row, strict=True)) for row in rows}


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("format", FORMATS)
def test_a_quantity_in_one_file_is_a_column(format: str) -> None:
    rows = cells("table", "vgg11", "--columns", "toys,params", "--depth", "layer", format=format)
    first = rows["features.0"]
    data = format == "csv"
    toys = "toys" if data else "toys (B)"
    headings = ["layer", "op", "output", "toys (B)", "params", "connected to"]
    assert list(first) == (["name", "op", "output", "toys", "params", "status", "inputs"] if data else headings)
    assert (first[toys], rows["features.1"][toys]) == ("192", "0")  # 3 bytes for each of 64 channels
    assert rows["features.2"][toys] == ("" if data else "unknown")
    for command in ("compare vgg11 vgg13", "list --family vgg"):
        shown = cells(*command.split(), "--columns", "params,toys", format=format)["vgg11"][toys]
        assert shown.isdigit() if data else shown.startswith(("≥ ", "$\\geq$ "))
    explained = cells("explain", "vgg11", "features.0", "--convention", "fvcore", format=format)
    assert (explained["toys"]["number"], explained["toys"]["formula"]) == ("192", "64·3")


@pytest.mark.usefixtures("toy")
def test_a_quantity_in_one_file_is_in_json() -> None:
    said = json.loads(printed("table", "vgg11", "--columns", "toys", "--depth", "layer", "--format", "json"))
    rows = {row["name"]: row for row in said["rows"]}
    assert (rows["features.0"]["toys"], rows["features.0"]["params"]) == (192, 64 * 3 * 9 + 64)
    assert (rows["features.2"]["toys"], rows["features.2"]["statuses"]) == (None, {"toys": "unknown"})
    assert "statuses" not in rows["features.0"]
    known = sum(row["toys"] for row in said["rows"] if row["toys"] is not None)
    assert (said["total"]["toys"], said["total"]["statuses"]) == (known, {"toys": "lower bound"})
    assert said["total"]["status"] == "complete"
    for command in ("compare vgg11 vgg13", "list --family vgg"):
        said = json.loads(printed(*command.split(), "--columns", "toys", "--format", "json"))
        assert said["models"][0]["toys"] == known
    said = json.loads(printed("explain", "vgg11", "features.0", "--convention", "fvcore", "--format", "json"))
    assert (said["toys"], said["formulas"]["toys"]) == (192, "64·3")


@pytest.mark.usefixtures("toy")
def test_a_quantity_says_what_is_unknown() -> None:
    text = printed("table", "vgg11", "--columns", "toys")
    assert "Toys: 3 bytes per output channel." in text
    assert "B of toys: unknown is max_pool, in features.2, features.5, features.10 (and 2 more layers)." in text
    assert "vgg11 is a lower bound, at least" in printed("compare", "vgg11", "vgg13", "--columns", "toys")
    assert "max_pool" not in printed("compare", "vgg11", "vgg13", "--columns", "params")


def test_columns_are_picked_and_ordered() -> None:
    rows = cells("table", "googlenet", "--columns", "fvcore, params,activations", "--convention", "thop")
    quantities = ["fvcore", "params", "params (paper)", "activations", "thop"]
    assert list(rows["conv1"]) == ["block", "op", "output", *quantities]
    assert rows["conv1"]["activations"] == f"{64 * 112 * 112:,}"  # the relu is in place
    rows = cells("table", "googlenet", "--columns", "params,fvcore,params", "--convention", "fvcore")
    assert list(rows["conv1"]) == ["block", "op", "output", "params", "params (paper)", "fvcore"]


def test_a_papers_note_stands_below_its_columns() -> None:
    assert "Columns (paper)" in printed("table", "googlenet", "--columns", "params")
    assert "paper" not in printed("table", "googlenet", "--columns", "activations").partition("\n\n")[2]


def test_each_column_of_compare_has_its_ratio() -> None:
    rows = cells("compare", "googlenet", "vgg16", "--columns", "fvcore,params", "--convention", "torchinfo")
    pairs = [heading for key in ("fvcore", "params", "torchinfo") for heading in (key, f"{key} ratio")]
    assert list(rows["vgg16"]) == ["model", "input", *pairs]
    assert rows["vgg16"]["params ratio"] == "19.8x"  # 138,357,544 / 6,998,552
    plain = printed("compare", "googlenet", "vgg16", "--columns", "fvcore,params", "--no-ratios")
    assert "ratio" not in plain.lower()
    assert "ratio" not in printed("compare", "googlenet", "vgg16", "--no-ratios").lower()


# googlenet has 6,998,552 params, vgg16 138,357,544 and resnet50 25,557,032.
@pytest.mark.parametrize(
    ("units", "digits", "params"),
    [
        ("M", None, ["7.00", "138.36", "25.56"]),
        ("k", "0", ["6,999", "138,358", "25,557"]),
        ("k", "1", ["6,998.6", "138,357.5", "25,557.0"]),
        ("G", "3", ["0.007", "0.138", "0.026"]),
        ("Ki", "0", ["6,835", "135,115", "24,958"]),  # 6834.52, 135114.79, 24958.04
        ("Mi", None, ["6.67", "131.95", "24.37"]),
    ],
)
def test_units_and_digits(units: str, digits: str | None, params: list[str]) -> None:
    models = ["compare", "googlenet", "vgg16", "resnet50", "--columns", "params,fvcore", "--units", units, "--ratios"]
    more = ["--digits", digits] if digits else []
    for format in ("text", "markdown", "latex", "html"):
        rows = cells(*models, *more, format=format)
        assert [row[f"params ({units})"] for row in rows.values()] == params
        assert [row["params ratio"] for row in rows.values()] == ["1.00x", "19.8x", "3.65x"]
    rows = cells(*models, *more, format="csv")
    assert [row["params"] for row in rows.values()] == ["6998552", "138357544", "25557032"]
    said = json.loads(printed(*models, *more, "--format", "json"))
    assert [model["params"] for model in said["models"]] == [6_998_552, 138_357_544, 25_557_032]


def test_scaled_cells_of_a_table() -> None:
    rows = cells("table", "googlenet", "--columns", "mult_adds,params", "--units", "M", "--digits", "1")
    assert rows["conv1"]["mult-adds (M)"] == "118.0"
    assert (rows["conv1"]["params (M)"], rows["conv1"]["params (paper)"]) == ("0.0", "2.7K")
    assert rows["pool1"]["mult-adds (M)"] == "0", "nothing, not little"
    assert rows["total"]["mult-adds (M)"] == "1,582.7"
    heads = cells("table", "googlenet_aux", "--columns", "mult_adds,fvcore", "--units", "G")["aux_4a"]
    assert (heads["mult-adds (G)"], heads["fvcore (G)"]) == ("not run", "not run")


def test_latex_in_millions() -> None:
    """torchvision's GoogLeNet: 6,624,904 params; 1.498 G mult-adds."""
    columns = ["--columns", "params,mult_adds,fvcore", "--units", "M", "--format", "latex"]
    text = printed("compare", "googlenet_torchvision", "vgg16", *columns)
    assert r"\begin{tabular}{llrrr}" in text
    row = next(line for line in text.splitlines() if "3x224x224" in line)
    assert [cell.strip() for cell in row.split("&")[2:4]] == ["6.62", "1,498.38"]
    with_ratios = printed("compare", "vgg11", "vgg16", *columns, "--ratios").splitlines()
    row = next(line for line in with_ratios if "vgg16 " in line and "&" in line)
    assert "1.04x" in row  # 138,357,544 / 132,863,336


def test_a_list_by_any_quantity() -> None:
    arguments = ["--family", "vgg", "--columns", "fvcore,activations", "--sort", "fvcore", "--format", "json"]
    said = json.loads(printed("list", *arguments))["models"]
    assert {"params", "mult_adds", "activations", "counts"} <= set(said[0])
    assert [model["counts"]["fvcore"] for model in said] == sorted(model["counts"]["fvcore"] for model in said)
    assert list(cells("list", "--family", "vgg", "--columns", "activations")["vgg11"])[4:] == ["activations", "source"]
    by_key = printed("list", "--family", "vgg", "--sort", "mult_adds")
    assert by_key == printed("list", "--family", "vgg", "--sort", "mult-adds")
    assert cells("list", "--family", "vgg", "--columns", "keras,params", "--sort", "keras")["vgg11"]["keras"] == ""


KEYS = (
    "there are params, mult_adds, activations, activation_bytes, active_params, bound, buffer_bytes, buffers, "
    "bytes_moved, checkpointed_mult_adds, copied_bytes, field_offset, frozen_params, intensity, param_bytes, "
    "peak_memory, peak_memory_last_use, predicted, receptive_field, saved_for_backward, time, total_stride, "
    "train_mult_adds, trainable_params, calflops_flops"
)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("table lenet5 --columns mult_add", f"unknown column 'mult_add'; did you mean mult_adds? {KEYS}"),
        ("table lenet5 --columns PARAMS", f"unknown column 'PARAMS'; did you mean params? {KEYS}"),
        ("table lenet5 --columns params,x", f"unknown column 'x'; {KEYS}"),
        ("table lenet5 --columns __init__", f"unknown column '__init__'; {KEYS}"),
        ("compare lenet5 vgg11 --columns ../quantity", "unknown column '../quantity'; "),
        ("list --columns quantity", "unknown column 'quantity'; "),
        ("list --columns params,", "invalid value for '--columns': 'params,' is not a list of columns; expected keys"),
        (
            "list --columns activations --sort params",
            "--sort 'params': expected one of name, family, year, input, activations, ",
        ),
        ("table lenet5 --digits 1", "--digits needs --units, like --units M --digits 1"),
        ("table lenet5 --units m", "invalid value for '--units': 'm' is not one of 'none', 'auto', 'k', 'M', 'G'"),
        ("table lenet5 --units M --digits 10", "invalid value for '--digits': '10' is not a whole number from 0 to 9"),
        ("table lenet5 --units M --digits -1", "invalid value for '--digits': '-1' is not a whole number from 0 to 9"),
    ],
)
def test_bad_input(arguments: str, line: str) -> None:
    assert refused(*arguments.split()).startswith(line)
