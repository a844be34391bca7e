"""The README says what is true: its commands run, its figures are printed, its test command is the one CI calls."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from costcalc import conventions, zoo
from costcalc.spec import Run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEST_COMMAND = "pip install uv && uv pip install -c constraints.txt -e '.[dev]' && make check"


def shell_lines(text: str) -> list[str]:
    """The `costcalc ...` lines of the shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("costcalc ")]


LIGHT = [line for line in shell_lines(README) if line.split()[1] not in ("verify", "time", "calibrate")]


def test_ci_calls_the_test_command_of_the_readme() -> None:
    assert TEST_COMMAND in README
    assert TEST_COMMAND in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", LIGHT)
def test_the_commands_run(line: str, tmp_path: Path) -> None:
    arguments = shlex.split(line, comments=True)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "costcalc", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout or list(tmp_path.iterdir())


def test_the_python_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_totals_of_the_tools() -> None:
    """The table that opens the README: each reported total is what the ledger of the tool adds up to."""
    graph = zoo.find("googlenet").build()
    rows = re.findall(r"^\| (fvcore|torchinfo|FlopCounterMode) \| ([\d,]+) \|", README, flags=re.MULTILINE)
    assert len(rows) == 3
    for tool, total in rows:
        found = conventions.find("flopcounter" if tool == "FlopCounterMode" else tool).total(Run(graph))
        assert f"{found:,}" == total
