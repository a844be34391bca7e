"""The Parquet file of a sweep: a row group per block, with the columns of its CSV."""

from __future__ import annotations

from typing import IO, Any

import numpy
import pyarrow
from pyarrow.parquet import ParquetWriter

from costcalc.analysis.grid import Axis
from costcalc.analysis.quantity import Quantity
from costcalc.analysis.sweep import Block, Sweep
from costcalc.report.sweep_csv import header, rows_of
from costcalc.spec.errors import CostcalcError


class SweepParquet:
    """Writes blocks to a stream. Raises CostcalcError for a number that Parquet's int64 cannot hold."""

    def __init__(self, sweep: Sweep, long: bool, stream: IO[Any]) -> None:
        self.sweep, self.long = sweep, long
        axes = [_of_axis(axis) for axis in sweep.grid.axes]
        numbers = [_of_quantity(quantity) for quantity in sweep.quantities]
        if long:
            whole = set(numbers)
            numbers = [pyarrow.string(), whole.pop() if len(whole) == 1 else pyarrow.string()]
        names = header(sweep, long)
        self.schema = pyarrow.schema(list(zip(names, [*axes, *numbers, pyarrow.string()], strict=True)))
        self.writer = ParquetWriter(stream, self.schema)

    def write(self, block: Block) -> None:
        """Append a block."""
        count, rows = len(block.points), rows_of(self.sweep, block, self.long)
        arrays = []
        for i, field in enumerate(self.schema):
            cells = [row[i] for row in rows]
            try:
                arrays.append(_array(cells, count, field.type))
            except (OverflowError, pyarrow.ArrowInvalid):
                raise CostcalcError(
                    f"{field.name} passes 2^63, which a Parquet column of integers cannot hold; write CSV, which can"
                ) from None
        self.writer.write_table(pyarrow.table(arrays, schema=self.schema))

    def close(self) -> None:
        """Write the end of the file."""
        self.writer.close()


def _array(cells: list[Any], count: int, kind: Any) -> Any:
    """A column: the cells of each row of a point in turn."""
    if len(cells) == 1 and isinstance(cells[0], numpy.ndarray) and cells[0].dtype != object:
        return pyarrow.array(cells[0], kind)
    lists = [cell.tolist() if isinstance(cell, numpy.ndarray) else [cell] * count for cell in cells]
    values = [each[i] for i in range(count) for each in lists]
    if pyarrow.types.is_string(kind):
        values = [None if value is None else str(value) for value in values]
    return pyarrow.array(values, kind)


def _of_axis(axis: Axis) -> Any:
    if axis.whole:
        return pyarrow.int64()
    return pyarrow.float64() if all(type(value) in (int, float) for value in axis.values) else pyarrow.string()


def _of_quantity(quantity: Quantity) -> Any:
    if quantity.per_axis:
        return pyarrow.string()
    return pyarrow.float64() if quantity.unit == "s" or not quantity.scales else pyarrow.int64()
