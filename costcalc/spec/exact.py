"""ExactArray: an array of sizes with the exact arithmetic of Python integers. It never wraps.

Each array has bounds of its elements, which every operation propagates with Python integers. While the bounds fit in
64 bits the elements are int64, otherwise Python's integers. numpy is never imported here: a caller with an array has
imported it.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from costcalc.spec.errors import SpecError
from costcalc.spec.truths import Index, Truths, Undecided, text

LEAST, MOST = -(2**63), 2**63 - 1
SHOWN = 1000
"""Largest number of elements that are printed in full; of a larger array numpy prints both ends."""


class ExactArray:
    """An array of integers of any magnitude; numpy converts it like any array (``numpy.asarray``).

    low, high  bounds of the elements, as Python integers
    """

    __array_ufunc__ = None  # numpy arrays defer operations with it to this class
    __slots__ = ("high", "low", "values")

    def __init__(self, values: Any, low: int, high: int) -> None:
        kind = "int64" if _fits(low, high) else object
        self.values = values if values.dtype == kind else values.astype(kind)
        self.low, self.high = low, high

    @classmethod
    def of(cls, array: Any) -> ExactArray:
        """The same array. Raises SpecError if it is empty, or its elements are not integers."""
        integers = array.dtype.kind in "iu"
        if array.dtype == object:
            integers = all(type(each) is int for each in array.flat)
        if not integers or not array.size:
            raise SpecError(f"invalid sizes {text(array)}: expected an array of integers")
        return cls(array, int(array.min()), int(array.max()))

    @classmethod
    def stack(cls, numbers: Sequence[int], shape: Index) -> ExactArray:
        """An array of a shape from numbers, in row-major order."""
        made = sys.modules["numpy"].empty(len(numbers), dtype=object)
        made[:] = numbers
        return cls.of(made.reshape(shape))

    @property
    def shape(self) -> Index:
        """Sizes of the array's axes."""
        return tuple(self.values.shape)

    def at(self, index: Index) -> int:
        """The element at an index; axes of size 1 and missing leading axes repeat, as in a broadcast."""
        axes = len(self.shape)
        own = ((0,) * axes + index)[-axes:]
        return int(self.values[tuple(0 if size == 1 else i for size, i in zip(self.shape, own, strict=True))])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.values.astype(dtype) if dtype is not None else self.values.copy() if copy else self.values

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __getitem__(self, index: Any) -> Any:
        found = self.values[index]
        return ExactArray.of(found) if getattr(found, "ndim", 0) else int(found)

    def tolist(self) -> Any:
        """Nested lists of Python integers."""
        return self.values.tolist()

    def __bool__(self) -> bool:
        return bool(Truths(self.values != 0))

    def __hash__(self) -> int:
        return hash((self.shape, *self.values.flat))

    def __repr__(self) -> str:
        return text(self.values)

    def __format__(self, spec: str) -> str:
        shown = spec and self.values.size <= SHOWN
        return f"[{' '.join(format(int(each), spec) for each in self.values.flat)}]" if shown else repr(self)

    def __neg__(self) -> ExactArray:
        return 0 - self

    def __add__(self, other: Any) -> ExactArray:
        return _made(operator.add, self, other)

    def __radd__(self, other: Any) -> ExactArray:
        return _made(operator.add, other, self)

    def __sub__(self, other: Any) -> ExactArray:
        return _made(operator.sub, self, other)

    def __rsub__(self, other: Any) -> ExactArray:
        return _made(operator.sub, other, self)

    def __mul__(self, other: Any) -> ExactArray:
        return _made(operator.mul, self, other)

    def __rmul__(self, other: Any) -> ExactArray:
        return _made(operator.mul, other, self)

    def __floordiv__(self, other: Any) -> ExactArray:
        return _made(operator.floordiv, self, other)

    def __rfloordiv__(self, other: Any) -> ExactArray:
        return _made(operator.floordiv, other, self)

    def __mod__(self, other: Any) -> ExactArray:
        return _made(operator.sub, self, self // other * other)

    def __rmod__(self, other: Any) -> ExactArray:
        return _made(operator.sub, other, other // self * self)

    def __pow__(self, power: int) -> ExactArray:
        made = ExactArray(self.values * 0 + 1, 1, 1)
        for _ in range(operator.index(power)):
            made = made * self
        return made

    def __truediv__(self, other: Any) -> Any:
        """A numpy array of fractions."""
        from fractions import Fraction

        (x, *_), (y, *_) = both(self, other)
        return sys.modules["numpy"].frompyfunc(Fraction, 2, 1)(wide(x), wide(y))

    def __eq__(self, other: object) -> Any:
        return self._compared(operator.eq, other)

    def __ne__(self, other: object) -> Any:
        return self._compared(operator.ne, other)

    def __lt__(self, other: Any) -> Any:
        return self._compared(operator.lt, other)

    def __le__(self, other: Any) -> Any:
        return self._compared(operator.le, other)

    def __gt__(self, other: Any) -> Any:
        return self._compared(operator.gt, other)

    def __ge__(self, other: Any) -> Any:
        return self._compared(operator.ge, other)

    def _compared(self, operation: Callable[[Any, Any], Any], other: Any) -> Any:
        if hasattr(type(other), "free_symbols"):
            raise SpecError(MIXED)
        right = _operand(other)
        if right is None:
            return NotImplemented
        values, low, high = right
        if _fits(self.low, self.high, low, high):
            return Truths(operation(self.values, values))
        return Truths(operation(wide(self.values), wide(values)))


MIXED = "sizes of a network are arrays or symbols, not both"


def number(value: Any) -> Any:
    """Convert numpy integers to ints and numpy arrays to exact arrays; return anything else unchanged."""
    if type(value).__module__ != "numpy" or not hasattr(value, "dtype"):
        return value
    return ExactArray.of(value) if value.shape else _whole(value)


def shape_of(arrays: Sequence[ExactArray]) -> Index:
    """The shape that arrays broadcast to. Raises SpecError if they cannot."""
    if not arrays:
        return ()
    try:
        return tuple(sys.modules["numpy"].broadcast_shapes(*(each.shape for each in arrays)))
    except ValueError:
        shapes = ", ".join(str(shape) for shape in dict.fromkeys(each.shape for each in arrays))
        raise SpecError(f"the arrays of sizes do not fit together: their shapes are {shapes}") from None


def _whole(value: Any) -> Any:
    """Convert a numpy integer, or an array without axes, to an int; return anything else unchanged."""
    try:
        return value if value.dtype.kind == "b" else operator.index(value)
    except TypeError:
        return value


def _operand(value: Any) -> tuple[Any, int, int] | None:
    """Values and bounds of an operand; None if it is not a number."""
    value = number(value)
    if isinstance(value, ExactArray):
        return value.values, value.low, value.high
    return (value, value, value) if isinstance(value, int) else None


def both(left: Any, right: Any) -> tuple[tuple[Any, int, int], tuple[Any, int, int]]:
    """Values and bounds of two operands. Raises SpecError if one of them is not a number."""
    if hasattr(type(left), "free_symbols") or hasattr(type(right), "free_symbols"):
        raise SpecError(MIXED)
    a, b = _operand(left), _operand(right)
    if a is None or b is None:
        raise Undecided(f"arrays of sizes are exact, and cannot be combined with {left if a is None else right!r}")
    return a, b


RIGHT_NEUTRAL = {operator.add: 0, operator.sub: 0, operator.mul: 1, operator.floordiv: 1}
LEFT_NEUTRAL = {operator.add: 0, operator.mul: 1}
"""Operands that change nothing: most windows of a network have stride 1 and keep the size."""


def _made(operation: Callable[[Any, Any], Any], left: Any, right: Any) -> ExactArray:
    """Apply an operation to two operands, one of them an exact array, in a wide enough dtype."""
    if type(left) is ExactArray and type(right) is int and right == RIGHT_NEUTRAL[operation]:
        return left
    if type(right) is ExactArray and type(left) is int and left == LEFT_NEUTRAL.get(operation):
        return right
    (x, *a_bounds), (y, *b_bounds) = both(left, right)
    if operation is operator.floordiv and b_bounds[0] < 1:
        return ExactArray.of(wide(x) // wide(y))
    corners = [operation(m, n) for m in a_bounds for n in b_bounds]
    low, high = min(corners), max(corners)
    if not _fits(*a_bounds, *b_bounds, low, high):
        x, y = wide(x), wide(y)
    return ExactArray(operation(x, y), low, high)


def wide(values: Any) -> Any:
    return values.astype(object) if hasattr(values, "astype") else values


def _fits(*bounds: int) -> bool:
    return min(bounds) >= LEAST and max(bounds) <= MOST
