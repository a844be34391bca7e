"""Notebooks as pages, with the outputs that they keep."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any


def page(file: Path) -> str:
    """The Markdown of a notebook."""
    return "\n\n".join(_parts(json.loads(file.read_text(encoding="utf-8"))))


def _parts(notebook: Mapping[str, Any]) -> Iterator[str]:
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield source
        elif cell["cell_type"] == "code":
            yield f"```python\n{source}\n```"
            for output in cell["outputs"]:
                yield f'<div class="output">{_output(output)}</div>'


def _output(output: Mapping[str, Any]) -> str:
    """An output as HTML: its richest kind."""
    data = {kind: "".join(text) for kind, text in output.get("data", {}).items()}
    if "text/html" in data:
        return data["text/html"]
    if "image/svg+xml" in data:
        return data["image/svg+xml"][data["image/svg+xml"].index("<svg") :]
    if "image/png" in data:
        return f'<img alt="" src="data:image/png;base64,{data["image/png"].strip()}">'
    return f"<pre><code>{escape(data.get('text/plain', ''.join(output.get('text', ''))))}</code></pre>"
