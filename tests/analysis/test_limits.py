"""Limits as a user writes them."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from costcalc.analysis.limits import exceeds, limit, percent
from costcalc.analysis.quantities import find
from costcalc.analysis.quantity import PerAxis
from costcalc.spec.errors import CostcalcError


@pytest.mark.parametrize(
    ("key", "written", "number"),
    [
        ("params", "5M", 5 * 10**6),
        ("params", "5.5 M", 5_500_000),
        ("params", 5_000_000, 5_000_000),
        ("params", "6,998,552", 6_998_552),
        ("params", "6_998_552", 6_998_552),
        ("params", "0", 0),
        ("params", "1Ki", 1024),
        ("mult_adds", "1.6G", 16 * 10**8),
        ("mult_adds", "1.6e9", 16 * 10**8),
        ("mult_adds", Decimal("1.6e9"), 16 * 10**8),
        ("mult_adds", "2T", 2 * 10**12),
        ("peak_memory", "2GiB", 2 * 2**30),
        ("peak_memory", "80 MB", 80 * 10**6),
        ("peak_memory", "512B", 512),
        ("peak_memory", "4Gi", 4 * 2**30),
        ("bound", "10ms", Fraction(1, 100)),
        ("bound", "250us", Fraction(1, 4000)),
        ("bound", "250 µs", Fraction(1, 4000)),
        ("bound", "2s", 2),
        ("bound", Decimal("0.25"), Fraction(1, 4)),
        ("intensity", "12.5", Fraction(25, 2)),
        ("receptive_field", "435x427", PerAxis((435, 427))),
        ("receptive_field", 435, PerAxis((435,))),
    ],
)
def test_amounts(key: str, written: Any, number: Any) -> None:
    assert limit(find(key), written) == number


WRONG = [
    "",
    "five",
    "-5M",
    "5m",
    "5Q",
    "M",
    "5 M M",
    "1,58,2",
    "1__0",
    "٥M",
    "nan",
    "inf",
    "1e999",
    "5%",
    "1" * 99,
]


@pytest.mark.parametrize("key", ["params", "peak_memory", "bound", "intensity", "receptive_field"])
@pytest.mark.parametrize(
    "written",
    [*WRONG, None, True, -1, [], {}, float("nan"), float("inf"), Decimal("1e999999999"), Decimal("1e-999999999")],
)
def test_not_amounts(key: str, written: Any) -> None:
    with pytest.raises(CostcalcError, match="expected at most an amount, like"):
        limit(find(key), written)


@pytest.mark.parametrize(
    ("key", "written"),
    [("params", "5MB"), ("params", "5ms"), ("peak_memory", "5ms"), ("bound", "5GB"), ("intensity", "5M")],
)
def test_units_of_other_quantities(key: str, written: str) -> None:
    with pytest.raises(CostcalcError, match=f"{key}='{written}': expected"):
        limit(find(key), written)


def test_percent() -> None:
    assert percent("params", "5%") == Fraction(5, 100)
    assert percent("params", "0.1 %") == Fraction(1, 1000)
    for wrong in ("5", "five%", "-5%", "", 5, None, "%", "nan%"):
        with pytest.raises(CostcalcError, match="expected a growth in percent, like params=5%"):
            percent("params", wrong)


def test_exceeds() -> None:
    """5 % more than 100 is 105, exactly; a percentage in binary floating point would not be."""
    assert not exceeds(105, 100, Fraction(5, 100))
    assert exceeds(106, 100, Fraction(5, 100))
    assert exceeds(1, 0, Fraction(5, 100))
    assert not exceeds(10**30 + 1, 10**30 + 1)
    assert exceeds(10**30 + 1, 10**30)
    assert exceeds(PerAxis((5, 3)), PerAxis((4, 4)))
    assert not exceeds(PerAxis((4, 3)), PerAxis((4, 4)))
    assert exceeds(PerAxis(), PerAxis((4, 4)))
    assert not exceeds(PerAxis((4, 4)), PerAxis())
    assert exceeds(PerAxis((4, 5)), PerAxis((4,)))
