"""costcalc search FAMILY --free SETTING=VALUES [--where CONDITION] [--maximize KEY] [--minimize KEY]"""

from __future__ import annotations

import click

from costcalc.analysis.target import Target
from costcalc.cli.column_options import ColumnOptions, column_options
from costcalc.cli.completion import MODEL, Completed, keys
from costcalc.cli.model_options import COUNTS_ALL, RequestOf, model_options, prints_aside
from costcalc.cli.options import NUMBER, NumberType, output_options
from costcalc.cli.output import emit
from costcalc.cli.range_types import JOBS
from costcalc.cli.target_options import target_options
from costcalc.spec.errors import CostcalcError


class FreeType(click.ParamType[tuple[str, str]]):
    """``n1=16:384:16`` -> ("n1", "16:384:16")."""

    name = "SETTING=VALUES"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The text in the help."""
        return self.name

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split setting and values. Fails with one line that shows the format."""
        if isinstance(value, tuple):
            return value
        name, equals, values = value.partition("=")
        if not equals or not name.strip():
            self.fail(f"{value!r}: expected a setting and its values, like n1=16:384:16 or d=12,16,20", param, ctx)
        return name.strip(), values


@click.command("search", short_help="Settings of a family under budgets, and the best of them.")
@click.argument("family", type=MODEL)
@click.option("--free", "free", type=FreeType(), multiple=True,
              help="A setting and its values: FIRST:LAST:STEP, ends included, or A,B,C. percent.5a is a part of a "
                   "setting, percent.* each part; also input (side of a square image), batch, classes. Repeatable.",
)  # fmt: skip
@click.option("--where", "where", multiple=True, metavar="CONDITION",
              help="A condition on quantities and settings: 'params<=5M', 'n1+n3=320'; 'params=1072K' compares with a "
                   "printed figure, by rounding (K: 1000, Ki: 1024). Repeatable.")  # fmt: skip
@click.option(
    "--maximize",
    multiple=True,
    metavar="KEY",
    type=Completed(keys),
    help="A quantity or setting to maximize. Repeatable.",
)
@click.option("--minimize", multiple=True, metavar="KEY", type=Completed(keys),
              help="A quantity or setting to minimize. Several objectives give the Pareto front. Repeatable.",
)  # fmt: skip
@click.option("--trials", type=NUMBER,
              help="Try N points that optuna proposes  [default: every point; 1000 if the space is too large]",
)  # fmt: skip
@click.option("--seed", type=NumberType(least=0), default=0, show_default=True, help="Seed of the trials.")
@click.option("--top", type=NUMBER, help="Show N rows  [default: 20; all in csv and json]")
@click.option("--jobs", type=JOBS, default=1, show_default=True, help="Number of processes.")
@click.option("--dask", metavar="ADDRESS", help="A Dask scheduler, whose workers evaluate the points (extra dask).")
@model_options
@target_options
@column_options
@output_options
def command(
    family: str,
    free: tuple[tuple[str, str], ...],
    where: tuple[str, ...],
    maximize: tuple[str, ...],
    minimize: tuple[str, ...],
    trials: int | None,
    seed: int,
    top: int | None,
    jobs: int,
    dask: str | None,
    request: RequestOf,
    target: Target,
    columns: ColumnOptions,
    format: str,
    output: str | None,
) -> None:
    """Search settings of FAMILY: a network of the zoo, or a model by name whose callable takes the settings.

    All settings of the space are evaluated, in one pass where they are sizes. The report counts those that satisfy the
    conditions, and shows them, or with objectives the ones that no other beats.

    \b
    costcalc search inception --input 832x7x7 --free n1=16:784:16 --free n3=16:784:16 --where mult_adds=54M
    costcalc search googlenet --free 'percent.*=50:150:25' --maximize params --minimize mult_adds
    costcalc search regnet_x_400mf --free d=12:28 --free w_a=8:64:8 --where 'mult_adds<=400M' --minimize activations
    costcalc search nas_bench_macro --free 'genotype.*=0:2' --where 'mult_adds<=50M' --maximize params
    """
    from costcalc.api.search import COLUMNS, of_request

    twice = [name for i, (name, _) in enumerate(free) if name in dict(free[:i])]
    if twice:
        raise CostcalcError(f"--free {twice[0]} is given twice; give all its values once, like {twice[0]}=1:8,16,32")
    asked = request(family)
    asked.refuse(COUNTS_ALL)
    with prints_aside():
        report = of_request(
            asked, dict(free), where, maximize, minimize, columns.keys or COLUMNS, trials, seed, top, target,
            columns.style, jobs, dask,
        )  # fmt: skip
    emit(report, format, output)
