"""costcalc list"""

from __future__ import annotations

import click

from costcalc.cli.column_options import ColumnOptions, column_options
from costcalc.cli.completion import Completed, families, sorts
from costcalc.cli.options import output_options
from costcalc.cli.output import emit
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import hinted
from costcalc.spec.progress import steps


@click.command("list", short_help="All networks, with params and mult-adds.")
@click.option(
    "--sort",
    type=Completed(sorts),
    default="family",
    show_default=True,
    help="Column to sort by: name, family, year, input, ...",
)
@click.option(
    "--family",
    "families",
    multiple=True,
    type=Completed(families),
    help="Show only this family (a file of the zoo). Repeatable.",
)
@column_options
@output_options
def command(sort: str, families: tuple[str, ...], columns: ColumnOptions, format: str, output: str | None) -> None:
    """List all networks of the zoo, each at the input of its source.

    \b
    costcalc list
    costcalc list --family vgg --sort params
    costcalc list --columns params,activations --units M --sort activations
    """
    from costcalc import models, zoo
    from costcalc.analysis.cost import Cost
    from costcalc.report.list_report import COLUMNS, list_columns, list_report, sorted_entries

    quantities = models.quantities(columns.keys or COLUMNS)
    sorts = list_columns(quantities)
    if sort not in {*sorts, *(quantity.key for quantity in quantities)}:
        raise CostcalcError(hinted(f"--sort {sort!r}: expected one of {', '.join(sorts)}", sort, sorts))
    unknown = set(families) - set(zoo.families())
    if unknown:
        there = f"there are {', '.join(zoo.families())}"
        first = min(unknown)
        raise CostcalcError(hinted(f"unknown family {first!r}", first, zoo.families(), there))
    networks = [network for family in families or zoo.families() for network in zoo.networks(family)]
    entries = [
        (network, Cost(network.build(), quantities=quantities))
        for network in steps(networks, "list", lambda network: network.name)
    ]
    entries = sorted_entries(entries, sort)
    emit(list_report(entries, quantities, columns.style), format, output)
