"""The pages that are made by the program: run it to write them; a test says when one is not current.

python docs/generate.py
"""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

from costcalc import zoo
from costcalc.analysis.cost import Cost
from costcalc.analysis.published import published
from costcalc.conventions import find, homes, names
from costcalc.conventions.convention import Convention
from costcalc.models import quantities
from costcalc.report.conventions_table import conventions_table, rules_table
from costcalc.report.cost_table import cost_table
from costcalc.report.formats import render
from costcalc.report.list_table import COLUMNS, list_table
from costcalc.report.table import Cell, Table
from costcalc.spec import Network, Run

ROOT = Path(__file__).parents[1]
FOLDERS = ("tables/generated", "docs/conventions")
"""Where every page is made by the program."""


def pages() -> dict[str, str]:
    """Every generated page, by its path in the repository."""
    return {**networks(), **conventions()}


def networks() -> dict[str, str]:
    """`tables/generated/`: the zoo, and a table by block of each network."""
    made = {}
    entries = [(network, Cost(network.build(), quantities=quantities(COLUMNS))) for network in zoo.all_networks()]
    for network, cost in entries:
        rows = cost.by_block(_depth(cost))
        paper = published(network.name)
        printed = paper.beside(rows.rows) if paper else {}
        table = cost_table(cost, rows, "block", printed, paper.source if paper else "")
        table.notes.append(f"Source: {network.source}.")
        made[f"tables/generated/{network.name}.md"] = render([table], "markdown")
    overview = render([list_table(entries, quantities(COLUMNS))], "markdown")
    for network, _ in entries:
        shown = network.name.replace("_", "\\_")
        overview = overview.replace(f"\n| {shown} ", f"\n| [{shown}]({network.name}.md) ")
    made["tables/generated/README.md"] = overview
    made["tables/generated/tools.md"] = render([_tools(entries)], "markdown")
    return made


def _tools(entries: list[tuple[Network, Cost]]) -> Table:
    """A row per network, a column per tool that can be run: the total its convention predicts, in its own unit."""
    runnable = {path.stem for path in (ROOT / "costcalc" / "measure" / "peers").glob("*.py")}
    tools = [find(name) for name in names() if name in runnable]
    rows: list[list[Cell]] = [
        [network.name, cost.params, cost.macs, *(tool.total(Run(cost.graph)) for tool in tools)]
        for network, cost in entries
    ]
    columns = ["network", "params", "mult-adds", *(tool.name for tool in tools)]
    notes = [f"{tool.name} {tool.version}: {tool.about}." for tool in tools]
    notes.append("Predicted; `costcalc verify --all --tools all` prints the same, as the tools report it.")
    title = "What each tool says of each network, at its own input, batch 1, in eval mode"
    return Table(title, columns, rows, [False, *[True] * (len(columns) - 1)], notes=notes)


def conventions() -> dict[str, str]:
    """`docs/conventions.md`, the op x tool matrix, and a page per tool in `docs/conventions/`."""
    tools = [find(name) for name in names()]
    links = [f"- [{c.name}](conventions/{c.name}.md) {c.version}: {c.about}." for c in tools]
    matrix = render([conventions_table(tools)], "markdown")
    made = {"docs/conventions.md": "\n".join([CONVENTIONS, *links, "", matrix])}
    return made | {f"docs/conventions/{c.name}.md": _tool(c) for c in tools}


CONVENTIONS = """\
# How the tools count

The same network gets another number from each tool. What each of them makes of each op stands here, from the rules in
`costcalc/conventions/` that `costcalc verify` holds against the tools themselves. `costcalc reconcile MODEL`
says what they come to for a network. [Which number to print](which-number.md) is a page of its own.

A tool's own page has its rules, each with the function of the tool's source that it mirrors, and its quirks:
"""


def _tool(convention: Convention) -> str:
    """A tool's page: what its file says of it, its rules, and its quirks, each a program that the tests run."""
    about = import_module(homes()[convention.name]).__doc__ or ""
    parts = [f"# {convention.name}", about.replace("``", "`"), render([rules_table(convention)], "markdown")]
    for file in sorted((ROOT / "docs" / "quirks" / convention.name).glob("*.py")):
        text = file.read_text(encoding="utf-8")
        title, _, why = (ast.get_docstring(ast.parse(text)) or "").partition("\n\n")
        code = text.split('"""', 2)[2].strip()
        parts += [f"## {title}", why, f"```python\n{code}\n```"]
    home = "Made by `python docs/generate.py`. All tools: [how the tools count](../conventions.md)."
    return "\n\n".join(part.strip() for part in [*parts, home] if part) + "\n"


def _depth(cost: Cost) -> int:
    """Blocks of one level, or of two where one level is fewer than six rows."""
    return 1 if len(cost.by_block(1).rows) >= 6 else 2


def main() -> None:
    """Write every page that has changed, and remove generated pages that are no more."""
    made = pages()
    for path, text in made.items():
        file = ROOT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    for file in [file for folder in FOLDERS for file in (ROOT / folder).glob("*.md")]:
        if str(file.relative_to(ROOT)) not in made:
            file.unlink()
            print(f"removed {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
