"""costcalc inspect MODEL"""

from __future__ import annotations

import os
from functools import partial

import click

from costcalc.analysis.target import Target
from costcalc.cli.completion import MODEL, Completed, keys
from costcalc.cli.model_options import RequestOf, cost_of, exit_code, model_options, strict_option
from costcalc.cli.options import Choice, file_option
from costcalc.cli.output import is_printed, print_or_write
from costcalc.cli.target_options import target_options
from costcalc.spec.errors import CostcalcError


@click.command("inspect", short_help="A network and its costs as one HTML page to look at; or two, side by side.")
@click.argument("models", type=MODEL, nargs=-1, required=True)
@click.option("--by", metavar="KEY", type=Completed(keys), default="mult_adds", show_default=True,
              help="Quantity that colours the graph, or a name from 'costcalc conventions'.")  # fmt: skip
@click.option("--rev", metavar="A..B", help="Show one MODEL of the git repository in the current folder at two "
                                            "revisions, like main..HEAD, side by side.")  # fmt: skip
@model_options
@click.option("--format", type=Choice(["html", "svg"]),
              help="svg: the graph alone, as a drawing  [default: by the ending of FILE; otherwise html]")  # fmt: skip
@strict_option
@target_options
@file_option
def command(
    models: tuple[str, ...],
    by: str,
    rev: str | None,
    request: RequestOf,
    strict: bool,
    target: Target,
    format: str | None,
    output: str | None,
) -> int:
    """Write a MODEL and its costs as one HTML page: a graph of foldable blocks, coloured by cost, beside a table.

    The page needs no network and no server. It has every quantity and every tool's count of each layer, with formulas;
    the input size and the batch of a network of the zoo can be changed in it. Two MODELS, or with --rev two revisions
    of one, are shown side by side, aligned by layer, with ratios.

    \b
    costcalc inspect googlenet -o googlenet.html
    costcalc inspect torchvision:vit_b_16 -o vit.html --by peak_memory
    costcalc inspect resnet50 -o resnet50.svg
    costcalc inspect old.py:Net new.py:Net -o change.html
    costcalc inspect net.py:Net --input 3x32x32 --rev main..HEAD -o change.html
    """
    from costcalc.api.inspect import of_request, side_at

    format = _format(output) if format is None else format
    if format == "svg" and (len(models) == 2 or rev is not None):
        raise CostcalcError("a drawing is of one MODEL; two side by side are a page, like -o change.html")
    if len(models) > (2 if rev is None else 1):
        raise CostcalcError(
            "expected one MODEL, or two for a page side by side, like: costcalc inspect resnet50 resnet101; "
            "or one with --rev, like: costcalc inspect net.py:Net --rev main..HEAD"
        )
    if rev is not None:
        from costcalc.api.revisions import at_revisions
        from costcalc.report.page.inspection import side_by_side

        sides = at_revisions(request(models[0]), rev, partial(side_at, target, by))
        print_or_write(side_by_side(*sides), output)
        return int(strict and any(each.data["status"] == "lower bound" for each in sides))
    made = [of_request(request(model), target, by, cost_of) for model in models]
    print_or_write(made[0].render(format) if len(made) == 1 else made[0].beside(made[1]), output)
    return exit_code(strict, *(each.cost for each in made))


def _format(output: str | None) -> str:
    """The format that the ending of a file says; html without an ending, and for what is printed."""
    ending = "" if is_printed(output) else os.path.splitext(str(output))[1].lower()
    if ending not in ("", ".html", ".htm", ".svg"):
        raise CostcalcError(f"{output}: expected a file that ends in .html or .svg, or --format")
    return "svg" if ending == ".svg" else "html"
