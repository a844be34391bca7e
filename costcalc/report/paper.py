"""All that a paper needs of some networks, as files: tables, figures, pages, and the sentence that says it all."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tabulate import LATEX_ESCAPE_RULES

from costcalc.analysis.cost import Cost
from costcalc.report.amounts import number_data
from costcalc.report.compare_report import compare_report
from costcalc.report.cost_report import cost_report
from costcalc.report.escape import markdown, visible
from costcalc.report.formats import LATEX
from costcalc.report.page.inspection import Inspection
from costcalc.report.plots.figure import Figure
from costcalc.report.plots.style import WIDTH, short
from costcalc.report.report import Report
from costcalc.report.rows import USUAL
from costcalc.report.setting import batch, inputs, title
from costcalc.report.style import plain_name
from costcalc.spec.errors import CostcalcError
from costcalc.spec.progress import steps

MANIFEST = "manifest.json"
"""The file that names all files of a report."""

COUNTED = "Mult-adds: a multiply and its add are 1; additions alone are 0"
"""The convention, in a sentence."""

FITTED = r"\ifdim\wd0>\linewidth\ifdefined\resizebox\resizebox{\linewidth}{!}{\usebox0}\else\usebox0\fi\else\usebox0\fi"
"""LaTeX of the table in box 0: made as narrow as the page's column if it is wider and graphicx is loaded."""


class Part(NamedTuple):
    """What is shown of one network.

    cost     of the quantities of the tables
    page     the inspector page
    network  its name in the zoo; empty for another model
    """

    cost: Cost
    page: Inspection
    figure: Figure
    network: str


def date() -> str:
    """The day, of the variable SOURCE_DATE_EPOCH if it is set. Raises CostcalcError if it is not a number."""
    said = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return time.strftime("%Y-%m-%d", time.gmtime(time.time() if said is None else int(said)))
    except (ValueError, OverflowError, OSError):
        raise CostcalcError(f"SOURCE_DATE_EPOCH={said!r}: expected seconds since 1970, like 1700000000") from None


def paper_files(parts: Sequence[Part], together: Figure | None, version: str, width: float) -> dict[str, bytes]:
    """The files by name: those of each network and of their comparison, README.md and the manifest.

    width  of figures, in inches; if they are as wide as two columns of a page, tables are too
    """
    day = date()
    table = "table*" if width > WIDTH else "table"
    made: dict[str, bytes] = {}
    taken: set[str] = {"compare"} if together else set()
    for part in steps(parts, "writing", lambda part: part.cost.graph.name):
        name = _file_name(part.cost.graph.name, taken)
        origin = f"costcalc {version}; {title(part.cost)}; {COUNTED.lower()}; {day}"
        report = cost_report(part.cost, USUAL, network=part.network)
        at = f"input {inputs(part.cost.graph)}, {batch(part.cost.graph)}"
        caption = f"{plain_name(part.cost.graph.name)}: cost by block, {at}."
        made |= _tables(name, report, caption, origin, table) | _figure(name, part.figure, origin)
        made[f"{name}.html"] = f"{part.page.render()}<!-- {_comment(origin)} -->\n".encode()
    if together is not None:
        costs = [part.cost for part in parts]
        names = ", ".join(plain_name(cost.graph.name) for cost in costs)
        origin = f"costcalc {version}; {'; '.join(map(title, costs))}; {COUNTED.lower()}; {day}"
        made |= _tables("compare", compare_report(costs), f"Cost of {names}.", origin, table)
        made |= _figure("compare", together, origin)
    sentence = " ".join(_sentence(part.cost, version) for part in parts)
    origin = f"costcalc {version}; {COUNTED.lower()}; {day}"
    made["sentence.tex"] = f"% {visible(origin)}\n{latex_text(sentence)}\n".encode()
    listed = "".join(f"- [{name}]({name})\n" for name in sorted(made))
    made["README.md"] = f"# Costs\n\n{markdown(sentence)}\n\n{listed}\n{markdown(origin)}\n".encode()
    files = sorted([*made, MANIFEST])
    manifest = {"written_by": f"costcalc {version}", "date": day, "files": files}
    made[MANIFEST] = (json.dumps(manifest, indent=1) + "\n").encode()
    return made


def owned(text: str) -> set[str]:
    """The files that a manifest names; none if it is not one."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return set()
    files = said.get("files") if isinstance(said, Mapping) and "written_by" in said else None
    return {each for each in files if isinstance(each, str)} if isinstance(files, list) else set()


def _file_name(name: str, taken: set[str]) -> str:
    """A name for files, of its own: letters, digits, dots and hyphens."""
    stem = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60] or "network"
    made = next(each for each in (stem, *(f"{stem}-{i}" for i in range(2, 10_000))) if each.lower() not in taken)
    taken.add(made.lower())
    return made


def _tables(name: str, report: Report, caption: str, origin: str, table: str) -> dict[str, bytes]:
    tabular = "\n".join(line for line in report.render("latex").splitlines() if not line.startswith("%"))
    latex = [
        f"% {visible(origin)}",
        f"\\begin{{{table}}}[t]",
        "\\centering\\small\\setlength{\\tabcolsep}{4pt}",
        f"\\caption{{{latex_text(caption)}}}",
        f"\\label{{tab:{name}}}",
        f"\\sbox0{{%\n{tabular}%\n}}%",
        FITTED,
        f"\\par\\smallskip{{\\footnotesize {latex_text(COUNTED)}.}}",
        f"\\end{{{table}}}",
    ]
    return {
        f"{name}.md": f"{report.render('markdown')}\n{markdown(visible(origin))}\n".encode(),
        f"{name}.csv": f"# {visible(origin)}\n{report.render('csv')}".encode(),
        f"{name}.tex": ("\n".join(latex) + "\n").encode(),
    }


def _figure(name: str, figure: Figure, origin: str) -> dict[str, bytes]:
    figure.about = origin
    return {
        **{f"{name}.{ending}": figure.render(ending) for ending in ("pdf", "svg", "png")},
        f"{name}-figure.csv": f"# {visible(origin)}\n".encode() + figure.render("csv"),
    }


def latex_text(text: str) -> str:
    """A text in LaTeX, with the signs that its fonts have."""
    escaped = "".join(LATEX_ESCAPE_RULES.get(letter, letter) for letter in visible(text)).translate(LATEX)
    return escaped.encode("latin-1", "replace").decode("latin-1")


def _comment(text: str) -> str:
    return re.sub(r"-(?=-)|[<>]", "", visible(text))


def _sentence(cost: Cost, version: str) -> str:
    """``googlenet has 6,998,552 params and takes 1.58 G mult-adds ...``."""
    least = "at least " if cost.unknown else ""
    macs = number_data(cost.macs)
    unit, size = next(((u, s) for u, s in (("G", 10**9), ("M", 10**6), ("k", 10**3)) if macs >= s), ("", 1))
    name = plain_name(cost.graph.name)
    return (
        f"{name} has {cost.params:,} params and takes {least}{short(macs / size)} {unit} mult-adds"
        f" ({macs:,}; a multiply and its add are 1) for an input of {inputs(cost.graph)} at {batch(cost.graph)}, by "
        f"costcalc {version}."
    ).replace("  ", " ")
