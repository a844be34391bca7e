"""Hooks of mkdocs: which files the site has, and where.

Pages keep the paths of the repository, so that their relative links hold on GitHub and here. Every file that a page
links to is in the site; a notebook is a page. Pages that the program can make are made here, from costcalc's own
reports: a page per network, the gallery, the claims, and the reference of the Python names.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import gallery
import notebooks
import reference
import rooms
from mkdocs.structure.files import File, Files

import costcalc
from costcalc.conventions import names

ROOT = Path(__file__).parents[2]
HOME = "README.md"
LINK = re.compile(r"\]\(([^)#:\s]+)[^):\s]*\)")
"""A link of Markdown to a file of the repository."""

FOLDERS = {"tables/generated": "gallery", "docs": "."}
"""Folders of the repository that have another name in the site."""


def on_config(config: Any) -> Any:
    """Draw a flowchart while the site is built: the theme would load mermaid from elsewhere.

    The navigation gets the pages of the tools and the notebooks, each by its file.
    """
    fence = {"name": "mermaid", "class": "rooms", "format": rooms.drawn}
    config.mdx_configs["pymdownx.superfences"] = {"custom_fences": [fence]}
    sections = {name: part for each in config.nav for name, part in each.items()}
    sections["Conventions"].append({"Each tool": [f"docs/conventions/{name}.md" for name in names()]})
    if _notebooks():
        sections["How to"].append({"Notebooks": [_as_page(str(file)) for file in _notebooks()]})
    return config


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links to notebooks lead to their pages."""
    return re.sub(r"\]\([^)#:\s]+\.ipynb", lambda link: _as_page(link[0]), markdown)


def on_files(files: Files, config: Any) -> Files:
    """The theme's files, those of the repository, and those that are made."""
    theme = [file for file in files if not (file.src_dir or "").startswith(config.docs_dir)]
    made = gallery.files() | {
        "docs/claims.md": f"# Claims of the literature\n\n{costcalc.claims().render('markdown')}",
        "docs/api.md": reference.page(),
        **{_as_page(str(file)): notebooks.page(ROOT / file) for file in _notebooks()},
    }
    pages = [HOME, *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").glob("*.md")))]
    assets = [str(path.relative_to(ROOT)) for path in sorted(Path(__file__).parent.glob("*.[cj]s*"))]
    kept = [
        File(path, str(ROOT), config.site_dir, config.use_directory_urls)
        for path in dict.fromkeys([*linked(pages), *assets])
        if path not in made and not path.endswith(".ipynb")
    ]
    new = [File.generated(config, path, content=content) for path, content in made.items()]
    for file in [*kept, *new]:
        file.dest_uri = moved(file.dest_uri)
    return Files([*theme, *kept, *new])


def _notebooks() -> list[Path]:
    """The notebooks of the repository."""
    return [file.relative_to(ROOT) for file in sorted((ROOT / "examples").glob("*.ipynb"))]


def _as_page(path: str) -> str:
    return re.sub(r"\.ipynb$", ".md", path)


def moved(path: str) -> str:
    """The path in the site of a file of the repository."""
    for old, new in FOLDERS.items():
        if path.startswith(f"{old}/"):
            return posixpath.normpath(posixpath.join(new, path.removeprefix(f"{old}/")))
    return path


def linked(paths: Iterable[str]) -> Iterator[str]:
    """These files, and every file that they link to, or that one of those does."""
    found, left = set(), list(paths)
    while left:
        path = left.pop()
        if path in found or not (ROOT / path).is_file():
            continue
        found.add(path)
        yield path
        if path.endswith(".md"):
            targets = LINK.findall((ROOT / path).read_text(encoding="utf-8"))
            left += [posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) for target in targets]
