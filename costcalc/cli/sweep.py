"""costcalc sweep MODEL --input RANGE"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import click

from costcalc.analysis.target import Target
from costcalc.api.free_sizes import Sizes
from costcalc.cli.column_options import ColumnOptions, column_options
from costcalc.cli.completion import MODEL
from costcalc.cli.model_options import prints_aside
from costcalc.cli.model_values import args_of
from costcalc.cli.model_word import request_of
from costcalc.cli.options import Choice, convention_option, needs, output_options
from costcalc.cli.output import echo, emit, is_printed, writing
from costcalc.cli.range_types import FREE_ARG, FREE_INPUT, JOBS, NUMBERS, VALUES
from costcalc.cli.target_options import target_options
from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import Mode
from costcalc.spec.request import CAUSAL

if TYPE_CHECKING:
    from costcalc.analysis.sweep import Block, Sweep

MOST = 100_000
"""Most points that are shown as a table; CSV and Parquet are written block by block, and may have any number."""


def points_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """MODEL and what is free in it: passed to the command as `points`, which takes columns, conventions and a Target.

    It returns the Sweep. --jobs and --dask are passed as they are.
    """

    @wraps(function)
    def command(
        *, model: str, inputs: Sequence[Sizes], batch: Sequence[int] | None, classes: Sequence[int] | None,
        width: Sequence[Any] | None, arguments: Sequence[tuple[str, Sequence[Any]]], zipped: bool, mode: Mode,
        causal: Any, **rest: Any,
    ) -> Any:  # fmt: skip
        def points(columns: Sequence[str], conventions: Sequence[str], target: Target) -> Sweep:
            from costcalc.api.free_sizes import freed
            from costcalc.api.sweep import sweep_of

            request = request_of(model, {"mode": mode})
            with prints_aside():
                found = freed(request, inputs, batch, classes, width, args_of(arguments), lambda s: type(s) is not int)
                return sweep_of(found, columns, conventions, causal, target, zipped)

        return function(points=points, **rest)

    made: Callable[..., Any] = command
    for option in reversed((
        click.argument("model", type=MODEL),
        click.option("--input", "inputs", type=FREE_INPUT, multiple=True,
                  help="Sizes of an input, each a number, a range or a list: 3x32:64x224. A single one is both sides "
                       "of an image, or a length: 32:1024:32. Repeatable."),
        click.option("--batch", type=NUMBERS, help="Batch sizes  [default: 1]"),
        click.option("--classes", type=NUMBERS, help="Numbers of classes  [default: the network's own]"),
        click.option("--width", type=VALUES, help="Width multipliers, of a family that has one: 0.25,0.5."),
        click.option("--arg", "arguments", type=FREE_ARG, multiple=True,
                  help="Values of a setting of the network's family, or of an argument of the callable that makes a "
                       "torch model: depth=12,24. Repeatable."),
        click.option("--zip", "zipped", is_flag=True, help="One value of each in turn, not all combinations."),
        click.option("--mode", type=Choice(["eval", "train"]), default="eval", show_default=True,
                  help="train also runs auxiliary heads."),
        click.option("--causal", type=Choice(CAUSAL), default="full", show_default=True,
                  help="Mult-adds of causal attention: all products, or half: those that its mask keeps."),
        click.option("--jobs", type=JOBS, default=1, show_default=True, help="Number of processes."),
        click.option("--dask", metavar="ADDRESS",
                  help="A Dask scheduler, whose workers compute the points (extra dask)."),
    )):  # fmt: skip
        made = option(made)
    return made


@click.command("sweep", short_help="The cost at many sizes and settings.")
@points_options
@click.option("--long", is_flag=True, help="A row per point and quantity, not a column per quantity.")
@convention_option
@target_options
@column_options
@partial(output_options, more=("parquet",))
def command(
    points: Callable[..., Sweep],
    long: bool,
    jobs: int,
    dask: str | None,
    conventions: tuple[str, ...],
    target: Target,
    columns: ColumnOptions,
    format: str,
    output: str | None,
) -> None:
    """Show the cost of MODEL at every size of a range, and at every combination of settings.

    The ends of a range are included. A point at which the model cannot run has a row without numbers that says why.

    \b
    costcalc sweep googlenet --input 32:1024:32
    costcalc sweep googlenet --input 3x192:256:32x224 --batch 1,8,64
    costcalc sweep mobilenet_v1 --width 0.25,0.5,0.75,1 --input 128:224:32 --columns mult_adds,activations
    costcalc sweep densenet_cifar40_k12 --arg depth=40,100 --arg k=12,24 --zip
    costcalc sweep googlenet --input 32:1000031 -o sizes.csv
    costcalc sweep torchvision:resnet18 --input 64:512:64 --jobs all -o resnet18.parquet
    """
    from costcalc.analysis.many import in_blocks
    from costcalc.analysis.sweep import evaluate
    from costcalc.api.sweep import COLUMNS
    from costcalc.report.sweep_report import SweepReport

    sweep = points(columns.keys or COLUMNS, conventions, target)
    if format == "parquet" and is_printed(output):
        raise CostcalcError("a Parquet file is not text; name a file, like -o sweep.parquet")
    if format not in ("csv", "parquet") and len(sweep.grid) > MOST:
        raise CostcalcError(f"{len(sweep.grid):,} points are too many for {format}; write them to a file: -o sweep.csv")
    with closing(in_blocks(sweep, evaluate, jobs, dask)) as blocks:
        if format in ("csv", "parquet"):
            _stream(sweep, blocks, long, format, output)
        else:
            emit(SweepReport(sweep, list(shown(blocks)), long, columns.style), format, output)


def shown(blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks. A model's code prints to standard error."""
    while True:
        with prints_aside():  # it runs here, and not where a block is written
            block = next(blocks, None)
        if block is None:
            return
        yield block


def _stream(sweep: Sweep, blocks: Iterator[Block], long: bool, format: str, output: str | None) -> None:
    """Write or print the blocks one by one. A file is written whole or not at all."""
    from costcalc.report.sweep_csv import csv_head, csv_rows
    from costcalc.report.sweep_report import check_some_run, ran

    def counted() -> Iterator[Block]:
        first, some = None, False
        for block in shown(blocks):
            first, some = first or block, some or ran(block) > 0
            yield block
        if first is not None and not some:
            check_some_run(sweep, [first])

    if output is None or is_printed(output):
        for i, block in enumerate(counted()):
            echo((csv_head(sweep, long) if i == 0 else "") + csv_rows(sweep, block, long))
        return
    with writing(output, binary=format == "parquet") as stream:
        if format == "csv":
            stream.write(csv_head(sweep, long))
            for block in counted():
                stream.write(csv_rows(sweep, block, long))
            return
        with needs("parquet"):
            from costcalc.report.sweep_parquet import SweepParquet
        with closing(SweepParquet(sweep, long, stream)) as parquet:
            for block in counted():
                parquet.write(block)
