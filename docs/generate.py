"""Write the pages that are generated from the code. A test fails if one is not current.

python docs/generate.py
"""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import sympy

from costcalc import zoo
from costcalc.analysis.closed_form import ClosedForm, as_python, closed_form, multiples
from costcalc.analysis.cost import Cost
from costcalc.analysis.published import published
from costcalc.conventions import find, module_names, names
from costcalc.conventions.convention import Convention
from costcalc.models import quantities
from costcalc.report.conventions_table import conventions_table, rules_table
from costcalc.report.cost_table import cost_table
from costcalc.report.formats import render
from costcalc.report.list_report import COLUMNS, list_report
from costcalc.report.table import Cell, Table
from costcalc.spec import Network, Run

ROOT = Path(__file__).parents[1]
FOLDERS = ("tables/generated", "docs/conventions")
"""Folders in which every page is generated."""


def pages() -> dict[str, str]:
    """Every generated page, by its path in the repository."""
    return {**networks(), **closed_forms(), **conventions()}


def networks() -> dict[str, str]:
    """`tables/generated/`: the zoo, and a table by block for each network."""
    made = {}
    entries = [(network, Cost(network.build(), quantities=quantities(COLUMNS))) for network in zoo.all_networks()]
    for network, cost in entries:
        rows = cost.by_block(_depth(cost))
        paper = published(network.name)
        printed = paper.beside(rows.rows) if paper else {}
        table = cost_table(cost, rows.rows, "block", printed, paper.source if paper else "")
        table.notes.append(f"Source: {network.source}.")
        made[f"tables/generated/{network.name}.md"] = render([table], "markdown")
    overview = list_report(entries, quantities(COLUMNS)).render("markdown")
    for network, _ in entries:
        shown = network.name.replace("_", "\\_")
        overview = overview.replace(f"\n| {shown} ", f"\n| [{shown}]({network.name}.md) ")
    made["tables/generated/README.md"] = overview
    made["tables/generated/tools.md"] = render([_tools(entries)], "markdown")
    return made


def closed_forms() -> dict[str, str]:
    """`tables/generated/closed_forms.md`: params and mult-adds of each network whose input is free, in its side."""
    rows: list[list[Cell]] = []
    for network in zoo.all_networks():
        form = in_multiples(network)
        if form is not None:
            least = form.holds[0] if form.holds else "h >= 1"
            numbers = [as_python(form.formulas[key]) for key in ("params", "mult_adds")]
            rows.append([network.name, form.sizes, *numbers, least])
    columns = ["network", "side", "params", "mult-adds", "for whole h"]
    notes = ["Square inputs, batch 1, in eval mode: the sides are those around the network's own at which nothing is "
             "rounded. Any sizes, also in H and W, and other quantities: costcalc formula MODEL."]  # fmt: skip
    table = Table("Closed forms in the side of the input", columns, rows, [False] * 5, notes=notes)
    return {"tables/generated/closed_forms.md": render([table], "markdown")}


def in_multiples(network: Network) -> ClosedForm | None:
    """The closed form at sides of m·h + r, without floors, where r is that of the network's own side.

    None if the network is tied to one size.
    """
    h = sympy.Symbol("h", integer=True, positive=True)
    shown = quantities(COLUMNS)
    general = closed_form(Cost(network.build((network.input[0], h, h)), quantities=shown), "h", [h])
    if any("==" in condition for condition in general.holds):
        return None
    step = multiples(general)
    side = step * h + network.input[1] % step
    return closed_form(Cost(network.build((network.input[0], side, side)), quantities=shown), str(side), [h])


def _tools(entries: list[tuple[Network, Cost]]) -> Table:
    """A row per network, a column per tool that can be run: the total that its convention predicts, in its own unit."""
    runnable = {path.stem for path in (ROOT / "costcalc" / "measure" / "peers").glob("*.py")}
    tools = [find(name) for name in names() if name in runnable]
    rows: list[list[Cell]] = [
        [network.name, cost.params, cost.macs, *(tool.total(Run(cost.graph)) for tool in tools)]
        for network, cost in entries
    ]
    columns = ["network", "params", "mult-adds", *(tool.name for tool in tools)]
    notes = [f"{tool.name} {tool.version}: {tool.about}." for tool in tools]
    notes.append("Predicted; `costcalc verify --all --tools all` prints the same, as the tools report it.")
    title = "Each tool's number for each network, at the network's own input, batch 1, in eval mode"
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

Each tool reports another number for the same network. The table below shows how each tool counts each op, from the
rules in `costcalc/conventions/`, which `costcalc verify` compares with the tools themselves. `costcalc reconcile MODEL`
shows the total for a network. See also [which number to print](which-number.md).

A page per tool lists its rules, each with the function of the tool's source that it mirrors, and its quirks:
"""


def _tool(convention: Convention) -> str:
    """A tool's page: the docstring of its file, its rules, and its quirks, each a program that the tests run."""
    about = import_module(module_names()[convention.name]).__doc__ or ""
    parts = [f"# {convention.name}", about.replace("``", "`"), render([rules_table(convention)], "markdown")]
    for file in sorted((ROOT / "docs" / "quirks" / convention.name).glob("*.py")):
        text = file.read_text(encoding="utf-8")
        title, _, why = (ast.get_docstring(ast.parse(text)) or "").partition("\n\n")
        code = text.split('"""', 2)[2].strip()
        parts += [f"## {title}", why, f"```python\n{code}\n```"]
    home = "Generated by `python docs/generate.py`. All tools: [how the tools count](../conventions.md)."
    return "\n\n".join(part.strip() for part in [*parts, home] if part) + "\n"


def _depth(cost: Cost) -> int:
    """Blocks of one level, or of two if one level has fewer than six rows."""
    return 1 if len(cost.by_block(1).rows) >= 6 else 2


def main() -> None:
    """Write every page that has changed, and remove generated pages that no longer exist."""
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
