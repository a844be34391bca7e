"""The layout of each report, kept in tests/golden. The figures are held against the literature, and re-added."""

import json
import os
from pathlib import Path

import pytest
from command import printed
from reading import column, number, read, total

GOLDEN = Path(__file__).parents[1] / "golden"
UPDATE = "COSTCALC_UPDATE_GOLDEN"

TABLES = ("text", "markdown", "csv", "latex", "html")
EXACT = ("text", "markdown", "csv", "html")
ENDINGS = {"text": "txt", "markdown": "md", "csv": "csv", "latex": "tex", "json": "json", "html": "html"}

TOOLS = "--convention flopcounter --convention fvcore --convention torchinfo"
COMMANDS = {
    "table_googlenet": "table googlenet",
    "table_vgg16": "table vgg16 --share --top 5",
    "table_googlenet_aux": "table googlenet_aux --mode train --convention torchinfo",
    "compare": "compare googlenet vgg16",
    "explain": f"explain googlenet inception_3a.5x5 {TOOLS}",
    "bottleneck": "bottleneck 192x28x28 --out 32 --kernel 5 --reduce 16",
}
FILES = {
    f"{name}.{ending}": f"{command} --format {format}"
    for name, command in COMMANDS.items()
    for format, ending in ENDINGS.items()
} | {"table_googlenet_layer.txt": "table googlenet --depth layer"}


def golden(name: str, format: str) -> str:
    return (GOLDEN / f"{name}.{ENDINGS[format]}").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES)
def test_the_layout_is_as_it_was(file: str) -> None:
    path = GOLDEN / file
    text = printed(*FILES[file].split())
    if os.environ.get(UPDATE):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"tests/golden/{file} is missing; {UPDATE}=1 pytest tests/report writes it"
    assert text == path.read_text(encoding="utf-8"), (
        f"costcalc {FILES[file]} looks different from tests/golden/{file}; if it should, write it anew with "
        f"{UPDATE}=1 pytest tests/report, and read the difference before you commit it"
    )


def test_no_golden_file_without_its_command() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(FILES)


KEYS = {"params (paper)": "params_paper", "ops (paper)": "ops_paper"}
"""Headings -> keys in CSV."""


def key(heading: str, format: str) -> str:
    """The heading of a column as the format has it."""
    return KEYS.get(heading, heading.replace(" ", "_").replace("-", "_")) if format == "csv" else heading


@pytest.mark.parametrize("format", TABLES)
def test_googlenets_columns_add_up(format: str) -> None:
    """Caffe's bvlc_googlenet: 6,998,552 params; 1,582,671,872 mult-adds."""
    grid = read(golden("table_googlenet", format), format)
    if format == "latex":
        last = dict(zip(grid[0], grid[-1], strict=True))
        assert (last["params (k)"], last["mult-adds (M)"]) == ("6,998.55", "1,582.67")
    else:
        assert sum(column(grid, "params")) == 6_998_552
        assert sum(column(grid, key("mult-adds", format))) == 1_582_671_872
    if format not in ("csv", "latex"):
        assert (total(grid, "params"), total(grid, "mult-adds")) == (6_998_552, 1_582_671_872)
    blocks = {row[0]: row for row in grid[1:]}
    at = [grid[0].index(key(name, format)) for name in ("params (paper)", "ops (paper)")]
    assert [blocks["inception_3a"][i] for i in at] == ["159K", "128M"]  # Szegedy et al. 2015, Table 1
    assert [blocks["pool1"][i] for i in at] == ["", ""]


def test_googlenets_layers_add_up() -> None:
    grid = read(golden("table_googlenet_layer", "text"), "text")
    assert sum(column(grid, "params")) == total(grid, "params") == 6_998_552
    assert sum(column(grid, "mult-adds")) == total(grid, "mult-adds") == 1_582_671_872
    names = [row[1] for row in grid[1:-1]]
    assert [names.count(op) for op in ("conv", "relu", "max_pool", "lrn", "concat")] == [57, 57, 4 + 9, 2, 9]
    assert names[-5:] == ["adaptive_avg_pool", "dropout", "flatten", "linear", "softmax"]


@pytest.mark.parametrize("format", EXACT)
def test_the_tools_column_adds_up(format: str) -> None:
    """torchinfo counts biases: 13,378,280 params, of them 6,998,552 without the auxiliary heads."""
    grid = read(golden("table_googlenet_aux", format), format)
    assert sum(column(grid, "params")) == 13_378_280
    heads = [row for row in grid if row[0].startswith("aux_")]
    at = grid[0].index("params")
    assert sum(number(row[at]) for row in heads) == 13_378_280 - 6_998_552
    mult_adds, torchinfo = sum(column(grid, key("mult-adds", format))), sum(column(grid, "torchinfo"))
    assert mult_adds == 1_582_671_872 + 4_169_728 + 4_202_496
    if format != "csv":
        assert (total(grid, "mult-adds"), total(grid, "torchinfo")) == (mult_adds, torchinfo)
    data = json.loads(golden("table_googlenet_aux", "json"))
    assert data["total"]["counts"] == {"torchinfo": torchinfo}


@pytest.mark.parametrize("format", EXACT)
def test_googlenet_beside_vgg16(format: str) -> None:
    """VGG-16: 138,357,544 params and 15,470,264,320 mult-adds: 19.8 and 9.77 times GoogLeNet's."""
    header, google, vgg = read(golden("compare", format), format)
    cell = dict(zip(header, vgg, strict=True))
    params, macs = "params", key("mult-adds", format)
    assert (number(cell[params]), number(cell[macs])) == (138_357_544, 15_470_264_320)
    ratios = [cell[key(f"{name} ratio", format)] for name in ("params", "mult-adds")]
    if format == "csv":
        assert ratios == [str(138_357_544 / 6_998_552), str(15_470_264_320 / 1_582_671_872)]
    else:
        assert ratios == ["19.8x", "9.77x"]
    cell = dict(zip(header, google, strict=True))
    assert (number(cell[params]), number(cell[macs])) == (6_998_552, 1_582_671_872)
    assert {cell[name] for name in header if name.endswith("ratio")} == ({"1.0"} if format == "csv" else {"1.00x"})


def test_latex_is_for_print() -> None:
    """In words, in units, without ratios."""
    header, google, vgg = read(golden("compare", "latex"), "latex")
    assert header == ["model", "input", "params (M)", "mult-adds (G)", "activations (M)"]
    assert (google[2:4], vgg[2:4]) == (["7.00", "1.58"], ["138.36", "15.47"])
    assert " Model " in golden("compare", "latex")


@pytest.mark.parametrize("format", TABLES)
def test_the_5x5_of_inception_3a(format: str) -> None:
    """28·28 positions, 32 of 16·5·5: 10,035,200; with the bias 28·28·32 more; doubled by FlopCounterMode."""
    header, *lines = read(golden("explain", format), format)
    rows = [row for row in lines if row[0]]  # without the further lines of long texts
    numbers = {row[0]: number(row[header.index("number")]) for row in rows}
    ours = 28 * 28 * 32 * 16 * 5 * 5
    moved = 4 * (28 * 28 * 16 + 32 * 16 * 5 * 5 + 32 + 28 * 28 * 32)
    tools = {"flopcounter": 2 * ours, "fvcore": ours, "torchinfo": ours + 28 * 28 * 32}
    trained = {"train mult-adds": 3 * ours, "checkpointed mult-adds": 4 * ours}
    assert numbers == {"mult-adds": ours, "bytes moved": moved, **trained, **tools}
    formulas = {row[0]: row[header.index("formula")] for row in rows}
    assert formulas["mult-adds"] == "32·28·28·16·5·5"


@pytest.mark.parametrize("format", TABLES)
def test_the_bottleneck_of_the_course_notes(format: str) -> None:
    """120,422,400 against 12,443,648 mult-adds: 9.68 times fewer; a reduction pays up to a width of 154."""
    text = golden("bottleneck", format)
    direct, first, second, both = column(read(text, format), key("mult-adds", format))
    assert (direct, both) == (120_422_400, 12_443_648)
    assert first + second == both
    if format != "csv":
        assert "9.68x fewer" in text
        assert "pays up to a width of 154" in text
