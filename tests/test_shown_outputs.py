"""Pages say what is true: a command in them prints what stands below it, and their Python runs."""

import io
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from command import printed

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = [
    pytest.param(command, output, id=f"{page.name}: {command}")
    for page in PAGES
    for command, output in re.findall(
        r"```sh\ncostcalc ([^\n]*)\n```\n\n```text\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL
    )
]
SCRIPTS = ["README.md", "docs/coming-from-other-counters.md"]


def test_the_readme_shows_five_jobs() -> None:
    """A table for a paper, a number to review, a change to guard, a lecture, a language model."""
    commands = [param.values[0] for param in SHOWN if str(param.id).startswith("README")]
    assert [str(command).split()[0] for command in commands] == ["compare", "reconcile", "diff", "bottleneck", "table"]


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_a_command_prints_what_stands_below_it(command: str, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    pytest.importorskip("torch")
    assert printed(*shlex.split(command)) == output
    assert max(map(len, output.splitlines())) <= (1000 if "latex" in command else 100)


@pytest.mark.parametrize("page", SCRIPTS)
def test_its_python_runs(page: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert blocks
    with redirect_stdout(io.StringIO()):
        exec(compile("\n".join(blocks), page, "exec"), {"__name__": "page"})
