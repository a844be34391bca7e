"""Renew what pages show below a command: a shell block of one line, then a text block with its output.

Run it after a change of reports: ``python docs/shown_outputs.py``; tests/test_shown_outputs.py compares.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = re.compile(r"```sh\ncostcalc ([^\n]*)\n```\n\n```text\n(.*?)```", flags=re.DOTALL)
"""A command, and its output in a terminal of 100 columns."""


def output(command: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "costcalc", *shlex.split(command)],
        capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "100"},
    )  # fmt: skip
    return done.stdout


def main() -> None:
    """Write the pages whose outputs have changed."""
    for page in PAGES:
        old = page.read_text(encoding="utf-8")
        new = SHOWN.sub(lambda m: f"```sh\ncostcalc {m[1]}\n```\n\n```text\n{output(m[1])}```", old)
        if new != old:
            page.write_text(new, encoding="utf-8")
            print(f"wrote {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
