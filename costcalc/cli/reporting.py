"""costcalc report MODEL... -o DIR"""

from __future__ import annotations

import os

import click

from costcalc.cli.completion import MODEL
from costcalc.cli.model_options import RequestOf, cost_of, model_options
from costcalc.cli.options import help_option, needs
from costcalc.cli.output import writing
from costcalc.cli.plot import page_options
from costcalc.spec.errors import CostcalcError


@click.command("report", short_help="All that a paper needs, in one folder.")
@click.argument("models", type=MODEL, nargs=-1, required=True)
@model_options
@page_options
@click.option("-o", "--output", metavar="DIR", required=True, help="Folder for the files; made if it does not exist.")
@help_option
def command(models: tuple[str, ...], request: RequestOf, width: float, output: str) -> None:
    """Write tables (Markdown, CSV, LaTeX), figures, inspector pages and a sentence for MODELS into a folder.

    In a folder that exists only files that an earlier report wrote are replaced: those that its manifest.json names.

    \b
    costcalc report googlenet vgg16 resnet50 -o costs
    """
    with needs("plots"):
        import matplotlib  # noqa: F401  # before the work is done
    from costcalc.api.paper import of_requests
    from costcalc.report.paper import MANIFEST, owned

    if os.path.exists(output) and not os.path.isdir(output):
        raise CostcalcError(f"{output!r} is a file; name a folder")
    files = of_requests([request(model) for model in models], width, cost_of)
    try:
        os.makedirs(output, exist_ok=True)
        manifest, known = os.path.join(output, MANIFEST), set[str]()
        if os.path.isfile(manifest):
            with open(manifest, encoding="utf-8", errors="replace") as lines:
                known = owned(lines.read(2**20))
    except OSError as error:
        raise CostcalcError(f"cannot write {output!r}: {error.strerror}") from None
    others = [name for name in files if os.path.lexists(os.path.join(output, name)) and name not in known]
    if others:
        raise CostcalcError(f"{output!r} has {', '.join(sorted(others)[:3])}, which no report wrote; move it, or name "
                            "another folder")  # fmt: skip
    for name in sorted(files, key=lambda name: name != MANIFEST):  # the manifest first: it names all that follow
        with writing(os.path.join(output, name), binary=True) as stream:
            stream.write(files[name])
