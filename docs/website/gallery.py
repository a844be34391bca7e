"""The gallery: networks to look at, a table of all, and a page per network with its figures and verdicts."""

from __future__ import annotations

from collections.abc import Sequence

import costcalc
from costcalc.analysis.cost import Cost
from costcalc.analysis.quantities import of_a_graph
from costcalc.analysis.quantity import Quantity
from costcalc.conventions import find, names
from costcalc.models import quantities
from costcalc.report.amounts import amount_column
from costcalc.report.formats import render
from costcalc.report.list_report import COLUMNS, list_report
from costcalc.report.page.inspection import Inspection
from costcalc.report.style import Style, plain_name
from costcalc.report.table import Table
from costcalc.spec import Network

FOLDER = "tables/generated"
"""Of the tables that are kept for readers without the site; its page of a network has the place of the table."""

SHOWN = [
    "googlenet", "vgg16", "resnet50", "densenet201", "inception_v3", "mobilenet_v2", "efficientnet_b0", "regnet_y_8gf",
    "torchvision:vit_b_16", "torchvision:swin_t",
]  # fmt: skip
"""The networks that are drawn."""

STYLE = Style("markdown")


def files() -> dict[str, str]:
    """The files of the gallery, by path: overview, drawings, inspector pages, and a page per network."""
    inspections = {name: costcalc.inspect(name) for name in SHOWN}
    networks = costcalc.networks()
    costs = [costcalc.cost(network.name, columns=of_a_graph(), conventions=names()) for network in networks]
    entries = list(zip(networks, costs, strict=True))
    made = {f"{FOLDER}/README.md": _overview(inspections, entries)}
    for name, inspection in inspections.items():
        made[f"{FOLDER}/{_drawing(name, 'svg')}"] = inspection.render("svg")
        made[f"{FOLDER}/{_drawing(name, 'html')}"] = inspection.render()
    return made | {f"{FOLDER}/{network.name}.md": _page(network, cost) for network, cost in entries}


def _drawing(name: str, ending: str) -> str:
    return f"inspector/{name.rpartition(':')[2]}.{ending}"


def _overview(inspections: dict[str, Inspection], entries: Sequence[tuple[Network, Cost]]) -> str:
    cards = [_card(name, inspection, entries) for name, inspection in inspections.items()]
    table = list_report(entries, quantities(COLUMNS)).render("markdown")
    for network, _ in entries:
        shown = network.name.replace("_", "\\_")
        table = table.replace(f"\n| {shown} ", f"\n| [{shown}]({network.name}.md) ")
    return "\n".join([GALLERY, '<div class="grid cards graphs" markdown>\n', *cards, "</div>\n", ALL, table, "</div>"])


def _card(name: str, inspection: Inspection, entries: Sequence[tuple[Network, Cost]]) -> str:
    page = _drawing(name, "html")
    figures = f"    [Figures and verdicts]({name}.md)\n" if name in {network.name for network, _ in entries} else ""
    return (
        f"-   [![Graph of {plain_name(name)}]({_drawing(name, 'svg')}){{ loading=lazy }}]({page})\n\n"
        f"    [**{name}**]({page})  \n"
        f"    {inspection.cost.params:,} params  \n    {inspection.cost.macs:,} mult-adds  \n{figures}"
    )


GALLERY = """\
---
hide: [toc]
---
# Gallery

Each picture leads to the network's [inspector page](../../docs/inspector.md): its graph, coloured by mult-adds, every
quantity, and what each counting tool makes of each layer. `costcalc inspect googlenet -o page.html` writes such a page.
"""

ALL = """\
## All networks

Each name leads to the page of its figures: costs by block, totals, what each tool reports, and what its paper prints. A
heading sorts.

<div class="sortable" markdown>
"""


def _page(network: Network, cost: Cost) -> str:
    parts = [
        f"# {network.name}",
        f"{network.source}; {network.year}. Family `{network.family}`: `costcalc list --family {network.family}`.",
        f"[Its graph and costs, layer by layer]({_drawing(network.name, 'html')})." if network.name in SHOWN else "",
        "[All networks](README.md#all-networks).",
        "## By block { data-search-exclude }",
        costcalc.table(network.name, 1).render("markdown"),
        "## Totals { data-search-exclude }",
        _totals(cost, quantities(of_a_graph())),
        "## What the tools report { data-search-exclude }",
        _reports(cost, quantities((), names())),
        f"`costcalc reconcile {network.name}` shows the lines from mult-adds to each total; "
        f"`costcalc verify {network.name}` runs the tools.",
        "## What papers print { data-search-exclude }",
        _printed(network),
    ]
    return "\n\n".join(part for part in parts if part)


def _totals(cost: Cost, shown: Sequence[Quantity]) -> str:
    columns = [amount_column(quantity, lambda each: each, STYLE, [cost]) for quantity in shown]
    rows = [[column.heading, column.cell(cost)] for column in columns]
    notes = [quantity.note for quantity in shown if quantity.note]
    return render([Table("Of the network", ["quantity", "total"], rows, [False, True], notes=notes)], "markdown")


def _reports(cost: Cost, shown: Sequence[Quantity]) -> str:
    columns = [amount_column(quantity, lambda each: each, STYLE, [cost]) for quantity in shown]
    tools = [find(name) for name in names()]
    rows = [[tool.name, column.cell(cost), tool.about] for tool, column in zip(tools, columns, strict=True)]
    title = "Each tool's total, predicted, in its own unit"
    text = render([Table(title, ["tool", "total", "counts"], rows, [False, True, False])], "markdown")
    for tool in tools:
        shown_as = tool.name.replace("_", "\\_")
        text = text.replace(f"\n| {shown_as} ", f"\n| [{shown_as}](../../docs/conventions/{tool.name}.md) ")
    return text


def _printed(network: Network) -> str:
    try:
        return costcalc.published(network.name).render("markdown")
    except costcalc.CostcalcError:
        return "The tables of papers that costcalc has, do not have this network."
