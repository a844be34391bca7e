"""The report of a sweep: a row per point, or per point and quantity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from costcalc.analysis.grid import Axis
from costcalc.analysis.quantity import Amount, PerAxis, Quantity
from costcalc.analysis.sweep import Block, Sweep
from costcalc.report.amounts import amount_column, number_data
from costcalc.report.column import Column, tabulated
from costcalc.report.report import Report
from costcalc.report.style import FULL, PLAIN, Style
from costcalc.report.table import Cell, Table, Value
from costcalc.spec.errors import CostcalcError
from costcalc.spec.numbers import is_fraction
from costcalc.spec.printable import shown

if TYPE_CHECKING:
    import pandas


class Point(NamedTuple):
    """A row: the values of the axes, the amounts by quantity, and the note."""

    values: Mapping[str, Any]
    amounts: Mapping[str, Amount]
    note: str


class Line(NamedTuple):
    """A row of a long table."""

    point: Point
    quantity: Quantity


class SweepReport(Report):
    """The points of a sweep as a table. Raises CostcalcError if the model runs at none of them."""

    def __init__(self, sweep: Sweep, blocks: Sequence[Block], long: bool = False, style: Style = PLAIN) -> None:
        self.sweep, self.blocks, self.long = sweep, blocks, long
        check_some_run(sweep, blocks)
        super().__init__(lambda format: [_table(self, style._replace(format=format))], lambda: _data(self))

    def points(self) -> list[Point]:
        """A Point for each row of a wide table."""
        return [point for block in self.blocks for point in points_of(self.sweep, block)]

    def to_pandas(self) -> pandas.DataFrame:
        """A frame with a row per row of the table, and columns as in CSV. Integers have dtype Int64."""
        if self.long:
            return super().to_pandas()
        import pandas

        frames = [pandas.DataFrame({key: _series(each, len(block.points)) for key, each in columns(self.sweep, block)})
                  for block in self.blocks]  # fmt: skip
        frame = pandas.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
        for key in frame:
            kept = frame[key].dropna()
            if frame[key].dtype == object and len(kept) and all(type(each) is int for each in kept):
                try:
                    frame[key] = pandas.array(frame[key].tolist(), dtype="Int64")
                except OverflowError:  # a number of more than 64 bits
                    continue
            elif frame[key].dtype == "int64":
                frame[key] = frame[key].astype("Int64")
        return frame


def _series(values: Any, count: int) -> Any:
    return values if isinstance(values, numpy.ndarray) else [values] * count


def check_some_run(sweep: Sweep, blocks: Sequence[Block]) -> None:
    """Raises CostcalcError, with the first note, if no point has an amount."""
    if blocks and all(ran(block) == 0 for block in blocks):
        raise CostcalcError(f"{sweep.request} runs at none of these points: {blocks[0].note(0)}")


def ran(block: Block) -> int:
    """Number of points of a block without an error."""
    if isinstance(block.notes, numpy.ndarray):
        return int((block.notes == "").sum())
    return 0 if block.notes else len(block.points)


def points_of(sweep: Sweep, block: Block) -> Iterator[Point]:
    """A Point per point of a block."""
    axes = {axis.name: sweep.grid.column(axis, block.points).tolist() for axis in sweep.grid.axes}
    for i in range(len(block.points)):
        amounts = {quantity.key: block.amount(quantity.key, i) for quantity in sweep.quantities}
        yield Point({name: values[i] for name, values in axes.items()}, amounts, block.note(i))


def columns(sweep: Sweep, block: Block) -> list[tuple[str, Any]]:
    """The columns of a wide table as data: one value for all points, or an array."""
    axes = [(axis.name, axis_data(axis, sweep.grid.column(axis, block.points))) for axis in sweep.grid.axes]
    numbers = [(quantity.key, number_column(block.numbers[quantity.key])) for quantity in sweep.quantities]
    return [*axes, *numbers, ("note", notes_of(block))]


def notes_of(block: Block) -> Any:
    """The notes of a block: one for all points, or an array; None for an empty one."""
    if any(isinstance(each, numpy.ndarray) for each in (block.notes, *block.statuses.values())):
        made = numpy.empty(len(block.points), dtype=object)
        made[:] = [block.note(i) or None for i in range(len(block.points))]
        return made
    return block.note(0) or None


def axis_data(axis: Axis, values: Any) -> Any:
    """Values of an axis as data: numbers as they are, anything else as text."""
    if values.dtype != object or axis.whole:
        return values
    made = numpy.empty(len(values), dtype=object)
    made[:] = [each if type(each) in (int, float, str) else shown(each) for each in values]
    return made


def number_column(numbers: Any) -> Any:
    """Numbers of a quantity as data, as in the CSV of any table."""
    if not isinstance(numbers, numpy.ndarray):
        return _datum(numbers)
    if numbers.dtype != object:
        return numbers
    made = numpy.empty(len(numbers), dtype=object)
    made[:] = [_datum(each) for each in numbers]
    return made


def _datum(number: Any) -> Any:
    if type(number) is int or number is None:
        return number
    return str(number) if isinstance(number, PerAxis) else float(number) if is_fraction(number) else number


def _table(report: SweepReport, style: Style) -> Table:
    sweep, points = report.sweep, report.points()
    noted = style.is_data or any(point.note for point in points)
    title = f"{sweep.request} {sweep.request.setting}".strip()
    notes = list(dict.fromkeys(quantity.note for quantity in sweep.quantities if quantity.note))
    if report.long:
        lines = [Line(point, quantity) for point in points for quantity in sweep.quantities]
        long: list[Column[Line]] = [_axis_column(axis, lambda line: line.point) for axis in sweep.grid.axes]
        long.append(Column("quantity", lambda line: line.quantity.key))
        long.append(Column("value", lambda line: FULL.cell(line.point.amounts[line.quantity.key]), True))
        if noted:
            long.append(Column("note", lambda line: line.point.note or None))
        return tabulated(title, long, lines, notes)
    wide: list[Column[Point]] = [_axis_column(axis, lambda point: point) for axis in sweep.grid.axes]
    wide += [amount_column(quantity, lambda point: point.amounts, style, points) for quantity in sweep.quantities]
    if noted:
        wide.append(Column("note", lambda point: point.note or None))
    return tabulated(title, wide, points, notes)


def _axis_column(axis: Axis, point: Any) -> Column[Any]:
    def cell(item: Any) -> Cell:
        value = point(item).values[axis.name]
        return value if type(value) in (int, str) else _text(value)

    return Column(axis.name, cell, axis.whole, key=axis.name)


def _text(value: Any) -> Cell:
    return Value(shown(value), value if type(value) is float else shown(value))


def _data(report: SweepReport) -> dict[str, Any]:
    """The stable JSON of `sweep`, schema 1."""
    sweep = report.sweep
    return {
        "schema": 1,
        "model": str(sweep.request),
        "axes": [axis.name for axis in sweep.grid.axes],
        "points": [
            {
                **{name: value if type(value) in (int, float, str, bool) else shown(value)
                   for name, value in point.values.items()},
                **{key: number_data(amount.number) for key, amount in point.amounts.items()},
                **({"note": point.note} if point.note else {}),
            }
            for point in report.points()
        ],
    }  # fmt: skip
