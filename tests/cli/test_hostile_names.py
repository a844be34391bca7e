"""Names that hold terminal escapes, newlines, markup or formulas, through every command and format."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from command import refused, run
from hostile import CONTROL, FORMULAS, MARKUP, NAMES, network, shown
from reading import read

from costcalc.cli.options import FORMATS

TABLES = [format for format in FORMATS if format != "json"]

COMMANDS = ["table {}", "table {} --depth layer --convention thop", "table {} --depth op", "compare {} {}"]
COMMANDS += ["reconcile {}", "explain {} a|b", "explain {} =1+1 --convention fvcore"]

OWN = """
from torch import nn
NAMES = {names!r}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        for name in NAMES:
            self.add_module(name, nn.Linear(4, 4))

    def forward(self, x):
        for each in self.children():
            x = each(x)
        return x
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return network(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A torch module whose children have those of the names that torch can have: no points, no lone surrogates."""
    names = [name for name in NAMES if not re.search("[.\ud800-\udfff]", name)]
    path = tmp_path_factory.mktemp("own") / "own.py"
    path.write_text(OWN.format(names=names))
    return f"{path}:Net"


def is_clean(text: str) -> bool:
    """True for lines of characters that are printable."""
    return text.replace("\n", "").isprintable()


def unquoted(cell: str) -> str:
    """A cell of CSV without the quote that keeps a spreadsheet from running it."""
    return cell[1:] if re.match(r"'['\s]*[=+\-@＝]", cell) else cell


def columns(text: str, format: str) -> list[list[str]]:
    """The cells, each format by its own rules; Markdown as it renders."""
    if format == "csv":
        return [[unquoted(cell).strip() for cell in row] for row in csv.reader(io.StringIO(text))]
    if format == "markdown":
        markdown_it = pytest.importorskip("markdown_it")
        return read(markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text), "html")
    return read(text, format)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_control_character_comes_through(command: str, format: str, file: str) -> None:
    words = [word.replace("{}", file) for word in command.split()]
    done = run(*words, "--strict", "--format", format)
    assert done.code == 1
    assert is_clean(done.out)
    assert is_clean(done.err)
    assert len(done.err.splitlines()) == (2 if command.startswith("compare") else 1)  # the unknown op, of each model


@pytest.mark.parametrize("format", TABLES)
def test_each_name_is_one_cell_of_one_row(format: str, file: str) -> None:
    """The layers in their order: what a reader of the format sees is the name, with escapes for what cannot be seen."""
    header, *rows = columns(run("table", file, "--depth", "layer", "--format", format).out, format)
    expected = [*map(shown, NAMES), "the unknown"]
    assert [row[0] for row in rows][: len(expected)] == expected
    assert len(rows) == len(expected) + (0 if format == "csv" else 1)  # and the total
    assert {len(row) for row in rows} == {len(header)}
    assert [row[header.index("inputs" if format == "csv" else "connected to")] for row in rows][
        1 : len(expected)
    ] == expected[:-1]


def test_json_has_the_names_themselves(file: str) -> None:
    text = run("table", file, "--depth", "layer", "--format", "json").out
    assert [row["name"] for row in json.loads(text)["rows"]] == [*NAMES, "the unknown"]
    assert json.loads(text)["model"] == "|".join(NAMES)


def test_an_exported_network_reads_back_the_same(file: str, tmp_path: Path) -> None:
    text = run("export", file).out
    assert is_clean(text)
    (tmp_path / "again.json").write_text(text, encoding="utf-8")
    assert run("export", str(tmp_path / "again.json")).out == text
    assert [node["name"] for node in json.loads(text)["nodes"]] == [*NAMES, "the unknown"]


def test_markdown_has_no_markup_but_its_own(file: str) -> None:
    """A title in bold, a table, and notes in one paragraph, with a line break after each."""
    markdown_it = pytest.importorskip("markdown_it")
    page = run("table", file, "--depth", "layer", "--format", "markdown").out
    html = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(page)
    assert set(re.findall(r"<(\w+)", html)) == {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "br"}
    assert html.count("<p>") == 2


@pytest.mark.parametrize("note", [*MARKUP.values(), "12. a", "-", "- - -", "==", "a\n---", "+"])
def test_nor_do_its_notes(note: str) -> None:
    from costcalc.report.formats import render
    from costcalc.report.table import Table

    markdown_it = pytest.importorskip("markdown_it")
    page = render([Table(note, ["a"], [["b"]], [False], notes=[note, "a line", note])], "markdown")
    html = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(page)
    assert set(re.findall(r"<(\w+)", html)) == {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "br"}
    seen = re.sub(r"<[^>]+>", "", html.rpartition("<p>")[2]).strip().split("\n")
    parser = Texts()
    parser.feed("\n".join(seen))
    assert "".join(parser.texts).split("\n") == [shown(note), "a line", shown(note)]


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_html_has_no_tags_but_its_own(file: str) -> None:
    page = run("table", file, "--depth", "layer", "--format", "html").out
    assert set(re.findall(r"<(\w+)", page)) == {"h2", "table", "thead", "tbody", "tr", "th", "td", "p", "b"}
    assert not re.search(r"&(?!(amp|lt|gt|quot|#\w+);)", page)


def test_latex_has_no_commands_but_its_own(file: str) -> None:
    page = run("table", file, "--depth", "layer", "--format", "latex").out
    body = "\n".join(line for line in page.splitlines() if not line.startswith("%"))
    commands = {"begin", "end", "toprule", "midrule", "bottomrule", "textbackslash", "textasciitilde", "textbar"}
    assert set(re.findall(r"\\([a-z]+)", body)) == commands | {"ensuremath", "geq"}
    assert body.replace("\\{", "").replace("\\}", "").count("{") == body.replace("\\{", "").replace("\\}", "").count(
        "}"
    )
    assert not re.search(r"\\\\\s*[\[*]", body), "taken for an argument of the end of the row"


@pytest.mark.parametrize("name", FORMULAS.values(), ids=FORMULAS)
def test_no_spreadsheet_runs_a_cell(name: str, file: str) -> None:
    text = run("table", file, "--depth", "layer", "--format", "csv").out
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert "'" + name in cells
    assert not [cell for cell in cells if re.match(r"[\s]*[=+\-@＝]", cell)]


def test_numbers_of_a_spreadsheet_stay_numbers() -> None:
    from costcalc.report.formats import render
    from costcalc.report.table import Table

    table = Table("-t", ["=a", "b"], [[-3, "-28 %"], ["-3", "+1,024.5"], ["-3x", "-"]], [True, False])
    assert render([table], "csv") == "'=a,b\n-3,-28 %\n-3,\"+1,024.5\"\n'-3x,'-\n"
    assert render([table, table], "csv").splitlines()[1] == "'-t,-3,-28 %"


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("command", ["verify", "time"])
def test_a_torch_module_with_such_names(command: str, format: str, own: str) -> None:
    pytest.importorskip("torch")
    options = {
        "verify": ["--tools", "torchinfo", "--tools", "thop"],  # fvcore does not find a module whose name holds NUL
        "time": ["--depth", "layer", "--seconds", "0.01"],
    }
    done = run(command, own, "--input", "4", "--device", "cpu", *options[command], "--format", format)
    assert done.code == 0, done.err
    assert is_clean(done.out)


@pytest.mark.parametrize("format", TABLES)
def test_its_rows_are_the_names(format: str, own: str) -> None:
    pytest.importorskip("torch")
    from costcalc.convert.sources import load
    from costcalc.spec.request import Request

    names = [name for name, _ in load(Request(own))[0].named_children()]
    _, *rows = columns(run("table", own, "--input", "4", "--format", format).out, format)
    assert [row[0] for row in rows][: len(names)] == [shown(name) for name in names]


ERRORS = [
    ["table", "{}"], ["table", "{}.json"], ["table", "{}.onnx"], ["table", "{}.py:Net", "--input", "4"],
    ["table", "{}:Net", "--input", "4"], ["table", "torchvision:{}"], ["table", "vgg11", "--input", "{}"],
    ["table", "vgg11", "--input", "{}=3"], ["table", "vgg11", "--batch", "{}"], ["table", "vgg11", "--depth", "{}"],
    ["table", "vgg11", "--arg", "{}"], ["table", "vgg11", "--arg", "a={}"], ["table", "vgg11", "--mode", "{}"],
    ["table", "vgg11", "--convention", "{}"], ["table", "vgg11", "--format", "{}"], ["list", "-o", "/none/{}"],
    ["table", "vgg11", "--{}"], ["table", "vgg11", "{}"], ["explain", "vgg11", "{}"], ["compare", "vgg11", "{}"],
    ["conventions", "{}"], ["list", "--family", "{}"], ["list", "--sort", "{}"], ["published", "{}"], ["{}"],
    ["bottleneck", "{}", "--out", "1", "--kernel", "1", "--reduce", "1"], ["verify", "vgg11", "--tools", "{}"],
    ["time", "vgg11", "--seconds", "{}"], ["export", "{}"], ["reconcile", "{}"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", ERRORS, ids=" ".join)
def test_errors_are_one_line_that_a_terminal_only_shows(arguments: list[str]) -> None:
    name = "x" + "".join(CONTROL.values()).replace("\0", "") + "\udcff"
    line = refused(*(word.replace("{}", name) for word in arguments))
    assert line.isprintable()


def test_an_error_in_a_file_likewise(tmp_path: Path) -> None:
    name = "".join(CONTROL.values())
    node = {"name": name, "op": name, "inputs": [[-1, 0]], "settings": {}, "block": -1, "weights": []}
    data = {"format": "costcalc", "version": 1, "name": name, "note": "", "blocks": [], "nodes": [node], "buffers": {}}
    data |= {"outputs": [], "train_outputs": [], "inputs": [{"shape": [1, 2], "integer": False}]}
    (tmp_path / "x.json").write_text(json.dumps(data))
    assert refused("table", str(tmp_path / "x.json")).isprintable()
    data["nodes"] = [{**node, "op": "relu"}]
    (tmp_path / "x.json").write_text(json.dumps(data))
    assert refused("explain", str(tmp_path / "x.json"), "none").isprintable()
    assert refused("table", str(tmp_path / "x.json"), "--input", "3").isprintable()
    assert refused("published", str(tmp_path / "x.json")).isprintable()
