"""The picture in docs/design.md is what the rooms really import, and its tree names only what exists."""

import re
from pathlib import Path

import pytest

grimp = pytest.importorskip("grimp", reason="import-linter, which brings grimp, is not installed")

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "design.md").read_text()


def imports() -> set[tuple[str, str]]:
    """(imported room, importing room), also where a function imports, or `import_module` is told a name."""
    graph = grimp.build_graph("costcalc", cache_dir=None)
    pairs = {(made, module) for module in graph.modules for made in graph.find_modules_directly_imported_by(module)}
    for file in (ROOT / "costcalc").rglob("*.py"):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        pairs |= {(name, module) for name in re.findall(r'import_module\("(costcalc\.[\w.]+)"\)', file.read_text())}
    rooms = {(a.split(".")[1], b.split(".")[1]) for a, b in pairs if "." in a and "." in b}
    return {(a, b) for a, b in rooms if a != b}


def test_the_picture_has_the_arrows_that_the_code_has() -> None:
    picture = re.search(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)
    assert picture is not None
    drawn = set(re.findall(r"(\w+) --> (\w+)", picture[1]))
    found = {(a, b) for a, b in imports() if a != "spec" and b not in ("api", "cli", "__main__")}
    assert drawn == found | {("spec", room) for room in ("zoo", "convert", "analysis")} | {
        (room, "api") for room in ("report", "models")
    } | {("api", "cli")}


def test_the_tree_names_files_that_exist() -> None:
    tree = re.search(r"```\ncostcalc/\n(.*?)```", PAGE, re.DOTALL)
    assert tree is not None
    folders: list[str] = ["costcalc"]
    named = 0
    for line in tree[1].splitlines():
        indent, name = re.match(r"( *)([\w/.]*)", line).groups()  # type: ignore[union-attr]
        if not name or "  " not in line.strip():
            continue
        folders = folders[: len(indent) // 2] if indent else []
        path = ROOT / "/".join([*folders, name.rstrip("/")])
        assert path.exists(), f"docs/design.md names {path.relative_to(ROOT)}, which does not exist"
        named += 1
        if name.endswith("/"):
            folders.append(name.rstrip("/"))
    assert named > 25
