"""The example notebook runs in a fresh kernel, and shows what the same calls return here."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("torch")
nbformat = pytest.importorskip("nbformat")

ROOT = Path(__file__).parents[1]
FILE = ROOT / "examples" / "costcalc.ipynb"


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell: Any) -> list[str]:
    """The tables of a cell, as text, without pictures; and what it prints."""
    html = [each.data["text/html"] for each in cell.outputs if "text/html" in each.get("data", {})]
    return [*map(without_pictures, html), *(each.text for each in cell.outputs if each.output_type == "stream")]


def without_pictures(html: str) -> str:
    """Fonts and figures depend on matplotlib's version, and the packed page on zlib's."""
    return re.sub(r'src(doc)?="[^"]*"', "", html)


@pytest.fixture(scope="module")
def executed() -> Any:
    spec = importlib.util.spec_from_file_location("docs_notebook", ROOT / "docs" / "notebook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.executed()


def test_the_notebook_shows_what_python_returns(executed: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Each cell, run in a kernel, as it is committed, and run here, shows the same numbers."""
    committed = code_cells(nbformat.read(FILE, 4))
    names: dict[str, Any] = {"__name__": "__main__"}
    assert len(committed) >= 10
    for cell, fresh in zip(committed, code_cells(executed), strict=True):
        *statements, last = ast.parse(cell.source).body
        assert isinstance(last, ast.Expr)
        exec(compile(ast.Module(statements, []), "cell", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
        printed = capsys.readouterr().out
        html = value._repr_html_() if hasattr(value, "_repr_html_") else None
        here = [*([] if html is None else [without_pictures(html)]), *([printed] if printed else [])]
        assert shown(fresh) == here
        assert shown(cell) == here
        assert not [each for each in fresh.outputs if each.output_type == "error" or each.get("name") == "stderr"]


def test_the_notebook_is_small_and_holds_no_trace_of_a_machine() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert len(text) < 400_000
    for cell in code_cells(nbformat.read(FILE, 4)):
        assert all(len(data) < 100_000 for each in cell.outputs for data in each.get("data", {}).values())
    assert str(Path.home()) not in text
    assert "/tmp/" not in text
