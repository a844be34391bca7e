"""costcalc diff OLD NEW, and costcalc diff MODEL --rev A..B"""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from costcalc.analysis.quantities import BASIC
from costcalc.analysis.target import Target
from costcalc.cli.column_options import ColumnOptions, column_options
from costcalc.cli.completion import MODEL
from costcalc.cli.model_options import RequestOf, cost_of, model_options
from costcalc.cli.options import NUMBER, convention_option, output_options
from costcalc.cli.output import emit, tell
from costcalc.cli.pairs import fail_over_option
from costcalc.cli.target_options import target_options
from costcalc.spec.errors import CostcalcError
from costcalc.spec.near import hinted


def _depth(ctx: click.Context, param: click.Parameter, value: str) -> int | str:
    try:
        return value if value == "layer" else NUMBER.convert(value, None, None)
    except click.BadParameter:
        problem = f"{value!r}: expected layer or a whole number from 1 to {NUMBER.most}"
        raise click.BadParameter(hinted(problem, value, ("layer",))) from None


@click.command("diff", short_help="What two models, or two revisions of one, differ in, layer by layer.")
@click.argument("models", type=MODEL, nargs=-1, required=True, metavar="OLD NEW")
@click.option("--rev", metavar="A..B", help="Compare one MODEL of the git repository in the current folder at two "
                                            "revisions, like main..HEAD.")  # fmt: skip
@click.option("--depth", callback=_depth, default="layer", show_default=True, metavar="N|layer",
              help="Compare layers, or blocks of this depth.")  # fmt: skip
@fail_over_option("Exit code 1 only if a quantity has grown by more than this. Repeatable.")
@model_options
@convention_option
@target_options
@column_options
@output_options
def command(
    models: tuple[str, ...],
    rev: str | None,
    depth: int | str,
    fail_over: dict[str, Any],
    request: RequestOf,
    conventions: tuple[str, ...],
    target: Target,
    columns: ColumnOptions,
    format: str,
    output: str | None,
) -> int:
    """Show the layers of OLD and NEW that were changed, added, removed or renamed, with both formulas, and the totals.

    With --rev, OLD alone is a MODEL of the repository, like file.py:callable, package.module:callable or net.onnx. It
    is read at each revision in a folder and a process of its own. Exit code 0 if they are alike, 1 if they differ; with
    --fail-over, 1 only if a quantity has grown by more, or is unknown and so cannot be held. Markdown is made for a
    comment that is edited in place: it begins with a line that is not shown, and has at most 65,000 characters.

    \b
    costcalc diff googlenet googlenet_torchvision
    costcalc diff old.onnx new.onnx --depth 1
    costcalc diff "resnet50 input=3x224x224" "resnet50 input=3x256x256" --columns mult_adds,peak_memory
    costcalc diff net.py:Net --input 3x32x32 --rev main..HEAD --fail-over mult_adds=5% --format markdown
    """
    from costcalc.api.diff import keys_of, report_of
    from costcalc.api.snapshots import snapshot_at, snapshot_of
    from costcalc.models import quantities

    if len(models) != (2 if rev is None else 1):
        expected = "one model with --rev, like: costcalc diff net.py:Net --rev main..HEAD"
        if rev is None:
            expected = f"two models, like: costcalc diff googlenet googlenet_torchvision; or {expected}"
        raise CostcalcError(f"diff takes {expected}")
    keys = keys_of(columns.keys or BASIC, fail_over)
    asked = [request(model) for model in models]
    found = quantities(keys, conventions)
    if rev is None:
        old, new = (snapshot_of(cost_of(each, keys, conventions, target), depth) for each in asked)
    else:
        from costcalc.api.revisions import at_revisions

        old, new = at_revisions(asked[0], rev, partial(snapshot_at, keys, conventions, target, depth))
    name = models[0] if rev is not None else " ".join(models)
    report = report_of(old, new, found, fail_over, name, columns.style)
    emit(report, format, output)
    if output is not None and fail_over:
        for line in report.data()["failures"]:
            tell(f"costcalc: {line}")
    return 0 if report.ok else 1
