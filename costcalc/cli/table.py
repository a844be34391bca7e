"""costcalc table MODEL"""

from __future__ import annotations

import click

from costcalc.cli.column_options import ColumnOptions, column_options
from costcalc.cli.model_options import RequestOf, cost_of, exit_code, model_options, strict_option
from costcalc.cli.options import NUMBER, convention_option, output_options
from costcalc.cli.output import emit


def _depth(ctx: click.Context, param: click.Parameter, value: str) -> int | str:
    try:
        return value if value in ("layer", "op") else NUMBER.convert(value, None, None)
    except click.BadParameter:
        raise click.BadParameter(f"{value!r}: expected layer, op or a whole number from 1 to {NUMBER.most}") from None


@click.command("table", short_help="Params and mult-adds by block or by layer.")
@click.argument("model")
@click.option("--depth", callback=_depth, default="1", show_default=True, metavar="N|layer|op",
              help="Depth of the blocks, or a row per layer or per op.")  # fmt: skip
@model_options
@strict_option
@convention_option
@column_options
@output_options
def command(
    model: str,
    depth: int | str,
    request: RequestOf,
    strict: bool,
    conventions: tuple[str, ...],
    columns: ColumnOptions,
    format: str,
    output: str | None,
) -> int:
    """Show params and mult-adds of MODEL, by block, by layer or by op.

    If the paper prints a table by block, its columns stand beside the computed ones.

    \b
    costcalc table googlenet
    costcalc table googlenet --depth layer
    costcalc table vgg16 --batch 20 --mode train --convention torchinfo
    costcalc table googlenet --columns mult_adds,activations,fvcore --units M
    costcalc table googlenet --format latex -o googlenet.tex
    """
    from costcalc.analysis.published import published
    from costcalc.report.cost_table import COLUMNS, By, cost_data, cost_table

    asked = request(model)
    cost = cost_of(asked, columns.keys or COLUMNS, conventions)
    by: By = "layer" if depth == "layer" else "op" if depth == "op" else "block"
    rows = cost.by_layer() if by == "layer" else cost.by_op() if by == "op" else cost.by_block(int(depth))
    paper = published(asked.model)  # as typed: a file can call its network by any name
    printed = paper.beside(rows.rows) if paper else {}
    table = cost_table(cost, rows, by, printed, paper.source if paper else "", columns.scale(format))
    emit(table, lambda: cost_data(cost, rows), format, output)
    return exit_code(strict, cost)
