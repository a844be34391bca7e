"""The page as one HTML file: the parts in assets/, joined, and the data."""

from __future__ import annotations

import base64
import html
import json
import zlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from costcalc.report.page.placing import METRICS
from costcalc.spec.printable import visible

SCRIPTS = (
    "dom.js", "numbers.js", "amounts.js", "text.js", "tree.js", "placing.js", "graph.js", "view.js", "table.js",
    "panel.js", "controls.js", "events.js", "page.js",
)  # fmt: skip
"""The page's program, in the order in which its parts are read."""


@lru_cache
def asset(name: str) -> str:
    """The text of a file in assets/."""
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def page_html(data: Mapping[str, Any], by: str, version: str) -> str:
    """The page of these data, coloured by the quantity with that key, by this version of costcalc."""
    kind, text = encoded({**data, "by": by, "metrics": METRICS})
    parts = {
        "title": _text(f"{data['model']}: costs"),
        "model": _text(data["model"]),
        "setting": _text(str(data["title"]).removeprefix(f"{data['model']}: ")),
        "generator": f"costcalc {version}",
        "page.css": asset("page.css"),
        "drawing.css": asset("drawing.css"),
        "type": kind,
        "data": text,
        "page.js": "\n".join(map(asset, SCRIPTS)),
    }
    head, *rest = asset("page.html").split("@@")
    return head + "".join(part if i % 2 else parts[part] for i, part in enumerate(rest))


def _text(text: str) -> str:
    return html.escape(visible(text))


def encoded(data: Any) -> tuple[str, str]:
    """The type and the text of a script element that holds the data: as JSON, or deflated if that is shorter."""
    plain = json.dumps(data, separators=(",", ":"), allow_nan=False)
    packed = base64.b64encode(zlib.compress(plain.encode(), 9)).decode()
    if len(packed) < len(plain):
        return "application/octet-stream", packed
    return "application/json", plain.replace("<", "\\u003c")
