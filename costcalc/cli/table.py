"""costcalc table MODEL"""

from __future__ import annotations

import click

from costcalc.analysis.target import Target
from costcalc.cli.column_options import ColumnOptions, column_options
from costcalc.cli.completion import MODEL, Completed, keys
from costcalc.cli.model_options import RequestOf, cost_of, exit_code, model_options, strict_option
from costcalc.cli.options import NUMBER, F, convention_option, output_options
from costcalc.cli.output import emit
from costcalc.cli.target_options import target_options
from costcalc.spec.near import hinted


def _depth(ctx: click.Context, param: click.Parameter, value: str) -> int | str:
    try:
        return value if value in ("auto", "layer", "op") else NUMBER.convert(value, None, None)
    except click.BadParameter:
        expected = f"auto, layer, op or a whole number from 1 to {NUMBER.most}"
        raise click.BadParameter(hinted(f"{value!r}: expected {expected}", value, ("auto", "layer", "op"))) from None


def depth_option(function: F) -> F:
    """--depth."""
    return click.option("--depth", callback=_depth, default="auto", show_default=True, metavar="N|auto|layer|op",
                  help="Depth of the blocks, or a row per layer or per op. auto: 1, and deeper where one or two blocks "
                       "would hold nearly everything.")(function)  # fmt: skip


@click.command("table", short_help="Params and mult-adds by block or by layer.")
@click.argument("model", type=MODEL)
@depth_option
@click.option("--share", is_flag=True, help="Add each row's percentage of the totals.")
@click.option("--sort", metavar="KEY", type=Completed(keys), help="Sort by a column, the largest first.")
@click.option("--top", type=NUMBER, help="Show the N largest rows, by --sort or by mult-adds, and the rest as one.")
@click.option("--unfold", is_flag=True,
              help="Show equal neighbouring blocks each, not as one row. csv and json always do.")  # fmt: skip
@model_options
@strict_option
@convention_option
@target_options
@column_options
@output_options
def command(
    model: str,
    depth: int | str,
    share: bool,
    sort: str | None,
    top: int | None,
    unfold: bool,
    request: RequestOf,
    strict: bool,
    conventions: tuple[str, ...],
    target: Target,
    columns: ColumnOptions,
    format: str,
    output: str | None,
) -> int:
    """Show params and mult-adds of MODEL, by block, by layer or by op.

    If the paper prints a table by block, its columns stand beside the computed ones.

    \b
    costcalc table googlenet
    costcalc table googlenet --depth layer
    costcalc table vgg16 --share --sort params --top 5
    costcalc table vgg16 --batch 20 --mode train --convention torchinfo
    costcalc table googlenet --columns mult_adds,activations,fvcore --units M
    costcalc table googlenet --columns mult_adds,bytes_moved,intensity,bound --on a100 --dtype fp16
    costcalc table googlenet -o googlenet.tex
    """
    from costcalc.report.cost_report import cost_report
    from costcalc.report.cost_table import COLUMNS
    from costcalc.report.rows import View

    asked = request(model)
    cost = cost_of(asked, columns.keys or COLUMNS, conventions, target)
    network = "" if asked.args else asked.model  # as typed: a file can call its network by any name
    emit(cost_report(cost, View(depth, share, sort, top, unfold), columns.style, network), format, output)
    return exit_code(strict, cost)
