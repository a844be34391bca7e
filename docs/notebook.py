"""Run the example notebook in a fresh kernel and keep its outputs: python docs/notebook.py, or make notebook."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

FILE = Path(__file__).parents[1] / "examples" / "costcalc.ipynb"


def executed() -> nbformat.NotebookNode:
    """The notebook, run from its first cell in a kernel of its own. Raises nbclient's error if a cell fails."""
    notebook = nbformat.read(FILE, 4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", record_timing=False).execute(cwd=FILE.parent)
    del notebook.metadata["language_info"]["version"]  # of the Python that has run it
    return notebook


if __name__ == "__main__":
    nbformat.write(executed(), FILE)
