"""A flowchart of mermaid as a drawing: nodes in a column, and an arc for each arrow."""

from __future__ import annotations

import re
from html import escape
from typing import Any

ROW, SIDE, WIDTH = 34, 12, 110
"""Height of a row, distance of the arcs' ends from the nodes, width of a node."""


def drawn(source: str, *_: Any, **__: Any) -> str:
    """The SVG of lines like ``a --> b``. Arcs run down, to the right of the nodes."""
    arrows = re.findall(r"^ *(\w+) --> (\w+)", source, flags=re.MULTILINE)
    names = _ordered(arrows)
    at = {name: ROW * i + ROW // 2 for i, name in enumerate(names)}
    reach = max(at[b] - at[a] for a, b in arrows)
    parts = [
        f'<rect x="1" y="{y - 12}" width="{WIDTH}" height="24" rx="5"/>'
        f'<text x="{1 + WIDTH // 2}" y="{y + 4}">{escape(name)}</text>'
        for name, y in at.items()
    ]
    for start, end in arrows:
        a, b, x = at[start] + 4, at[end] - 4, WIDTH + 2
        out = x + 14 + (at[end] - at[start]) * 0.62
        parts.append(f'<path d="M{x} {a} C{out} {a} {out} {b} {x + 7} {b}"/>')
        parts.append(f'<path class="head" d="M{x} {b} l8 -4 v8 z"/>')
    width, height = WIDTH + 30 + int(reach * 0.62), ROW * len(names)
    label = escape("; ".join(f"{a} to {b}" for a, b in arrows))
    return (
        f'<svg class="rooms" role="img" aria-label="Arrows: {label}" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">{"".join(parts)}</svg>'
    )


def _ordered(arrows: list[tuple[str, str]]) -> list[str]:
    """The nodes, each below all that have an arrow to it."""
    left, made = list(dict.fromkeys(name for arrow in arrows for name in arrow)), []
    while left:
        made.append(next(n for n in left if not any(b == n and a in left for a, b in arrows)))
        left.remove(made[-1])
    return made
