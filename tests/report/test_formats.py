"""Every format takes every character, and each command's report in it is sound."""

import re
from html.parser import HTMLParser

import pytest
from command import printed
from reading import read

from costcalc.report import FORMATS
from costcalc.report.formats import render
from costcalc.report.table import Table, at_least, times
from costcalc.spec.shapes import text

NASTY = r"a_b %c & d# e|f <i>g</i> h*i* {j} k^l ~m~ \n $o$ `p` [q](r) &amp; _s_ 'é' ·"
"""Every character that a name, a source or a note may have and that some format takes for its own."""

COMMANDS = [
    "list --family googlenet --family vgg",
    "table googlenet_bn --convention torchinfo",
    "table googlenet_aux --depth layer",
    "table vgg16 --depth op",
    "compare googlenet_torchvision vgg16_bn",
    "explain googlenet_aux aux_4a.conv",
    "explain googlenet pool1",
    "bottleneck 192x28x28 --out 32 --kernel 5 --reduce 16",
]


def nasty() -> Table:
    rows = [[NASTY, 1234567], ["x", None]]
    return Table(NASTY, [NASTY, "n"], rows, [False, True], [NASTY, 1234567], [NASTY], keys=[NASTY, "n"])


@pytest.mark.parametrize("format", ["text", "csv", "html"])
def test_special_characters_come_back(format: str) -> None:
    grid = read(render([nasty()], format), format)
    assert grid[0][0] == grid[1][0] == NASTY
    assert grid[2] == ["x", ""]


def test_html_is_text_for_any_encoding_and_has_no_tags_but_its_own() -> None:
    page = render([nasty()], "html")
    assert page.isascii()
    tags, texts = set(), []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            tags.add(tag)

        def handle_data(self, data: str) -> None:
            texts.append(data.strip())

    Parser().feed(page)
    assert tags == {"h2", "table", "thead", "tbody", "tr", "th", "td", "p", "b"}
    assert texts.count(NASTY) == 5  # title, header, row, total, note


def test_markdown_as_it_renders() -> None:
    markdown_it = pytest.importorskip("markdown_it")
    parser = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"])
    page = parser.render(render([nasty()], "markdown"))
    tags, texts = [], []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            tags.append(tag)

        def handle_data(self, data: str) -> None:
            texts.append(data.strip())

    Parser().feed(page)
    assert set(tags) == {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "br"} - {"br"}
    assert texts.count(NASTY) == 5
    assert tags.count("td") == 3 * 2


@pytest.mark.parametrize("command", COMMANDS)
def test_markdown_of_each_command_as_it_renders(command: str) -> None:
    """What a reader sees is what the text has, and no name has turned into emphasis."""
    markdown_it = pytest.importorskip("markdown_it")
    page = printed(*command.split(), "--format", "markdown")
    html = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(page)
    assert not re.search(r"<(em|code|a|s|h\d|ul|li|blockquote)[ >]", html)
    seen = [row for row in read(html, "html") if row[0] != "total"]
    assert seen == [row for row in read(printed(*command.split()), "text") if row[0] != "total"]


@pytest.mark.parametrize("command", ["list", *COMMANDS[1:]])
def test_latex_of_each_command(command: str) -> None:
    check_latex(printed(*command.split(), "--format", "latex"))


def test_latex_with_special_characters() -> None:
    check_latex(render([nasty()], "latex"))


LATEX = [
    r"\$\\(cdot|geq|to|times)\$",
    r"\\text[a-z]+\{\}",
    r"\\(ensuremath|\^)\{[^}]*\}",
    r"\\[&%$#_{}]",
    r"\{[\[*]\}",
]
"""How a cell may use LaTeX's own characters: signs, escapes, and what is put in braces."""


def check_latex(text: str) -> None:
    """booktabs rules in order, environments closed, and each special character escaped."""
    lines = [line for line in text.splitlines() if not line.startswith("%")]
    rules = [line for line in lines if line.startswith("\\") and line.endswith("rule")]
    assert rules in (
        ["\\toprule", "\\midrule", "\\bottomrule"],
        ["\\toprule", "\\midrule", "\\midrule", "\\bottomrule"],
    )
    begin = re.fullmatch(r"\\begin\{tabular\}\{([lr]+)\}", lines[0])
    assert begin
    assert lines[-1] == "\\end{tabular}"
    rows = [line for line in lines[1:-1] if line not in rules]
    for row in rows:
        assert row.endswith("\\\\")
        body = row.removesuffix("\\\\")
        for known in LATEX:
            body = re.sub(known, "", body)
        assert body.count("&") == len(begin[1]) - 1, row
        assert not re.search(r"[%$#_{}^~\\<>|\[*]", body), row
        assert all(ord(letter) < 0x100 for letter in body), "a sign that pdflatex's fonts may lack"


@pytest.mark.parametrize("format", [f for f in FORMATS if f != "json"])
def test_several_tables_and_empty_ones(format: str) -> None:
    text = render([nasty(), Table("none", ["layer", "n"], [], [False, True])], format)
    if format == "csv":
        assert text.splitlines()[0].startswith("table,")
    else:
        assert "none" in text


def test_ratios_have_three_digits() -> None:
    assert [times(*pair) for pair in ((977, 100), (198, 10), (1234, 1), (60_000, 6_998_552), (1, 0))] == [
        "9.77x", "19.8x", "1,234x", "0.00857x", "",
    ]  # fmt: skip


def test_shapes_and_lower_bounds() -> None:
    assert (text((1, 64, 112, 112)), text((20, 64, 7, 7)), text((1,))) == ("64x112x112", "20x64x7x7", "1")
    assert (at_least(1582, True), at_least(1582, False)) == (1582, ("≥ 1,582", 1582))
