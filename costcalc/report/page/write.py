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
    "dom.js", "numbers.js", "amounts.js", "text.js", "tree.js", "placing.js", "graph.js", "view.js", "scroller.js",
    "papers.js", "table.js", "panel.js", "controls.js", "events.js", "network.js", "page.js", "pairs.js",
    "compare.js", "start.js",
)  # fmt: skip
"""The page's program, in the order in which its parts are read."""


@lru_cache
def asset(name: str) -> str:
    """The text of a file in assets/."""
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def page_html(data: Mapping[str, Any], by: str, version: str) -> str:
    """The page of these data, coloured by the quantity with that key, by this version of costcalc."""
    return _joined("page", {**data, "by": by}, version, title=f"{data['model']}: costs", **_named(data))


def comparison_html(a: Mapping[str, Any], b: Mapping[str, Any], pairs: Any, by: str, version: str) -> str:
    """The page of two networks side by side. `pairs` aligns their items."""
    other = _named(b)
    return _joined(
        "compare",
        {"networks": [a, b], "pairs": pairs, "by": by},
        version,
        title=f"{a['model']} and {b['model']}: costs",
        **_named(a),
        other=other["model"],
        **{"other setting": other["setting"]},
    )


def _named(data: Mapping[str, Any]) -> dict[str, str]:
    return {"model": data["model"], "setting": str(data["title"]).removeprefix(f"{data['model']}: ")}


def _joined(kind: str, data: Mapping[str, Any], version: str, **texts: str) -> str:
    """A page: the frame with a body of this kind, the texts, the styles, the program and the data."""
    encoding, text = encoded({**data, "metrics": METRICS})
    parts = {
        **{name: _text(each) for name, each in texts.items()},
        "generator": f"costcalc {version}",
        "page.css": asset("page.css"),
        "drawing.css": asset("drawing.css"),
        "type": encoding,
        "data": text,
        "page.js": "\n".join(map(asset, SCRIPTS)),
        "kind": kind,
    }
    return _filled("frame.html", {**parts, "body": _filled(f"{kind}.html", parts).rstrip()})


def _filled(template: str, parts: Mapping[str, str]) -> str:
    """A template with the part of each @@name@@."""
    head, *rest = asset(template).split("@@")
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
