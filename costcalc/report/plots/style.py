"""How figures look: widths of venues, sizes of text, colours, markers and hatching; and units of an axis."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import wrap
from typing import Any, NamedTuple

from costcalc.analysis.cost import Cost
from costcalc.analysis.quantity import Amount, Quantity
from costcalc.report.escape import visible
from costcalc.report.setting import batch, inputs, target
from costcalc.report.style import PREFIXES
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.numbers import is_fraction
from costcalc.spec.sizes import known

VENUES = {"neurips": (5.5,), "icml": (3.25, 6.75), "cvpr": (3.25, 6.875), "ieee": (3.5, 7.16)}
"""Width in inches of a figure over one column, and over two where a page has two."""

WIDTH = 5.5
"""Inches of a figure for no venue."""

TEXT, SMALL = 8, 7
"""Points of text, and of ticks and labels inside."""

LETTER = 0.6 * SMALL / 72
"""Inches of a letter of small text, on average."""

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999")
"""Okabe and Ito, Color universal design, 2008: told apart by all kinds of colour vision. The eighth is a grey."""

HATCHES = ("", "////", "....", "xxxx", r"\\\\", "++++", "oooo", "----")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h")
DASHES = ("-", "--", "-.", ":")

SETTINGS: dict[str, Any] = {
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.title_fontsize": SMALL,
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.linewidth": 0.4,
    "grid.color": "#DDDDDD",
    "xtick.minor.pad": 5.0,  # with the shorter tick, texts stand in line with those of major ticks
    "ytick.minor.pad": 5.0,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "hatch.linewidth": 0.5,
    "text.parse_math": False,  # names are data
    "pdf.fonttype": 42,  # venues refuse Type 3
    "ps.fonttype": 42,
    "svg.hashsalt": "costcalc",
    "savefig.dpi": 300,
}
"""rcParams of every figure; all others are matplotlib's own."""


def width_of(venue: str | None, columns: int) -> float:
    """Inches of a figure over one or two columns of a venue's page.

    Raises CostcalcError for an unknown venue, and for a width that the venue does not have.
    """
    if venue is not None:
        venue = arguments.one_of("venue", venue, tuple(VENUES))
    columns = arguments.integer("columns", columns, 1)
    widths = (WIDTH,) if venue is None else VENUES[venue]
    if columns <= len(widths):
        return widths[columns - 1]
    where = f"a page of {venue}" if venue else "a figure without a venue"
    has = "one column" if len(widths) == 1 else "one or two columns"
    raise CostcalcError(f"columns={columns}: {where} has {has}: {' or '.join(map(str, widths))} inches")


SECONDS = {"s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}


class Unit(NamedTuple):
    """The unit of an axis, by which numbers are divided: ``M``, 10**6."""

    name: str
    size: float

    def of(self, number: Any) -> float:
        """The number in this unit."""
        return float(number / self.size) if isinstance(self.size, int) else float(number) / self.size


def unit_of(quantity: Quantity, amounts: Sequence[Amount]) -> Unit:
    """The largest unit in which the largest number is 1 or more.

    Raises CostcalcError for numbers per axis, and for sizes that are not numbers.
    """
    if quantity.per_axis:
        raise CostcalcError(f"{quantity.key} is a number per axis, and a figure shows one number")
    numbers = [amount.number for amount in amounts if amount.number is not None]
    if not all(isinstance(number, float) or is_fraction(number) or known(number) for number in numbers):
        raise CostcalcError("a figure needs sizes that are integers, not arrays or symbols")
    most = max(numbers, default=0)
    if quantity.unit == "s":
        name = next((each for each in SECONDS if SECONDS[each] <= most), "ns")
        return Unit(name, SECONDS[name])
    if not quantity.scales:
        return Unit(quantity.unit, 1)
    prefixes = ("", "Ki", "Mi", "Gi", "Ti") if quantity.unit == "B" else ("", "k", "M", "G", "T")
    prefix = max((each for each in prefixes if PREFIXES[each] <= max(most, 1)), key=PREFIXES.__getitem__)
    return Unit(prefix + quantity.unit, PREFIXES[prefix])


def axis_label(quantity: Quantity, unit: Unit | None, inches: float) -> str:
    """``mult-adds (G), costcalc: a multiply and its add are 1``: what is counted, in which unit, by whom."""
    tool = quantity.convention
    said = f"{tool.name} {tool.version}" if tool is not None else quantity.heading
    said += f" ({unit.name})" if unit is not None and unit.name else ""
    if tool is not None:
        said += f": {tool.unit} per mult-add"
    elif quantity.key == "mult_adds":
        said += ", costcalc: a multiply and its add are 1"
    else:
        said += ", as costcalc counts"
    return wrapped(said, inches, TEXT)


def heading(cost: Cost, inches: float, more: str = "") -> str:
    """``googlenet: input 3x224x224, batch 1``, in lines of this width."""
    mode = [f"{cost.mode} mode"] if cost.mode != "eval" else []
    said = ", ".join([f"input {inputs(cost.graph)}", batch(cost.graph), *mode, *target(cost)])
    return wrapped(f"{cost.graph.name}: {said}{more}", inches, TEXT)


def wrapped(text: str, inches: float, points: float = SMALL) -> str:
    """The text in lines of this width."""
    return "\n".join(wrap(visible(text), max(int(inches / (0.55 * points / 72)), 12)))


def cut(name: str, letters: int) -> str:
    """The end of a long name, which says most."""
    name = re.sub(r"\s+", " ", visible(name))
    return name if len(name) <= letters else f"…{name[1 - letters :]}"


def short(number: float) -> str:
    """A number in a figure: ``0.123``, ``12.3``, ``1,234``."""
    if number == 0 or abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{float(f'{number:.3g}'):g}"


def plain_log(number: float, _: Any = None) -> str:
    """A tick of a logarithmic axis: ``0.01``, ``10``, ``10k``, ``100G``."""
    for prefix in ("T", "G", "M", "k"):
        if number >= PREFIXES[prefix] * (10 if prefix == "k" else 1):
            return f"{number / PREFIXES[prefix]:g}{prefix}"
    return f"{number:g}"
