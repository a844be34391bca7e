"""Text fits the terminal: long texts are wrapped, long names cut with a mark; nothing else changes."""

import pytest
from command import printed
from hypothesis import given
from hypothesis import strategies as st

from costcalc.report.formats import render
from costcalc.report.table import Table
from costcalc.report.width import wrap


@given(st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=80), st.integers(1, 30))
def test_wrapped_text_keeps_every_letter(text: str, width: int) -> None:
    lines = wrap(text, width).split("\n")
    assert all(len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_where_lines_break() -> None:
    assert wrap("conv+relu+max_pool", 10) == "conv+relu+\nmax_pool"
    assert wrap("one two three", 8) == "one two\nthree"
    assert wrap("1,582,671,872 mult-adds", 14) == "1,582,671,872\nmult-adds"
    assert wrap("abcdefghij", 4) == "abcd\nefgh\nij"


def table(name: str, why: str) -> Table:
    return Table("t", ["layer", "n", "why"], [[name, 1234567, why]], [False, True, False], ["total", 1234567, None])


def test_numbers_stay_whole_and_names_are_cut_at_the_front() -> None:
    text = render([table("encoder.layers.encoder_layer_0-11.mlp.0 (12x)", "a reason " * 20)], "text", 72)
    assert max(map(len, text.splitlines())) <= 72
    assert "1,234,567" in text
    assert "…" in text
    assert "mlp.0 (12x)" in text
    assert text.count("reason") == 20


@pytest.mark.parametrize("format", ["markdown", "csv", "latex", "html"])
def test_other_formats_are_not_wrapped(format: str) -> None:
    wide = table("a.b", "a reason " * 20)
    assert render([wide], format, 40) == render([wide], format)


def body(text: str) -> list[str]:
    """The lines of the first table."""
    lines = text.splitlines()
    end = lines.index("", 2) if "" in lines[2:] else len(lines)
    return lines[2:end]


@pytest.mark.parametrize("columns", ["80", "100", "132"])
@pytest.mark.parametrize("command", ["table vgg16 --share", "claims", "list --family vgg", "conventions fvcore"])
def test_commands_fit_the_terminal(command: str, columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert max(map(len, body(printed(*command.split())))) <= int(columns)


def test_a_pipe_has_100_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    assert max(map(len, body(printed("published", "googlenet")))) <= 100


def test_notes_are_wrapped_and_lose_nothing() -> None:
    words = " ".join(f"word{i}" for i in range(60))
    text = render([Table("t", ["a"], [["x"]], [False], notes=[words])], "text", 80)
    assert max(map(len, text.splitlines())) <= 80
    assert " ".join(text.split()).endswith(words)
