"""Each quirk on a tool's page is a program that prints what its last comment says, run with the real tool."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from costcalc.conventions import names

ROOT = Path(__file__).parents[1]
QUIRKS = ROOT / "docs" / "quirks"
TOOLS = sorted(folder.name for folder in QUIRKS.iterdir() if folder.name != "__pycache__")

RUN = """
import contextlib, io, json, runpy, sys, warnings
warnings.simplefilter("ignore")
for file in sys.argv[1:]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        left = runpy.run_path(file)
    counts = left["cost"].counts if "cost" in left else {}
    predicted = [*counts.values(), left["predicted"]] if "predicted" in left else [*counts.values()]
    print(json.dumps([out.getvalue(), left.get("reported"), predicted]))
"""


def files(tool: str) -> list[Path]:
    """A tool's quirks, those that leave torch patched at the end."""
    return sorted((QUIRKS / tool).glob("*.py"), key=lambda file: ("patched" in file.stem, file))


def test_folders_bear_the_names_of_tools() -> None:
    assert set(TOOLS) <= set(names())
    assert all(files(tool) for tool in TOOLS)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_quirk_prints_what_its_page_says(tool: str) -> None:
    """One process a tool, in which torch is imported once."""
    run = [sys.executable, "-c", RUN, *map(str, files(tool))]
    done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert len(lines) == len(files(tool))
    for file, line in zip(files(tool), lines, strict=True):
        printed, reported, predicted = json.loads(line)
        (said,) = re.findall(r"print\(.*\)  # (.*)", file.read_text(encoding="utf-8"))
        assert printed == f"{said}\n", file.name
        if reported is not None:
            assert predicted == [reported], f"{file.name}: costcalc's rule, and the tool"


@pytest.mark.parametrize("file", [file for tool in TOOLS for file in files(tool)], ids=lambda file: file.stem)
def test_a_quirk_has_a_title_and_a_reason(file: Path) -> None:
    title, _, why = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").partition("\n\n")
    assert len(title.splitlines()) == 1
    assert not title.endswith(".")
    assert why.endswith(".")


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "conventions").glob("*.md")), ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
